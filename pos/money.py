"""Money as a whole number of the currency's smallest unit, and the one rounding rule.

Source: contract of the API, "Orders" (5.3): a line rounds once, half up; net + tax = gross
always; what is shared adds up to the cent, by largest remainder (Hamilton's method).
"""

from collections.abc import Iterable, Sequence
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


def part(amount: int, percent: Decimal) -> int:
    """A percentage of an amount, rounded once, half up: 10 % of 995 is 100.

    Raises ``ValueError`` if either is negative, or the percentage finer than a thousandth.
    """
    if amount < 0:
        raise ValueError(f"Amount is negative: {amount}")
    return divide(amount * thousandths(percent), 100_000)


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount in proportion, to the cent; the shares always add up to it.

    By largest remainder: everybody gets the whole units of their exact share, and the units
    left over go to those who lost the most, the earlier first where they lost alike. So nobody
    is more than a unit from the exact share, and no share of a sum of the weights or less is
    above its weight. Raises ``ValueError`` for a negative number, or for something to share
    among nobody.
    """
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("What is shared, and by which weights, is not negative.")
    whole = sum(weights)
    if not whole:
        if amount:
            raise ValueError(f"Nobody to share {amount} among")
        return [0] * len(weights)
    shares, lost = map(list, zip(*(divmod(amount * each, whole) for each in weights), strict=True))
    left = amount - sum(shares)
    for place in sorted(range(len(weights)), key=lambda place: -lost[place])[:left]:
        shares[place] += 1
    return shares


def components(tax: int, parts: Sequence[Decimal]) -> list[int]:
    """Split a line's tax into the parts of its rate, such as CGST 9 % and SGST 9 %.

    The parts always add up to the tax that the line rounded once; an odd unit goes to the
    earlier of equal parts. Raises ``ValueError`` as ``share`` does.
    """
    return share(tax, [thousandths(each) for each in parts])


def round_cash(amount: int, coin: int) -> int:
    """What cash rounding adds to an amount, below zero what it takes: nearest coin, half up.

    ``coin`` is the smallest one in the smallest unit; 0 rounds nothing. 102 by coins of 5 is
    -2, for 100 is paid. Raises ``ValueError`` if either is negative.
    """
    if amount < 0 or coin < 0:
        raise ValueError(f"Negative: {amount}, {coin}")
    return divide(amount, coin) * coin - amount if coin else 0


def round_portion(amount: int, before: int, coin: int) -> int:
    """What cash rounding adds to an amount where ``before`` was paid in cash already.

    All of it is rounded, not each portion: 102 by coins of 5 is 100, be it paid at once or in
    51 portions of 2, of which the first alone would be nothing. Raises ``ValueError`` as
    ``round_cash`` does.
    """
    return round_cash(before + amount, coin) - round_cash(before, coin)


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
