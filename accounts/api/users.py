"""The staff of the caller's shops; everybody, for sysadmins."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from accounts import staff
from accounts.api.account import sent
from accounts.facts import UserFact
from accounts.permissions import SignedIn
from accounts.serializers import READ_ONLY, NewPerson, PersonChange
from core.api import View, once, reply, respond
from core.errors import Invalid
from core.paging import cut
from core.parsing import convert
from core.schema import describe
from core.wire import Message

__all__ = ["UserDetail", "UserList"]

TAGS = ["Users"]
FILTERS = [
    OpenApiParameter("q", str, description="Part of a name, username or e-mail."),
    OpenApiParameter("shop_id", str, description="Only of this shop of the caller's."),
    OpenApiParameter("role", str, description="Only who has this role."),
    OpenApiParameter("is_active", bool, description="Only who may, or may not, sign in."),
]


class UserList(View):
    """GET lists people, newest first; POST adds one."""

    permission_classes = [SignedIn]

    @describe(
        responses={200: list[UserFact]},
        errors=[403],
        lists=True,
        summary="My staff",
        description=(
            "For owners and managers the people of their shops, with those shops only; for "
            "sysadmins everybody. Others: 403 `role_too_low`."
        ),
        parameters=FILTERS,
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        query = request.GET
        found = staff.people(
            actor=request.user,
            words=query.get("q", "").strip(),
            shop_id=_id(query, "shop_id") or _id(query, "shopId"),
            role=query.get("role", ""),
            is_active=_flag(query, "is_active"),
        )
        page = cut(found, request, count=True)
        return respond(staff.described(page.rows, actor=request.user), headers=page.headers)

    @describe(
        request=NewPerson,
        responses={201: UserFact},
        errors=[403, 409],
        creates=True,
        summary="Add a person",
        description=(
            "`role` is cashier, manager or owner in `shop_id`, or in the caller's only shop; "
            "sysadmins also give user, dev and sysadmin, without a shop. 403 `role_above_yours`, "
            "409 `already_registered`."
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        wish = convert(request.data, NewPerson, ignore=READ_ONLY)
        staff.add(
            actor=request.user,
            username=wish.username,
            email=wish.email,
            name=wish.name,
            phone=wish.phone,
            organization=wish.organization,
            password=wish.password,
            role=wish.role,
            shop_id=wish.shop_id,
            once=claim,
        )
        return reply(claim)


class UserDetail(View):
    """GET reads a person; PATCH changes them; DELETE takes their access away."""

    permission_classes = [SignedIn]

    @describe(responses={200: UserFact}, errors=[403], summary="A person", tags=TAGS)
    def get(self, request: Any, user_id: UUID) -> HttpResponse:
        return respond(staff.read(user_id, actor=request.user))

    @describe(
        request=PersonChange,
        responses={200: UserFact},
        errors=[403, 409],
        summary="Change a person",
        description=(
            "Partial. A new role, a new password and `is_active: false` end all sessions and "
            "tokens of the person at once. 403 `role_above_yours`; 403 `own_account` for anything "
            "but the role of somebody who belongs to another's shop too; 409 `last_owner`, "
            "`last_sysadmin`, `yourself`, `already_registered`."
        ),
        tags=TAGS,
    )
    def patch(self, request: Any, user_id: UUID) -> HttpResponse:
        wish = convert(_without_echo(request.data), PersonChange, ignore=READ_ONLY)
        row = staff.change(
            user_id,
            actor=request.user,
            fields=sent(wish),
            role=wish.role,
            shop_id=wish.shop_id,
            is_active=wish.is_active,
            password=wish.password,
        )
        return respond(staff.described([row], actor=request.user)[0])

    @describe(
        responses={200: Message},
        errors=[403, 409],
        summary="Take a person's access away",
        description=(
            "They are deactivated, and all their sessions end; who belongs to another's shop too "
            "only leaves the caller's. 403 `role_above_yours`; 409 `last_owner`, `last_sysadmin`, "
            "`yourself`."
        ),
        tags=TAGS,
    )
    def delete(self, request: Any, user_id: UUID) -> HttpResponse:
        staff.remove(user_id, actor=request.user)
        return respond(Message("Their access has ended."))


def _without_echo(data: Any) -> Any:
    """A whole row that came back says the strongest role and the first shop: no wish of its own."""
    if "shops" in data and data.get("role") == data.get("role_name"):
        return {key: value for key, value in data.items() if key not in ("role", "shop_id")}
    return data


def _id(query: Any, name: str) -> UUID | None:
    text = query.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(errors={name: ["Must be an id (a UUID)."]}) from None


def _flag(query: Any, name: str) -> bool | None:
    text = query.get(name, "").lower()
    if text not in ("", "true", "false", "1", "0"):
        raise Invalid(errors={name: ["Must be true or false."]})
    return None if not text else text in ("true", "1")
