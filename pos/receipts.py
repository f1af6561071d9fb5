"""What a customer takes home: an order as its receipt says it, whatever it is printed on.

``of`` makes the content; ``pos.papers`` print it. Amounts are texts by then, in the currency of the
shop and the language of the reader, times are those of the shop's clock.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Shop
from core import database, wire
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from pos import money, terms, words
from pos.models import Method, Order, OrderLine, Payment, Refund

#: Bytes of a link's signature.
SIGNATURE = 16


@dataclass(frozen=True, slots=True)
class Item:
    """A line: what was chosen with it or taken off it stands in ``notes``."""

    quantity: int
    name: str
    amount: str
    notes: Sequence[str] = ()
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """A named amount."""

    name: str
    amount: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """An order for its customer. ``marks`` are what nobody may overlook: ``VOID``, ``COPY``."""

    shop: str
    header: Sequence[str]
    marks: Sequence[str]
    call_number: str
    number: str
    facts: Sequence[tuple[str, str]]
    items: Sequence[Item]
    sums: Sequence[Sum]
    taxes: Sequence[Sum]
    payments: Sequence[Sum]
    footer: Sequence[str]
    link: str


class Prints(msgspec.Struct):
    """How often the receipt of an order was printed."""

    order_id: UUID
    order_number: str
    prints: int


@database.verb
def printed(order_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> Prints:
    """Write down that an order's receipt was printed: from now on it is a copy.

    Raises ``Missing``.
    """
    once.claim()
    order = shop.orders.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise Missing
    done = Prints(order.pk, order.number, order.prints + 1)
    shop.orders.filter(pk=order_id).update(prints=done.prints)  # a row held locked
    audit.record("receipt.printed", order, shop=shop, actor=actor, prints=done.prints)
    once.keep(200, wire.encode(done))
    return done


def read(order_id: UUID, *, shop: Shop, is_copy: bool = False) -> Receipt:
    """An order's receipt; printed before, it is a copy. Raises ``Missing``."""
    order = shop.orders.with_facts().filter(pk=order_id).first()
    if order is None:
        raise Missing
    return of(order, shop=shop, is_copy=is_copy or order.prints > 0)


