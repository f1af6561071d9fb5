"""What happened in a shop, in order, until every screen and every receiver has seen it."""

from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone

from core import ids


class ShopCounter(models.Model):
    """A shop's last event. Its row is the last lock a verb takes.

    ``menu_seq`` is the last event that changed what may be sold, or for how much:
    a menu is fresh as long as that number stands still.
    """

    shop = models.OneToOneField(
        "accounts.Shop", on_delete=models.CASCADE, primary_key=True, related_name="counter"
    )
    event_seq = models.BigIntegerField(default=0)
    menu_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="counter_menu_within_events",
                condition=models.Q(menu_seq__gte=0, event_seq__gte=models.F("menu_seq")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} at {self.event_seq}"


class Event(models.Model):
    """One thing that happened. ``data`` is JSON text, as a ``GET`` of the row answers.

    Only ``outbox`` writes it, under the shop's locked counter: the database checks the counter's
    shop and is spared the same look-up for every event (docs/decisions).
    """

    pk = models.CompositePrimaryKey("shop_id", "seq")
    shop = models.ForeignKey(
        "accounts.Shop",
        on_delete=models.CASCADE,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        "accounts.User",
        on_delete=models.SET_NULL,
        null=True,
        db_index=False,
        db_constraint=False,
    )
    data = models.TextField()

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Ticket(models.Model):
    """What opens one socket of a session to a shop, once (``live.tickets``)."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    session = models.ForeignKey(
        "accounts.AuthSession", on_delete=models.CASCADE, related_name="tickets"
    )
    digest = models.BinaryField(max_length=32, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "digest", name="ticket_digest_unique_in_shop")
        ]

    def __str__(self) -> str:
        return f"{self.session_id} to {self.shop_id}"


class Webhook(models.Model):
    """Somebody else's address that a shop's events are posted to, in order.

    ``cursor`` is the last event it has. Whoever delivers holds the row until ``held_until`` and
    writes only what nobody changed since: every change raises ``version``. ``replays`` names
    deliveries anew that are sent again on purpose.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey("accounts.Shop", on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2000)
    events = models.JSONField(default=list)
    secret = models.TextField()
    is_active = models.BooleanField(default=True)
    cursor = models.PositiveBigIntegerField()
    must_resync = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)
    replays = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="webhook_disabled_is_not_active",
                condition=models.Q(disabled_at=None) | models.Q(is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host} of {self.shop_id}"

    @property
    def host(self) -> str:
        """Whom it is sent to; the rest of the address may hold a secret of theirs."""
        return urlsplit(self.url).hostname or ""


class Delivery(models.Model):
    """One try to post one event; ``status`` is the receiver's, null where there was no answer."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    delivery_id = models.UUIDField()
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    attempt = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    ms = models.PositiveIntegerField()
    error = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index("webhook", "id", name="delivery_of_webhook")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}, try {self.attempt}"
