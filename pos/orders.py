"""The order book: what is sold, at which price, paid how.

``place`` is the product's hottest verb. It follows the write recipe with constant statements
in two batches: the first claims, reads and locks, the second writes; between them the rules
stand in plain Python (docs/architecture.md).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from msgspec import structs

from accounts import audit
from accounts.models import Shop
from core import database, ids
from core.idempotency import EACH_TIME, Once, Repeated
from core.statements import Call, rows, run
from licensing import policy
from live import outbox
from pos import facts, money, numbers, statements, stock, tenders
from pos.drafts import Draft, Line
from pos.errors import ClientIdReused, EmptyOrder, TotalMismatch, UnknownProduct
from pos.models import Order, ShopSettings
from pos.money import Price
from pos.tenders import Tender

DEFAULTS = ShopSettings()

Pieces = Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing a customer wants, and how many pieces of it."""

    product_id: UUID
    quantity: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a till sends to be sold. Amounts are in the currency's smallest unit.

    ``total`` is what the customer was promised, ``tenders`` the money given for it now.
    """

    wishes: Sequence[Wish]
    order_type: str = Order.Type.DINE_IN
    customer_name: str = ""
    table: str = ""
    note: str = ""
    total: int | None = None
    tenders: Sequence[Tender] = ()
    client_id: str = ""
    channel: str = Order.Channel.API


@database.verb
def place(ticket: Ticket, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> facts.OrderFact:
    """Price an order, take its goods off the shelf, take its money, tell every screen.

    Raises ``EmptyOrder``, ``SiteLocked``, ``UnknownProduct``, ``OutOfStock``,
    ``TotalMismatch``, ``TooLittleTendered``, ``TooMuchPaid``, ``ClientIdReused``; nothing is
    written then. Raises ``Repeated`` with the first answer where ``once`` came before.
    """
    if not ticket.wishes:  # 1 refuse
        raise EmptyOrder
    now = timezone.now()
    day = shop.business_day(now)
    pieces = _pieces(ticket.wishes)
    claim, placed, sites, [terms], goods, [number] = run(
        once.claiming(),  # 2 claim: a repeat is answered before any rule can change its answer
        statements.PLACED(shop=shop.id, client_id=ticket.client_id) if ticket.client_id else None,
        policy.asking(shop.id),
        _asking_terms(shop),
        _asking_goods(pieces, shop),  # 3 lock: products in key order,
        numbers.taking(shop_id=shop.id, day=day),  # then the business day's row
    )
    once.claimed(claim)
    if placed:
        _repeat(placed[0], shop=shop, once=once)
    policy.judge(sites, policy.Action.NEW_ORDER, now)
    shelf = {good.id: good for good in goods}
    _refuse_unknown(pieces, shelf, now)
    stock.refuse_short(shelf, pieces)

    order = _draft(ticket, terms, shop=shop, actor=actor, at=now, day=day, seq=number.order_seq)
    order.fingerprint = once.fingerprint or None
    lines = _price(order, ticket.wishes, shelf, own_rate=terms.tax_rate)
    _keep_promise(order, ticket.total, shop)
    paid = tenders.settle(order, ticket.tenders, shop=shop, at=now)
    fact = facts.order(order, lines, paid, cashier_name=actor.name if actor else "", shop=shop)
    body = facts.encode(fact)
    take, move = stock.taking(pieces, order=order, at=now)
    run(
        take,  # 4 write
        statements.ADD_ORDER(**structs.asdict(order)),
        statements.ADD_LINES(order=order.id, lines=rows(lines)),
        move,
        tenders.adding(paid, order=order, actor=actor, at=now),
        outbox.publishing(  # the shop's counter is the last lock; with it comes 6 publish
            shop.id,
            [outbox.Change("order_created", body), *stock.changes(goods, pieces)],
            actor_id=order.cashier_id,
            at=now,
        ),
        audit.entry(  # 5 audit
            "order.placed",
            ("order", order.id),
            shop=shop,
            actor=actor,
            after={"number": order.number, "total": order.total, "paid": order.paid},
        ),
        once.keeping(201, body),
    )
    outbox.announce(shop.id)  # 7 after commit
    return fact


def read(order: Order, *, shop: Shop) -> facts.OrderFact:
    """The row of a stored order, asked for ``with_facts``."""
    cashier = order.cashier
    return facts.order(
        order,
        order.lines.all(),
        sorted(order.payments.all(), key=lambda payment: payment.id),
        cashier_name=str(cashier) if cashier else "",
        shop=shop,
    )


def stored(order_id: UUID, *, shop: Shop) -> Order:
    """A stored order with all that ``read`` needs. Raises ``Order.DoesNotExist``."""
    return shop.orders.with_facts().get(pk=order_id)


# --- the steps of placing -------------------------------------------------------------


def _pieces(wishes: Sequence[Wish]) -> Counter[UUID]:
    """How many pieces of each product; the same product may stand on several lines."""
    pieces: Counter[UUID] = Counter()
    for wish in wishes:
        pieces[wish.product_id] += wish.quantity
    return pieces


def _asking_terms(shop: Shop) -> Call:
    return statements.TERMS(
        shop=shop.id,
        includes_tax=DEFAULTS.prices_include_tax,
        prefix=DEFAULTS.order_number_prefix,
    )


def _asking_goods(pieces: Pieces, shop: Shop) -> Call:
    return statements.GOODS(shop=shop.id, wished=rows([{"id": each} for each in pieces]))


def _repeat(placed: Any, *, shop: Shop, once: Once) -> None:
    """Answer a client's id that made an order before; the number just taken rolls back."""
    if placed.fingerprint and once.fingerprint and bytes(placed.fingerprint) != once.fingerprint:
        raise ClientIdReused
    raise Repeated(201, facts.encode(read(stored(placed.id, shop=shop), shop=shop)))


