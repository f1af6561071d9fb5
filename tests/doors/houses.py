"""Two shops with one of everything: ours, and one whose every text is a mark of its own."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts import (
    approvals,
    audit,
    authenticators,
    devices,
    passwords,
    preferences,
    refresh_tokens,
    sessions,
    shops,
)  # fmt: skip
from accounts.models import Approval, PasswordReset, Shop, User
from core import ids
from eventory import logins
from licensing import sites
from live import outbox, webhooks
from live.models import Delivery
from live.outbox import Change
from pos import catalog, modifiers, orders, refunds, registers, shifts, stock, tax_rates
from pos.models import ProductModifierGroup
from pos.stock import Step
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories

MARK = "ZZ-FOREIGN"
PIN, MANAGERS_PIN = "4821", "73951"

#: Who works for the vendor and looks after every shop.
VENDORS = {"developer": User.Role.DEV, "sysadmin": User.Role.SYSADMIN}


@dataclass
class House:
    """A shop, its people by role, its ids by name, and secrets that open its doors."""

    shop: Shop
    people: dict[str, User]
    ids: dict[str, UUID] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def furnish(mark: str) -> House:
    """A shop with one of everything; every text in it begins with ``mark``."""
    people = {
        role: factories.person(
            f"{mark}-{role}".lower(),
            name=f"{mark} {role}",
            phone=f"{mark} 1",
            organization=f"{mark} org",
        )
        for role in ("owner", "manager", "cashier")
    }
    for name, role in VENDORS.items():
        people[name] = factories.person(f"{mark}-{name}".lower(), name=f"{mark} {name}", role=role)
    owner = people["owner"]
    shop = shops.create(owner=owner, name=f"{mark} shop", actor=owner)
    for role in ("manager", "cashier"):
        shops.join(shop=shop, user=people[role], role=role, actor=owner)
    house = House(shop, people)
    house.ids |= {
        "shop_id": shop.pk,
        "user_id": people["cashier"].pk,
        "manager_id": people["manager"].pk,
    }
    _staff(house, mark)
    _counter(house, mark)
    _drawers(house, mark)
    _refunded(house, mark)
    house.ids["login_id"] = logins.add(
        owner=owner, label=f"{mark} site", username=f"{mark} name", password=f"{mark} word"
    ).id
    _desk(house, mark)
    return house


def _staff(house: House, mark: str) -> None:
    """Their sessions, devices, PINs, codes, letters and wishes."""
    shop, people = house.shop, house.people
    factories.pin(shop, people["cashier"], PIN)
    factories.pin(shop, people["manager"], MANAGERS_PIN)
    session = sessions.begin(user=people["owner"], device_name=f"{mark} browser")
    till = devices.register(shop=shop, kind="till", name=f"{mark} till", actor=people["owner"])
    house.secrets["device_token"] = factories.paired(till)
    spare = devices.register(shop=shop, kind="till", name=f"{mark} spare", actor=people["owner"])
    house.secrets["pairing_code"] = devices.offer(spare.pk, shop=shop, actor=None).code
    house.ids |= {"session_id": session.pk, "device_id": till.pk}
    house.secrets["refresh_token"] = refresh_tokens.issue(session=session)
    preferences.change(
        people["owner"].pk, section="automation", values={"note": mark}, actor=people["owner"]
    )
    house.secrets["letter"] = _letter(people["cashier"])
    app = factories.enrolled(people["manager"])
    house.secrets["otp"] = factories.code_of(app)
    pending = authenticators.offer(person=people["owner"])
    house.secrets["pending_otp"] = factories.code_of(pending.secret)
    principal = sessions.principal(session.pk, shop_id=shop.pk)
    approvals.give(
        cashier=principal,
        approver_id=people["manager"].pk,
        pin=MANAGERS_PIN,
        action="void",
        target=f"{mark} target",
    )


def _letter(person: User) -> str:
    """What a letter to this person says, without a letter being written."""
    token = f"letter-of-{person.pk}"
    now = timezone.now()
    PasswordReset.objects.create(
        name=person.email,
        user=person,
        sent_to=person.email,
        digest=passwords._digest(token),
        sent_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return token


def _counter(house: House, mark: str) -> None:
    """Its menu, stock, orders, events and trail."""
    shop, owner = house.shop, house.people["owner"]
    size = modifiers.add(
        shop=shop, actor=owner, fields={"name": f"{mark} size", "modifiers": [{"name": mark}]}
    )
    vat = tax_rates.add(
        shop=shop, actor=owner, fields={"name": f"{mark} tax", "percent": Decimal(5)}
    )
    fields = {
        "name": f"{mark} tea", "price": 250, "cost": 99, "sku": f"{mark}-1",
        "barcode": f"{mark}-2", "description": f"{mark} leaf", "category": f"{mark} drinks",
        "translations": {"de": f"{mark} Tee"},
    }  # fmt: skip
    tea = catalog.add(shop=shop, actor=owner, fields=fields)
    ProductModifierGroup.objects.create(product_id=tea.id, group_id=size.id)
    cake = catalog.add(shop=shop, actor=owner, fields={"name": f"{mark} cake", "price": 400})
    for product in (tea, cake):
        step = Step("receive", pieces=50, note=f"{mark} delivery")
        stock.change(product_id=product.id, step=step, shop=shop, actor=owner)
    ticket = Ticket(
        wishes=[Wish(tea.id, 2, f"{mark} sugar")],
        customer_name=f"{mark} guest",
        table=f"{mark} 7",
        note=f"{mark} window",
        client_id=f"{mark}-client",
    )
    order = orders.place(ticket, shop=shop, actor=owner)
    house.ids |= {
        "product_id": tea.id,
        "item_id": tea.id,
        "other_product_id": cake.id,
        "category_id": shop.categories.get().pk,
        "order_id": order.id,
        "line_id": order.items[0].id,
        "approval_id": _approval(house, "approved"),
        "order_approval_id": _approval(house, str(order.id)),
        "void_approval_id": _approval(house, str(order.id), Approval.Action.VOID),
        "tax_rate_id": vat.id,
        "modifier_group_id": size.id,
        "modifier_id": size.modifiers[0].id,
    }
    _webhook(house, mark)
    with transaction.atomic():
        audit.record("shop.noted", shop, shop=shop, actor=owner, before={"a": mark}, note=mark)
        outbox.publish(outbox.lock(shop.pk), Change.of("noted", {"note": mark}), actor=owner)


def _webhook(house: House, mark: str) -> None:
    """Where its events are sent, and what became of one."""
    url, secret = f"https://receiver.example.com/{mark}", f"{mark}-secret-of-hook"
    hook = webhooks.add(shop=house.shop, actor=None, url=url, secret=secret.replace(" ", "-"))
    house.ids["webhook_id"] = hook.id
    Delivery.objects.create(
        shop=house.shop, webhook_id=hook.id, delivery_id=ids.new(), seq=1, kind="order_created",
        attempt=1, ms=3, error=f"{mark} error",
    )  # fmt: skip


def _drawers(house: House, mark: str) -> None:
    """Its registers, one of them with a closed shift and an open one."""
    shop, cashier = house.shop, house.people["cashier"]
    front, back = (
        registers.add(shop=shop, actor=None, name=f"{mark} {name}") for name in ("front", "back")
    )
    for _ in range(2):
        shift = shifts.open(front.id, shop=shop, actor=cashier, opening=100_00)
        shifts.move(
            shift.id, shop=shop, actor=cashier, kind="in", amount=5_00, reason=f"{mark} coins"
        )
        if shift.number == 1:
            shifts.close(shift.id, shop=shop, actor=cashier, counted=104_00)
    house.ids |= {"register_id": back.id, "open_register_id": front.id, "shift_id": shift.id}


def _approval(house: House, target: str, action: str = Approval.Action.DISCOUNT) -> UUID:
    """A manager's word for something that the cashier does."""
    approval = Approval.objects.create(
        shop=house.shop,
        action=action,
        target=target,
        cashier=house.people["cashier"],
        approver=house.people["manager"],
        expires_at=timezone.now() + timedelta(hours=1),
    )
    return approval.pk


