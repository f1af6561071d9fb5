"""Money as a whole number of the currency's smallest unit, and the one rounding rule.

Source: contract of the API, "Money": a line rounds once, half up; net + tax = gross always.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

#: A tax rate has at most three decimals: 18, 8.875.
RATE_STEP = Decimal("0.001")

AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?", re.ASCII)


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


def parse(written: str, digits: int) -> int:
    """Read a decimal such as ``"472.00"`` into the smallest unit.

    Raises ``ValueError`` if it is no plain decimal or finer than the currency.
    """
    found = AMOUNT.fullmatch(written)
    if found is None:
        raise ValueError("Write an amount such as 472.00.")
    sign, whole, rest = found[1], found[2], (found[3] or "").rstrip("0")
    if len(rest) > digits:
        raise ValueError(f"This currency has {digits} decimals.")
    amount = int(whole + rest.ljust(digits, "0"))
    return -amount if sign else amount


@cache
def percent(rate: Decimal) -> str:
    """A rate as the API writes it, with at least two decimals: ``"18.00"``, ``"8.875"``."""
    exact = f"{rate.quantize(RATE_STEP)}"
    return exact.removesuffix("0")
