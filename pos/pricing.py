"""What an order costs: prices, modifiers, discounts, tax and charges.

Pure: it reads catalogue rows that its caller holds, and knows no database. Discounts come first,
each line's own and then its share of the order's; a line's tax is rounded once, on what is left
of it; charges come last and are not taxed. Amounts are whole numbers of the smallest unit.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core import ids
from pos import money
from pos.drafts import Draft, Line
from pos.errors import BadChoice, OpenItemsNotAllowed, OrderTooLarge, UnknownProduct
from pos.models import DiscountType, Order, OrderLine
from pos.money import Price
from pos.tickets import Discount, Wish

#: No order is worth more: its sums fit their columns.
LARGEST = 10**15

Shelf = Mapping[UUID, Any]


def refuse_unknown(wishes: Iterable[Wish], shelf: Shelf, now: datetime) -> None:
    """Refuse what is not on the menu at this moment. Raises ``UnknownProduct``."""
    asleep = {
        good.id
        for good in shelf.values()
        if not good.is_active or (good.snoozed_until and good.snoozed_until > now)
    }
    awake = shelf.keys() - asleep
    wished = dict.fromkeys(wish.product_id for wish in wishes if wish.product_id)
    if unknown := [product_id for product_id in wished if product_id not in awake]:
        raise UnknownProduct(product_ids=unknown)


def lines(
    wishes: Sequence[Wish],
    shelf: Shelf,
    choices: Iterable[Any],
    *,
    terms: Any,
    first: int = 0,
    promised: bool = False,
) -> list[Line]:
    """Make lines of wishes, priced but not yet taxed, from position ``first`` on.

    ``promised``: they were sold already, at the prices they come with, whatever must be chosen
    with them today. Raises ``OpenItemsNotAllowed`` and ``BadChoice``.
    """
    offered: dict[UUID, list[Any]] = defaultdict(list)
    for choice in choices:
        offered[choice.product_id].append(choice)
    made = []
    for position, wish in enumerate(wishes, first):
        if wish.product_id is None:
            line = _open_item(wish, terms, promised)
        else:
            good = shelf[wish.product_id]
            chosen = _chosen(wish, offered.get(good.id, ()), promised)
            line = _product(wish, good, chosen, terms)
            if promised and wish.price is not None:
                line.unit_price = wish.price
        line.position = position
        made.append(line)
    return made


def add_up(order: Draft | Order, rows: Iterable[Line | OrderLine]) -> None:
    """Share the order's discount, tax its lines and sum them up; ``charges`` stand already.

    Lines that were voided stay as they are and do not count. Raises ``OrderTooLarge``.
    """
    live = [line for line in rows if line.voided_at is None]
    worth = [line.quantity * line.unit_price for line in live]
    order.subtotal = sum(worth)
    if order.subtotal > LARGEST:
        raise OrderTooLarge
    own = [
        _off(line.discount_type, line.discount_value, amount)
        for line, amount in zip(live, worth, strict=True)
    ]
    rest = [amount - off for amount, off in zip(worth, own, strict=True)]
    off = _off(order.discount_type, order.discount_value, sum(rest))
    shares = money.share(off, rest) if off else [0] * len(rest)
    for line, mine, part in zip(live, own, shares, strict=True):
        _tax(line, mine + part, order.includes_tax)
    _sum(order, live)


def keep(order: Draft, rows: Sequence[Line], promised: int) -> None:
    """Bring an order to the total that its customer has paid already.

    What was promised above our price is a charge, what was promised below it a discount of all
    lines; every rule about sums and roundings holds for the order as for any other.
    """
    if promised >= order.total:
        order.charges += promised - order.total
        order.total = promised
        return
    order.charges = min(order.charges, promised)
    goods = promised - order.charges
    for line, gross in zip(
        rows, money.share(goods, [row.net + row.tax for row in rows]), strict=True
    ):
        worth = line.quantity * line.unit_price
        _tax(
            line, worth - _before_tax(gross, line.tax_rate, order.includes_tax), order.includes_tax
        )
        # From now on it is the line's own: what is added to the order later leaves it alone.
        line.discount_type, line.discount_value = DiscountType.AMOUNT, Decimal(line.discount)
        line.discount_reason = line.discount_reason or order.discount_reason
    order.discount_type, order.discount_value = "", Decimal(0)
    _sum(order, rows)
    # With tax on top, not every amount is a price and its tax: a unit may be left over.
    order.charges += promised - order.total
    order.total = promised


def gives_more(order: Draft | Order, limit: Decimal) -> bool:
    """Whether more than ``limit`` percent of an order is given away."""
    return order.discount * 100 > limit * order.subtotal


def charges(order_type: str, terms: Any) -> int:
    """What comes on top of an order of this type."""
    return terms.delivery_charge if order_type == Order.Type.DELIVERY else 0


def discounted(discount: Discount | None, wishes: Iterable[Wish]) -> bool:
    """Whether somebody gives something away here."""
    return bool(discount and discount.type) or any(wish.discount.type for wish in wishes)


# --- the steps ------------------------------------------------------------------------


def _product(wish: Wish, good: Any, chosen: Sequence[Any], terms: Any) -> Line:
    rate: Decimal = terms.tax_rate if good.tax_rate is None else good.tax_rate
    return _line(
        wish,
        product_id=good.id,
        name=good.name,
        unit_price=good.price + sum(each.price for each in chosen),
        modifiers=[
            {"id": str(each.id), "group": each.group_name, "name": each.name, "price": each.price}
            for each in chosen
        ],
        cost=good.cost,
        tax_rate=rate,
        tax_components=_components(good, rate),
    )


def _open_item(wish: Wish, terms: Any, promised: bool) -> Line:
    if not (terms.allow_open_items or promised):
        raise OpenItemsNotAllowed
    return _line(
        wish, product_id=None, name=wish.name, unit_price=wish.price or 0, tax_rate=terms.tax_rate
    )


def _line(wish: Wish, **fields: Any) -> Line:
    return Line(
        id=ids.new(),
        position=0,
        quantity=wish.quantity,
        note=wish.note,
        discount_type=wish.discount.type,
        discount_value=wish.discount.value,
        discount_reason=wish.discount.reason,
        net=0,
        tax=0,
        **fields,
    )


def _components(good: Any, rate: Decimal) -> list[dict[str, Any]]:
    """The named parts of a product's tax; the shop's own rate has no name and no parts."""
    if good.tax_rate is None:
        return []
    parts = json.loads(good.tax_components) or [{"name": good.tax_name, "percent": str(rate)}]
    return [
        {"name": part["name"], "rate": money.percent(Decimal(str(part["percent"]))), "tax": 0}
        for part in parts
    ]


def _chosen(wish: Wish, offered: Sequence[Any], promised: bool) -> list[Any]:
    """What was chosen of what is offered, in the order of the menu. Raises ``BadChoice``."""
    chosen = [each for each in offered if each.id in wish.modifiers]
    if promised:
        return chosen
    if len(chosen) != len(wish.modifiers):
        raise BadChoice(product_id=wish.product_id)
    for group in {each.group_id: each for each in offered}.values():
        taken = sum(each.group_id == group.group_id for each in chosen)
        if not group.least <= taken <= group.most:
            raise BadChoice(
                f"Choose {_span(group.least, group.most)} of {group.group_name}.",
                product_id=wish.product_id,
                group_id=group.group_id,
            )
    return chosen


def _span(least: int, most: int) -> str:
    return str(most) if least == most else f"{least} to {most}"


def _off(kind: str, value: Decimal, amount: int) -> int:
    """What a discount takes off an amount, at most all of it."""
    if kind == DiscountType.PERCENT:
        return money.part(amount, Decimal(value))
    return min(int(value), amount) if kind else 0


def _tax(line: Line | OrderLine, discount: int, includes_tax: bool) -> None:
    line.discount = discount
    price = Price.of(line.quantity * line.unit_price - discount, line.tax_rate, includes_tax)
    line.net, line.tax = price.net, price.tax
    if line.tax_components:
        parts = [Decimal(each["rate"]) for each in line.tax_components]
        split = money.components(price.tax, parts) if any(parts) else [0] * len(parts)
        line.tax_components = [
            each | {"tax": tax} for each, tax in zip(line.tax_components, split, strict=True)
        ]


def _sum(order: Draft | Order, live: Sequence[Line | OrderLine]) -> None:
    order.discount = sum(line.discount for line in live)
    order.tax = sum(line.tax for line in live)
    on_top = 0 if order.includes_tax else order.tax
    order.total = order.subtotal - order.discount + on_top + order.charges


def _before_tax(gross: int, rate: Decimal, includes_tax: bool) -> int:
    """The largest amount that costs no more than ``gross`` with its tax."""
    if includes_tax:
        return gross
    net = Price.of(gross, rate, includes_tax=True).net
    return next(n for n in (net + 1, net, net - 1) if Price.of(n, rate, False).gross <= gross)
