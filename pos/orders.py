"""The order book: what is sold, at which price, and what becomes of it.

``place`` is the product's hottest verb. It follows the write recipe with constant statements
in two batches: the first claims, reads and locks, the second writes; between them the rules
stand in plain Python (docs/architecture.md). What becomes of an order later: ``pos.changes``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from msgspec import structs

from accounts import approvals, audit
from accounts.models import Approval, Membership, Shop
from accounts.principals import Principal
from core import database, ids
from core.errors import Locked
from core.idempotency import EACH_TIME, Once, Repeated
from core.statements import Answer, Call, as_one, finish, rows, run
from licensing import policy
from live import outbox
from pos import facts, money, numbers, pricing, shifts, statements, stock, tenders, tickets
from pos import terms as how
from pos.drafts import Draft, Line
from pos.errors import ClientIdReused, EmptyOrder, TotalMismatch, UnknownProduct
from pos.models import Order, ShopSettings
from pos.tickets import Ticket

Pieces = Mapping[UUID, int]


@database.verb
def place(ticket: Ticket, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> facts.OrderFact:
    """Price an order, take its goods off the shelf, take its money, tell every screen.

    A sale made while its till was cut off (``sold_at``) is recorded as it was made, and flagged
    for a person to see. Raises ``EmptyOrder``, ``SiteLocked``, ``UnknownProduct``,
    ``BadChoice``, ``OpenItemsNotAllowed``, ``OutOfStock``, ``ApprovalRequired``,
    ``TotalMismatch``, ``UnknownRegister``, ``ClientIdReused``, what ``tenders.take`` raises;
    nothing is written then. Raises ``Repeated`` with the first answer where ``once`` came before.
    """
    if not ticket.wishes:  # 1 refuse
        raise EmptyOrder
    now = timezone.now()
    at = min(ticket.sold_at or now, now)
    day = shop.business_day(at)
    pieces = tickets.pieces(ticket.wishes)
    register_id = tenders.register_of(ticket.tenders)
    claim, placed, sites, [terms], goods, [number], shift = run(
        once.claiming(),  # 2 claim: a repeat is answered before any rule can change its answer
        statements.PLACED(shop=shop.id, client_id=ticket.client_id) if ticket.client_id else None,
        policy.asking(shop.id),
        how.asking(shop),
        asking_goods(pieces, shop),  # 3 lock: products in key order,
        numbers.taking(shop_id=shop.id, day=day),  # then the business day's row, the drawer
        shifts.asking(shop_id=shop.id, register_id=register_id, cashier_id=actor and actor.id)
        if ticket.tenders
        else None,
    )
    once.claimed(claim)
    if placed:
        _repeat(placed[0], shop=shop, once=once)
    shelf = {good.id: good for good in goods}
    sold_already = ticket.sold_at is not None
    counted = stock.counted_since(pieces, shop=shop, at=at) if sold_already else {}
    missing = {each: n for each, n in pieces.items() if each not in counted}
    flags = (
        _flags(sites, ticket, shelf, missing, shop=shop, at=at, now=now)
        if sold_already
        else _refuse(sites, ticket, shelf, pieces, now)
    )

    order = _draft(ticket, terms, shop=shop, actor=actor, at=at, day=day, seq=number.order_seq)
    order.flags, order.fingerprint = flags, once.fingerprint or None
    offered = choices(goods, shop)
    lines = pricing.lines(ticket.wishes, shelf, offered, terms=terms, promised=sold_already)
    order.charges = pricing.charges(order.order_type, terms)
    pricing.add_up(order, lines)
    if sold_already:
        _keep_promise(order, lines, ticket.total)
    else:
        _refuse_mismatch(order, ticket.total, shop)
        given = pricing.discounted(ticket.discount, ticket.wishes)
        approve(order, terms, given, ticket.approval_id, of=ticket.client_id, actor=actor)
    drawer = shifts.found(shift, register_id=register_id) if ticket.tenders else None
    coin = terms.cash_rounding
    paid = tenders.settle(order, ticket.tenders, shop=shop, at=at, coin=coin, drawer=drawer)
    if sold_already and order.state == Order.State.OPEN:
        policy.judge(sites, policy.Action.NEW_ORDER, now)  # not paid: it would go on being sold
    order.is_held = order.is_held and order.state == Order.State.OPEN
    send_to_kitchen(order, terms, at)
    fact = facts.order(order, lines, paid, cashier_name=actor.name if actor else "", shop=shop)
    body = facts.encode(fact)
    take, move, *late = stock.taking(
        pieces, order=order, actor=actor, at=at, beyond=sold_already, counted=counted
    )
    writes = as_one(
        take,  # 4 write
        statements.ADD_ORDER(**_fields(order)),
        statements.ADD_LINES(order=order.id, lines=rows(lines)),
        move,
        tenders.adding(paid, order=order, actor=actor, at=at),
        audit.entry(  # 5 audit
            "order.placed",
            ("order", order.id),
            shop=shop,
            actor=actor,
            after=summary(order),
        ),
        once.keeping(201, body),
        outbox.publishing(  # 6 publish: the shop's counter is the last lock
            shop.id,
            [outbox.Change("order_created", body), *stock.changes(goods, missing)],
            actor_id=order.cashier_id,
            at=now,
        ),
    )
    finish(*late, writes)  # with COMMIT
    outbox.announce(shop.id)  # 7 after commit
    return fact


def read(order: Order, *, shop: Shop) -> facts.OrderFact:
    """The row of a stored order, asked for ``with_facts``."""
    cashier = order.cashier
    return facts.order(
        order,
        order.lines.all(),
        sorted(order.payments.all(), key=lambda payment: payment.id),
        refunds=sorted(order.refunds.all(), key=lambda refund: refund.id),
        cashier_name=str(cashier) if cashier else "",
        shop=shop,
    )


def stored(order_id: UUID, *, shop: Shop) -> Order:
    """A stored order with all that ``read`` needs. Raises ``Order.DoesNotExist``."""
    return shop.orders.with_facts().get(pk=order_id)


# --- what placing and changing share --------------------------------------------------


def asking_goods(products: Iterable[UUID], shop: Shop) -> Call:
    """Ask for these products of the shop and lock their levels, as part of a batch."""
    return statements.GOODS(shop=shop.id, wished=rows([{"id": each} for each in products]))


def choices(goods: Iterable[Any], shop: Shop) -> Answer:
    """What may, or must, be chosen with these products, of which most offer no choice."""
    wished = [{"id": good.id} for good in goods if good.has_choices]
    return run(statements.CHOICES(shop=shop.id, wished=rows(wished)))[0] if wished else ()


def approve(
    order: Draft | Order, terms: Any, given: bool, approval_id: UUID | None, *, of: str, actor: Any
) -> None:
    """Ask for a manager's word where a cashier has ``given`` away more than they may.

    One that was sent is used. Raises ``ApprovalRequired`` or ``ApprovalInvalid``.
    """
    if not isinstance(actor, Principal) or actor.reaches(Membership.Role.MANAGER):
        return
    too_much = given and pricing.gives_more(order, terms.cashier_discount_percent)
    if too_much or approval_id is not None:
        assert actor.shop is not None, "a cashier of a shop"  # noqa: S101
        action = Approval.Action.DISCOUNT
        approvals.use(approval_id, shop=actor.shop, action=action, target=of, cashier=actor)


def send_to_kitchen(order: Draft | Order, terms: Any, at: datetime) -> None:
    """Send an order to the kitchen, once: when it is paid, or before if the shop cooks then."""
    at_once = terms.kitchen_on == ShopSettings.KitchenOn.PLACEMENT and not order.is_held
    if order.kitchen_at is None and (at_once or order.state == Order.State.PAID):
        order.kitchen_at = at


def summary(order: Draft | Order) -> dict[str, Any]:
    """What the trail keeps of an order."""
    said = {"number": order.number, "total": order.total, "paid": order.paid}
    if order.discount:
        said |= {"discount": order.discount, "discount_reason": order.discount_reason}
    if order.flags:
        said["flags"] = order.flags
    return said


# --- the steps of placing -------------------------------------------------------------


def _repeat(placed: Any, *, shop: Shop, once: Once) -> None:
    """Answer a client's id that made an order before; the number just taken rolls back."""
    if placed.fingerprint and once.fingerprint and bytes(placed.fingerprint) != once.fingerprint:
        raise ClientIdReused
    raise Repeated(201, facts.encode(read(stored(placed.id, shop=shop), shop=shop)))


