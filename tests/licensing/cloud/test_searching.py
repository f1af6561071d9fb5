"""Whoever looks for a site finds it, by whatever they know of it, and at once in a large fleet."""

import pytest
from django.db import connection

from core import ids
from licensing import fleet, sites
from licensing.models import Site
from tests import factories

pytestmark = pytest.mark.django_db

FIELDS = {"owner_name": "Ada Cole", "contact_email": "ada@luna.example"}


@pytest.fixture
def luna():
    """A site of two shops; another one shares a word or two with it."""
    owner = factories.person("olga")
    shops = [factories.shop_of(owner, name) for name in ("Harbour Kiosk", "Castle Bar")]
    fields = {"name": "Café Luna", "shop_ids": [shop.pk for shop in shops], **FIELDS}
    sites.register(actor=None, fields={"name": "Luna Rossa", "owner_name": "Castle & Co"})
    return sites.register(actor=None, fields=fields).site


def found(words):
    return [site.name for site in fleet.find(words=words).order_by("-pk")]


@pytest.mark.parametrize(
    "words",
    ["café", "UNA caf", "cole", "ada luna", "@luna.ex", "harbour", "kiosk HARB", "cas bar"],
)
def test_by_parts_of_words(luna, words):
    assert found(words) == ["Café Luna"]


def test_newest_first_where_several_are_meant(luna):
    assert found("luna") == ["Café Luna", "Luna Rossa"]
    assert found("castle") == ["Café Luna", "Luna Rossa"]
    assert found(" ") == ["Café Luna", "Luna Rossa"]


def test_by_id(luna):
    assert found(str(luna.site_id)) == ["Café Luna"]
    assert found(f"  {str(luna.site_id).upper()} ") == ["Café Luna"]
    assert found(str(ids.new())) == []


@pytest.mark.parametrize("words", ["luna nobody", "harbour castle", "%", "_", "cole%luna", "\\"])
def test_who_shares_only_some_words_or_means_something_else(luna, words):
    assert found(words) == []


def test_many_shops_that_are_called_alike_hide_no_site(luna, monkeypatch):
    monkeypatch.setattr(fleet, "FEW", 1)

    assert found("bar") == ["Café Luna"]
    assert found("a") == ["Café Luna", "Luna Rossa"]


def test_a_site_of_two_fitting_shops_is_found_once(luna):
    assert found("r") == ["Café Luna", "Luna Rossa"]


def test_a_flood_of_words_is_no_harm(luna):
    assert found("luna " * 2000) == ["Café Luna", "Luna Rossa"]
    assert found("luna" * 2000) == []


@pytest.mark.postgresql_only
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Site.objects.filter(fleet.named("luna")), "site_search"),
        (lambda: fleet.shops_named("harbour"), "shop_search"),
    ],
)
def test_an_index_knows_the_parts_of_words(luna, rows, index):
    """Only so does it answer at once for a million sites: a planner that may not scan uses it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")

    assert index in rows().explain()
