"""The console's pages of sites: the vendor's desk."""

from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin, messages
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from unfold.decorators import action, display

from accounts import audit
from accounts.console import ReadOnly
from licensing import desk, fleet, views
from licensing.fleet import Connection, Status
from licensing.models import Site

STATUS_LABELS = {
    Status.LOCKED: "danger",
    Status.EXPIRED: "danger",
    Status.EXPIRING: "warning",
    Status.ACTIVE: "success",
}
CONNECTION_LABELS = {
    Connection.ONLINE: "success",
    Connection.LATE: "warning",
    Connection.OFFLINE: "danger",
}


class Standing(admin.SimpleListFilter):
    """By one of a site's two states; nobody looks at the database before it is chosen."""

    words: type[Status] | type[Connection]

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(word), word.capitalize()) for word in self.words]

    def queryset(self, request: Any, queryset: QuerySet[Site]) -> QuerySet[Site]:
        if self.value() not in list(self.words):
            return queryset
        return queryset.filter(fleet.standing(self.value(), timezone.now()))


class ByLicence(Standing):
    """How its licence stands."""

    title = "licence"
    parameter_name = "status"
    words = Status


class ByLine(Standing):
    """When it was last heard of."""

    title = "line"
    parameter_name = "line"
    words = Connection


class IsPending(admin.SimpleListFilter):
    """Whether a lock or unlock waits for the site's word."""

    title = "lock on its way"
    parameter_name = "pending"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: Any, queryset: QuerySet[Site]) -> QuerySet[Site]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(
            commands__isnull=False,
            commands__acknowledged_at=None,
            commands__superseded_at=None,
        )


class HasAlert(admin.SimpleListFilter):
    """Whether an alert of the site is open."""

    title = "alert"
    parameter_name = "alert"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open")]

    def queryset(self, request: Any, queryset: QuerySet[Site]) -> QuerySet[Site]:
        if self.value() != "open":
            return queryset
        return queryset.filter(alerts__isnull=False, alerts__closed_at=None)


