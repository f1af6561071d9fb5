"""A shop in plain Python: it knows sums, a shelf and a drawer, and nothing of the house's code."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

PRICES = [1, 99, 250, 1999]
NONE = ("", Decimal(0))


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


def taken_off(off: tuple[str, Decimal], amount: int) -> int:
    """What a discount takes off an amount."""
    kind, value = off
    if kind == "percent":
        return half_up(amount * Fraction(value) / 100)
    return min(int(value), amount) if kind else 0


def shared(amount: int, weights: list[int]) -> list[int]:
    """A discount over the lines in proportion, what is left over to those who lost the most."""
    exact = [Fraction(amount * each, sum(weights) or 1) for each in weights]
    shares = [floor(each) for each in exact]
    by_loss = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
    for place in by_loss[: amount - sum(shares)]:
        shares[place] += 1
    return shares


@dataclass
class Line:
    """Pieces of the product in one place of the menu."""

    product: int
    pieces: int
    off: tuple[str, Decimal] = NONE
    voided: bool = False
    came: int = 0

    @property
    def worth(self) -> int:
        return PRICES[self.product] * self.pieces


@dataclass
class Sale:
    """What the model knows of an order."""

    lines: list[Line]
    off: tuple[str, Decimal] = NONE
    state: str = "open"
    paid: int = 0
    cash: int = 0
    refunded: int = 0
    held: bool = False

    @property
    def live(self) -> list[Line]:
        return [line for line in self.lines if not line.voided]


@dataclass
class Model:
    """A shop in plain Python."""

    includes_tax: bool
    rate: Decimal
    shelf: list[int] = field(default_factory=lambda: [20] * len(PRICES))
    sales: list[Sale] = field(default_factory=list)
    drawer: int | None = None
    shifts: int = 0
    waiting: int = 0

    def amounts(self, sale: Sale) -> list[int]:
        """What each live line is taxed on."""
        rest = [line.worth - taken_off(line.off, line.worth) for line in sale.live]
        shares = shared(taken_off(sale.off, sum(rest)), rest)
        return [left - share for left, share in zip(rest, shares, strict=True)]

    def tax(self, sale: Sale) -> int:
        return sum(self.tax_of(amount) for amount in self.amounts(sale))

    def gross(self, sale: Sale, line: Line) -> int:
        """What a line costs with its tax."""
        place = next(place for place, each in enumerate(sale.live) if each is line)
        amount = self.amounts(sale)[place]
        return amount if self.includes_tax else amount + self.tax_of(amount)

    def tax_of(self, amount: int) -> int:
        if self.includes_tax:
            net = Decimal(amount) * 100 / (100 + self.rate)
            return amount - int(net.quantize(Decimal(1), ROUND_HALF_UP))
        return int((amount * self.rate / 100).quantize(Decimal(1), ROUND_HALF_UP))

    def total(self, sale: Sale) -> int:
        amounts = self.amounts(sale)
        return sum(amounts) + (0 if self.includes_tax else sum(map(self.tax_of, amounts)))

    def short(self, pairs: list[tuple[int, int]]) -> bool:
        wanted = [sum(n for product, n in pairs if product == each) for each in range(len(PRICES))]
        return any(n and n > left for n, left in zip(wanted, self.shelf, strict=True))

    def move(self, lines: list[Line], sign: int) -> None:
        for line in lines:
            self.shelf[line.product] += sign * line.pieces

    def take(self, sale: Sale, amount: int, method: str) -> None:
        sale.paid += amount
        if sale.paid == self.total(sale):
            sale.state = "paid"
        if method == "cash":
            sale.cash += amount
            self.to_drawer(amount)

    def give(self, sale: Sale, amount: int) -> None:
        """Back by the way it came, cash first."""
        sale.refunded += amount
        if sale.refunded == sale.paid:
            sale.state = "refunded"
        cash = min(sale.cash, amount)
        sale.cash -= cash
        self.to_drawer(-cash)

    def to_drawer(self, amount: int) -> None:
        if self.drawer is None:
            self.waiting += amount
        else:
            self.drawer += amount
