"""The demo: its menu and its pictures, and where it has no place."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.models import Shop, User
from config.demo import looks, menu
from tests import factories


def seeded() -> dict:
    said = io.StringIO()
    call_command("seed_demo", "--json", stdout=said, verbosity=0)
    return json.loads(said.getvalue())


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
