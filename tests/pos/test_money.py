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
