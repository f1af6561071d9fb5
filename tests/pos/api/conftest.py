"""A till and a desk that speak to the counter over the wire."""

import pytest

from pos import terms

JSON = {"content_type": "application/json"}
CASH = {"payment_method": "cash"}


@pytest.fixture
def till(api, cashier):
    return api(cashier)


@pytest.fixture
def desk(api, manager):
    return api(manager)


@pytest.fixture
def orders_url(shop):
    return f"/shops/{shop.id}/orders"


def item(product, quantity=1, **more):
    return {"product_id": str(product.id), "quantity": quantity} | more


def order_of(*pairs, **more):
    items = [{"product_id": str(product.id), "quantity": pieces} for product, pieces in pairs]
    return {"items": items} | more


def terms_of(shop, owner, **fields):
    terms.change(shop=shop, actor=owner, fields=fields)
