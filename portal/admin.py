"""The console's inbox: what the public forms brought, whose it is and how it stands."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from unfold.decorators import display

from accounts.console import ByVerbs
from accounts.models import User
from core.errors import DomainError
from portal import console, leads, retention, spam, tables
from portal.models import Lead

NEWEST = 6


class LooksLikeSpam(admin.SimpleListFilter):
    """By what the filter thinks of it, whatever a person has said since."""

    title = "spam score"
    parameter_name = "spam"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", f"{spam.SPAM} and more"), ("some", f"1 to {spam.SPAM - 1}"), ("no", "0")]

    def queryset(self, request: Any, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        if self.value() == "yes":
            return queryset.filter(spam_score__gte=spam.SPAM)
        if self.value() == "some":
            return queryset.filter(spam_score__gt=0, spam_score__lt=spam.SPAM)
        return queryset.filter(spam_score=0) if self.value() == "no" else queryset


@admin.register(Lead)
class LeadAdmin(ByVerbs):
    """Leads. They are marked and given by their verbs, and erased a person at a time."""

    list_display = [
        "created_at", "kind", "who", "email", "company", "state", "owner", "spam", "repeats",
    ]  # fmt: skip
    list_display_links = ["who"]
    list_filter = ["status", "kind", LooksLikeSpam, "owner", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["email", "name", "company", "message", "=id"]
    ordering = ["-pk"]
    fields = [
        "id", "kind", "status", "owner", "name", "email", "company", "phone", "topic", "amount",
        "message", "spam", "source", "repeats", "address", "created_at", "last_at", "acked_at",
    ]  # fmt: skip
    editable = ("status", "owner")
    actions = ["take", "contacted", "won", "lost", "is_spam", "is_no_spam", "export", "erase"]

    @admin.display(description="from", ordering="name")
    def who(self, lead: Lead) -> str:
        return lead.name or lead.email

    @display(
        description="status",
        ordering="status",
        label={"new": "info", "contacted": "warning", "won": "success", "spam": "danger"},
    )
    def state(self, lead: Lead) -> tuple[str, str]:
        return lead.status, lead.get_status_display()

    @admin.display(description="spam score", ordering="spam_score")
    def spam(self, lead: Lead) -> str:
        reasons = ", ".join(lead.spam_reasons)
        return f"{lead.spam_score}: {reasons}" if reasons else str(lead.spam_score)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "who"]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        ours = User.objects.filter(role__in=[User.Role.DEV, User.Role.SYSADMIN], is_active=True)
        return super().formfield_for_foreignkey(db_field, request, queryset=ours, **kwargs)

    def change(self, row: Lead, fields: dict[str, Any], actor: Any) -> None:
        if "status" in fields:
            leads.mark(row.pk, status=fields["status"], actor=actor)
        if "owner" in fields:
            owner = fields["owner"]
            leads.give(row.pk, owner_id=owner and owner.pk, actor=actor)

    # --- actions ------------------------------------------------------------------------

    @admin.action(description="Make the selected leads mine", permissions=["change"])
    def take(self, request: Any, queryset: QuerySet[Lead]) -> None:
        for pk in _keys(queryset):
            leads.give(pk, owner_id=request.user.pk, actor=request.user)
        self.message_user(request, "They are yours.", messages.SUCCESS)

    def _mark(self, request: Any, queryset: QuerySet[Lead], status: str) -> None:
        number = 0
        for pk in _keys(queryset):
            try:
                leads.mark(pk, status=status, actor=request.user)
                number += 1
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        self.message_user(request, f"{number} marked.", messages.SUCCESS)

    @admin.action(description="Mark as contacted", permissions=["change"])
    def contacted(self, request: Any, queryset: QuerySet[Lead]) -> None:
        self._mark(request, queryset, Lead.Status.CONTACTED)

    @admin.action(description="Mark as won", permissions=["change"])
    def won(self, request: Any, queryset: QuerySet[Lead]) -> None:
        self._mark(request, queryset, Lead.Status.WON)

    @admin.action(description="Mark as lost", permissions=["change"])
    def lost(self, request: Any, queryset: QuerySet[Lead]) -> None:
        self._mark(request, queryset, Lead.Status.LOST)

    @admin.action(description="Mark as spam", permissions=["change"])
    def is_spam(self, request: Any, queryset: QuerySet[Lead]) -> None:
        self._mark(request, queryset, Lead.Status.SPAM)

    @admin.action(description="This is no spam", permissions=["change"])
    def is_no_spam(self, request: Any, queryset: QuerySet[Lead]) -> None:
        self._mark(request, queryset.filter(status=Lead.Status.SPAM), Lead.Status.NEW)

    @admin.action(description="Export the selected leads as CSV", permissions=["view"])
    def export(self, request: Any, queryset: QuerySet[Lead]) -> StreamingHttpResponse:
        chosen = list(_keys(queryset))
        console.exported("leads", actor=request.user, number=len(chosen))
        parts = list(tables.leads(Lead.objects.filter(pk__in=chosen)))  # a page of rows at most
        response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="leads.csv"'
        return response

    @admin.action(description="Erase all of the selected people", permissions=["change"])
    def erase(self, request: Any, queryset: QuerySet[Lead]) -> None:
        emails = {*queryset.values_list("email", flat=True)}
        number = sum(retention.erase(email, actor=request.user) for email in sorted(emails))
        self.message_user(request, f"{number} erased.", messages.SUCCESS)


def _keys(queryset: QuerySet[Lead]) -> list[Any]:
    return list(queryset.order_by("pk").values_list("pk", flat=True))


def newest_leads() -> dict[str, Any]:
    """The newest leads that nobody has taken up, for the console's first page."""
    waiting = Lead.objects.filter(status=Lead.Status.NEW)
    rows = [
        [
            lead.get_kind_display(),
            format_html(
                '<a class="font-semibold text-primary-600 dark:text-primary-500" href="{}">{}</a>',
                reverse("admin:portal_lead_change", args=[lead.pk]),
                lead.name or lead.email,
            ),
            lead.company or "–",
            f"{timesince(lead.created_at, depth=1)} ago",
        ]
        for lead in waiting.order_by("-pk")[:NEWEST]
    ]
    return {
        "leads": {"headers": ["Form", "From", "Company", "Came"], "rows": rows},
        "waiting": waiting.count(),
        "inbox": f"{reverse('admin:portal_lead_changelist')}?status__exact=new",
    }
