"""Shops, who belongs to them, and what a manager lets a cashier do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from accounts import currencies
from accounts.models.people import User
from core import ids


class Shop(models.Model):
    """A tenant: one restaurant, one currency, one time zone, one order book."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=255)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_shops")
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="UTC")
    day_starts_at = models.PositiveSmallIntegerField(
        default=0, help_text="The hour, 0 to 12 in its zone, at which its business day begins."
    )
    lock_minutes = models.PositiveSmallIntegerField(
        default=5, help_text="A paired till left alone so long asks for a PIN; 0: never."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members = models.ManyToManyField(User, through="Membership", related_name="shops")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shop_day_starts_by_noon", condition=Q(day_starts_at__lte=12)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def business_day(self, moment: datetime) -> date:
        """The day a sale at ``moment`` belongs to: the shop's zone, from its own first hour."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return (local - timedelta(hours=self.day_starts_at)).date()

    @property
    def digits(self) -> int:
        """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
        return currencies.digits(self.currency)


class Membership(models.Model):
    """What a person may do in one shop. A role may do what the one before it may."""

    class Role(models.TextChoices):
        CASHIER = "cashier"
        MANAGER = "manager"
        OWNER = "owner"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    pin = models.CharField(max_length=128, blank=True, help_text="Argon2 hash, never the PIN.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "user", name="membership_once_per_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.shop}"


class Approval(models.Model):
    """A manager's word for one act of a cashier: this act, on this target, once, for a minute.

    ``target`` names what it is done to: an order's id, or the ``client_id`` of one to be placed.
    """

    class Action(models.TextChoices):
        VOID = "void"
        REFUND = "refund"
        DISCOUNT = "discount"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="approvals")
    action = models.CharField(max_length=20, choices=Action)
    target = models.CharField(max_length=255)
    cashier = models.ForeignKey(User, on_delete=models.CASCADE, related_name="approvals_had")
    approver = models.ForeignKey(User, on_delete=models.CASCADE, related_name="approvals_given")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.approver} approves {self.action} of {self.target}"