def _refunded(house: House, mark: str) -> None:
    """A sale of which something was given back, and a manager's word for more."""
    shop, people = house.shop, house.people
    wishes = [Wish(house.ids["other_product_id"], 3)]
    paid = Tender(method="card", reference=f"{mark} slip")
    sale = orders.place(Ticket(wishes=wishes, tenders=[paid]), shop=shop, actor=people["owner"])
    refunds.give(sale.id, amount=10, reason=f"{mark} reason", shop=shop, actor=people["owner"])
    word = Approval.objects.create(
        shop=shop,
        action="refund",
        target=str(sale.id),
        cashier=people["cashier"],
        approver=people["manager"],
        expires_at=timezone.now() + timedelta(hours=1),
    )
    house.ids |= {
        "sale_id": sale.id,
        "sale_line_id": sale.items[0].id,
        "refund_approval_id": word.pk,
    }


def _desk(house: House, mark: str) -> None:
    """Its site at the vendor's desk."""
    fields = {"name": f"{mark} site", "owner_name": f"{mark} owner"}
    site, house.secrets["site_key"] = sites.register(actor=None, fields=fields)
    house.ids["site_id"] = site.site_id


# --- what the database holds ------------------------------------------------------------

Rows = dict[str, list[str]]


def everything() -> Rows:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(repr([_plain(value) for value in row]) for row in cursor)
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def difference(before: Rows, after: Rows) -> dict[str, list[list[str]]]:
    """By table: rows that went, rows that came."""
    return {
        name: [sorted({*before[name]} - {*after[name]}), sorted({*after[name]} - {*before[name]})]
        for name in after
        if before[name] != after[name]
    }


def traces(before: Rows, after: Rows) -> set[str]:
    """Every id that lies in rows that came, and in none that was there: a shop's fingerprint."""
    return _ids(after) - _ids(before)


def _ids(rows: Rows) -> set[str]:
    text = "\n".join(row for table in rows.values() for row in table).lower()
    form = r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}"
    return {str(UUID(found)) for found in re.findall(form, text)}
