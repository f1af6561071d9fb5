"""The console's pages of people, shops, devices, sessions and the audit."""

import json
from types import ModuleType
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join

from accounts import otp, sessions, staff, users
from accounts.console import ByVerbs, ReadOnly, ReadOnlyLines
from accounts.models import AuditEvent, AuthSession, Device, Membership, Shop, User
from core.errors import DomainError

# Django's own groups mean nothing here: roles do.
auth_admin.admin.site.unregister(Group)


class MembershipsOfUser(ReadOnlyLines):
    model = Membership
    fields = ["shop", "role", "created_at"]
    readonly_fields = fields


class MembershipsOfShop(ReadOnlyLines):
    model = Membership
    fields = ["user", "role", "created_at"]
    readonly_fields = fields


@admin.register(User)
class UserAdmin(ByVerbs):
    """People. Roles and access change by their own verbs."""

    list_display = ["username", "name", "email", "role", "is_active", "last_login_at"]
    list_filter = ["role", "is_active", "is_verified"]
    search_fields = ["username", "name", "email", "phone"]
    ordering = ["-created_at"]
    fields = [
        "id", "username", "email", "name", "phone", "organization", "role", "is_active",
        "is_verified", "token_version", "created_at", "updated_at", "last_login_at",
    ]  # fmt: skip
    editable = ("name", "phone", "organization")
    inlines = [MembershipsOfUser]
    actions = ["let_in", "shut_out", "forget_codes"]

    @admin.action(description="Take the selected people's access away", permissions=["change"])
    def shut_out(self, request: Any, queryset: QuerySet[User]) -> None:
        self._set_access(request, queryset, False)

    @admin.action(description="Let the selected people in again", permissions=["change"])
    def let_in(self, request: Any, queryset: QuerySet[User]) -> None:
        self._set_access(request, queryset, True)

    def _set_access(self, request: Any, queryset: QuerySet[User], is_active: bool) -> None:
        for pk in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                person = staff.change(pk, actor=request.user, is_active=is_active)
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                done = "may sign in." if is_active else "may not sign in any more."
                self.message_user(request, f"{person} {done}", messages.SUCCESS)

    @admin.action(description="Forget a lost app for one-time codes", permissions=["change"])
    def forget_codes(self, request: Any, queryset: QuerySet[User]) -> None:
        chosen = queryset.order_by("pk").values_list("pk", flat=True)
        forgotten = [otp.forget(user_id=pk, actor=request.user) for pk in chosen]
        self.message_user(request, f"{sum(forgotten)} forgotten.", messages.SUCCESS)

    def change(self, row: User, fields: dict[str, Any], actor: Any) -> None:
        users.change(row.pk, actor=actor, fields=fields)


