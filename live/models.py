"""What happened in a shop, in order, until every screen has seen it."""

from django.db import models
from django.utils import timezone


class ShopCounter(models.Model):
    """A shop's last event. Its row is the last lock a verb takes.

    ``menu_seq`` is the last event that changed what may be sold, or for how much:
    a menu is fresh as long as that number stands still.
    """

    shop = models.OneToOneField(
        "accounts.Shop", on_delete=models.CASCADE, primary_key=True, related_name="counter"
    )
    event_seq = models.PositiveBigIntegerField(default=0)
    menu_seq = models.PositiveBigIntegerField(default=0)

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
