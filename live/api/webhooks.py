"""Webhooks over the wire: added, changed, removed, replayed by the shop's managers."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, paging, parsing
from core.schema import describe
from live import webhooks
from live.webhook_facts import (
    READ_ONLY,
    ChangeWebhook,
    DeliveryFact,
    NewWebhook,
    Replay,
    WebhookFact,
    WebhookMade,
    read,
    read_delivery,
)

__all__ = ["DeliveryList", "WebhookDetail", "WebhookList", "WebhookReplay"]

TAGS = ["Webhooks"]

HOW_IT_WORKS = """
Every event of the shop is posted to `url` as JSON, one at a time and in order: the frame that a
socket gets, `{"seq", "type", "at", "actor", "data"}`, with `shop_id`. `events` names the wanted
ones; none, or `*`, means all.

**Verify the signature.** The header `Countertop-Signature: t=<seconds>,v1=<hex>` holds when it was
sent and the HMAC-SHA256 of `<t>.<body>`, the exact bytes of the body, keyed with the `secret` that
is shown once, here. Compare in constant time, and refuse a `t` more than five minutes off.

**Answer 2xx** within 10 seconds. Anything else, a redirect too, is tried again: after 5 seconds,
then twice as long each time, an hour at most, and nothing later is sent before. After 24 hours the
webhook is disabled and the owner gets a letter.

**Expect repeats.** An event may come more than once, with the same `Countertop-Delivery`: remember
the highest `seq` you have handled and skip what is not above it. `seq` skips what was not wanted.

`{"type": "resync", "seq"}` says that events up to `seq` were forgotten before they could be
delivered: read everything anew.
"""


class WebhookList(ShopView):
    """GET lists the shop's webhooks; POST adds one."""

    permission_classes = [Manager]

    @describe(
        responses={200: list[WebhookFact]},
        errors=[403],
        summary="Webhooks of a shop",
        description="The oldest first. `state`: active, failing, disabled, paused or resync.",
        tags=TAGS,
    )
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        return api.respond([read(row) for row in webhooks.of(self.shop)])

    @describe(
        request=NewWebhook,
        responses={201: WebhookMade},
        errors=[403, 409],
        creates=True,
        summary="Add a webhook",
        description=HOW_IT_WORKS,
        tags=TAGS,
    )
    def post(self, request: Any, shop_id: UUID) -> HttpResponse:
        claim = api.once(request, secret=True)
        claim.repeat()
        wish = parsing.convert(request.data, NewWebhook, ignore=READ_ONLY)
        webhooks.add(
            shop=self.shop,
            actor=self.principal,
            url=wish.url,
            events=wish.events,
            secret=wish.secret,
            once=claim,
        )
        response = api.reply(claim)
        response["Cache-Control"] = "no-store"
        return response


class WebhookDetail(ShopView):
    """GET reads a webhook, PATCH changes it, DELETE removes it."""

    permission_classes = [Manager]

    @describe(responses={200: WebhookFact}, errors=[403], summary="A webhook", tags=TAGS)
    def get(self, request: Any, shop_id: UUID, webhook_id: UUID) -> HttpResponse:
        return api.respond(read(webhooks.get(webhook_id, shop=self.shop)))

    @describe(
        request=ChangeWebhook,
        responses={200: WebhookFact},
        errors=[403],
        summary="Change a webhook",
        description=(
            "`is_active: false` pauses it, `true` lets it go on where it stopped, a disabled one "
            "too. Whatever changes, one that failed is tried again at once. A new `secret` signs "
            "from the next try on; it is not shown again."
        ),
        tags=TAGS,
    )
    def patch(self, request: Any, shop_id: UUID, webhook_id: UUID) -> HttpResponse:
        claim = api.once(request, secret=True)
        claim.repeat()
        wish = parsing.convert(request.data, ChangeWebhook, ignore=READ_ONLY)
        webhooks.change(
            webhook_id, shop=self.shop, actor=self.principal, fields=wish.fields(), once=claim
        )
        return api.reply(claim)

    @describe(
        responses={204: None},
        errors=[403],
        summary="Remove a webhook",
        description="Nothing is sent there any more; its log goes with it.",
        tags=TAGS,
    )
    def delete(self, request: Any, shop_id: UUID, webhook_id: UUID) -> HttpResponse:
        webhooks.remove(webhook_id, shop=self.shop, actor=self.principal)
        return api.respond(status=204)


class WebhookReplay(ShopView):
    """POST sends events again."""

    permission_classes = [Manager]

    @describe(
        request=Replay,
        responses={200: WebhookFact},
        errors=[403, 410],
        creates=True,
        summary="Send events again",
        description=(
            "Everything after the event `after` is delivered again, in order, each under a new "
            "`Countertop-Delivery`. Events are kept for 14 days: 410 `resync` names the oldest "
            "where `after` lies before that. A paused or disabled webhook stays so."
        ),
        tags=TAGS,
    )
    def post(self, request: Any, shop_id: UUID, webhook_id: UUID) -> HttpResponse:
        claim = api.once(request)
        claim.repeat()
        wish = parsing.convert(request.data, Replay)
        webhooks.replay(
            webhook_id, shop=self.shop, actor=self.principal, after=wish.after, once=claim
        )
        return api.reply(claim)


class DeliveryList(ShopView):
    """GET lists what was tried."""

    permission_classes = [Manager]

    @describe(
        responses={200: list[DeliveryFact]},
        errors=[403],
        lists=True,
        summary="Deliveries of a webhook",
        description="Every try of the last 30 days, newest first. `status` is the receiver's.",
        tags=TAGS,
    )
    def get(self, request: Any, shop_id: UUID, webhook_id: UUID) -> HttpResponse:
        row = webhooks.get(webhook_id, shop=self.shop)
        page = paging.cut(row.deliveries.all(), request)
        return api.respond([read_delivery(one) for one in page.rows], headers=page.headers)
