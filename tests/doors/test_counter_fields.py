"""Every field that the counter takes, with everything that it must not take: named, and no change."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.doors import houses
from tests.doors.asking import client_of, filled

pytestmark = pytest.mark.django_db


class Raw(str):
    """JSON as it is sent, which Python's own writer would not write."""


def whole(least: int, most: int) -> list[Any]:
    return [True, [], {}, "5", 1.5, Raw("1.0"), Raw("1e0"), least - 1, most + 1, Raw("9" * 20)]


def text(most: int, *more: Any) -> list[Any]:
    sent = [5, True, [], {}, "x" * (most + 1), "\x1b@", "\x7f", Raw('"\\u0000"'), Raw('"\\ud800"')]
    return [*sent, *more]


def line(most: int, *more: Any) -> list[Any]:
    return text(most, "a\nb", *more)


def name(most: int) -> list[Any]:
    return line(most, " ", "\u00a0")


NUMBER = [
    True, [], {}, "x", " 1", "1 ", "1_0", "+1", "1e3", "１２", "٣", "NaN", "Infinity", "0x10", "-1",
    -1, "1,50", "9" * 21, Raw("NaN"), Raw("-Infinity"), Raw("1e999"), Raw("00"), Raw("9" * 30),
]  # fmt: skip
MONEY = [*NUMBER, "0.001", Raw("1.005"), 10**13, "1000000000000.01"]
PERCENT = [*NUMBER, "0.0001", "100.001", 101]
ID = [5, True, [], {}, "x", "{018f0000-0000-7000-8000-000000000000}", "018f0000-0000-7000-8000"]
FLAG = [0, 1, "true", "yes", [], {}]
CHOICE = [5, True, [], {}, "nothing known", " "]
TIME = [5, 1.5, True, [], {}, "x", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z"]
PAST = [*TIME, "1999-12-31T23:59:59Z", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"]
LIST = [5, True, {}, "x", [5], [[]], [None]]
OBJECT = [5, True, [], "x"]
WORDS = [
    5, True, [], {"not a language": "x"}, {"de": 5}, {"de": "x" * 5001}, {"de": "\x1b@"},
    {"de": {"name": 5}}, {"de": {"name": "\x7f"}}, {"de": "Tee", "fr": "\x00"},
]  # fmt: skip

COUNT = whole(1, 999)
DISCOUNT = {"discount": OBJECT, "discount.type": CHOICE, "discount.value": PERCENT}
LINE = {"items.0.note": line(255), "items.0.modifiers": LIST, "items.0.discount": OBJECT}


@dataclass(frozen=True)
class Form:
    """A good body, what each of its fields must not be, and those that must be there."""

    method: str
    path: str
    body: dict[str, Any]
    wrong: dict[str, list[Any]]
    needed: tuple[str, ...] = ()
    who: str = "manager"
    is_strict: bool = True


TEA = {"product_id": "{other_product_id}", "quantity": 1}
OFF = {"type": "percent", "value": "1", "reason": "x"}
PRODUCT = {
    "name": name(255), "price": MONEY, "sku": line(64), "barcode": line(64),
    "description": text(5000), "category": line(120), "category_id": ID, "tax_rate": PERCENT,
    "tax_rate_id": ID, "cost": MONEY, "translations": WORDS, "modifier_groups": LIST,
    "is_active": FLAG, "snoozed_until": [*TIME, "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
    "stock_policy": CHOICE, "reorder_level": whole(0, 10**9),
}  # fmt: skip
HEADING = {
    "name": name(120), "position": whole(0, 32_000), "is_active": FLAG, "translations": WORDS,
}  # fmt: skip
TAX = {"name": name(60), "percent": PERCENT, "components": LIST, "is_active": FLAG}
CHOOSING = HEADING | {
    "min": whole(0, 100), "max": whole(0, 100), "modifiers": LIST,
    "modifiers.0.name": name(120), "modifiers.0.price": MONEY,
}  # fmt: skip
TENDER = {
    "method": CHOICE, "amount": MONEY, "tendered": MONEY, "tip": MONEY, "reference": line(120),
    "register_id": ID,
}  # fmt: skip
SALT = {"name": "Salt", "modifiers": [{"name": "More", "price": "0.10"}]}
SPLIT = {"name": "GST", "percent": "10", "components": [{"name": "CGST", "percent": "10"}]}

FORMS = [
    Form(
        "POST", "orders",
        {"items": [TEA | {"discount": OFF}], "discount": OFF, "payments": [{"method": "card"}]},
        {
            "items": LIST, "items.0.product_id": ID, "items.0.quantity": COUNT, **LINE, **DISCOUNT,
            "items.0.discount.value": PERCENT, "order_type": CHOICE, "customer_name": line(120),
            "table": line(40), "note": text(500), "approval_id": ID, "hold": FLAG,
            "payment_method": CHOICE, "register_id": ID, "client_id": line(255), "total": MONEY,
            "offline": FLAG, "occurred_at": TIME, "payments": LIST,
            **{f"payments.0.{key}": wrong for key, wrong in TENDER.items()},
        },
        ("items", "items.0.quantity", "items.0.product_id", "discount.type", "payments.0.method"),
        is_strict=False,
    ),
    Form(
        "POST", "orders", {"items": [{"name": "Soup", "price": "1", "quantity": 1}]},
        {"items.0.name": name(255), "items.0.price": MONEY}, is_strict=False,
    ),
    Form(
        "PATCH", "orders/{order_id}", {"add": [TEA], "discount": OFF},
        {
            "add": LIST, "add.0.quantity": COUNT, "void": LIST, "reason": line(255), **DISCOUNT,
            "approval_id": ID, "order_type": CHOICE, "customer_name": line(120), "hold": FLAG,
            "table": line(40), "note": text(500), "state": CHOICE, "kitchen_state": CHOICE,
        },
        ("add.0.quantity", "discount.value"),
    ),
    Form(
        "POST", "orders/{order_id}/payments", {"method": "cash"}, TENDER, ("method",),
        is_strict=False,
    ),
    Form(
        "POST", "orders/{order_id}/void", {}, {"reason": line(255), "approval_id": ID},
        is_strict=False,
    ),
    Form(
        "POST", "orders/{sale_id}/refunds",
        {"lines": [{"id": "{sale_line_id}", "quantity": 1}], "reason": "cold"},
        {
            "lines": LIST, "lines.0.id": ID, "lines.0.quantity": COUNT, "reason": name(255),
            "restock": FLAG, "approval_id": ID, "register_id": ID,
        },
        ("lines.0.id", "lines.0.quantity", "reason"),
    ),
    Form(
        "POST", "orders/{sale_id}/refunds", {"amount": "0.10", "reason": "cold"},
        {"amount": MONEY},
    ),
    Form("POST", "products", {"name": "Bun", "price": "1"}, PRODUCT, ("name", "price")),
    Form("PATCH", "products/{product_id}", {}, PRODUCT),
    Form("POST", "categories", {"name": "Pies"}, HEADING, ("name",)),
    Form("PATCH", "categories/{category_id}", {}, HEADING),
    Form(
        "POST", "tax-rates", SPLIT,
        TAX | {"components.0.name": name(60), "components.0.percent": PERCENT},
        ("name", "percent", "components.0.name", "components.0.percent"),
    ),
    Form("PATCH", "tax-rates/{tax_rate_id}", {}, TAX),
    Form("POST", "modifier-groups", SALT, CHOOSING, ("name", "modifiers.0.name")),
    Form("PATCH", "modifier-groups/{modifier_group_id}", SALT, CHOOSING, ("modifiers.0.name",)),
    Form(
        "PUT", "inventory/{item_id}", {"delta": 1},
        {
            "delta": whole(-(10**9), 10**9), "reason": CHOICE, "note": line(255),
            "occurred_at": PAST, "policy": CHOICE, "reorder_level": whole(0, 10**9),
        },
    ),
    Form(
        "PUT", "inventory/{item_id}", {"quantity": 1},
        {"quantity": whole(-(10**9), 10**9)}, ("quantity",),
    ),
    Form(
        "PUT", "settings", {},
        {
            "currency": ["eur", "XXXX", 5, True, [], {}, "\n"], "timezone": ["Mars/Base", 5, [], {}],
            "tax_rate": PERCENT, "prices_include_tax": FLAG, "order_number_prefix": name(10),
            "receipt_header": text(500), "receipt_footer": text(500), "delivery_charge": MONEY,
            "allow_open_items": FLAG, "stock_policy": CHOICE, "cash_rounding": MONEY,
            "kitchen_on": CHOICE, "kiosk_reservation_seconds": whole(10, 86_400),
            "cashier_discount_percent": PERCENT, "void_needs_manager": FLAG,
        },
        is_strict=False,
    ),
    Form("POST", "registers", {"name": "Bar"}, {"name": name(60)}, ("name",)),
    Form(
        "POST", "shifts", {"register_id": "{register_id}", "float": "1.00"},
        {"register_id": ID, "float": MONEY}, ("register_id", "float"),
    ),
    Form(
        "POST", "shifts/{shift_id}/cash", {"kind": "in", "amount": "1", "reason": "coins"},
        {"kind": CHOICE, "amount": [*MONEY, 0, "-0.00"], "reason": name(255)},
        ("kind", "amount", "reason"),
    ),
    Form("POST", "shifts/{shift_id}/close", {"counted": "1"}, {"counted": MONEY}, ("counted",)),
]  # fmt: skip
NAMES = [f"{form.method} {form.path} {place}" for place, form in enumerate(FORMS)]
UNREADABLE = {"bad_text", "bad_json", "number_out_of_range"}
GONE = object()


def written(body: dict[str, Any], path: str, value: Any) -> str:
    """The body as JSON with another value at this place."""
    sent: Any = json.loads(json.dumps(body))
    *way, last = path.split(".")
    inner = sent
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, {})
    if value is GONE:
        del inner[last]
    else:
        inner[last] = "@" if isinstance(value, Raw) else value
    raw = json.dumps(sent)
    return raw.replace('"@"', value) if isinstance(value, Raw) else raw


@pytest.fixture
def send(street):
    """A form's address, at which somebody who may send it is signed in."""

    def address(form: Form) -> Callable[[str], Any]:
        url = f"/api/v1/shops/{{shop_id}}/{form.path}".format(**street.ours.ids)
        client = client_of(street.ours, form.who)
        return lambda raw: client.generic(form.method, url, raw, content_type="application/json")

    return address


def tries(form: Form):
    """Every field with every wrong value; what must be there, left out or blank too."""
    for path, wrong in form.wrong.items():
        yield from ((path, value) for value in wrong)
    for path in form.needed:
        yield from ((path, value) for value in (GONE, None, ""))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_wrong_field_is_named_and_changes_nothing(street, send, form):
    body = filled(form.body, street.ours.ids, street.ours.secrets)
    ask, before = send(form), houses.everything()

    for path, value in tries(form):
        reply = ask(written(body, path, value))
        said = (path, value, reply.status_code, reply.text)
        assert (reply.status_code, reply["Content-Type"]) == (400, "application/json"), said
        told = reply.json()
        if told["code"] not in UNREADABLE:
            assert told["code"] in {"invalid", "empty_order"}, said
            assert path.split(".")[0] in {
                key.split(".")[0] for key in told.get("errors", {path: 0})
            }

    assert houses.difference(before, houses.everything()) == {}


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_body_that_is_odd_as_a_whole_is_refused(street, send, form):
    body = json.dumps(filled(form.body, street.ours.ids, street.ours.secrets))
    ask, before = send(form), houses.everything()
    odd = {
        "[]": "invalid", "[" * 65 + "]" * 65: "too_deep", "null": "invalid", "5": "invalid",
        body[:-1]: "bad_json", body + "{}": "bad_json", '{"note": 1, "note": 1}': "duplicate_key",
        '{"clientId": "a", "client_id": "b"}': "duplicate_key",
    }  # fmt: skip
    if form.is_strict:
        odd[body.replace("{", '{"no_such": 1' + ("" if body == "{}" else ", "), 1)] = (
            "unknown_field"
        )

    codes = {raw: ask(raw).json()["code"] for raw in odd}

    assert codes == odd
    assert houses.difference(before, houses.everything()) == {}
