"""Money given back: of whole orders, of some pieces of some lines, or an amount.

What an order has given back is counted on its own row, by a conditional update that the database
holds to what was captured; which payment it came from stands in the refunds themselves.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts.models import Shop
from core import database, ids
from core.errors import Invalid
from core.idempotency import EACH_TIME, Once
from core.statements import rows, run
from live import outbox
from pos import facts, ledger, money, payments, permits, returns, statements, stock, terms
from pos.errors import LineMissing, TooMuchRefunded
from pos.facts import RefundLine
from pos.models import Method, Order, OrderLine, Payment, Refund, StockMovement
from pos.shifts import Drawer


@dataclass(frozen=True, slots=True)
class Worth:
    """What is given back, in the smallest unit; ``tax`` is the part of ``amount`` that is tax."""

    amount: int
    tax: int


@database.verb
def give(
    order_id: UUID,
    *,
    lines: Sequence[RefundLine] = (),
    amount: int | None = None,
    reason: str,
    restock: bool = False,
    approval_id: UUID | None = None,
    register_id: UUID | None = None,
    shop: Shop,
    actor: Any,
    once: Once = EACH_TIME,
) -> facts.OrderFact:
    """Give back what pieces of lines cost, or an ``amount`` in the smallest unit.

    It goes back by the methods it came by, cash first. ``restock`` puts the pieces back on the
    shelf. A cashier needs a manager's approval. Raises ``Invalid``, ``Missing``,
    ``ApprovalRequired``, ``ApprovalInvalid``, ``UnknownRegister``, ``LineMissing``, and
    ``TooMuchRefunded`` beyond what was captured.
    """
    if bool(lines) == (amount is not None):
        raise Invalid(errors={"lines": ["Give either lines or an amount."]})
    if restock and not lines:
        raise Invalid(errors={"restock": ["Goods come back by lines, not by amount."]})
    once.claim()
    back = _pieces(lines)
    goods = _lock_goods(back if restock else {}, order_id, shop)
    order = ledger.hold(order_id, shop=shop)
    permits.refund(approval_id, order_id=order_id, shop=shop, actor=actor)
    drawer = payments.drawer_of(register_id, shop=shop, actor=actor)
    before = {"state": order.state, "refunded": order.refunded}
    given = list(order.refunds.order_by("id"))
    worth = _worth_of_lines(order, back, given) if back else _worth_of(order, amount or 0, given)
    now = timezone.now()
    _count(order, worth.amount, shop=shop, at=now)
    batch = _allocate(order, worth, given, coin=terms.of(shop).cash_rounding, shop=shop)
    _store(batch, order, drawer, back, reason=reason, restock=restock, actor=actor, at=now)
    told = _restock(order, goods, back, actor=actor, at=now) if restock else []
    return _tell(order, batch, told, before=before, shop=shop, actor=actor, once=once)


# --- the steps ------------------------------------------------------------------------


def _pieces(lines: Sequence[RefundLine]) -> Counter[UUID]:
    """How many pieces of each line; a line may be named twice."""
    pieces: Counter[UUID] = Counter()
    for line in lines:
        pieces[line.id] += line.quantity
    return pieces


def _lock_goods(back: Mapping[UUID, int], order_id: UUID, shop: Shop) -> Sequence[Any]:
    """The products of these lines and their levels, locked in key order before the order is."""
    lines = OrderLine.objects.filter(pk__in=back, order=order_id, order__shop=shop)
    products = set(lines.exclude(product=None).values_list("product_id", flat=True))
    if not products:
        return []
    wished = rows([{"id": each} for each in products])
    return run(statements.GOODS(shop=shop.id, wished=wished))[0]


def _worth_of_lines(order: Order, back: Mapping[UUID, int], given: Sequence[Refund]) -> Worth:
    """What these pieces cost. All pieces of a line are worth the line, in whichever portions.

    Raises ``LineMissing`` for what is not on the order, or came back before.
    """
    lines = {line.pk: line for line in order.lines.filter(pk__in=back, voided_at=None)}
    came: Counter[UUID] = Counter()
    for refund in given:
        for each in refund.lines:
            came[UUID(each["id"])] += each["quantity"]
    wrong = [
        each
        for each, pieces in back.items()
        if each not in lines or not 0 < pieces <= lines[each].quantity - came[each]
    ]
    if wrong:
        raise LineMissing(lines=sorted(wrong))
    gross = tax = 0
    for each, pieces in back.items():
        line = lines[each]
        gross += _portion(line.net + line.tax, line.quantity, came[each], pieces)
        tax += _portion(line.tax, line.quantity, came[each], pieces)
    return Worth(gross, min(tax, _tax_left(order, given)))


def _portion(amount: int, quantity: int, came: int, pieces: int) -> int:
    """The share of some of a line's pieces, after others came back; all shares add up to it."""
    return money.divide(amount * (came + pieces), quantity) - money.divide(amount * came, quantity)


