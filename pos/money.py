"""Money as a whole number of the currency's smallest unit, and the one rounding rule.

Source: contract of the API, "Money": a line rounds once, half up; net + tax = gross always.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

#: A tax rate has at most three decimals: 18, 8.875.
RATE_STEP = Decimal("0.001")

#: No single amount is larger; sums of orders still fit a 64-bit column.
LARGEST = 10**12


def divide(dividend: int, divisor: int) -> int:
    """Divide whole numbers, both not negative, rounding half up."""
    return (2 * dividend + divisor) // (2 * divisor)


@cache
def thousandths(rate: Decimal) -> int:
    """A percentage as whole thousandths: 8.875 is 8875.

    Raises ``ValueError`` if it is negative or finer than a thousandth.
    """
    if rate < 0 or rate % RATE_STEP:
        raise ValueError(f"Not a tax rate: {rate}")
    return int(rate * 1000)


@dataclass(frozen=True, slots=True)
class Price:
    """An amount split into net and tax, in the currency's smallest unit (cents).

    Whole numbers: ``net + tax == gross`` holds exactly, in Python and in SQL.
    """

    net: int = 0
    tax: int = 0

    @classmethod
    def of(cls, amount: int, rate: Decimal, includes_tax: bool) -> "Price":
        """Tax an amount, rounding once, half up; ``rate`` is 19 for 19 %.

        Raises ``ValueError`` if the amount or the rate is negative.
        """
        if amount < 0:
            raise ValueError(f"Amount is negative: {amount}")
        parts = thousandths(rate)
        if includes_tax:
            net = divide(amount * 100_000, 100_000 + parts)
            return cls(net, amount - net)
        return cls(amount, divide(amount * parts, 100_000))

    @property
    def gross(self) -> int:
        return self.net + self.tax

    def __add__(self, other: "Price") -> "Price":
        return Price(self.net + other.net, self.tax + other.tax)


def add(prices: Iterable[Price]) -> Price:
    """The sum of prices, part by part."""
    return sum(prices, start=Price())


def text(amount: int, digits: int) -> str:
    """An amount as people and programs read it: 47200 with two digits is ``"472.00"``."""
    if not digits:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}"


def units(amount: Decimal, digits: int) -> int:
    """A decimal amount in the smallest unit: 472.00 with two digits is 47200.

    Raises ``ValueError`` if it is negative, finer than the currency or beyond all reason.
    """
    exact = amount.scaleb(digits)
    if exact != exact.to_integral_value():
        raise ValueError(f"Must have at most {digits} decimals.")
    if not 0 <= exact <= LARGEST:
        raise ValueError("Must be an amount from 0 to 1,000,000,000,000.")
    return int(exact)


@cache
def percent(rate: Decimal) -> str:
    """A rate as the API writes it, with at least two decimals: ``"18.00"``, ``"8.875"``."""
    exact = f"{rate.quantize(RATE_STEP)}"
    return exact.removesuffix("0")
