"""A small restaurant, and people at its screens."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import Shop, User
from pos import catalog, categories, stock
from pos.models import Product
from pos.stock import Step
from tests import factories

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def menu(live_server_process, shop: Shop, manager: User, cashier: User) -> dict[str, Product]:
    """Four products by name: Espresso 2.50, Tea 3.00, Cake 4.99 at 7 %, Soup 6.40."""
    drinks = categories.add(shop=shop, actor=manager, fields={"name": "Drinks", "position": 1})
    food = categories.add(shop=shop, actor=manager, fields={"name": "Food", "position": 2})
    found = {}
    for name, price, pieces, category, barcode in [
        ("Espresso", 250, 40, drinks, "2000010000019"),
        ("Tea", 300, 1, drinks, "2000010000026"),
        ("Cake", 499, 10, food, "2000020000018"),
        ("Soup", 640, 12, food, "2000020000025"),
    ]:
        fields = {"name": name, "price": price, "category_id": category.id, "barcode": barcode}
        row = catalog.add(shop=shop, actor=manager, fields=fields | {"reorder_level": 2})
        step = Step("receive", pieces=pieces)
        stock.change(product_id=row.id, step=step, shop=shop, actor=manager)
        found[name] = Product.objects.get(pk=row.id)
    return found


@pytest.fixture
def at(menu, shop: Shop, open_page) -> Iterator[Callable[..., Any]]:
    """Sign a person in and open a page of the shop, live: ``at("till", cashier)``."""

    def open_one(name: str, person: User, *, before: Callable | None = None, **options: Any):
        path = f"/shops/{shop.pk}/{name}/"
        page = open_page(f"/sign-in/?next={path}", **{"viewport": WIDE} | options)
        if before is not None:
            before(page)
        page.get_by_label("E-mail or username").fill(person.username)
        page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**{path}")
        page.locator('#connection[data-state="live"]').wait_for()
        return page

    yield open_one
    # Beside the browser's event loop the thread has a connection of its own, which nobody
    # else would close; the database could not be dropped after the last test.
    connection.close()
