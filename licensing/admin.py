"""The console's pages of sites: the vendor's desk."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from accounts.console import ReadOnly
from licensing import acts, dossiers, fleet, moments, tallies, views
from licensing.fleet import Connection, Status
from licensing.models import Site

TIME = '<time datetime="{}" title="{}">{}</time>'

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


class EndsWithin(admin.SimpleListFilter):
    """Whether its licence ends within so many days."""

    title = "licence ends within"
    parameter_name = "ends"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("7", "7 days"), ("30", "30 days"), ("90", "90 days")]

    def queryset(self, request: Any, queryset: QuerySet[Site]) -> QuerySet[Site]:
        if self.value() not in {"7", "30", "90"}:
            return queryset
        now = timezone.now()
        until = now + timedelta(days=int(self.value()))
        return queryset.filter(license_expires_at__gt=now, license_expires_at__lte=until)


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
    list_filter = [ByLicence, ByLine, EndsWithin, IsPending, HasAlert]
    list_select_related = ["contact"]
    search_fields = ["name"]  # and more: see ``get_search_results``
    search_help_text = "Name, owner, e-mail, shop or id"
    ordering = ["-pk"]
    list_before_template = "licensing/list_head.html"
    change_form_template = "licensing/site.html"
    fields = ["site_id"]  # the page is a template of its own
    actions = ["lock", "unlock", "extend", "rotate", "export"]
    actions_list = ["register"]

    def get_queryset(self, request: Any) -> QuerySet[Site]:
        return super().get_queryset(request).filter(deleted_at=None)

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        """The site of this address, also by the id that everybody else knows it by."""
        found = super().get_object(request, object_id, from_field)
        return found or super().get_object(request, object_id, "site_id")

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(fleet.named(search_term)), False

    def get_paginator(self, request: Any, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """A large fleet is not counted for a list: pages go on for as long as there is more."""
        kind = self.paginator if tallies.is_small() else InfinitePaginator
        return kind(queryset, *args, **kwargs)

    def get_urls(self) -> list[Any]:
        pages = {f"<uuid:pk>/{name}/": (f"{name}_one", self._one, name) for name in acts.ACTS}
        pages["<uuid:pk>/standing/"] = ("standing", self._standing_of, "")
        pages["table/"] = ("table", self._table, "")
        own = [
            path(
                route,
                self.admin_site.admin_view(partial(self._seen, page=page, act=act)),
                name=f"licensing_site_{name}",
            )
            for route, (name, page, act) in pages.items()
        ]
        return own + super().get_urls()

    def _seen(self, request: Any, *, page: Any, act: str, **named: Any) -> HttpResponse:
        """One of our own pages, for those who may see sites."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return page(request, **named, **({"name": act} if act else {}))

    def change_view(self, request: Any, object_id: str, *args: Any, **kwargs: Any) -> Any:
        site = self.get_object(request, object_id)
        if site is not None:
            more = dossiers.dossier(site) | self._standing(site)
            kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | more
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
        return _said(_of_contact(site, "last_seen_at"))

    @admin.display(description="licence ends", ordering="license_expires_at", empty_value="never")
    def expires(self, site: Site) -> str | None:
        return _said(site.license_expires_at)

    @admin.display(description="version", empty_value="–")
    def version(self, site: Site) -> str | None:
        return _of_contact(site, "version") or None

    # --- acts ---------------------------------------------------------------------------

    @action(description="Register a site", url_path="register", icon="add", permissions=["view"])
    def register(self, request: Any) -> HttpResponse:
        return views.register(request, context=self._context(request), back=self._list())

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
        return views.as_table(request, queryset)

    # --- pages of our own ---------------------------------------------------------------

    def _table(self, request: Any) -> StreamingHttpResponse:
        """The list as it is filtered, as CSV."""
        return views.as_table(request, self.get_changelist_instance(request).get_queryset(request))

    def _standing_of(self, request: Any, pk: UUID) -> HttpResponse:
        """The part of a site's page that changes while somebody looks at it."""
        site = self.get_object(request, str(pk))
        if site is None:
            raise Http404
        return TemplateResponse(request, "licensing/standing.html", self._standing(site))

    def _standing(self, site: Site) -> dict[str, Any]:
        return dossiers.standing(site) | {"offered": acts.offered(site)}

    def _one(self, request: Any, pk: UUID, *, name: str) -> HttpResponse:
        site = self.get_object(request, str(pk))
        if site is None and views.is_filled_in(request):
            # a deletion that is sent twice: the second finds the site gone
            site = Site.objects.filter(pk=pk).first()
        if site is None:
            raise Http404
        back = self._list() if site.deleted_at else views.page_of(site)
        return views.carry_out(name, request, [site], context=self._context(request), back=back)

    def _many(self, name: str, request: Any, queryset: QuerySet[Site]) -> HttpResponse | None:
        if views.is_filled_in(request):
            chosen = views.chosen_in(request)
        else:
            keys = queryset.order_by().values("pk")
            found = Site.objects.filter(pk__in=keys).select_related("contact").order_by("pk")
            chosen = list(found[: views.MOST + 1])
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


def _said(at: datetime | None) -> str | None:
    """A time as people say it, the exact one for who rests upon it."""
    moment = moments.of(at, timezone.now())
    return moment and format_html(TIME, moment.at.isoformat(), moment.exact, moment.words)
