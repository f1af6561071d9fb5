"""A small menu in the shop of the tests."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import Shop, User
from licensing.models import Site
from pos import books, catalog, stock, terms
from pos.models import Product
from pos.stock import Step


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every scenario, every rule of the books holds in every shop."""
    trades = "shop" in request.fixturenames and "made_up" not in request.fixturenames
    if trades:
        request.getfixturevalue("shop")  # so that it is still there afterwards
    yield
    if trades and not connection.needs_rollback:
        found = [rule for shop in Shop.objects.all() for rule in books.verify(shop_id=shop.id)]
        assert [rule for rule in found if rule.wrong] == []


@pytest.fixture
def made_up() -> None:
    """Asked for by a test whose orders are not the work of the house's verbs alone."""


@pytest.fixture
def stocked(manager: User):
    """Add a product with pieces on its shelf: ``stocked(shop, "Tea", 250, 3)``."""

    def add(shop: Shop, name: str, price: int, pieces: int, **fields: Any) -> Product:
        row = catalog.add(shop=shop, actor=manager, fields={"name": name, "price": price} | fields)
        if pieces:
            step = Step("receive", pieces=pieces)
            stock.change(product_id=row.id, step=step, shop=shop, actor=manager)
        return Product.objects.get(pk=row.id)

    return add


@pytest.fixture
def taxed(shop: Shop, owner: User) -> Shop:
    """The shop, adding 18 % to its prices."""
    fields = {"tax_rate": Decimal(18), "prices_include_tax": False}
    terms.change(shop=shop, actor=owner, fields=fields)
    return shop


@pytest.fixture
def tea(shop: Shop, stocked) -> Product:
    """Three pieces at 2.50."""
    return stocked(shop, "Tea", 250, 3)


@pytest.fixture
def cake(shop: Shop, stocked) -> Product:
    """Ten pieces at 4.99, taxed at 7 %."""
    return stocked(shop, "Cake", 499, 10, tax_rate=Decimal(7))


@pytest.fixture
def locked(shop: Shop) -> Shop:
    """The shop, its site locked by the vendor."""
    site = Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid")
    site.shops.add(shop)
    return shop