def _refuse_unknown(pieces: Pieces, shelf: Mapping[UUID, Any], now: datetime) -> None:
    asleep = {
        good.id
        for good in shelf.values()
        if not good.is_active or (good.snoozed_until and good.snoozed_until > now)
    }
    unknown = [product_id for product_id in pieces if product_id not in shelf.keys() - asleep]
    if unknown:
        raise UnknownProduct(product_ids=unknown)


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
        cashier_id=actor and actor.id,
        device_id=getattr(actor, "device_id", None),
        customer_name=ticket.customer_name,
        table=ticket.table,
        note=ticket.note,
        client_id=ticket.client_id,
        fingerprint=None,
        created_at=at,
        updated_at=at,
    )


def _price(
    order: Draft, wishes: Sequence[Wish], shelf: Mapping[UUID, Any], *, own_rate: Decimal
) -> list[Line]:
    """Price every wish from the shop's own catalogue; each line rounds once."""
    lines = []
    for position, wish in enumerate(wishes):
        good = shelf[wish.product_id]
        rate: Decimal = own_rate if good.tax_rate is None else good.tax_rate
        price = Price.of(good.price * wish.quantity, rate, order.includes_tax)
        lines.append(
            Line(
                id=ids.new(),
                product_id=good.id,
                position=position,
                name=good.name,
                quantity=wish.quantity,
                unit_price=good.price,
                note=wish.note,
                tax_rate=rate,
                net=price.net,
                tax=price.tax,
            )
        )
    order.tax = sum(line.tax for line in lines)
    net = sum(line.net for line in lines)
    order.total = net + order.tax
    order.subtotal = order.total if order.includes_tax else net
    return lines


def _keep_promise(order: Draft, promised: int | None, shop: Shop) -> None:
    if promised not in (None, order.total):
        raise TotalMismatch(
            ours=money.text(order.total, shop.digits), yours=money.text(promised, shop.digits)
        )
