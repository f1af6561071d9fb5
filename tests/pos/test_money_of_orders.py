"""The money of whole orders: 20,000 generated ones in every run, and awkward ones by hand.

What is checked is what the books rely on, worked out a second time in whole numbers: every
part adds up to its sum, nothing is rounded twice, nothing falls below zero.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from pos import money, pricing
from pos.drafts import Draft, Line

ORDERS = 20_000
SEED = 20_261_123
RATES = ["0", "5", "5.5", "7", "8.875", "10", "12", "18", "19", "28", "100"]
PARTS = {"5": ["2.5", "2.5"], "18": ["9", "9"], "8.875": ["4", "4.875"], "28": ["14", "14"]}


@dataclass
class Bill:
    """An order and its lines, summed up."""

    order: Draft
    lines: list[Line]


NOBODY = UUID(int=0)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
BLANK = Draft(
    id=NOBODY,
    shop_id=NOBODY,
    business_day=NOW.date(),
    day_number=1,
    number="",
    call_number="",
    channel="api",
    order_type="takeaway",
    includes_tax=True,
    cashier_id=None,
    device_id=None,
    customer_name="",
    table="",
    note="",
    client_id="",
    fingerprint=None,
    created_at=NOW,
    recorded_at=NOW,
    updated_at=NOW,
)


def line_of(quantity: int, price: int, rate: str, kind: str = "", value: Any = 0) -> Line:
    return Line(
        id=NOBODY,
        product_id=None,
        position=0,
        name="",
        quantity=quantity,
        unit_price=price,
        tax_rate=Decimal(rate),
        tax_components=[{"name": part, "rate": part, "tax": 0} for part in PARTS.get(rate, ())],
        discount_type=kind,
        discount_value=Decimal(value),
        net=0,
        tax=0,
    )


def bill_of(lines, *, includes_tax, kind="", value=0, charges=0) -> Bill:
    order = structs.replace(
        BLANK,
        includes_tax=includes_tax,
        discount_type=kind,
        discount_value=Decimal(value),
        charges=charges,
    )
    pricing.add_up(order, lines)
    return Bill(order, lines)


def is_half_up(rounded: int, dividend: int, divisor: int) -> bool:
    """Whether a whole number is the nearest to a fraction, the upper one of two as near."""
    return (2 * rounded - 1) * divisor <= 2 * dividend < (2 * rounded + 1) * divisor


def thousandths(rate: Decimal) -> int:
    return int(rate * 1000)


def discount(dice: Random, most: int) -> tuple[str, Decimal]:
    kind = dice.choice(["", "", "percent", "amount"])
    if kind == "percent":
        return kind, dice.choice(
            [Decimal(0), Decimal(100), Decimal(dice.randrange(100_000)) / 1000]
        )
    return kind, Decimal(dice.choice([0, 1, most, most * 3, dice.randrange(most + 1)]))


def generated(dice: Random) -> Bill:
    lines = []
    for _ in range(dice.choice([1, 1, 2, 3, 4, 8])):
        quantity, price = dice.choice([1, 1, 2, 3, 7, 99]), dice.choice([0, 1, 3, 99, 250, 99_999])
        price = dice.choice([price, dice.randrange(5000)])
        kind, value = discount(dice, quantity * price)
        lines.append(line_of(quantity, price, dice.choice(RATES), kind, value))
    worth = sum(line.quantity * line.unit_price for line in lines)
    kind, value = discount(dice, worth)
    return bill_of(
        lines,
        includes_tax=dice.random() < 0.5,
        kind=kind,
        value=value,
        charges=dice.choice([0, 0, 300]),
    )


def is_off(taken: int, kind: str, value: Decimal, worth: int) -> bool:
    """Whether so much is what a discount takes off what something is worth."""
    if kind == "percent":
        return is_half_up(taken, worth * thousandths(value), 100_000)
    return taken == (min(int(value), worth) if kind else 0)


def check_line(line: Line, includes_tax: bool) -> None:
    """A line's tax is the exact tax of what is left of it, rounded once."""
    rest = line.quantity * line.unit_price - line.discount
    rate = thousandths(line.tax_rate)
    if includes_tax:
        assert line.net + line.tax == rest
        assert is_half_up(line.net, rest * 100_000, 100_000 + rate)
    else:
        assert line.net == rest
        assert is_half_up(line.tax, rest * rate, 100_000)
    assert min(line.net, line.tax, line.discount) >= 0
    if line.tax_components:
        assert sum(each["tax"] for each in line.tax_components) == line.tax