@admin.register(Site)
class SiteAdmin(ReadOnly):
    """Registered restaurants: how they stand, and what is done about it, by the verbs."""

    list_display = ["name", "licence", "line", "last_seen", "expires", "version", "owner_name"]
    list_filter = [ByLicence, ByLine, IsPending, HasAlert]
    list_select_related = ["contact"]
    search_fields = ["name", "owner_name", "contact_email", "shops__name", "=site_id"]
    ordering = ["-pk"]
    fields = [
        "site_id", "name", "licence", "line", "last_seen", "version", "clock", "owner_name",
        "contact_email", "is_active", "is_locked", "lock_reason", "locked_at", "license_expires_at",
        "grace_days", "watched_until", "shops", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["licence", "line", "last_seen", "version", "clock"]
    change_form_after_template = "licensing/history.html"
    actions = ["lock", "unlock", "extend", "rotate", "export"]
    actions_list = ["register"]
    actions_detail = ["lock_one", "unlock_one", "extend_one", "rotate_one"]

    def get_queryset(self, request: Any) -> QuerySet[Site]:
        return super().get_queryset(request).filter(deleted_at=None)

    def change_view(self, request: Any, object_id: str, *args: Any, **kwargs: Any) -> Any:
        site = self.get_object(request, object_id)
        if site is not None:
            more = kwargs.get("extra_context") or {}
            kwargs["extra_context"] = more | desk.history(site)
        return super().change_view(request, object_id, *args, **kwargs)

    # --- columns ------------------------------------------------------------------------

    @display(description="licence", label=STATUS_LABELS)
    def licence(self, site: Site) -> str:
        return fleet.status(site, timezone.now()).value

    @display(description="line", label=CONNECTION_LABELS)
    def line(self, site: Site) -> str:
        return fleet.connection(_of_contact(site, "last_seen_at"), timezone.now()).value

    @admin.display(description="last seen", ordering="contact__last_seen_at", empty_value="never")
    def last_seen(self, site: Site) -> str | None:
        at = _of_contact(site, "last_seen_at")
        return at and localize(timezone.localtime(at))

    @admin.display(description="expires", ordering="license_expires_at", empty_value="never")
    def expires(self, site: Site) -> datetime | None:
        return site.license_expires_at

    @admin.display(description="version", empty_value="–")
    def version(self, site: Site) -> str | None:
        return _of_contact(site, "version") or None

    @admin.display(description="its clock is ahead by (seconds)", empty_value="–")
    def clock(self, site: Site) -> int | None:
        return _of_contact(site, "clock_skew_seconds")

    # --- acts ---------------------------------------------------------------------------

    @action(description="Register a site", url_path="register", icon="add", permissions=["view"])
    def register(self, request: Any) -> HttpResponse:
        return views.register(request, context=self._context(request), back=self._list())

    @action(description="Lock", url_path="lock", icon="lock", permissions=["view"])
    def lock_one(self, request: Any, object_id: str) -> HttpResponse:
        return self._one("lock", request, object_id)

    @action(description="Unlock", url_path="unlock", icon="lock_open", permissions=["view"])
    def unlock_one(self, request: Any, object_id: str) -> HttpResponse:
        return self._one("unlock", request, object_id)

    @action(description="Extend", url_path="extend", icon="event", permissions=["view"])
    def extend_one(self, request: Any, object_id: str) -> HttpResponse:
        return self._one("extend", request, object_id)

    @action(description="Give a new key", url_path="rotate", icon="key", permissions=["view"])
    def rotate_one(self, request: Any, object_id: str) -> HttpResponse:
        return self._one("rotate", request, object_id)

    @admin.action(description="Lock the selected sites", permissions=["view"])
    def lock(self, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        return self._many("lock", request, queryset)

    @admin.action(description="Unlock the selected sites", permissions=["view"])
    def unlock(self, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        return self._many("unlock", request, queryset)

    @admin.action(description="Extend the licences of the selected sites", permissions=["view"])
    def extend(self, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        return self._many("extend", request, queryset)

    @admin.action(description="Give the selected sites new keys", permissions=["view"])
    def rotate(self, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        return self._many("rotate", request, queryset)

    @admin.action(description="Export the selected sites as CSV", permissions=["view"])
    def export(self, request: Any, queryset: QuerySet[Site]) -> StreamingHttpResponse:
        # by their keys: neither the order of the list nor its joins are the table's
        chosen = Site.objects.filter(pk__in=queryset.order_by().values("pk"))
        number = chosen.count()
        audit.record(
            "console.exported", ("list", "sites"), shop=None, actor=request.user, number=number
        )
        parts = desk.table(chosen)
        return StreamingHttpResponse(
            _apart(parts) if isinstance(request, ASGIRequest) else parts,
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="sites.csv"',
                "Cache-Control": "no-store",
            },
        )

    def _one(self, name: str, request: Any, object_id: str) -> HttpResponse:
        site = self.get_object(request, object_id)
        if site is None:
            raise Http404
        back = views.page_of(site)
        return views.carry_out(name, request, [site], context=self._context(request), back=back)

    def _many(self, name: str, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        keys = queryset.order_by().values("pk")
        chosen = list(Site.objects.filter(pk__in=keys).order_by("pk")[: views.MOST + 1])
        if len(chosen) > views.MOST:
            most = f"At most {views.MOST} sites at once. Choose fewer, or use the commands."
            self.message_user(request, most, messages.ERROR)
            return None
        context, back = self._context(request), self._list()
        return views.carry_out(name, request, chosen, context=context, back=back)

    def _context(self, request: Any) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"opts": self.model._meta}

    def _list(self) -> str:
        return reverse("admin:licensing_site_changelist")


def _of_contact(site: Site, name: str) -> Any:
    return getattr(getattr(site, "contact", None), name, None)


async def _apart(parts: Any) -> Any:
    """Each part beside the event loop, which would gather all of them first."""
    while (part := await sync_to_async(next)(parts, None)) is not None:
        yield part
