"""What may be sold, at which price and tax, by the shop's own settings."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core import ids

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class ShopSettings(models.Model):
    """How a shop sells. A shop without a row sells by these defaults."""

    class StockPolicy(models.TextChoices):
        BLOCK = "block"
        ALLOW = "allow"

    class KitchenOn(models.TextChoices):
        PAYMENT = "payment"
        PLACEMENT = "placement"

    shop = models.OneToOneField(
        "accounts.Shop", on_delete=models.CASCADE, primary_key=True, related_name="settings"
    )
    tax_rate = models.DecimalField(
        max_digits=6, decimal_places=3, default=Decimal(0), validators=PERCENT
    )
    prices_include_tax = models.BooleanField(default=True)
    order_number_prefix = models.CharField(max_length=10, default="ORD")
    stock_policy = models.CharField(max_length=5, choices=StockPolicy, default=StockPolicy.BLOCK)
    receipt_header = models.CharField(max_length=500, blank=True)
    receipt_footer = models.CharField(max_length=500, blank=True)
    delivery_charge = models.PositiveBigIntegerField(
        default=0, help_text="Of each delivery order, in the currency's smallest unit."
    )
    allow_open_items = models.BooleanField(
        default=False, help_text="Sell what is not in the catalogue, by name and price."
    )
    cash_rounding = models.PositiveIntegerField(
        default=0, help_text="The smallest coin, in the currency's smallest unit; 0: no rounding."
    )
    kitchen_on = models.CharField(max_length=9, choices=KitchenOn, default=KitchenOn.PAYMENT)
    kiosk_reservation_seconds = models.PositiveIntegerField(default=180)
    cashier_discount_percent = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=Decimal(100),
        validators=PERCENT,
        help_text="The most of an order that a cashier may give away without a manager.",
    )
    void_needs_manager = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A cashier voids orders and lines with a manager's approval only.",
    )
    extra = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "shop settings"
        constraints = [
            models.CheckConstraint(
                name="settings_tax_rate_is_percent",
                condition=Q(tax_rate__gte=0, tax_rate__lte=100),
            ),
            models.CheckConstraint(
                name="settings_cashier_discount_is_percent",
                condition=Q(cashier_discount_percent__gte=0, cashier_discount_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"Settings of {self.shop}"


class TaxRate(models.Model):
    """A named tax of a shop; ``percent`` is 18 for 18 %."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="tax_rates", db_index=False
    )
    name = models.CharField(max_length=60)
    percent = models.DecimalField(max_digits=6, decimal_places=3, validators=PERCENT)
    components = models.JSONField(
        default=list,
        blank=True,
        help_text='Its parts, such as CGST and SGST: [{"name", "percent"}], adding up to it.',
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "name", name="tax_rate_name_unique_in_shop"),
            models.CheckConstraint(
                name="tax_rate_is_percent", condition=Q(percent__gte=0, percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.percent.normalize():f} %)"


class Category(models.Model):
    """A heading of the menu."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="categories", db_index=False
    )
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint("shop", "name", name="category_name_unique_in_shop"),
        ]

    def __str__(self) -> str:
        return self.name


class ModifierGroup(models.Model):
    """A choice a dish offers: ``least`` to ``most`` of its modifiers are taken."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.CASCADE, related_name="modifier_groups", db_index=False
    )
    name = models.CharField(max_length=120)
    least = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("shop", "name", name="modifier_group_name_unique_in_shop"),
            models.CheckConstraint(
                name="modifier_group_can_be_satisfied",
                condition=Q(most__gte=F("least"), most__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Modifier(models.Model):
    """One answer to a group's question: "oat milk", for ``price`` more a piece."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    group = models.ForeignKey(
        ModifierGroup, on_delete=models.CASCADE, related_name="modifiers", db_index=False
    )
    name = models.CharField(max_length=120)
    price = models.PositiveBigIntegerField(
        default=0, help_text="Added to each piece, in the currency's smallest unit."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("group", "name", name="modifier_name_unique_in_group"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    """Questions about products; the shop comes first (``shop.products``)."""

    def on_sale(self) -> "ProductQuerySet":
        """What may be sold now: neither retired nor snoozed."""
        awake = Q(snoozed_until=None) | Q(snoozed_until__lte=timezone.now())
        return self.filter(awake, is_active=True)

    def with_facts(self) -> "ProductQuerySet":
        """What a product's row needs, in one query."""
        return self.select_related("category", "tax_rate", "level")


class Product(models.Model):
    """Something to sell. It retires (``is_active``) and is never deleted."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    shop = models.ForeignKey(
        "accounts.Shop", on_delete=models.PROTECT, related_name="products", db_index=False
    )
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="products"
    )
    tax_rate = models.ForeignKey(
        TaxRate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        help_text="Empty: the shop's own rate.",
    )
    sku = models.CharField(max_length=64, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    price = models.PositiveBigIntegerField(help_text="In the currency's smallest unit.")
    cost = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="In the currency's smallest unit."
    )
    image = models.ImageField(upload_to="products", blank=True)
    translations = models.JSONField(default=dict, blank=True)
    modifier_groups = models.ManyToManyField(
        ModifierGroup, through="ProductModifierGroup", related_name="products", blank=True
    )
    is_active = models.BooleanField(default=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "shop", "sku", condition=~Q(sku=""), name="product_sku_unique_in_shop"
            ),
        ]
        indexes = [
            models.Index("shop", "name", name="product_of_shop"),
            models.Index("shop", "barcode", condition=~Q(barcode=""), name="product_by_barcode"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductModifierGroup(models.Model):
    """A choice that a product offers, in its place among the others."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="choices", db_index=False
    )
    group = models.ForeignKey(ModifierGroup, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("product", "group", name="product_offers_a_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group} of {self.product}"
