"""The menu as a CSV table: no formula out, all or nothing in."""

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import MULTIPART_CONTENT
from django.test.utils import CaptureQueriesContext

from pos import stock
from pos.models import Product
from pos.stock import Step

HEAD = "sku,name,price,category,tax_rate,reorder_level,is_active\n"


@pytest.fixture
def desk(api, manager):
    return api(manager)


def send(client, shop, text, **more):
    content = text if isinstance(text, bytes) else text.encode()
    headers = more.pop("headers", {})
    form = {"file": SimpleUploadedFile("menu.csv", content)} | more
    path = f"/shops/{shop.id}/products/import"
    return client.post(path, form, content_type=MULTIPART_CONTENT, headers=headers)


def counts(reply):
    """What the answer says but for the products' ids, one for each row."""
    said = reply.json()
    assert len(said.pop("product_ids")) == said["rows"]
    return said


def table(client, shop):
    reply = client.get(f"/shops/{shop.id}/products.csv")
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(reply.content.decode())))


def test_what_a_spreadsheet_would_run_is_text(desk, shop, stocked):
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "Tea"):
        stocked(shop, name, 250, 0)

    names = [row["name"] for row in table(desk, shop)]

    assert sorted(names) == sorted(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "''quoted", "Tea"])


def test_a_table_that_went_out_comes_in_and_changes_nothing(desk, shop, stocked, tea, cake):
    stocked(shop, "=1+1", 100, 3, sku="-7", cost=40, category="Drinks", is_active=False)
    exported = desk.get(f"/api/shops/{shop.id}/products.csv/").content
    facts = ("id", "name", "sku", "price", "cost", "category__name", "tax_rate__percent")
    before = list(Product.objects.order_by("id").values(*facts, "is_active"))

    reply = send(desk, shop, exported)

    assert counts(reply) == {"dry_run": False, "rows": 3, "created": 0, "updated": 3}
    assert list(Product.objects.order_by("id").values(*facts, "is_active")) == before
    assert desk.get(f"/shops/{shop.id}/products.csv").content == exported


def test_rows_add_and_change_by_sku(desk, shop, stocked):
    stocked(shop, "Tea", 250, 3, sku="T1", barcode="99")
    text = HEAD + "T1,Green tea,2.80,Drinks,,2,\nS1,Soup,4.20,Starters,7,,no\n,Bun,1,,,,\n"

    reply = send(desk, shop, text)

    assert counts(reply) == {"dry_run": False, "rows": 3, "created": 2, "updated": 1}
    rows = {row["name"]: row for row in table(desk, shop)}
    tea, soup = rows["Green tea"], rows["Soup"]
    assert (tea["price"], tea["barcode"], tea["reorder_level"]) == ("2.80", "99", "2")
    assert (tea["stock"], tea["category"]) == ("3", "Drinks")
    assert (soup["tax_rate"], soup["is_active"]) == ("7.00", "false")
    assert shop.events.filter(kind="product_created").count() == 3


def test_a_dry_run_says_what_would_come_and_writes_nothing(desk, shop, tea):
    before = shop.events.count(), shop.audit.count()

    reply = send(desk, shop, HEAD + "S1,Soup,4.20,Starters,7,,\n", dry_run="true")
    bad = send(desk, shop, HEAD + "S1,Soup,,,,,\n", dry_run="true")

    assert counts(reply) == {"dry_run": True, "rows": 1, "created": 1, "updated": 0}
    assert bad.status_code == 400
    assert (shop.events.count(), shop.audit.count()) == before
    assert Product.objects.get() == tea
    assert not shop.categories.exists()


def test_every_wrong_row_is_named_and_none_is_written(desk, shop, tea):
    text = HEAD + "S1,Soup,4.20,,,,\nS2,Stew,four,,,,\nS3,,,,101,,\nS4,Pie,3,,,-1,\n"
    typed = send(desk, shop, text)
    text = HEAD + "S1,Soup,4.20,,,,\nS2,Stew,,,,,\n,,3,,,,\n"
    known = send(desk, shop, text)

    assert typed.status_code == known.status_code == 400
    assert sorted(typed.json()["errors"]) == [
        "rows.3.price",
        "rows.4.tax_rate",
        "rows.5.reorder_level",
    ]
    assert sorted(known.json()["errors"]) == ["rows.3.price", "rows.4.name"]
    assert Product.objects.get() == tea


def test_one_sku_twice_is_refused(desk, shop):
    reply = send(desk, shop, HEAD + "S1,Soup,4.20,,,,\nS1,Stew,5,,,,\n")

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["rows.3.sku"])
    assert not Product.objects.exists()


