"""Money: rounding once, half up, parts that always add up."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos import money
from pos.money import Price

AMOUNTS = st.integers(min_value=0, max_value=10**12)
RATES = st.decimals(min_value=0, max_value=100, places=3)


@pytest.mark.parametrize(
    ("amount", "rate", "includes_tax", "net", "tax"),
    [
        (10000, "18", False, 10000, 1800),
        (11800, "18", True, 10000, 1800),
        (1, "50", False, 1, 1),  # half a cent rounds up
        (3, "50", True, 2, 1),
        (199, "8.875", False, 199, 18),  # 17.66
        (0, "19", True, 0, 0),
        (999, "0", False, 999, 0),
        (999, "0", True, 999, 0),
        (100, "100", True, 50, 50),
        (105, "5", True, 100, 5),
        (250, "7", True, 234, 16),  # 233.64
    ],
)
def test_a_price_splits_into_net_and_tax(amount, rate, includes_tax, net, tax):
    assert Price.of(amount, Decimal(rate), includes_tax) == Price(net, tax)


@given(amount=AMOUNTS, rate=RATES)
def test_tax_on_top_is_the_exact_tax_rounded_half_up(amount, rate):
    price = Price.of(amount, rate, includes_tax=False)

    assert price.net == amount
    assert price.tax == (amount * rate / 100).quantize(Decimal(1), ROUND_HALF_UP)


@given(amount=AMOUNTS, rate=RATES)
def test_tax_inside_adds_up_to_the_price(amount, rate):
    price = Price.of(amount, rate, includes_tax=True)

    assert price.gross == amount
    assert price.net == (amount * 100 / (100 + rate)).quantize(Decimal(1), ROUND_HALF_UP)


@pytest.mark.parametrize(("amount", "rate"), [(-1, "10"), (1, "-1"), (1, "8.8755")])
def test_what_is_no_price_is_refused(amount, rate):
    with pytest.raises(ValueError, match=r"negative|tax rate"):
        Price.of(amount, Decimal(rate), includes_tax=False)


def test_prices_add_part_by_part():
    assert money.add([Price(100, 18), Price(50, 9)]) == Price(150, 27)
    assert money.add([]) == Price()


@pytest.mark.parametrize(
    ("amount", "digits", "written"),
    [
        (47200, 2, "472.00"),
        (5, 2, "0.05"),
        (0, 2, "0.00"),
        (-5, 2, "-0.05"),
        (-12345, 2, "-123.45"),
        (500, 0, "500"),
        (1234, 3, "1.234"),
    ],
)
def test_an_amount_is_written_with_the_currencys_digits(amount, digits, written):
    assert money.text(amount, digits) == written


@given(amount=AMOUNTS, digits=st.sampled_from([0, 2, 3]))
def test_an_amount_is_read_back_as_it_was_written(amount, digits):
    assert money.units(Decimal(money.text(amount, digits)), digits) == amount


@pytest.mark.parametrize(
    ("written", "digits"), [("0.005", 2), ("1.5", 0), ("-0.01", 2), ("1e30", 2), ("-1", 0)]
)
def test_an_amount_finer_or_larger_than_money_is_refused(written, digits):
    with pytest.raises(ValueError, match="Must"):
        money.units(Decimal(written), digits)


def test_an_amount_may_be_written_with_more_zeros():
    assert money.units(Decimal("1.500"), 2) == 150


@pytest.mark.parametrize(
    ("rate", "written"), [("18", "18.00"), ("8.875", "8.875"), ("0", "0.00"), ("5.5", "5.50")]
)
def test_a_rate_is_written_with_two_decimals_or_three(rate, written):
    assert money.percent(Decimal(rate)) == written


# --- sharing, parts and coins ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # all lost a third: the first gets the cent
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (5, [3, 3], [3, 2]),  # a tie of halves
        (10, [1, 2, 3], [2, 3, 5]),  # 1.67, 3.33, 5: the largest remainder first
        (7, [0, 5, 0], [0, 7, 0]),
        (100, [249, 250, 501], [25, 25, 50]),  # 24.9, 25.0, 50.1
        (999, [333, 333, 333], [333, 333, 333]),
        (0, [5, 7], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (9, [4], [9]),
        (10**12, [1, 2], [333_333_333_333, 666_666_666_667]),
    ],
)
def test_a_sum_is_shared_by_largest_remainder(amount, weights, shares):
    assert money.share(amount, weights) == shares


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [-1, 2]), (1, []), (1, [0, 0])])
def test_what_nobody_can_share_is_refused(amount, weights):
    with pytest.raises(ValueError, match=r"negative|Nobody"):
        money.share(amount, weights)


@pytest.mark.parametrize(
    ("tax", "parts", "split"),
    [
        (1800, ["9", "9"], [900, 900]),  # CGST and SGST
        (1801, ["9", "9"], [901, 900]),  # an odd paisa: to the earlier
        (1, ["9", "9"], [1, 0]),
        (0, ["9", "9"], [0, 0]),
        (89, ["4", "4.875"], [40, 49]),  # state 40.11, city 48.89
        (1000, ["6", "6", "6"], [334, 333, 333]),
        (500, ["14", "14", "12"], [175, 175, 150]),  # with a cess
        (77, ["18", "0"], [77, 0]),
    ],
)
def test_a_tax_is_split_into_its_components(tax, parts, split):
    assert money.components(tax, [Decimal(part) for part in parts]) == split


@pytest.mark.parametrize(
    ("amount", "percent", "off"),
    [
        (995, "10", 100),  # 99.5 rounds up
        (994, "10", 99),
        (1, "50", 1),
        (1, "49.999", 0),
        (0, "100", 0),
        (777, "100", 777),
        (777, "0", 0),
        (10_000, "33.333", 3333),
    ],
)
def test_a_percentage_rounds_once_half_up(amount, percent, off):
    assert money.part(amount, Decimal(percent)) == off


@pytest.mark.parametrize(("amount", "percent"), [(-1, "10"), (1, "-10"), (1, "0.0001")])
def test_what_is_no_percentage_is_refused(amount, percent):
    with pytest.raises(ValueError, match=r"negative|tax rate"):
        money.part(amount, Decimal(percent))


@pytest.mark.parametrize(
    ("amount", "coin", "added"),
    [
        (102, 5, -2),
        (103, 5, 2),
        (100, 5, 0),
        (5, 10, 5),  # half a coin rounds up
        (4, 10, -4),
        (1025, 50, 25),
        (1025, 0, 0),
        (2, 5, -2),
        (3, 5, 2),
        (150, 100, 50),
        (0, 5, 0),
        (7, 1, 0),
    ],
)
def test_cash_is_rounded_to_the_nearest_coin_half_up(amount, coin, added):
    assert money.round_cash(amount, coin) == added


@pytest.mark.parametrize(("amount", "coin"), [(-1, 5), (1, -5)])
def test_less_than_nothing_is_not_rounded(amount, coin):
    with pytest.raises(ValueError, match="Negative"):
        money.round_cash(amount, coin)