def own_discount(line: Line) -> int:
    """What a line's own discount takes off it, the nearest cent of a percentage."""
    worth = line.quantity * line.unit_price
    if line.discount_type != "percent":
        return min(int(line.discount_value), worth) if line.discount_type else 0
    exact = worth * thousandths(line.discount_value)
    return next(
        n for n in (exact // 100_000, exact // 100_000 + 1) if is_half_up(n, exact, 100_000)
    )


def check_discount(bill: Bill) -> None:
    """The order's discount is shared to the cent: nobody is a cent from the exact share."""
    order, lines = bill.order, bill.lines
    worth = [line.quantity * line.unit_price for line in lines]
    own = [own_discount(line) for line in lines]
    rest = [amount - mine for amount, mine in zip(worth, own, strict=True)]
    whole = sum(rest)
    shared = order.discount - sum(own)
    assert is_off(shared, order.discount_type, order.discount_value, whole)
    for line, mine, left in zip(lines, own, rest, strict=True):
        assert abs((line.discount - mine) * whole - shared * left) < max(whole, 1)
        assert line.discount - mine <= left


def check(bill: Bill) -> None:
    order, lines = bill.order, bill.lines
    for line in lines:
        check_line(line, order.includes_tax)
    check_discount(bill)
    assert order.subtotal == sum(line.quantity * line.unit_price for line in lines)
    assert order.tax == sum(line.tax for line in lines)
    assert order.total == sum(line.net + line.tax for line in lines) + order.charges
    on_top = 0 if order.includes_tax else order.tax
    assert order.total == order.subtotal - order.discount + on_top + order.charges


def test_twenty_thousand_orders_add_up_to_the_cent():
    dice = Random(SEED)

    checked = 0
    for _ in range(ORDERS):
        check(generated(dice))
        checked += 1

    assert checked == ORDERS


@pytest.mark.parametrize("coin", [5, 10, 50, 100])
def test_twenty_thousand_amounts_are_payable_in_coins(coin):
    dice = Random(SEED)

    for amount in (dice.randrange(10**6) for _ in range(ORDERS)):
        added = money.round_cash(amount, coin)
        assert (amount + added) % coin == 0
        assert -coin < 2 * added <= coin


# --- worked by hand -----------------------------------------------------------------------

#: lines (quantity, price, rate), includes tax, discount; subtotal, discount, tax, total.
BY_HAND = {
    "several rates inside": (
        [(2, 250, "5"), (1, 1180, "18"), (1, 300, "0")], True, ("", 0), (1980, 0, 204, 1980),
    ),  # 500 → 476.19 + 24; 1180 → 1000 + 180; 0
    "several rates on top": (
        [(2, 250, "5"), (1, 1180, "18"), (1, 300, "0")], False, ("", 0), (1980, 0, 237, 2217),
    ),  # 25 + 212.40 + 0
    "each line rounds, not the sum": (
        [(1, 3, "18"), (1, 3, "18"), (1, 3, "18")], False, ("", 0), (9, 0, 3, 12),
    ),  # three times 0.54 is 1 each; the sum's 1.62 would be 2
    "tax inside rounds by line too": (
        [(1, 99, "19"), (1, 99, "19")], True, ("", 0), (198, 0, 32, 198),
    ),  # 83.19 → 83 + 16 each
    "a tenth off, shared": (
        [(1, 999, "7"), (1, 499, "19")], True, ("percent", 10), (1498, 150, 131, 1348),
    ),  # 149.8 → 150 = 100.03 + 49.97 → 100 + 50; 899 → 840 + 59, 449 → 377 + 72
    "a discount eats everything": (
        [(1, 999, "7"), (2, 250, "19")], False, ("percent", 100), (1499, 1499, 0, 0),
    ),
    "a discount beyond everything is capped": (
        [(1, 999, "7")], True, ("amount", 5000), (999, 999, 0, 0),
    ),
    "a cent off three alike goes to the first": (
        [(1, 100, "0"), (1, 100, "0"), (1, 100, "0")], True, ("amount", 1), (300, 1, 0, 299),
    ),
    "half a cent of tax rounds up": ([(1, 50, "19")], False, ("", 0), (50, 0, 10, 60)),  # 9.5
    "nothing costs nothing": ([(3, 0, "18")], False, ("amount", 100), (0, 0, 0, 0)),
    "yen have no cents": (
        [(1, 980, "10"), (3, 110, "8")], True, ("", 0), (1310, 0, 113, 1310),
    ),  # 890.91 → 891 + 89; 305.56 → 306 + 24
    "dinars have three digits": (
        [(1, 1_250, "5"), (2, 375, "10")], False, ("amount", 1), (2000, 1, 137, 2136),
    ),  # the one off: 0.625, 0.375 → 1 and 0; 1249 → 62.45, 750 → 75
}  # fmt: skip


@pytest.mark.parametrize("case", BY_HAND.values(), ids=BY_HAND)
def test_awkward_orders_as_worked_by_hand(case):
    lines, includes_tax, (kind, value), sums = case

    bill = bill_of(
        [line_of(*line) for line in lines], includes_tax=includes_tax, kind=kind, value=value
    )

    order = bill.order
    assert (order.subtotal, order.discount, order.tax, order.total) == sums
    check(bill)


def test_an_odd_paisa_of_gst_goes_to_its_first_half():
    bill = bill_of([line_of(1, 105, "18"), line_of(1, 150, "18")], includes_tax=False)

    split = [[part["tax"] for part in line.tax_components] for line in bill.lines]
    assert split == [[10, 9], [14, 13]]  # 18.90 → 19, 27