def test_another_shops_product_is_an_unknown_one(desk, shop, other_shop, stocked):
    foreign = stocked(other_shop, "Theirs", 100, 0, sku="X")

    reply = send(desk, shop, f"id,name,price\n{foreign.id},Ours,1\n")

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["rows.2.id"])
    foreign.refresh_from_db()
    assert foreign.name == "Theirs"


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"name,price,colour\nTea,1,red\n",
        b"name,name\nTea,Tea\n",
        b'name,price\n"Tea,1\n',
        b"name,price\nTea\n",
        b"id,name,price\n7,Tea,1\n",
        b"name,price\nTea,1e3\n",
        b"name,price\n" + b"Tea,1\n" * 5001,
    ],
)
def test_what_is_no_table_is_refused(desk, shop, text):
    assert send(desk, shop, text).status_code == 400
    assert not Product.objects.exists()


def test_a_bare_file_is_taken_too_and_only_once(desk, shop):
    path = f"/shops/{shop.id}/products/import"

    def post():
        key = {"Idempotency-Key": "k"}
        return desk.post(path, "name,price\nTea,1\n", content_type="text/csv", headers=key)

    assert post().content == post().content
    assert Product.objects.count() == 1
    assert desk.post(path, {"file": "x"}).status_code == 415


def test_tables_are_for_managers_of_sites_in_order(desk, api, cashier, shop, request):
    till = api(cashier)

    assert till.get(f"/shops/{shop.id}/products.csv").status_code == 403
    assert send(till, shop, "name,price\nTea,1\n").status_code == 403
    request.getfixturevalue("locked")
    assert send(desk, shop, "name,price\nTea,1\n").status_code == 423
    assert not Product.objects.exists()


def test_five_thousand_rows_come_in_and_are_changed(desk, shop, manager):
    rows = [f"S{n},Dish {n},{n}.50,Heading {n % 7},7,1,yes" for n in range(5000)]
    text = HEAD + "\n".join(rows) + "\n"

    tried = send(desk, shop, text, dry_run="true")
    reply = send(desk, shop, text)
    again = send(desk, shop, text.replace("Dish", "Plate"))

    assert (tried.json()["created"], reply.json()["created"]) == (5000, 5000)
    assert (again.json()["created"], again.json()["updated"]) == (0, 5000)
    product = Product.objects.get(sku="S77")
    assert (product.name, product.version) == ("Plate 77", 2)
    assert shop.audit.filter(action="product.updated", target_id=str(product.id)).count() == 1
    step = Step("receive", pieces=2)
    assert stock.change(shop=shop, actor=manager, product_id=product.id, step=step).quantity == 2


def test_more_rows_are_no_more_statements(desk, shop):
    send(desk, shop, HEAD + "S0,Dish,1,Soups,7,1,yes\n")
    costs = []
    for many in (2, 20):
        rows = [f"S{n},Dish {n},{n}.50,Soups,7,1,yes" for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            assert send(desk, shop, HEAD + "\n".join(rows) + "\n").status_code == 200
        # The trail's lines travel together, each a statement of its own.
        costs.append(sum("auditevent" not in one["sql"] for one in asked))
    assert costs[0] == costs[1]


def test_a_row_by_id_may_take_a_sku_that_a_row_before_it_gave_up(desk, shop, stocked):
    tea = stocked(shop, "Tea", 250, 0, sku="A")

    reply = send(desk, shop, f"id,sku,name,price\n{tea.id},B,,\n,A,Soup,4\n")

    assert counts(reply) == {"dry_run": False, "rows": 2, "created": 1, "updated": 1}
    assert {*Product.objects.values_list("sku", "name")} == {("B", "Tea"), ("A", "Soup")}


def test_a_sku_of_another_product_is_refused(desk, shop, stocked):
    tea = stocked(shop, "Tea", 250, 0, sku="A")
    stocked(shop, "Cake", 499, 0, sku="C")

    reply = send(desk, shop, f"id,sku\n{tea.id},C\n")

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["rows.2.sku"])


def test_what_a_table_changed_is_told_and_kept_in_the_trail(desk, shop, manager, stocked):
    tea = stocked(shop, "Tea", 250, 3, sku="T1", cost=90)

    send(desk, shop, "sku,price,reorder_level\nT1,3.00,5\n")

    line = shop.audit.get(action="product.updated")
    assert (line.actor_id, line.target_id) == (manager.pk, str(tea.id))
    assert (line.before["price"], line.after["price"]) == (250, 300)
    assert (line.before["reorder_level"], line.after["reorder_level"]) == (0, 5)
    told = shop.events.get(kind="product_updated")
    assert '"price":"3.00"' in told.data
    assert '"stock":3' in told.data
    assert "cost" not in told.data
