"""A sysadmin at the console, and a row of everything it shows."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accounts.models import Device
from eventory import logins
from licensing.models import Site
from live import webhooks
from live.models import Delivery
from portal import leads
from portal.models import Lead
from pos import catalog
from pos.models import Order, OrderLine, Payment, Product, StockMovement, TaxRate
from tests.factories import signed_in

PAGES = [model for model in admin.site._registry if model is not ContentType]


@pytest.fixture
def console(client, sysadmin):
    return signed_in(client, sysadmin)


@pytest.fixture
def soup(shop, owner):
    fields = {"name": "Soup", "price": 450, "cost": 120, "sku": "S-1", "category": "Starters"}
    fact = catalog.add(shop=shop, actor=owner, fields=fields)
    return Product.objects.get(pk=fact.id)


@pytest.fixture
def rows(shop, owner, soup, sysadmin):
    """One row of every model of the console."""
    Device.objects.create(shop=shop, kind="till", name="Till 1")
    logins.add(owner=owner, label="Main", username="olga", password="canary-word")
    site = Site.objects.create(name="Corner", contact_email="desk@example.com")
    site.shops.add(shop)
    TaxRate.objects.create(shop=shop, name="Food", percent=7)
    order = Order.objects.create(
        shop=shop, business_day="2026-03-01", day_number=1, number="ORD-20260301-0001",
        call_number="1", channel="till", includes_tax=True, subtotal=900, tax=59, total=900,
        paid=900, state="paid", cashier=owner,
    )  # fmt: skip
    OrderLine.objects.create(
        order=order, product=soup, position=1, name="Soup", quantity=2, unit_price=450,
        tax_rate=7, net=841, tax=59,
    )  # fmt: skip
    Payment.objects.create(
        shop=shop, order=order, method="cash", amount=900, tendered=1000, change=100,
        taken_by=owner,
    )  # fmt: skip
    StockMovement.objects.create(
        shop=shop, product=soup, order=order, actor=owner, delta=-2, reason="sale"
    )
    hook = webhooks.add(shop=shop, actor=owner, url="https://receiver.example.com/x-canary")
    Delivery.objects.create(
        shop=shop, webhook_id=hook.id, delivery_id=hook.id, seq=1, kind="order_created",
        attempt=1, status=500, ms=12,
    )  # fmt: skip
    leads.take(
        kind=Lead.Kind.CONTACT,
        fields={"name": "Ada", "email": "ada@example.com", "message": "How much is a till?"},
    )
    return {model: model._default_manager.all()[0] for model in PAGES}


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
