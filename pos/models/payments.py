"""Money taken and given back: payments, refunds, and intents with a payment provider."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import ids
from pos.models.drawer import Register, Shift
from pos.models.orders import Order


class Method(models.TextChoices):
    """How a customer pays."""

    CASH = "cash"
    CARD = "card"
    QR = "qr"
    UPI = "upi"
    TRANSFER = "transfer"
    VOUCHER = "voucher"
    OTHER = "other"


class PaymentIntent(models.Model):
    """A wish to be paid through a provider, stored before the provider hears of it.

    Its id is the provider's idempotency key, so that a capture happens at most once.
    """

    class State(models.TextChoices):
        CREATED = "created"
        PENDING = "pending"
        CAPTURED = "captured"
        FAILED = "failed"
        CANCELLED = "cancelled"
        RETURNED = "returned"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="payment_intents", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="intents")
    method = models.CharField(max_length=10, choices=Method)
    amount = models.PositiveBigIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.CREATED)
    provider = models.CharField(max_length=40)
    provider_reference = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    register = models.ForeignKey(
        Register, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                "updated_at",
                condition=Q(state__in=["created", "pending"]),
                name="intent_unresolved_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} by {self.method}: {self.state}"


class Payment(models.Model):
    """Money taken for an order. Append-only: the database refuses to change it.

    ``rounding`` is what cash rounding added (or took, below zero); it and ``tip`` are outside
    the order's total. The database checks the order, whose own shop and people it has checked.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop",
        on_delete=models.PROTECT,
        related_name="payments",
        db_index=False,
        db_constraint=False,
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    intent = models.OneToOneField(
        PaymentIntent, on_delete=models.PROTECT, null=True, related_name="payment"
    )
    register = models.ForeignKey(
        Register, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False
    )
    method = models.CharField(max_length=10, choices=Method)
    amount = models.PositiveBigIntegerField()
    rounding = models.BigIntegerField(default=0, db_default=0)
    tip = models.PositiveBigIntegerField(default=0, db_default=0)
    tendered = models.PositiveBigIntegerField()
    change = models.PositiveBigIntegerField(default=0)
    reference = models.CharField(max_length=120, blank=True)
    taken_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index("shop", "at", name="payment_of_shop_by_time"),
            models.Index("shift", condition=Q(shift__isnull=False), name="payment_of_shift"),
        ]
        constraints = [
            models.CheckConstraint(
                name="payment_change_adds_up",
                condition=Q(tendered=F("amount") + F("rounding") + F("tip") + F("change")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.method}"


class Refund(models.Model):
    """Money of one payment given back. Append-only. Rows of one act share ``batch``.

    ``lines`` is what came back, ``[{"id", "quantity"}]``, empty for a refund by amount.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    batch = models.UUIDField()
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="refunds", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    register = models.ForeignKey(
        Register, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, null=True, related_name="refunds", db_index=False
    )
    method = models.CharField(max_length=10, choices=Method)
    amount = models.PositiveBigIntegerField()
    rounding = models.BigIntegerField(default=0)
    tax = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=255)
    lines = models.JSONField(default=list)
    restocked = models.BooleanField(default=False)
    given_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index("shop", "at", name="refund_of_shop_by_time"),
            models.Index("shift", condition=Q(shift__isnull=False), name="refund_of_shift"),
        ]
        constraints = [
            models.CheckConstraint(name="refund_gives_something", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} back by {self.method}"


class RefundIntent(models.Model):
    """A refund that its provider has yet to carry out, stored with the refund itself.

    Its id is the provider's idempotency key, so that the money goes back at most once.
    """

    class State(models.TextChoices):
        CREATED = "created"
        RETURNED = "returned"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="refund_intents", db_index=False
    )
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="intent")
    state = models.CharField(max_length=8, choices=State, default=State.CREATED)
    provider_reference = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                "updated_at", condition=Q(state="created"), name="refund_intent_open_by_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund}: {self.state}"
