"""The counter's pages: who may open them, and what they hold."""

import json
import re

import pytest
from django.urls import reverse

from tests import factories

BOOTSTRAP = re.compile(r'<script id="page-data" type="application/json">(.*?)</script>', re.DOTALL)
PAGES = ["till", "orders"]


@pytest.fixture
def sign_in(client):
    """Let the client be somebody: ``sign_in(cashier)``."""

    def as_person(person):
        form = {"name": person.username, "password": factories.PASSWORD}
        assert client.post(reverse("sign-in"), form).status_code == 302
        return client

    return as_person


def held(response) -> dict:
    return json.loads(BOOTSTRAP.search(response.content.decode())[1])


@pytest.mark.parametrize("page", PAGES)
def test_strangers_sign_in_first(client, shop, page):
    path = reverse(page, args=[shop.pk])

    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={path}"


@pytest.mark.parametrize("page", PAGES)
def test_another_shop_is_as_an_unknown_one(sign_in, cashier, other_shop, page):
    client = sign_in(cashier)

    theirs = client.get(reverse(page, args=[other_shop.pk]))
    nobodys = client.get(f"/shops/00000000-0000-7000-8000-000000000000/{page}/")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.content == nobodys.content


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_shop_are_kept_by_nobody(sign_in, cashier, shop, page):
    response = sign_in(cashier).get(reverse(page, args=[shop.pk]))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_the_till_starts_from_the_rows_of_the_api(sign_in, api, cashier, shop, tea, cake):
    begun = held(sign_in(cashier).get(reverse("till", args=[shop.pk])))

    assert begun["products"] == sorted(
        api(cashier).get(f"/shops/{shop.pk}/products").json(), key=lambda row: row["name"]
    )
    assert begun["shop"] | {"id": str(shop.pk), "currency": "EUR", "digits": 2} == begun["shop"]
    assert begun["cursor"] == shop.events.count()


def test_retired_products_are_not_on_the_till(sign_in, cashier, shop, tea, cake):
    type(tea).objects.filter(pk=tea.pk).update(is_active=False)

    begun = held(sign_in(cashier).get(reverse("till", args=[shop.pk])))

    assert [row["name"] for row in begun["products"]] == ["Cake"]


def test_the_till_takes_as_many_queries_for_many_products(
    sign_in, cashier, shop, stocked, tea, django_assert_num_queries
):
    client = sign_in(cashier)
    path = reverse("till", args=[shop.pk])
    client.get(path)
    for number in range(20):
        stocked(shop, f"Dish {number}", 100, 1)

    with django_assert_num_queries(9):
        client.get(path)


def test_orders_are_listed_newest_first(sign_in, api, cashier, shop, tea, cake):
    for product in (tea, cake):
        body = {"items": [{"product_id": str(product.pk), "quantity": 1}]}
        assert api(cashier).post(f"/shops/{shop.pk}/orders", body).status_code == 201

    page = sign_in(cashier).get(reverse("orders", args=[shop.pk])).content.decode()

    rows = page[: page.index("<template")]
    assert rows.index("1 × Cake") < rows.index("1 × Tea")
    assert "€4.99" in rows
    assert "Carla" in rows


def test_no_orders_say_so(sign_in, cashier, shop):
    page = sign_in(cashier).get(reverse("orders", args=[shop.pk])).content.decode()

    assert "No orders yet" in page
