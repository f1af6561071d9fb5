"""What webhooks and their deliveries look like to programs, and what programs may ask of them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.structs import Line
from live.models import Delivery, Webhook

__all__ = [
    "READ_ONLY", "ChangeWebhook", "DeliveryFact", "NewWebhook", "Replay", "WebhookFact",
    "WebhookMade", "read", "read_delivery", "state",
]  # fmt: skip

Address = Annotated[Line, Meta(min_length=1, max_length=2000)]
Kinds = Annotated[list[Annotated[Line, Meta(max_length=40)]], Meta(max_length=100)]
ClientId = Annotated[str, Meta(max_length=255)]
Secret = Annotated[str, Meta(min_length=16, max_length=255, pattern=r"^[\x21-\x7e]*\Z")]

#: What a row says and nobody sets: it may come back without effect.
READ_ONLY = frozenset(
    {
        "id", "shop_id", "state", "cursor", "tries", "failing_since", "next_try_at",
        "disabled_at", "delivered_at", "created_at", "updated_at",
    }
)  # fmt: skip


class WebhookFact(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook. ``state``: active, failing, disabled, paused, resync.

    ``cursor`` is the ``seq`` of the last event that was delivered, or that it did not ask for.
    """

    id: UUID
    shop_id: UUID
    url: str
    events: list[str]
    is_active: bool
    state: str
    cursor: int
    tries: int
    failing_since: datetime | None
    next_try_at: datetime | None
    disabled_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class WebhookMade(WebhookFact, frozen=True, kw_only=True):
    """A new webhook with its secret, which is shown this once."""

    secret: str


class DeliveryFact(msgspec.Struct, frozen=True, kw_only=True):
    """One try to deliver one event; ``status`` is null where there was no answer."""

    id: UUID
    delivery_id: UUID
    seq: int
    type: str
    attempt: int
    status: int | None
    ms: int
    error: str
    at: datetime


class NewWebhook(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A webhook to be added. ``events``: names of events; none or ``*`` means all."""

    url: Address
    events: Kinds = []
    secret: Secret = ""
    client_id: ClientId = ""


class ChangeWebhook(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to change of a webhook; ``is_active: true`` also lets a disabled one try again."""

    url: Address | None = None
    events: Kinds | None = None
    secret: Secret | None = None
    is_active: bool | None = None

    def fields(self) -> dict[str, Any]:
        """What was sent."""
        said = msgspec.structs.asdict(self)
        return {name: value for name, value in said.items() if value is not None}


class Replay(msgspec.Struct, forbid_unknown_fields=True):
    """``after``: the ``seq`` of the last event that need not be sent again."""

    after: Annotated[int, Meta(ge=0, le=10**18)]
    client_id: ClientId = ""


def state(row: Webhook) -> str:
    """How a webhook stands, in a word."""
    if row.disabled_at is not None:
        return "disabled"
    if not row.is_active:
        return "paused"
    if row.failing_since is not None:
        return "failing"
    return "resync" if row.must_resync else "active"


def read(row: Webhook) -> WebhookFact:
    """A webhook's row, without its secret."""
    return WebhookFact(**_shown(row))


def made(row: Webhook, secret: str) -> WebhookMade:
    """A webhook's row as whoever added it gets it."""
    return WebhookMade(**_shown(row), secret=secret)


def _shown(row: Webhook) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in WebhookFact.__struct_fields__ if name != "state"}
    return said | {"state": state(row)}


def read_delivery(row: Delivery) -> DeliveryFact:
    """A line of the log."""
    return DeliveryFact(
        id=row.pk,
        delivery_id=row.delivery_id,
        seq=row.seq,
        type=row.kind,
        attempt=row.attempt,
        status=row.status,
        ms=row.ms,
        error=row.error,
        at=row.at,
    )
