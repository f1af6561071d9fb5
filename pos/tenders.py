"""Money taken for orders: tenders, change, and what is still due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Shop
from core import ids
from core.statements import Call, rows
from pos import money, statements
from pos.drafts import Draft, Payment
from pos.errors import NoChange, NothingPaid, TooLittleTendered, TooMuchPaid
from pos.models import Method, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money a customer gives for an order, in the currency's smallest unit.

    ``amount`` is the part of the order it pays; ``None`` pays all that is due. ``tip`` comes on
    top. ``tendered`` is what was handed over, ``None`` if exactly what is asked; the difference
    is the change. ``register_id`` is the drawer that takes it.
    """

    method: str
    amount: int | None = None
    tendered: int | None = None
    tip: int = 0
    reference: str = ""
    register_id: UUID | None = None


def settle(
    order: Draft | Order,
    tenders: Sequence[Tender],
    *,
    shop: Shop,
    at: datetime,
    coin: int = 0,
    drawer: Any = None,
    before: Iterable[Any] = (),
) -> list[Payment]:
    """Pay an order that nobody else can change; answers its payments and moves its state.

    ``coin`` is the smallest one that cash is rounded to, ``drawer`` (``shift_id``,
    ``register_id``) is where the money goes, ``before`` are the payments that the order has.
    Raises what ``take`` raises.
    """
    taken: list[Any] = [*before]
    payments: list[Payment] = []
    for tender in tenders:
        payment = take(order, tender, shop=shop, at=at, coin=coin, drawer=drawer, before=taken)
        taken.append(payment)
        payments.append(payment)
    if payments and order.paid == order.total:
        order.state = Order.State.PAID
    return payments


def take(
    order: Draft | Order,
    tender: Tender,
    *,
    shop: Shop,
    at: datetime,
    coin: int = 0,
    drawer: Any = None,
    before: Sequence[Any] = (),
) -> Payment:
    """Take one tender towards what is due on an order held by the caller, ``before`` it these.

    Raises ``TooMuchPaid``, ``NothingPaid``, ``TooLittleTendered`` or ``NoChange``.
    """
    due = order.total - order.paid
    amount = due if tender.amount is None else tender.amount
    if amount > due:
        raise TooMuchPaid(due=money.text(due, shop.digits), amount=money.text(amount, shop.digits))
    if due and not amount:
        raise NothingPaid
    is_cash = tender.method == Method.CASH
    # Cash is rounded as it is counted out, with the tip; cards pay to the cent.
    given = sum(each.amount + each.tip for each in before if each.method == Method.CASH)
    rounding = money.round_portion(amount + tender.tip, given, coin) if is_cash else 0
    asked = amount + rounding + tender.tip
    tendered = asked if tender.tendered is None else tender.tendered
    if tendered < asked:
        raise TooLittleTendered(
            tendered=money.text(tendered, shop.digits), amount=money.text(asked, shop.digits)
        )
    if tendered > asked and not is_cash:
        raise NoChange(method=tender.method, amount=money.text(asked, shop.digits))
    order.paid += amount
    return Payment(
        id=_next(before),
        register_id=drawer.register_id if drawer else None,
        shift_id=drawer.shift_id if drawer else None,
        method=tender.method,
        amount=amount,
        rounding=rounding,
        tip=tender.tip,
        tendered=tendered,
        change=tendered - asked,
        reference=tender.reference,
        at=at,
    )


def _next(before: Iterable[Any]) -> UUID:
    """An order's last payment settles it, and its tax stands in the report of that one's shift."""
    last = max((each.id for each in before), default=None)
    return ids.new() if last is None else ids.after(last)


def register_of(tenders: Sequence[Tender]) -> UUID | None:
    """The register that these tenders name: one drawer takes an order's money at one time."""
    return next((tender.register_id for tender in tenders if tender.register_id), None)


def adding(payments: Sequence[Payment], *, order: Draft | Order, actor: Any, at: datetime) -> Call:
    """Store an order's payments, as part of a batch."""
    return statements.ADD_PAYMENTS(
        shop=order.shop_id,
        order=order.id,
        actor=actor and actor.id,
        at=at,
        payments=rows(payments),
    )
