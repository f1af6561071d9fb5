"""From parsed JSON to a struct, or to the name of the wrong field."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest

from core import parsing, structs
from core.errors import Invalid
from core.structs import Exact, Line, UnknownField, convert

ID = "0199a1b2-aaaa-7bbb-8ccc-0123456789ab"


class Item(msgspec.Struct, forbid_unknown_fields=True):
    product_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=999)]
    price: Exact | None = None
    note: Annotated[Line, msgspec.Meta(max_length=10)] = ""


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=3)]
    kind: Literal["eat", "take"] = "eat"
    at: datetime | None = None
    paid: bool = False
    otp: str = "none"


def wish(**item):
    return {"items": [{"product_id": ID, "quantity": 1} | item]}


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({}, "items", "This field is required."),
        ({"items": None}, "items", "Must be a list, not null."),
        ({"items": []}, "items", "Must have at least 1 entries."),
        ({"items": {}}, "items", "Must be a list, not an object."),
        ({"items": [{}] * 4}, "items", "Must have at most 3 entries."),
        ({"items": [{"quantity": 1}]}, "items.0.product_id", "This field is required."),
        (wish(product_id="x"), "items.0.product_id", "Must be an id (a UUID)."),
        (wish(product_id=5), "items.0.product_id", "Must be an id, not a whole number."),
        (wish(quantity="1"), "items.0.quantity", "Must be a whole number, not text."),
        (wish(quantity="１２"), "items.0.quantity", "Must be a whole number, not text."),
        (wish(quantity=True), "items.0.quantity", "Must be a whole number, not true or false."),
        (wish(quantity=0), "items.0.quantity", "Must be at least 1."),
        (wish(quantity=-1), "items.0.quantity", "Must be at least 1."),
        (wish(quantity=1000), "items.0.quantity", "Must be at most 999."),
        (wish(quantity=2**63 - 1), "items.0.quantity", "Must be at most 999."),
        (
            wish(quantity=Decimal("1.0")),
            "items.0.quantity",
            "Must be a whole number, not a number with decimals.",
        ),
        (wish(note="x" * 11), "items.0.note", "Must have at most 10 characters."),
        (wish(note="a\nb"), "items.0.note", "Has characters or a form not allowed here."),
        (wish(note="a\n"), "items.0.note", "Has characters or a form not allowed here."),
        (wish(note=5), "items.0.note", "Must be text, not a whole number."),
        (wish(price="NaN"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price="1e9"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price="1_0"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price="１２"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price=" 12"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price="12\n"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price="+1"), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish(price=True), "items.0.price", 'Must be a decimal number such as "12.50".'),
        (wish() | {"kind": "fly"}, "kind", "'fly' is not one of the choices."),
        (wish() | {"at": "now"}, "at", "Must be a time such as 2026-01-31T12:00:00Z."),
        (wish() | {"paid": 1}, "paid", "Must be true or false, not a whole number."),
    ],
)
def test_a_wrong_field_is_named(sent, field, sentence):
    with pytest.raises(Invalid) as refusal:
        convert(sent, Wish)

    assert refusal.value.details == {"errors": {field: [sentence]}}
    assert str(refusal.value) == f"{field}: {sentence}"


@pytest.mark.parametrize(
    ("sent", "field"), [(wish() | {"tota": 1}, "tota"), (wish(unit_price=1), "items.0.unit_price")]
)
def test_an_unknown_field_has_its_own_code(sent, field):
    with pytest.raises(UnknownField) as refusal:
        convert(sent, Wish)

    assert refusal.value.code == "unknown_field"
    assert list(refusal.value.details["errors"]) == [field]


def test_read_only_keys_may_come_back():
    assert convert(wish() | {"total": "1"}, Wish, ignore=frozenset({"total"})) == convert(
        wish(), Wish
    )


@pytest.mark.parametrize("blank", ["", None])
def test_a_blank_optional_value_is_absent(blank):
    sent = wish(price=blank, note=blank) | {"kind": blank, "at": blank, "otp": blank, "paid": blank}

    found = convert(sent, Wish)

    assert found == Wish(items=[Item(product_id=UUID(ID), quantity=1)])
    assert sent["items"][0]["note"] == blank, "what was sent stays what it was"


def test_a_blank_required_value_is_wrong():
    with pytest.raises(Invalid, match=r"items.0.product_id: Must be an id"):
        convert(wish(product_id=""), Wish)


@pytest.mark.parametrize("sent", ["12.50", Decimal("12.50"), "0012.50"])
def test_a_decimal_is_read_exactly(sent):
    found = convert(wish(price=sent), Wish).items[0].price

    assert type(found) is Exact
    assert str(found) == "12.50"


def test_a_whole_number_is_a_decimal_too():
    assert convert(wish(price=-3), Wish).items[0].price == Decimal(-3)


def test_what_msgspec_says_elsewhere_passes_through():
    assert str(structs._explain("Something new - at `$.a[...].b`")) == "a.b: Something new"


def test_the_whole_way_of_a_body():
    raw = b'{"items":[{"productId":"%b","quantity":2}],"otp":""}' % ID.encode()

    found = convert(parsing.snake(parsing.loads(raw)), Wish)

    assert found.items[0].quantity == 2
    assert found.otp == "none"


class Range(msgspec.Struct, kw_only=True):
    least: int
    most: int

    def __post_init__(self):
        if self.least > self.most:
            raise structs.wrong("most", "Must not be less.")


class Ranges(msgspec.Struct):
    each: list[Range]


def test_a_struct_names_a_field_that_it_finds_wrong_itself():
    with pytest.raises(Invalid) as refusal:
        convert({"least": 2, "most": 1}, Range)
    assert refusal.value.details == {"errors": {"most": ["Must not be less."]}}
    with pytest.raises(Invalid) as refusal:
        convert({"each": [{"least": 1, "most": 1}, {"least": 2, "most": 1}]}, Ranges)
    assert refusal.value.details == {"errors": {"each.1.most": ["Must not be less."]}}