def _worth_of(order: Order, amount: int, given: Sequence[Refund]) -> Worth:
    """An amount of an order, and the tax in it; with the last of it goes all tax that is left."""
    left = _tax_left(order, given)
    if amount + order.refunded >= order.total:
        return Worth(amount, min(left, amount))
    return Worth(amount, min(left, money.divide(order.tax * amount, order.total)))


def _tax_left(order: Order, given: Sequence[Refund]) -> int:
    return order.tax - sum(refund.tax for refund in given)


def _count(order: Order, amount: int, *, shop: Shop, at: datetime) -> None:
    """Count the amount on the order's row, if so much is left. Raises ``TooMuchRefunded``."""
    enough = shop.orders.filter(pk=order.pk, paid__gte=F("refunded") + amount)
    counted = amount > 0 and enough.update(
        refunded=F("refunded") + amount, version=F("version") + 1, updated_at=at
    )
    if not counted:
        digits = shop.digits
        left = money.text(order.paid - order.refunded, digits)
        raise TooMuchRefunded(left=left, amount=money.text(amount, digits))
    order.refunded += amount
    if order.state == Order.State.PAID and order.refunded == order.paid:
        order.state = Order.State.REFUNDED
        shop.orders.filter(pk=order.pk).update(state=order.state)


def _allocate(
    order: Order, worth: Worth, given: Sequence[Refund], *, coin: int, shop: Shop
) -> list[Refund]:
    """Take the amount from the order's payments, cash first; none is asked for more than it gave."""
    taken = sorted(order.payments.all(), key=lambda each: (each.method != Method.CASH, each.pk))
    parts: list[tuple[Payment, int, int]] = []
    missing = worth.amount
    back = sum(refund.amount for refund in given if refund.method == Method.CASH)
    for payment in taken:
        own = sum(refund.amount for refund in given if refund.payment_id == payment.pk)
        part = min(missing, payment.amount - own)
        if not part:
            continue
        is_cash = payment.method == Method.CASH
        parts.append((payment, part, money.round_portion(part, back, coin) if is_cash else 0))
        missing -= part
        back += part if is_cash else 0
    assert not missing, "what an order was paid is what its payments took"  # noqa: S101
    taxes = money.share(worth.tax, [part for _, part, _ in parts])
    return [
        Refund(
            id=ids.new(),
            shop=shop,
            order=order,
            payment=payment,
            method=payment.method,
            amount=part,
            rounding=rounding,
            tax=tax,
        )
        for (payment, part, rounding), tax in zip(parts, taxes, strict=True)
    ]


def _store(
    batch: Sequence[Refund],
    order: Order,
    drawer: Drawer,
    back: Mapping[UUID, int],
    *,
    reason: str,
    restock: bool,
    actor: Any,
    at: datetime,
) -> None:
    """Write down the refunds of one act; its first says which pieces came back."""
    batch_id = ids.new()
    for refund in batch:
        refund.batch = batch_id
        refund.register_id, refund.shift_id = drawer.register_id, drawer.shift_id
        refund.reason, refund.restocked, refund.at = reason, restock, at
        refund.given_by_id = actor and actor.pk
    batch[0].lines = [{"id": str(each), "quantity": pieces} for each, pieces in back.items()]
    Refund.objects.bulk_create(batch)
    returns.owe(batch)


def _restock(
    order: Order, goods: Sequence[Any], back: Mapping[UUID, int], *, actor: Any, at: datetime
) -> list[outbox.Change]:
    """Put the pieces back on the shelf; answers what screens are told."""
    pieces: Counter[UUID] = Counter()
    lines = order.lines.filter(pk__in=back).exclude(product=None)
    for line_id, product_id in lines.values_list("pk", "product_id"):
        if product_id:
            pieces[product_id] += back[line_id]
    reason = StockMovement.Reason.REFUND
    run(*stock.returning(pieces, order=order, actor=actor, at=at, reason=reason))
    return stock.changes(goods, {each: -n for each, n in pieces.items()})


def _tell(
    order: Order,
    batch: Sequence[Refund],
    told: Sequence[outbox.Change],
    *,
    before: dict[str, Any],
    shop: Shop,
    actor: Any,
    once: Once,
) -> facts.OrderFact:
    """Tell the trail and the screens, and keep the answer."""
    after = {
        "state": order.state,
        "refunded": order.refunded,
        "reason": batch[0].reason,
        "restocked": batch[0].restocked,
        "payments": [{"id": each.payment_id, "amount": each.amount} for each in batch],
    }
    said = {"before": before, "after": after, "shop": shop, "actor": actor, "once": once}
    return ledger.tell(order, "order.refunded", *told, **said)
