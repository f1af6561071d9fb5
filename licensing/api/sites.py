"""Sites over the wire, for the vendor's sysadmins."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from accounts.permissions import Sysadmin
from core import api, schema, structs
from core.paging import cut
from licensing import facts, fleet, sites, tallies
from licensing.serializers import READ_ONLY, ChangeSite, LockSite, NewSite, UnlockSite, fields

__all__ = ["SiteDetail", "SiteList", "SiteLock", "SiteRotateKey", "SiteUnlock"]

TAGS = ["Licensing"]
FILTERS = [
    OpenApiParameter(
        "status",
        str,
        description=(
            "Words with commas: active, expiring, expired, locked, inactive; online, late, "
            "offline, never. Words of one kind are alternatives, both kinds must hold."
        ),
    ),
    OpenApiParameter(
        "q",
        str,
        description="Words, or parts of them, in a name, an owner's name, an e-mail or a shop's name; or an id.",
    ),
]


class SiteView(api.View):
    """For the vendor's sysadmins."""

    permission_classes: ClassVar[list[type]] = [Sysadmin]


class SiteList(SiteView):
    """GET lists sites, newest first; POST registers one."""

    @schema.describe(
        responses={200: list[facts.SiteFact]},
        errors=[403],
        lists=True,
        summary="List sites",
        description=(
            "`status` is the licence: active, expiring (within 30 days), expired, locked, "
            "inactive. `connection` is the line: online, late (9 h), offline (24 h), never. "
            "A fleet of more than 10,000 sites is listed without `X-Total-Count`."
        ),
        parameters=FILTERS,
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        query = request.GET
        words = [one.strip().lower() for one in query.get("status", "").split(",")]
        found = fleet.find(
            words=query.get("q", "").replace("\0", "").strip()[:120],
            standings=[one for one in words if one],
        )
        page = cut(found, request, count=tallies.is_small())
        return api.respond([facts.read(one) for one in page.rows], headers=page.headers)

    @schema.describe(
        request=NewSite,
        responses={201: facts.Registered},
        errors=[403],
        creates=True,
        summary="Register a site",
        description="`secret_key` is shown this once; a repeat with the same key shows it again.",
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        once = api.once(request, secret=True)
        once.repeat()
        wish = structs.convert(request.data, NewSite, ignore=READ_ONLY)
        sites.register(actor=request.user, fields=fields(wish), once=once)
        return api.reply(once)


class SiteDetail(SiteView):
    """One site."""

    @schema.describe(
        responses={200: facts.SiteDetail},
        errors=[403],
        summary="Read a site",
        description="With its last heartbeats (history keeps one a day, and every change) and its locks.",
        tags=TAGS,
    )
    def get(self, request: Any, site_id: UUID) -> HttpResponse:
        return api.respond(facts.detail(fleet.get(site_id)))

    @schema.describe(
        request=ChangeSite,
        responses={200: facts.SiteDetail},
        errors=[403],
        summary="Change a site, extend its licence",
        description="Partial: what is left out stays.",
        tags=TAGS,
    )
    def put(self, request: Any, site_id: UUID) -> HttpResponse:
        wish = structs.convert(request.data, ChangeSite, ignore=READ_ONLY)
        changed = sites.change(site_id, actor=request.user, fields=fields(wish))
        return api.respond(facts.detail(changed))

    @schema.describe(
        request=ChangeSite,
        responses={200: facts.SiteDetail},
        errors=[403],
        summary="Change a site (the same as PUT)",
        tags=TAGS,
    )
    def patch(self, request: Any, site_id: UUID) -> HttpResponse:
        return self.put(request, site_id)

    @schema.describe(
        responses={204: None},
        errors=[403],
        summary="Delete a site",
        description="Its key opens no more; from then on it answers as if it had never been.",
        tags=TAGS,
    )
    def delete(self, request: Any, site_id: UUID) -> HttpResponse:
        sites.delete(site_id, actor=request.user)
        return api.respond(status=204)


class SiteLock(SiteView):
    """Lock a site."""

    @schema.describe(
        request=LockSite,
        responses={200: facts.SiteDetail},
        errors=[403, 409],
        creates=True,
        summary="Lock a site",
        description=(
            "It reaches the site at its next heartbeat, its shops on this server at once. "
            "`pending_command` says how far it has got. 409 `already_locked` if that is wanted "
            "already, whether or not the site has acknowledged."
        ),
        tags=TAGS,
    )
    def post(self, request: Any, site_id: UUID) -> HttpResponse:
        once = api.once(request)
        wish = structs.convert(request.data, LockSite)
        sites.lock(site_id, reason=wish.reason, actor=request.user, once=once)
        return api.reply(once)


class SiteUnlock(SiteView):
    """Unlock a site."""

    @schema.describe(
        request=UnlockSite,
        responses={200: facts.SiteDetail},
        errors=[403],
        creates=True,
        summary="Unlock a site",
        description="As locking. Nothing happens to a site that nobody wants locked.",
        tags=TAGS,
    )
    def post(self, request: Any, site_id: UUID) -> HttpResponse:
        once = api.once(request)
        wish = structs.convert(request.data, UnlockSite)
        sites.unlock(site_id, reason=wish.reason, actor=request.user, once=once)
        return api.reply(once)


class SiteRotateKey(SiteView):
    """Give a site a new key."""

    @schema.describe(
        responses={200: facts.NewKey},
        errors=[403],
        creates=True,
        summary="Give a site a new key",
        description=(
            "`secret_key` is shown this once. The old key opens until the new one is first used, "
            "at most 7 days."
        ),
        tags=TAGS,
    )
    def post(self, request: Any, site_id: UUID) -> HttpResponse:
        once = api.once(request, secret=True)
        once.repeat()
        sites.rotate_key(site_id, actor=request.user, once=once)
        return api.reply(once)
