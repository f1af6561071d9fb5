"""Everything the counter does, in any order, against a model in plain Python.

The model knows sums and a shelf; whatever the house refuses, it must refuse too, and after
every step money, stock and numbers are the same on both sides.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Shop
from core.errors import DomainError
from pos import (
    books,
    catalog,
    changes,
    money,
    orders,
    payments,
    refunds,
    registers,
    shifts,
    stock,
    terms,
)
from pos.errors import LineMissing, OrderClosed, OutOfStock, RefundFirst, TooMuchRefunded
from pos.facts import RefundLine
from pos.models import OrderLine
from pos.stock import Step
from pos.tenders import Tender
from pos.tickets import NO_DISCOUNT, Change, Discount, Ticket, Wish
from tests import factories
from tests.pos.plain_shop import NONE, PRICES, Line, Model, Sale, half_up

RATES = [Decimal(0), Decimal(7), Decimal("8.875"), Decimal(18)]
PIECES = st.integers(1, 4)
FEW = st.lists(st.tuples(st.integers(0, len(PRICES) - 1), PIECES), min_size=1, max_size=3)
OFF = st.one_of(
    st.just(NONE),
    st.tuples(st.just("percent"), st.sampled_from([Decimal(10), Decimal("33.333"), Decimal(100)])),
    st.tuples(st.just("amount"), st.sampled_from([Decimal(1), Decimal(250), Decimal(99_999)])),
)


class Counter(RuleBasedStateMachine):
    """One shop, one cashier with a drawer, four products."""

    sales = Bundle("sales")

    def __init__(self) -> None:
        super().__init__()
        self.scene = transaction.atomic()
        self.scene.__enter__()
        self.shop: Shop = factories.shop_of(factories.person("olga-stateful"))
        self.by: dict[str, Any] = {"shop": self.shop, "actor": self.shop.owner}

    def teardown(self) -> None:
        try:
            wrong = [each for each in books.verify(shop_id=self.shop.pk) if each.wrong]
            assert wrong == []
        finally:
            transaction.set_rollback(True)
            self.scene.__exit__(None, None, None)

    @initialize(includes_tax=st.booleans(), rate=st.sampled_from(RATES))
    def furnish(self, includes_tax: bool, rate: Decimal) -> None:
        terms.change(**self.by, fields={"prices_include_tax": includes_tax, "tax_rate": rate})
        self.products: list[UUID] = []
        for price in PRICES:
            fields = {"name": f"Dish at {price}", "price": price}
            self.products.append(catalog.add(**self.by, fields=fields).id)
            self.step(len(self.products) - 1, Step("receive", pieces=20))
        self.register = registers.add(**self.by, name="Bar")
        self.shift: Any = None
        self.ids: list[UUID] = []
        self.model = Model(includes_tax, rate)

    def step(self, product: int, step: Step) -> None:
        stock.change(**self.by, product_id=self.products[product], step=step)

    def wishes(self, pairs: list[tuple[int, int]], off: tuple[str, Decimal] = NONE) -> list[Wish]:
        given = Discount(*off, "regular") if off[0] else NO_DISCOUNT
        return [Wish(self.products[product], n, discount=given) for product, n in pairs]

    # --- what the counter does ---

    @rule(
        target=sales,
        pairs=FEW,
        own=OFF,
        off=OFF,
        method=st.sampled_from(["", "cash", "card"]),
        hold=st.booleans(),
    )
    def sell(
        self,
        pairs: list[tuple[int, int]],
        own: tuple[str, Decimal],
        off: tuple[str, Decimal],
        method: str,
        hold: bool,
    ) -> int:
        ticket = Ticket(
            wishes=self.wishes(pairs, own),
            discount=Discount(*off, "regular") if off[0] else NO_DISCOUNT,
            tenders=[Tender(method=method)] if method else [],
            hold=hold and not method,
        )
        if self.model.short(pairs):
            with pytest.raises(OutOfStock):
                orders.place(ticket, **self.by)
            return -1
        fact = orders.place(ticket, **self.by)
        sale = Sale([Line(*pair, own) for pair in pairs], off, held=hold and not method)
        self.model.sales.append(sale)
        self.model.move(sale.lines, -1)
        self.ids.append(fact.id)
        if method:
            self.model.take(sale, self.model.total(sale), method)
        return len(self.ids) - 1

    def change(self, place: int, change: Change) -> None:
        changes.make(self.ids[place], change, **self.by)

    @rule(place=sales, hold=st.booleans())
    def hold(self, place: int, hold: bool) -> None:
        if place < 0:
            return
        sale = self.model.sales[place]
        with refused(OrderClosed if sale.state != "open" else None):
            self.change(place, Change(hold=hold))
            sale.held = hold

    @rule(place=sales, off=OFF)
    def discount(self, place: int, off: tuple[str, Decimal]) -> None:
        if place < 0:
            return
        sale = self.model.sales[place]
        before, sale.off = sale.off, off
        total, sale.off = self.model.total(sale), before
        why = RefundFirst if sale.paid > total else None
        with refused(OrderClosed if sale.state != "open" else why):
            self.change(place, Change(discount=Discount(*off, "regular")))
            sale.off = off
            if sale.paid and sale.paid == total:
                sale.state = "paid"

    @rule(place=sales, pairs=FEW)
    def add(self, place: int, pairs: list[tuple[int, int]]) -> None:
        if place < 0:
            return
        sale = self.model.sales[place]
        why = OutOfStock if self.model.short(pairs) else None
        with refused(OrderClosed if sale.state != "open" else why):
            self.change(place, Change(add=self.wishes(pairs)))
            lines = [Line(*pair) for pair in pairs]
            sale.lines += lines
            self.model.move(lines, -1)

    @rule(place=sales, which=st.integers(0, 9))
    def void_line(self, place: int, which: int) -> None:
        if place < 0 or not self.model.sales[place].live:
            return
        sale = self.model.sales[place]
        line = sale.live[which % len(sale.live)]
        at = next(n for n, each in enumerate(sale.lines) if each is line)
        stored = OrderLine.objects.get(order=self.ids[place], position=at)
        line.voided = True
        total = self.model.total(sale)
        line.voided = False
        why = RefundFirst if sale.paid > total else None
        with refused(OrderClosed if sale.state != "open" else why):
            self.change(place, Change(void=[stored.id], void_reason="spilt"))
            line.voided = True
            self.model.move([line], 1)
            if sale.paid and sale.paid == total:
                sale.state = "paid"

    @rule(place=sales)
    def void(self, place: int) -> None:
        if place < 0:
            return
        sale = self.model.sales[place]
        why = OrderClosed if sale.state != "open" else None
        with refused(RefundFirst if sale.paid > sale.refunded else why):
            changes.void(self.ids[place], reason="left", **self.by)
            sale.state = "void"
            self.model.move(sale.live, 1)

    @rule(place=sales, part=st.integers(1, 4), method=st.sampled_from(["cash", "card"]))
    def pay(self, place: int, part: int, method: str) -> None:
        if place < 0:
            return
        sale = self.model.sales[place]
        due = self.model.total(sale) - sale.paid
        amount = -(-due // part)
        with refused(OrderClosed if sale.state != "open" else None):
            payments.take(self.ids[place], Tender(method=method, amount=amount), **self.by)
            self.model.take(sale, amount, method)

    @rule(place=sales, part=st.integers(1, 4), beyond=st.integers(0, 1))
    def refund(self, place: int, part: int, beyond: int) -> None:
        if place < 0 or self.model.sales[place].state != "paid":
            return
        sale = self.model.sales[place]
        left = sale.paid - sale.refunded
        amount = left + 1 if beyond else -(-left // part)
        if not amount:
            return
        with refused(TooMuchRefunded if beyond else None):
            refunds.give(self.ids[place], amount=amount, reason="cold", **self.by)
            self.model.give(sale, amount)

    @rule(place=sales, which=st.integers(0, 9), pieces=PIECES, restock=st.booleans())
    def refund_line(self, place: int, which: int, pieces: int, restock: bool) -> None:
        if place < 0 or self.model.sales[place].state not in ("paid", "refunded"):
            return
        sale = self.model.sales[place]
        line = sale.lines[which % len(sale.lines)]
        at = next(n for n, each in enumerate(sale.lines) if each is line)
        stored = OrderLine.objects.get(order=self.ids[place], position=at)
        missing = line.voided or line.came + pieces > line.pieces
        amount = 0
        if not missing:
            gross, done = self.model.gross(sale, line), line.came + pieces
            came = half_up(Fraction(gross * line.came, line.pieces))
            amount = half_up(Fraction(gross * done, line.pieces)) - came
        fits = 0 < amount <= sale.paid - sale.refunded
        back = [RefundLine(id=stored.id, quantity=pieces)]
        with refused(LineMissing if missing else None if fits else TooMuchRefunded):
            refunds.give(self.ids[place], lines=back, reason="cold", restock=restock, **self.by)
            line.came += pieces
            self.model.give(sale, amount)
            if restock:
                self.model.shelf[line.product] += pieces

    @rule(product=st.integers(0, len(PRICES) - 1), pieces=PIECES)
    def receive(self, product: int, pieces: int) -> None:
        self.step(product, Step("receive", pieces=pieces))
        self.model.shelf[product] += pieces

    @rule(product=st.integers(0, len(PRICES) - 1), counted=st.integers(0, 9))
    def count(self, product: int, counted: int) -> None:
        self.step(product, Step("count", counted=counted))
        self.model.shelf[product] = counted

    @precondition(lambda self: self.model.drawer is None)
    @rule(opening=st.integers(0, 100_00))
    def open_drawer(self, opening: int) -> None:
        self.shift = shifts.open(self.register.id, **self.by, opening=opening)
        self.model.drawer = opening
        self.model.shifts += 1
        assert self.shift.number == self.model.shifts

    @precondition(lambda self: self.model.drawer is not None)
    @rule(amount=st.integers(1, 50_00))
    def put_in(self, amount: int) -> None:
        shifts.move(self.shift.id, **self.by, kind="in", amount=amount, reason="coins")
        self.model.drawer += amount

    @precondition(lambda self: self.model.drawer is not None)
    @rule(off=st.integers(0, 5))
    def close(self, off: int) -> None:
        expected = self.model.drawer + self.model.waiting
        counted = max(0, expected + off)  # more may have been given back than came in
        report = shifts.close(self.shift.id, **self.by, counted=counted)
        digits = self.shop.digits
        assert report.expected_cash == money.text(expected, digits)
        assert report.variance == money.text(counted - expected, digits)
        self.model.drawer, self.model.waiting = None, 0

    # --- both sides are the same ---

    @invariant()
    def money_and_numbers_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        stored = self.shop.orders.order_by("day_number").values_list(
            "day_number", "id", "state", "total", "tax", "paid", "refunded", "is_held"
        )
        kept = [
            (
                *(place, key, sale.state, self.model.total(sale), self.model.tax(sale)),
                *(sale.paid, sale.refunded),
            )
            for place, (key, sale) in enumerate(
                zip(self.ids, self.model.sales, strict=True), start=1
            )
        ]
        assert [row[:-1] for row in stored] == kept
        is_open = [sale.state == "open" for sale in self.model.sales]
        held = [row[-1] for row, still in zip(stored, is_open, strict=True) if still]
        assert held == [sale.held for sale in self.model.sales if sale.state == "open"]

    @invariant()
    def shelves_agree(self) -> None:
        if hasattr(self, "model"):
            levels = dict(self.shop.levels.values_list("product_id", "quantity"))
            assert [levels[each] for each in self.products] == self.model.shelf


class refused:  # noqa: N801 (reads as a sentence)
    """``with refused(Why)``: the house must refuse for that reason; ``None``: it must not."""

    def __init__(self, why: type[DomainError] | None) -> None:
        self.why = why

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if kind is not None and (self.why is None or not issubclass(kind, self.why)):
            return False
        assert kind is self.why
        return kind is not None


@pytest.fixture
def patience(request) -> settings:
    """How long the machine may play."""
    long = request.config.getoption("long")
    return settings(
        max_examples=300 if long else 15,
        stateful_step_count=60 if long else 25,
        phases=[*Phase] if long else [Phase.explicit, Phase.generate],  # shrinking takes minutes
        deadline=None,
        suppress_health_check=[*HealthCheck],
    )


@pytest.mark.timeout(3600)
def test_the_counter_and_the_model_never_differ(db, patience):
    run_state_machine_as_test(Counter, settings=patience)