def by_token(token: str) -> Receipt:
    """The receipt that a link leads to, not a copy of it but itself. Raises ``Missing``."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        raise Missing from None
    key, signature = raw[:16], raw[16:]
    if len(key) != 16 or not hmac.compare_digest(signature, _signature(key)):
        raise Missing
    order = Order.objects.with_facts().select_related("shop").filter(pk=UUID(bytes=key)).first()
    if order is None:
        raise Missing
    return of(order, shop=order.shop)


def link(order: Order) -> str:
    """Where the customer finds the receipt again; nobody guesses it."""
    key = order.pk.bytes
    token = urlsafe_b64encode(key + _signature(key)).rstrip(b"=").decode()
    return f"{settings.PUBLIC_URL}/r/{token}/"


def of(order: Order, *, shop: Shop, is_copy: bool = False) -> Receipt:
    """The receipt of an order asked for ``with_facts``."""
    how = terms.of(shop)
    live = [line for line in order.lines.all() if line.voided_at is None]
    return Receipt(
        shop=shop.name,
        header=_lines(how.receipt_header),
        marks=_marks(order, is_copy),
        call_number=order.call_number,
        number=order.number,
        facts=[(name, said) for name, said in _facts(order, shop) if said],
        items=[_item(line, shop) for line in order.lines.all()],
        sums=_sums(order, live, shop),
        taxes=_taxes(live, order, shop),
        payments=[
            *_payments(sorted(order.payments.all(), key=lambda each: each.id), shop),
            *_refunds(sorted(order.refunds.all(), key=lambda each: each.id), shop),
            *_due(order, shop),
        ],
        footer=_lines(how.receipt_footer),
        link=link(order),
    )


# --- the parts ------------------------------------------------------------------------


def _signature(key: bytes) -> bytes:
    return salted_hmac("pos.receipts", key, algorithm="sha256").digest()[:SIGNATURE]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _marks(order: Order, is_copy: bool) -> list[str]:
    marks = []
    if order.state == Order.State.VOID:
        marks.append(_("VOID"))
    elif order.state == Order.State.OPEN:
        marks.append(_("NOT PAID"))
    elif order.state == Order.State.REFUNDED:
        marks.append(_("REFUNDED"))
    return [*marks, _("COPY")] if is_copy else marks


def _facts(order: Order, shop: Shop) -> list[tuple[str, str]]:
    return [
        (_("Order"), order.number),
        (_("Time"), words.moment(order.created_at, shop)),
        (_("Type"), str(words.TYPES[Order.Type(order.order_type)])),
        (_("Table"), order.table),
        (_("Customer"), order.customer_name),
        (_("Served by"), str(order.cashier) if order.cashier else ""),
    ]


def _item(line: OrderLine, shop: Shop) -> Item:
    notes = []
    if line.quantity > 1:
        notes.append(_("{price} each").format(price=words.money(line.unit_price, shop)))
    notes += [_choice(each, shop) for each in line.modifiers]
    if line.discount_type:
        notes.append(_off(line, shop))
    if line.voided_at is not None:
        notes.append(_("Void") + (f": {line.void_reason}" if line.void_reason else ""))
    amount = words.money(line.quantity * line.unit_price, shop)
    return Item(line.quantity, line.name, amount, notes, line.voided_at is not None)


def _choice(chosen: dict[str, Any], shop: Shop) -> str:
    price = chosen["price"]
    return f"+ {chosen['name']}" + (f" ({words.money(price, shop)})" if price else "")


def _off(row: Order | OrderLine, shop: Shop) -> str:
    """What a discount says: how much off, and why."""
    if row.discount_type == "percent":
        much = f"{row.discount_value.normalize():f} %"
    else:
        much = words.money(int(row.discount_value), shop)
    return _("{much} off").format(much=much) + (
        f": {row.discount_reason}" if row.discount_reason else ""
    )


def _sums(order: Order, live: Iterable[OrderLine], shop: Shop) -> list[Sum]:
    """From the prices of the lines to the total; the parts add up to it."""
    off = _("Discount")
    if order.discount_type and not any(line.discount_type for line in live):
        off = f"{off} ({_off(order, shop)})"
    parts = [
        (off, -order.discount),
        (_("Tax"), 0 if order.includes_tax else order.tax),
        (_("Charges"), order.charges),
    ]
    told = [Sum(name, words.money(amount, shop)) for name, amount in parts if amount]
    if told:
        told.insert(0, Sum(_("Subtotal"), words.money(order.subtotal, shop)))
    return [*told, Sum(_("Total"), words.money(order.total, shop), is_strong=True)]


def _taxes(live: Iterable[OrderLine], order: Order, shop: Shop) -> list[Sum]:
    """The tax by name and rate; where prices contain it, that is said."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in live:
        whole = {"name": _("Tax"), "rate": money.percent(line.tax_rate), "tax": line.tax}
        for part in line.tax_components or [whole]:
            name = part["name"]
            found = sums[name if "%" in name else f"{name} {part['rate']} %"]
            found[0] += line.net
            found[1] += part["tax"]
    said = _("{tax} contained, on {net}") if order.includes_tax else _("{tax} on {net}")
    return [
        Sum(said.format(tax=name, net=words.money(net, shop)), words.money(tax, shop))
        for name, (net, tax) in sorted(sums.items())
        if tax
    ]


def _payments(taken: Iterable[Payment], shop: Shop) -> list[Sum]:
    """What was handed over, and what of it was no part of the order."""
    told = []
    for payment in taken:
        method = str(words.METHODS[Method(payment.method)])
        told += [
            (f"{method} {payment.reference}".rstrip(), payment.tendered),
            (_("Rounding"), payment.rounding),
            (_("Tip"), payment.tip),
            (_("Change"), payment.change),
        ]
    return [Sum(name, words.money(amount, shop)) for name, amount in told if amount]


def _refunds(given: Iterable[Refund], shop: Shop) -> list[Sum]:
    told = []
    for refund in given:
        method = words.METHODS[Method(refund.method)]
        name = _("Refund {method}: {reason}").format(method=method, reason=refund.reason)
        told.append(Sum(name, words.money(-(refund.amount + refund.rounding), shop)))
    return told


def _due(order: Order, shop: Shop) -> list[Sum]:
    due = order.total - order.paid
    if order.state != Order.State.OPEN or not due:
        return []
    return [Sum(_("Due"), words.money(due, shop), is_strong=True)]