class ShopAdmin(ByVerbs):
    """The tenants. Who registers it gives it its verbs, which tell the shop's screens."""

    verbs: ModuleType | None = None

    list_display = ["name", "owner", "currency", "timezone", "created_at"]
    list_filter = ["currency"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username", "owner__email", "=id"]
    ordering = ["-created_at"]
    fields = [
        "id", "name", "owner", "currency", "timezone", "day_starts_at", "created_at",
        "updated_at",
    ]  # fmt: skip
    editable = ("name", "timezone", "day_starts_at")
    inlines = [MembershipsOfShop]

    def change(self, row: Shop, fields: dict[str, Any], actor: Any) -> None:
        self.verbs.change(row.pk, actor=actor, fields=fields)


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    """Who may do what where."""

    list_display = ["user", "shop", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "shop"]
    search_fields = ["user__username", "user__name", "user__email", "shop__name"]
    ordering = ["-created_at"]
    fields = ["id", "user", "shop", "role", "created_at"]


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    """Tills, kiosks and screens."""

    list_display = ["name", "kind", "shop", "paired_at", "last_seen_at", "revoked_at"]
    list_filter = ["kind", "service_mode"]
    list_select_related = ["shop"]
    search_fields = ["name", "shop__name", "=id"]
    ordering = ["-created_at"]
    fields = [
        "id", "shop", "kind", "name", "paired_at", "last_seen_at", "revoked_at", "service_mode",
        "service_message", "created_at",
    ]  # fmt: skip


class Choice(admin.SimpleListFilter):
    """A filter with two answers; ``first`` and ``second`` are what they are called."""

    first: str
    second: str

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", self.first), ("no", self.second)]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        met = self.condition()
        return queryset.filter(met if self.value() == "yes" else ~met)

    def condition(self) -> Q:
        """What the rows of the first answer have in common."""
        raise NotImplementedError


class Alive(Choice):
    """Whether a session still opens doors."""

    title = parameter_name = "alive"
    first, second = "Signed in", "Ended"

    def condition(self) -> Q:
        return AuthSession.opens_doors()


@admin.register(AuthSession)
class AuthSessionAdmin(ReadOnly):
    """Who is signed in on what, since when, last seen; and the end of it."""

    list_display = [
        "user", "device_name", "ip", "created_at", "last_used_at", "expires_at", "revoked_at",
    ]  # fmt: skip
    list_filter = [Alive, "scope", "device__kind", "last_used_at"]
    list_select_related = ["user"]
    search_fields = [
        "user__username", "user__name", "user__email", "device_name", "device__shop__name", "ip",
        "=id",
    ]  # fmt: skip
    ordering = ["-last_used_at"]
    fields = [
        "id", "user", "device", "device_name", "scope", "ip", "user_agent", "created_at",
        "last_used_at", "expires_at", "revoked_at", "last_acts",
    ]  # fmt: skip
    readonly_fields = ["last_acts"]
    actions = ["end"]

    @admin.display(description="what they did last")
    def last_acts(self, session: AuthSession) -> str:
        lines = session.user.acts.select_related("shop").order_by("-pk")[:10]
        shown = ((f"{line.at:%Y-%m-%d %H:%M:%S}", line, line.shop or "") for line in lines)
        return format_html_join("", "<div>{} {} {}</div>", shown) or "–"

    @admin.action(description="End the selected sessions", permissions=["view"])
    def end(self, request: Any, queryset: QuerySet[AuthSession]) -> None:
        chosen = queryset.order_by("pk").values_list("pk", flat=True)
        ended = [sessions.end(session_id=pk, actor=request.user) for pk in chosen]
        self.message_user(request, f"{sum(ended)} ended.", messages.SUCCESS)


class Sealed(Choice):
    """Whether a line is in its chain, or still in the tail."""

    title = parameter_name = "sealed"
    first, second = "Sealed", "Unsealed tail"

    def condition(self) -> Q:
        return Q(seal__isnull=False)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    """The trail, as it was written."""

    list_display = [
        "at", "action", "actor", "shop", "target_kind", "target_id", "address", "is_sealed",
    ]  # fmt: skip
    list_filter = [Sealed, "at", "target_kind"]
    list_select_related = ["actor", "shop", "seal"]
    search_fields = [
        "action", "actor__username", "actor__email", "shop__name", "address", "=id", "=target_id",
        "=request_id", "=device",
    ]  # fmt: skip
    ordering = ["-pk"]  # as they were written
    fields = [
        "id", "at", "action", "actor", "shop", "target_kind", "target_id", "was", "became",
        "address", "device", "request_id", "sealed",
    ]  # fmt: skip
    readonly_fields = ["was", "became", "sealed"]

    @admin.display(boolean=True, description="sealed")
    def is_sealed(self, line: AuditEvent) -> bool:
        return hasattr(line, "seal")

    @admin.display(description="seal")
    def sealed(self, line: AuditEvent) -> str:
        if not hasattr(line, "seal"):
            return "Not yet: it is in the unsealed tail until the worker comes."
        chain = line.shop or "the platform"
        return format_html("{} in the chain of {}: {}", line.seal.position, chain, line.seal.digest)

    @admin.display(description="before")
    def was(self, line: AuditEvent) -> str:
        return readable(line.before)

    @admin.display(description="after")
    def became(self, line: AuditEvent) -> str:
        return readable(line.after)


def readable(facts: Any) -> str:
    """JSON for people."""
    if facts is None:
        return "–"
    return format_html("<pre>{}</pre>", json.dumps(facts, indent=2, ensure_ascii=False))
