"""The console's pages of webhooks and what was delivered to them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet

from accounts.console import ReadOnly
from core.errors import DomainError
from live import webhooks
from live.models import Delivery, Webhook
from live.webhook_facts import state


class After(ActionForm):
    """From which event on to send again; for the action that does."""

    after = forms.IntegerField(min_value=0, required=False, label="Replay after seq")


@admin.register(Webhook)
class WebhookAdmin(ReadOnly):
    """Other people's addresses. Their secrets are never shown."""

    list_display = ["host", "shop", "standing", "cursor", "tries", "delivered_at", "failing_since"]
    list_filter = ["is_active"]
    list_select_related = ["shop"]
    search_fields = ["url", "shop__name", "=id"]
    ordering = ["-created_at"]
    fields = [
        "id", "shop", "host", "standing", "events", "is_active", "cursor", "must_resync", "tries",
        "failing_since", "next_try_at", "disabled_at", "delivered_at", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = ["host", "standing"]
    actions = ["enable", "replay"]
    action_form = After

    @admin.display(description="state")
    def standing(self, row: Webhook) -> str:
        return state(row)

    @admin.action(description="Turn the selected webhooks on", permissions=["view"])
    def enable(self, request: Any, queryset: QuerySet[Webhook]) -> None:
        for row in queryset.select_related("shop").order_by("pk"):
            webhooks.change(row.pk, shop=row.shop, actor=request.user, fields={"is_active": True})
            self.message_user(request, f"{row.host} is tried again.", messages.SUCCESS)

    @admin.action(description="Send again what came after a seq", permissions=["view"])
    def replay(self, request: Any, queryset: QuerySet[Webhook]) -> None:
        after = request.POST.get("after", "")
        if not (after.isascii() and after.isdecimal() and len(after) <= 18):
            self.message_user(request, "Say after which seq.", messages.ERROR)
            return
        for row in queryset.select_related("shop").order_by("pk"):
            try:
                webhooks.replay(row.pk, shop=row.shop, actor=request.user, after=int(after))
            except DomainError as refusal:
                self.message_user(request, f"{row.host}: {refusal}", messages.ERROR)
            else:
                done = f"{row.host} gets everything after {after} again."
                self.message_user(request, done, messages.SUCCESS)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """What was tried, and what the receiver said."""

    list_display = ["at", "webhook", "seq", "kind", "attempt", "status", "ms", "error"]
    list_filter = ["status"]
    list_select_related = ["webhook"]
    search_fields = ["=webhook__id", "=delivery_id", "=seq"]
    ordering = ["-id"]
    fields = [
        "id", "shop", "webhook", "delivery_id", "seq", "kind", "attempt", "status", "ms", "error",
        "at",
    ]  # fmt: skip
