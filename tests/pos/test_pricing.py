"""What an order costs: modifiers, open items, discounts, tax, charges, down to the cent."""

from collections import namedtuple
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import ids
from pos import pricing
from pos.drafts import Line
from pos.errors import BadChoice, OpenItemsNotAllowed, OrderTooLarge
from pos.money import Price
from pos.tickets import Discount, Wish

TERMS = SimpleNamespace(tax_rate=Decimal(0), allow_open_items=False)
RATES = [Decimal(rate) for rate in ("0", "5", "7", "8.875", "18", "19", "100")]
Choice = namedtuple("Choice", "product_id group_id group_name least most id name price")


def good(price: int, rate: str | None = None, components: str = "[]"):
    return SimpleNamespace(
        id=ids.new(),
        name="Tea",
        price=price,
        cost=90,
        tax_rate=rate and Decimal(rate),
        tax_name="VAT",
        tax_components=components,
    )


def line(amount: int, rate="0", quantity=1, discount: Discount | None = None) -> Line:
    discount = discount or Discount()
    return Line(
        id=ids.new(), product_id=None, position=0, name="Tea", quantity=quantity,
        unit_price=amount, tax_rate=Decimal(rate), net=0, tax=0, discount_type=discount.type,
        discount_value=discount.value, discount_reason=discount.reason,
    )  # fmt: skip


def order(*, includes_tax=True, discount: Discount | None = None, charges=0):
    discount = discount or Discount()
    return SimpleNamespace(
        includes_tax=includes_tax, charges=charges, discount_type=discount.type,
        discount_value=discount.value, discount_reason=discount.reason,
        subtotal=0, discount=0, tax=0, total=0,
    )  # fmt: skip


def percent(value: str) -> Discount:
    return Discount("percent", Decimal(value), "Regular")


def off(value: int) -> Discount:
    return Discount("amount", Decimal(value), "Spilled")


# --- awkward cases, worked by hand --------------------------------------------------------


@pytest.mark.parametrize(
    ("includes_tax", "lines", "discount", "charges", "sums"),
    [
        # 10 % of 10.00 and 5.00, taxed 18 % on top: 9.00 + 4.50, 1.62 + 0.81.
        (False, [(1000, "18"), (500, "18")], percent("10"), 0, (1500, 150, 243, 0, 1593)),
        # The same, tax inside: 13.50, of which 9.00 - 7.63 and 4.50 - 3.81.
        (True, [(1000, "18"), (500, "18")], percent("10"), 0, (1500, 150, 206, 0, 1350)),
        # 1.00 off three times 3.33: 34, 33 and 33.
        (True, [(333, "0")] * 3, off(100), 0, (999, 100, 0, 0, 899)),
        # More off than it costs: all of it, and no tax is left.
        (False, [(250, "18")], off(99_999), 0, (250, 250, 0, 0, 0)),
        # Half a cent of discount and of tax go up: 0.5 of 1 is 1.
        (True, [(1, "0")], percent("50"), 0, (1, 1, 0, 0, 0)),
        # A charge comes last and is neither discounted nor taxed.
        (False, [(1000, "18")], percent("100"), 300, (1000, 1000, 0, 300, 300)),
        (True, [(1000, "7")], None, 300, (1000, 0, 65, 300, 1300)),
        # Several rates: 3.00 off 7.00 and 3.00 is 2.10 and 0.90.
        (False, [(700, "19"), (300, "7")], off(300), 0, (1000, 300, 93 + 15, 0, 808)),
        # Nothing at all.
        (True, [], percent("10"), 0, (0, 0, 0, 0, 0)),
        (True, [(0, "18")], off(100), 0, (0, 0, 0, 0, 0)),
    ],
)
def test_an_order_adds_up_as_by_hand(includes_tax, lines, discount, charges, sums):
    priced = order(includes_tax=includes_tax, discount=discount, charges=charges)

    pricing.add_up(priced, [line(amount, rate) for amount, rate in lines])

    found = (priced.subtotal, priced.discount, priced.tax, priced.charges, priced.total)
    assert found == sums


def test_a_lines_own_discount_comes_before_its_share_of_the_orders():
    rows = [line(1000, discount=percent("50")), line(500)]
    priced = order(discount=off(100))

    pricing.add_up(priced, rows)

    assert [row.discount for row in rows] == [550, 50]
    assert (priced.discount, priced.total) == (600, 900)


def test_what_was_voided_keeps_its_sums_and_does_not_count():
    kept, gone = line(1000, "18"), line(500, "18")
    priced = order()
    pricing.add_up(priced, [kept, gone])
    was, gone.voided_at = gone.tax, "now"

    pricing.add_up(priced, [kept, gone])

    assert (priced.subtotal, priced.tax, priced.total) == (1000, kept.tax, 1000)
    assert gone.tax == was == 76


def test_a_tax_of_two_parts_is_split_to_the_cent():
    parts = '[{"name": "CGST", "percent": "9"}, {"name": "SGST", "percent": 9.0}]'
    tea = good(150, "18", parts)
    [row] = pricing.lines([Wish(tea.id, 1)], {tea.id: tea}, [], terms=TERMS)

    pricing.add_up(order(includes_tax=False), [row])

    assert row.tax == 27
    assert row.tax_components == [
        {"name": "CGST", "rate": "9.00", "tax": 14},
        {"name": "SGST", "rate": "9.00", "tax": 13},
    ]
    assert row.cost == 90