def _refuse(
    sites: Iterable[Any], ticket: Ticket, shelf: Mapping[UUID, Any], pieces: Pieces, now: datetime
) -> list[str]:
    policy.judge(sites, policy.Action.NEW_ORDER, now)
    pricing.refuse_unknown(ticket.wishes, shelf, now)
    stock.refuse_short(shelf, pieces)
    return []


def _flags(
    sites: Sequence[Any],
    ticket: Ticket,
    shelf: Mapping[UUID, Any],
    pieces: Pieces,
    *,
    shop: Shop,
    at: datetime,
    now: datetime,
) -> list[str]:
    """What a person should look at in a sale that was made already, at ``at``.

    Raises ``SiteLocked`` for one that was made under a lock, and ``UnknownProduct`` for goods
    that were never this shop's.
    """
    policy.judge_late(sites, policy.Action.NEW_ORDER, at=at, now=now)
    sold = dict.fromkeys(wish.product_id for wish in ticket.wishes if wish.product_id)
    if unknown := [product_id for product_id in sold if product_id not in shelf]:
        raise UnknownProduct(product_ids=unknown)
    flags = []
    try:
        policy.judge(sites, policy.Action.NEW_ORDER, now)
    except Locked:
        flags.append("late")
    if not flags and shop.business_day(at) != shop.business_day(now):
        flags.append("late")
    if stock.short(shelf, pieces):
        flags.append("oversold")
    return flags


def _draft(
    ticket: Ticket, terms: Any, *, shop: Shop, actor: Any, at: datetime, day: date, seq: int
) -> Draft:
    return Draft(
        id=ids.new(),
        shop_id=shop.id,
        business_day=day,
        day_number=seq,
        number=numbers.order_number(prefix=terms.prefix, day=day, seq=seq),
        call_number=numbers.call_number(seq),
        channel=ticket.channel,
        order_type=ticket.order_type,
        includes_tax=terms.includes_tax,
        discount_type=ticket.discount.type,
        discount_value=ticket.discount.value,
        discount_reason=ticket.discount.reason,
        is_held=ticket.hold,
        cashier_id=actor and actor.id,
        device_id=getattr(actor, "device_id", None),
        customer_name=ticket.customer_name,
        table=ticket.table,
        note=ticket.note,
        client_id=ticket.client_id,
        fingerprint=None,
        created_at=at,
        recorded_at=timezone.now(),
        updated_at=at,
    )


def _keep_promise(order: Draft, lines: Sequence[Line], promised: int | None) -> None:
    if promised is not None and promised != order.total:
        pricing.keep(order, lines, promised)
        order.flags.append("price_differs")


def _refuse_mismatch(order: Draft, promised: int | None, shop: Shop) -> None:
    if promised not in (None, order.total):
        raise TotalMismatch(
            ours=money.text(order.total, shop.digits), yours=money.text(promised, shop.digits)
        )


def _fields(order: Draft) -> dict[str, Any]:
    return structs.asdict(order) | {"flags": rows(order.flags)}
