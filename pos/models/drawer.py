"""Money in the drawer: registers, shifts, and cash that came or went beside sales."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import ids


class Register(models.Model):
    """A drawer of a shop."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="registers", db_index=False
    )
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    shift_seq = models.PositiveIntegerField(default=0, help_text="The number of its last shift.")

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "name", name="register_name_unique_in_shop"),
        ]

    def __str__(self) -> str:
        return self.name


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Questions about shifts; the shop comes first (``shop.shifts``)."""

    def with_facts(self) -> "ShiftQuerySet":
        """What a shift's row needs, in one query."""
        return self.select_related("register", "opened_by")

    def now_open(self) -> "ShiftQuerySet":
        """Those that take money."""
        return self.filter(closed_at=None)


class Shift(models.Model):
    """From opening a drawer with a float to counting it. ``report`` is its Z report, for good."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey("accounts.Shop", on_delete=models.PROTECT, related_name="shifts")
    register = models.ForeignKey(
        Register, on_delete=models.PROTECT, related_name="shifts", db_index=False
    )
    number = models.PositiveIntegerField()
    float_amount = models.PositiveBigIntegerField()
    opened_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True)
    counted = models.PositiveBigIntegerField(null=True)
    report = models.JSONField(null=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("register", "number", name="shift_number_unique_in_register"),
            models.UniqueConstraint(
                "register", condition=Q(closed_at=None), name="one_open_shift_per_register"
            ),
        ]
        indexes = [
            models.Index(
                "shop", "opened_by", condition=Q(closed_at=None), name="open_shift_of_cashier"
            ),
        ]

    def __str__(self) -> str:
        return f"Shift {self.number} of {self.register}"


class CashMovement(models.Model):
    """Cash put in or taken out of a drawer beside sales. Append-only."""

    class Kind(models.TextChoices):
        IN = "in"
        OUT = "out"
        DROP = "drop"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="cash_movements"
    )
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="cash")
    kind = models.CharField(max_length=4, choices=Kind)
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=255, blank=True)
    actor = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="cash_movement_moves", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class ShiftClaim(models.Model):
    """Money taken or given back while no shift was open, counted by the shift that came next.

    Append-only; each payment and each refund is claimed once.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="claims")
    payment = models.OneToOneField(
        "pos.Payment", on_delete=models.PROTECT, null=True, related_name="claim"
    )
    refund = models.OneToOneField(
        "pos.Refund", on_delete=models.PROTECT, null=True, related_name="claim"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="claim_names_one",
                condition=Q(payment__isnull=False, refund=None)
                | Q(payment=None, refund__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Counted by {self.shift}"