def test_an_order_beyond_all_sums_is_refused():
    with pytest.raises(OrderTooLarge):
        pricing.add_up(order(), [line(10**12, quantity=999)] * 2)


# --- what is chosen with a product --------------------------------------------------------


@pytest.fixture
def latte():
    return good(300)


@pytest.fixture
def choices(latte):
    milk, extra = ids.new(), ids.new()
    return [
        Choice(latte.id, milk, "Milk", 1, 1, ids.new(), "Cow", 0),
        Choice(latte.id, milk, "Milk", 1, 1, ids.new(), "Oat", 50),
        Choice(latte.id, extra, "Extras", 0, 2, ids.new(), "Shot", 70),
        Choice(latte.id, extra, "Extras", 0, 2, ids.new(), "Syrup", 30),
        Choice(latte.id, extra, "Extras", 0, 2, ids.new(), "Cream", 40),
    ]


def wished(latte, choices, *names, **more):
    chosen = tuple(each.id for name in names for each in choices if each.name == name)
    return pricing.lines(
        [Wish(latte.id, 2, modifiers=chosen, **more)], {latte.id: latte}, choices, terms=TERMS
    )[0]


def test_what_is_chosen_is_priced_and_remembered(latte, choices):
    row = wished(latte, choices, "Shot", "Oat")

    assert row.unit_price == 420
    assert [(each["group"], each["name"], each["price"]) for each in row.modifiers] == [
        ("Milk", "Oat", 50),
        ("Extras", "Shot", 70),
    ]
    assert row.modifiers[0]["id"] == str(choices[1].id)


@pytest.mark.parametrize(
    "names", [(), ("Shot",), ("Cow", "Oat"), ("Cow", "Shot", "Syrup", "Cream"), ("Oat", "Oat")]
)
def test_too_little_too_much_or_twice_the_same_is_refused(latte, choices, names):
    with pytest.raises(BadChoice) as refusal:
        wished(latte, choices, *names)

    assert refusal.value.details["product_id"] == latte.id


def test_what_is_not_offered_with_a_product_is_refused(latte, choices):
    other = good(100)
    wish = Wish(other.id, 1, modifiers=(choices[0].id,))

    with pytest.raises(BadChoice):
        pricing.lines([wish], {other.id: other}, choices, terms=TERMS)


def test_an_open_item_needs_a_shop_that_allows_it():
    wish = Wish(None, 2, name="Repair", price=1250)

    with pytest.raises(OpenItemsNotAllowed):
        pricing.lines([wish], {}, [], terms=TERMS)
    terms = SimpleNamespace(tax_rate=Decimal(19), allow_open_items=True)
    [row] = pricing.lines([wish], {}, [], terms=terms)

    assert (row.product_id, row.name, row.unit_price, row.tax_rate) == (None, "Repair", 1250, 19)


# --- what always holds --------------------------------------------------------------------

DISCOUNTS = st.one_of(
    st.none(),
    st.integers(0, 100_000).map(lambda n: percent(str(Decimal(n) / 1000))),
    st.integers(0, 30_000).map(off),
)
LINES = st.lists(
    st.tuples(st.integers(0, 20_000), st.sampled_from(RATES), st.integers(1, 9), DISCOUNTS),
    min_size=1,
    max_size=8,
)


def holds(priced, rows) -> None:
    """The rules of sums and roundings, one by one."""
    assert priced.subtotal == sum(row.quantity * row.unit_price for row in rows)
    assert priced.discount == sum(row.discount for row in rows) <= priced.subtotal
    assert priced.tax == sum(row.tax for row in rows)
    on_top = 0 if priced.includes_tax else priced.tax
    assert priced.total == priced.subtotal - priced.discount + on_top + priced.charges
    assert priced.total == sum(row.net + row.tax for row in rows) + priced.charges
    for row in rows:
        amount = row.quantity * row.unit_price - row.discount
        assert Price(row.net, row.tax) == Price.of(amount, row.tax_rate, priced.includes_tax)


@settings(max_examples=1000, deadline=None)
@given(LINES, st.booleans(), DISCOUNTS, st.integers(0, 500), st.integers(0, 200_000))
def test_sums_always_add_up_before_and_after_a_promise(lines, includes_tax, discount, extra, paid):
    rows = [line(amount, rate, pieces, own) for amount, rate, pieces, own in lines]
    priced = order(includes_tax=includes_tax, discount=discount, charges=extra)

    pricing.add_up(priced, rows)
    holds(priced, rows)
    pricing.keep(priced, rows, paid)

    holds(priced, rows)
    assert priced.total == paid
    assert priced.charges >= 0
    assert all(row.discount >= 0 for row in rows)
    pricing.add_up(priced, rows)  # as a later change does
    holds(priced, rows)
    assert priced.total == paid


@pytest.mark.parametrize(
    ("limit", "more"), [("10", False), ("9.999", True), ("0", True), ("100", False)]
)
def test_more_than_a_cashier_may_give_is_seen(limit, more):
    priced = order(discount=percent("10"))
    pricing.add_up(priced, [line(1000)])

    assert pricing.gives_more(priced, Decimal(limit)) is more
