"""The order book: orders, their lines, the payments, the numbers."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Least, Now
from django.db.models.lookups import GreaterThanOrEqual as AtLeast
from django.utils import timezone

from core import ids
from pos.models.catalog import Product


class NumberCounter(models.Model):
    """The numbers given out on a shop's business day."""

    pk = models.CompositePrimaryKey("shop_id", "business_day")
    shop = models.ForeignKey("accounts.Shop", on_delete=models.CASCADE, db_index=False)
    business_day = models.DateField()
    order_seq = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.order_seq} orders on {self.business_day}"


class OrderQuerySet(models.QuerySet["Order"]):
    """Questions about orders; the shop comes first (``shop.orders``)."""

    def with_facts(self) -> "OrderQuerySet":
        """What an order's row needs, in a constant number of queries."""
        lines = OrderLine.objects.order_by("position")
        return self.select_related("cashier").prefetch_related(
            models.Prefetch("lines", lines), "payments", "refunds"
        )


class DiscountType(models.TextChoices):
    """How a discount is said: a part of the price, or so much off."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Order(models.Model):
    """A sale. Amounts are whole numbers of the currency's smallest unit."""

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        REFUNDED = "refunded"
        VOID = "void"

    class KitchenState(models.TextChoices):
        QUEUED = "queued"
        PREPARING = "preparing"
        READY = "ready"
        SERVED = "served"

    class Channel(models.TextChoices):
        TILL = "till"
        KIOSK = "kiosk"
        API = "api"

    class Type(models.TextChoices):
        DINE_IN = "dine_in"
        TAKEAWAY = "takeaway"
        DELIVERY = "delivery"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    business_day = models.DateField()
    day_number = models.IntegerField()
    number = models.CharField(max_length=40)
    call_number = models.CharField(max_length=3)
    channel = models.CharField(max_length=10, choices=Channel)
    order_type = models.CharField(max_length=10, choices=Type, default=Type.DINE_IN)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    kitchen_state = models.CharField(
        max_length=10, choices=KitchenState, default=KitchenState.QUEUED
    )
    includes_tax = models.BooleanField()
    subtotal = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    tax = models.BigIntegerField()
    charges = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    paid = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0, db_default=0)
    discount_type = models.CharField(max_length=7, choices=DiscountType, blank=True, db_default="")
    discount_value = models.DecimalField(
        max_digits=16,
        decimal_places=3,
        default=0,
        db_default=0,
        help_text="Of the whole order: percent, or an amount in the smallest unit.",
    )
    discount_reason = models.CharField(max_length=255, blank=True, db_default="")
    is_held = models.BooleanField(
        default=False, db_default=False, help_text="Parked at the till, to be recalled."
    )
    flags = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="What a person should look at.",
    )
    cashier = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    device = models.ForeignKey(
        "accounts.Device", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    customer_name = models.CharField(max_length=120, blank=True)
    table = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=500, blank=True)
    prints = models.IntegerField(
        default=0, db_default=0, help_text="How often its receipt was printed."
    )
    version = models.IntegerField(default=1)
    client_id = models.CharField(max_length=255, blank=True)
    fingerprint = models.BinaryField(
        max_length=32, null=True, help_text="Of the request that placed it, to tell its twin."
    )
    created_at = models.DateTimeField(default=timezone.now, help_text="When it was sold.")
    recorded_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), help_text="When it arrived here."
    )
    kitchen_at = models.DateTimeField(null=True, help_text="When it was sent to the kitchen.")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=255, blank=True, db_default="")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "number", name="order_number_unique_in_shop"),
            models.UniqueConstraint(
                "shop", "client_id", condition=~Q(client_id=""), name="order_client_id_once"
            ),
            models.CheckConstraint(
                name="order_total_adds_up",
                condition=Q(
                    includes_tax=False,
                    total=F("subtotal") - F("discount") + F("tax") + F("charges"),
                )
                | Q(includes_tax=True, total=F("subtotal") - F("discount") + F("charges")),
            ),
            # One constraint for many columns: each is read anew for every row that is stored. What
            # lies above one of these cannot be negative either.
            models.CheckConstraint(
                name="order_amounts_not_negative",
                condition=AtLeast(
                    Least(
                        "discount",
                        "tax",
                        "charges",
                        "refunded",
                        "day_number",
                        "version",
                        "prints",
                        output_field=models.BigIntegerField(),
                    ),
                    0,
                ),
            ),
            models.CheckConstraint(
                name="order_discount_within_subtotal", condition=Q(discount__lte=F("subtotal"))
            ),
            models.CheckConstraint(
                name="order_paid_within_total", condition=Q(paid__lte=F("total"))
            ),
            models.CheckConstraint(
                name="order_refunded_within_paid", condition=Q(refunded__lte=F("paid"))
            ),
        ]
        indexes = [
            models.Index("shop", "created_at", name="order_of_shop_by_time"),
            models.Index("shop", "id", name="order_of_shop_by_page"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """What was sold, with the price and tax of that moment."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    position = models.SmallIntegerField()
    name = models.CharField(max_length=255)
    quantity = models.IntegerField()
    unit_price = models.BigIntegerField()
    modifiers = models.JSONField(default=list)
    note = models.CharField(max_length=255, blank=True)
    cost = models.BigIntegerField(null=True, help_text="Of one piece, at that moment.")
    discount = models.BigIntegerField(default=0, help_text="Its own and its share of the order's.")
    discount_type = models.CharField(max_length=7, choices=DiscountType, blank=True, db_default="")
    discount_value = models.DecimalField(max_digits=16, decimal_places=3, default=0, db_default=0)
    discount_reason = models.CharField(max_length=255, blank=True, db_default="")
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3)
    tax_components = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=255, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="line_has_pieces", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="line_amounts_not_negative",
                condition=AtLeast(
                    Least(
                        "position",
                        "unit_price",
                        Coalesce("cost", 0),
                        "discount",
                        "net",
                        "tax",
                        output_field=models.BigIntegerField(),
                    ),
                    0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
