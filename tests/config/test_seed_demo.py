"""``seed_demo``: a restaurant to try everything with, twice in a row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from accounts.models import Shop, User
from licensing.models import Site
from pos.models import Product, StockLevel, StockMovement
from tests import factories
from tests.config.test_demo import seeded


@pytest.fixture(scope="module")
def twice(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[list[dict]]:
    """What the command said at first, and when it was called again; each test's tries are inside.

    Its pictures take seconds to draw: they are drawn once for all tests.
    """
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        yield [seeded(), seeded()]
        transaction.set_rollback(True)


def test_the_demo_is_complete_and_repeatable(twice, db):
    first, second = twice

    assert list(first["sign_ins"]) == ["sysadmin", "developer", "owner", "manager", "cashier"]
    shop = Shop.objects.get(pk=first["shop"]["id"])
    assert first["shop"] == {
        "id": str(shop.pk), "name": "The Corner Bistro", "currency": "EUR", "tax_rate": "10.00",
    }  # fmt: skip
    assert len(first["products"]) == 60
    margherita = next(row for row in first["products"] if row["name"] == "Margherita")
    assert margherita == {**margherita, "price": "9.90", "stock": 60}
    assert shop.categories.count() == 6
    neighbour = User.objects.get(username=first["other_shop"]["owner"]["username"])
    assert not shop.memberships.filter(user=neighbour).exists()
    assert Product.objects.get(pk=first["other_shop"]["product_id"]).shop.owner == neighbour
    pictures = [Path(product.image.path) for product in shop.products.all()]
    assert all(picture.stat().st_size < 15_000 for picture in pictures)
    for level in StockLevel.objects.filter(shop=shop):
        moved = StockMovement.objects.filter(product=level.product_id)
        assert level.quantity == sum(moved.values_list("delta", flat=True))

    assert second["shop"] == first["shop"]
    assert second["products"] == first["products"]
    assert User.objects.count() == 6
    for role, person in second["sign_ins"].items():
        user = User.objects.get(username=person["username"])
        assert user.check_password(person["password"]), role
        assert not user.check_password(first["sign_ins"][role]["password"]), role


def test_who_uses_the_platforms_tools_has_codes_renewed_each_time(twice, db, client):
    before, people = (said["sign_ins"] for said in twice)

    assert {role for role, person in people.items() if "otp_secret" in person} == {
        "sysadmin",
        "developer",
    }
    for role in ("sysadmin", "developer"):
        wish = {name: people[role][name] for name in ("username", "password")} | {"scope": "dev"}
        for sign_ins, status in ((before, 401), (people, 200)):
            wish["otp"] = factories.code_of(sign_ins[role]["otp_secret"])
            answer = client.post("/api/v1/auth/login", wish, "application/json")
            assert answer.status_code == status


def test_the_till_is_paired_and_its_staff_has_pins_renewed_each_time(twice, db, client):
    before, demo = twice

    assert {role for role, person in demo["sign_ins"].items() if "pin" in person} == {
        "owner",
        "manager",
        "cashier",
    }
    assert demo["till"]["device_id"] == before["till"]["device_id"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {demo['till']['device_token']}"}
    faces = client.get("/api/v1/devices/me/staff", **bearer).json()
    assert [face["name"] for face in faces] == ["Cashier", "Manager", "Owner"]
    for face in faces:
        wish = {"user_id": face["user_id"], "pin": demo["sign_ins"][face["role"]]["pin"]}
        answer = client.post("/api/v1/devices/me/sign-in", wish, "application/json", **bearer)
        assert answer.json()["role"] == face["role"]
    gone = {"HTTP_AUTHORIZATION": f"Bearer {before['till']['device_token']}"}
    assert client.get("/api/v1/devices/me/staff", **gone).status_code == 401


def test_its_site_checks_in_with_a_key_renewed_each_time(twice, db, client, settings):
    settings.LICENSE_SIGNING_KEY = "a2V5" * 10 + "a2U"
    before, demo = (said["site"] for said in twice)

    assert demo["site_id"] == before["site_id"]
    beat = {"version": "1.0", "uptime_seconds": 60}
    for site, status in ((demo, 200), (before, 401)):
        headers = {"X-Site-ID": site["site_id"], "X-Site-Key": site["secret_key"]}
        answer = client.post("/api/v1/heartbeat", beat, "application/json", headers=headers)
        assert answer.status_code == status
    assert Site.objects.get().shops.get().name == "The Corner Bistro"
