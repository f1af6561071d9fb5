"""How much is on the shelf, and every reason it changed."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThanOrEqual as AtLeast
from django.utils import timezone

from core import ids
from pos.models.catalog import Product, ShopSettings


class StockLevel(models.Model):
    """What is left of a product: always the exact sum of its movements, ``reserved`` likewise."""

    product = models.OneToOneField(
        Product, on_delete=models.CASCADE, primary_key=True, related_name="level"
    )
    shop = models.ForeignKey("accounts.Shop", on_delete=models.CASCADE, related_name="levels")
    quantity = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    reorder_level = models.IntegerField(default=0)
    policy = models.CharField(
        max_length=5,
        choices=ShopSettings.StockPolicy,
        default=ShopSettings.StockPolicy.BLOCK,
        help_text="What happens at zero: block the sale, or allow it.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="level_reserved_and_reorder_not_negative",
                condition=AtLeast(Least("reserved", "reorder_level"), 0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product}"

    @property
    def available(self) -> int:
        return self.quantity - self.reserved

    @property
    def is_low(self) -> bool:
        return self.quantity <= self.reorder_level


class StockMovement(models.Model):
    """Pieces that came or went. Append-only: the database refuses to change it.

    Only ``pos.stock`` writes it, beside rows it has just read, locked or stored; the database
    checks the product and is spared the other look-ups (docs/decisions).
    """

    class Reason(models.TextChoices):
        SALE = "sale"
        REFUND = "refund"
        VOID = "void"
        RECEIVE = "receive"
        WASTE = "waste"
        COUNT = "count"
        ADJUST = "adjust"
        RESERVATION = "reservation"
        RELEASE = "release"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop",
        on_delete=models.PROTECT,
        related_name="movements",
        db_index=False,
        db_constraint=False,
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="movements", db_index=False
    )
    order = models.ForeignKey(
        "pos.Order",
        on_delete=models.PROTECT,
        null=True,
        related_name="movements",
        db_constraint=False,
    )
    actor = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    delta = models.IntegerField()
    reserved = models.IntegerField(
        default=0, db_default=0, help_text="Pieces promised (or let go, below zero)."
    )
    reason = models.CharField(max_length=11, choices=Reason)
    note = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index("product", F("occurred_at").desc(), name="movement_of_product"),
        ]
        constraints = [
            models.CheckConstraint(
                name="movement_moves_unless_counted",
                condition=~Q(delta=0) | ~Q(reserved=0) | Q(reason="count"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delta:+d} {self.product} ({self.reason})"
