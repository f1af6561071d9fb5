"""What people change about themselves: profile, organization, password, preferences."""

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import UNSET

from accounts import pairs, passwords, preferences, refresh_tokens, users
from accounts.api import cookies
from accounts.facts import UserFact
from accounts.middleware import remember
from accounts.permissions import SignedIn
from accounts.preferences import Preferences
from accounts.serializers import (
    NOT_HERE,
    NewPassword,
    Organization,
    OwnFacts,
    PasswordChanged,
    PreferencesSaved,
    SavedUser,
)
from core.api import View, respond
from core.errors import Invalid
from core.parsing import convert
from core.schema import describe

__all__ = ["Automation", "Notifications", "OrganizationName", "Password", "Profile", "Settings"]

TAGS = ["Account"]
PROFILE = (
    "Partial: `name`, `email`, `phone`, `organization`; what is not sent stays, `null` empties it. "
    "Keys of the row that nobody sets may come back without effect; others are 400 "
    "`unknown_field`. 409 `already_registered` for an e-mail that is taken."
)


class Profile(View):
    """GET says who is signed in; PUT and PATCH change it."""

    permission_classes = [SignedIn]

    @describe(responses={200: UserFact}, summary="My profile", tags=TAGS)
    def get(self, request: Any) -> HttpResponse:
        return respond(users.read(request.user.pk))

    @describe(
        request=OwnFacts,
        responses={200: SavedUser},
        errors=[409],
        summary="Change my profile",
        description=PROFILE,
        tags=TAGS,
    )
    def put(self, request: Any) -> HttpResponse:
        wish = convert(request.data, OwnFacts, ignore=NOT_HERE)
        return _change(request, sent(wish), "Saved.")

    @describe(
        request=OwnFacts,
        responses={200: SavedUser},
        errors=[409],
        summary="Change some of my profile",
        description=PROFILE,
        tags=TAGS,
    )
    def patch(self, request: Any) -> HttpResponse:
        return self.put(request)


class OrganizationName(View):
    """PATCH changes the organization a person says they belong to."""

    permission_classes = [SignedIn]

    @describe(
        request=Organization,
        responses={200: SavedUser},
        summary="Change my organization",
        description="Its name as `organization`, or as `name`.",
        tags=TAGS,
    )
    def patch(self, request: Any) -> HttpResponse:
        wish = convert(request.data, Organization, ignore=NOT_HERE)
        name = wish.name if wish.organization is UNSET else wish.organization
        fields = {} if name is UNSET else {"organization": name or ""}
        return _change(request, fields, "Saved.")


class Password(View):
    """PATCH changes one's own password."""

    permission_classes = [SignedIn]

    @describe(
        request=NewPassword,
        responses={200: PasswordChanged},
        summary="Change my password",
        description=(
            "Ends every session and token of the person, this one too; the answer has a new pair, "
            "or a new cookie for our own screens. 400 `wrong_password` for a wrong current one; "
            "too many of them: 429."
        ),
        tags=TAGS,
    )
    def patch(self, request: Any) -> HttpResponse:
        wish = convert(request.data, NewPassword)
        session = passwords.change(
            session_id=request.user.session_id,
            actor=request.user,
            current=wish.current_password,
            new=wish.new_password,
        )
        done = PasswordChanged(status="ok", message="The password is changed.")
        if request.auth is None:  # it came by our cookie
            remember(request._request, session)
            return cookies.private(done)
        pair = pairs.make(
            session=session,
            refresh_token=refresh_tokens.issue(session=session),
            at=timezone.now(),
            never_refreshes=cookies.never_refreshes(request),
            message=done.message,
        )
        for name in ("access_token", "token", "refresh_token", "token_type", "expires_in"):
            setattr(done, name, getattr(pair, name))
        return cookies.private(done)


class Settings(View):
    """GET reads what a person prefers."""

    permission_classes = [SignedIn]

    @describe(
        responses={200: Preferences},
        summary="My settings",
        description="Two objects, as the front end left them; both are empty at first.",
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        return respond(preferences.read(request.user.pk))


class Section(View):
    """The base of the two sections of preferences."""

    permission_classes = [SignedIn]
    section = ""

    def patch(self, request: Any) -> HttpResponse:
        values = request.data.get("settings", request.data)
        if type(values) is not dict:
            raise Invalid(errors={"settings": ["Must be an object."]})
        kept = preferences.change(
            request.user.pk, section=self.section, values=values, actor=request.user
        )
        return respond(
            PreferencesSaved(
                message="Saved.", notifications=kept.notifications, automation=kept.automation
            )
        )


MERGED = "Merged with what is kept, `null` takes a key away; at most 16 KiB."


class Notifications(Section):
    """PATCH says what a person wants to be told."""

    section = "notifications"

    @describe(
        request={"application/json": {"type": "object"}},
        responses={200: PreferencesSaved},
        summary="Change my notifications",
        description=MERGED,
        tags=TAGS,
    )
    def patch(self, request: Any) -> HttpResponse:
        return super().patch(request)


class Automation(Section):
    """PATCH says what may happen by itself."""

    section = "automation"

    @describe(
        request={"application/json": {"type": "object"}},
        responses={200: PreferencesSaved},
        summary="Change my automation",
        description=MERGED,
        tags=TAGS,
    )
    def patch(self, request: Any) -> HttpResponse:
        return super().patch(request)


def sent(wish: Any) -> dict[str, str]:
    """What was sent of what a person is called and where they are reached; ``null`` is blank."""
    given = {name: getattr(wish, name, UNSET) for name in users.CHANGEABLE}
    return {name: value or "" for name, value in given.items() if value is not UNSET}


def _change(request: Any, fields: dict[str, str], message: str) -> HttpResponse:
    users.change(request.user.pk, actor=request.user, fields=fields)
    row = users.read(request.user.pk)
    return respond(SavedUser(**msgspec.structs.asdict(row), message=message))
