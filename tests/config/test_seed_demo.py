"""``seed_demo``: a restaurant to try everything with."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.models import Shop, User
from config.demo import looks, menu
from licensing.models import Site
from pos.models import Product, StockLevel, StockMovement
from tests import factories


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def seeded() -> dict:
    said = io.StringIO()
    call_command("seed_demo", "--json", stdout=said, verbosity=0)
    return json.loads(said.getvalue())


def test_the_demo_is_complete_and_repeatable(db, media):
    first = seeded()

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

    second = seeded()

    assert second["shop"] == first["shop"]
    assert second["products"] == first["products"]
    assert User.objects.count() == 6
    for role, person in second["sign_ins"].items():
        user = User.objects.get(username=person["username"])
        assert user.check_password(person["password"]), role
        assert not user.check_password(first["sign_ins"][role]["password"]), role


def test_who_uses_the_platforms_tools_has_codes_renewed_each_time(db, client):
    before, people = seeded()["sign_ins"], seeded()["sign_ins"]

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


def test_the_till_is_paired_and_its_staff_has_pins_renewed_each_time(db, client):
    before, demo = seeded(), seeded()

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


def test_its_site_checks_in_with_a_key_renewed_each_time(db, client, settings):
    settings.LICENSE_SIGNING_KEY = "a2V5" * 10 + "a2U"
    before, demo = seeded()["site"], seeded()["site"]

    assert demo["site_id"] == before["site_id"]
    beat = {"version": "1.0", "uptime_seconds": 60}
    for site, status in ((demo, 200), (before, 401)):
        headers = {"X-Site-ID": site["site_id"], "X-Site-Key": site["secret_key"]}
        answer = client.post("/api/v1/heartbeat", beat, "application/json", headers=headers)
        assert answer.status_code == status
    assert Site.objects.get().shops.get().name == "The Corner Bistro"


def test_another_persons_account_is_left_alone(db):
    stranger = factories.person("owner")

    with pytest.raises(CommandError, match="somebody else's account"):
        seeded()

    stranger.refresh_from_db()
    assert stranger.check_password(factories.PASSWORD)
    assert User.objects.count() == 1
    assert not Shop.objects.exists()


def test_it_refuses_in_production(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="no place in production"):
        seeded()

    assert not User.objects.exists()


def test_the_menu_holds_what_a_till_must_cope_with():
    dishes = menu.MENU
    assert [dish.sku for dish in dishes] == list(looks.LOOKS)
    assert len(dishes) == len({dish.name for dish in dishes}) == 60
    assert {dish.tax_rate for dish in dishes} == {menu.FOOD, menu.DRINKS}
    assert [dish.name for dish in dishes if dish.stock == 0] == ["Mushroom risotto"]
    assert [dish.name for dish in dishes if 0 < dish.stock <= dish.reorder_level] == ["Tiramisu"]
    assert all(dish.cost < dish.price for dish in dishes)


def test_barcodes_are_valid_and_differ():
    codes = {dish.barcode for dish in menu.MENU}
    assert len(codes) == 60
    for code in codes:
        weighed = sum(int(d) * (1, 3)[place % 2] for place, d in enumerate(code))
        assert len(code) == 13
        assert weighed % 10 == 0
    assert menu.with_check_digit("400638133393") == "4006381333931"  # a known one


def test_a_picture_is_the_same_each_time():
    drawn = looks.draw("PZ-04")

    assert drawn == looks.draw("PZ-04")
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (480, 360)
