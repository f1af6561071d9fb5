"""Shifts: a drawer is opened with a float, takes money, is counted blind and closed for good."""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import Membership, Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from core.statements import Answer, Call
from live import outbox
from pos import drawer_facts, drawer_statements, facts, money, z_reports
from pos.drawer_facts import CashFact, ReportFact, ShiftFact
from pos.errors import NotThatMuchCash, NotYourShift, ShiftClosed, ShiftOpen, UnknownRegister
from pos.models import CashMovement, Register, Shift

#: Who answers for other people's shifts too.
MANAGERS = (Membership.Role.MANAGER, Membership.Role.OWNER)


class Drawer(NamedTuple):
    """Where money goes: an open shift and its register; ``None``: none of these."""

    shift_id: UUID | None
    register_id: UUID | None


NO_DRAWER = Drawer(None, None)


def asking(*, shop_id: UUID, register_id: UUID | None, cashier_id: UUID | None) -> Call:
    """Ask for the drawer that money goes to, as part of a batch; hand the answer to ``found``.

    It is the open shift of the register or, without one named, of the cashier, and it cannot
    close before this transaction ends. It comes after the locks on products and orders, before
    that on the shop's counter.
    """
    return drawer_statements.OPEN_SHIFT(shop=shop_id, register=register_id, cashier=cashier_id)


def found(answer: Answer, *, register_id: UUID | None) -> Drawer:
    """The drawer of an answer. Without an open shift the next one claims the money.

    Raises ``UnknownRegister`` for a register that is not of this shop.
    """
    if answer:
        return Drawer(answer[0].id, answer[0].register_id)
    if register_id is not None:
        raise UnknownRegister(errors={"register_id": ["This shop has no such register."]})
    return NO_DRAWER


@database.verb
def open(
    register_id: UUID, *, shop: Shop, actor: Any, opening: int, once: Once = EACH_TIME
) -> ShiftFact:
    """Open a drawer with a float of ``opening``, in the smallest unit of the currency.

    Raises ``UnknownRegister`` for a register that is not of this shop, ``ShiftOpen``.
    """
    once.claim()
    registers = Register.objects.filter(shop=shop, pk=register_id)
    register = registers.select_for_update(no_key=True).first()
    if register is None:
        raise UnknownRegister(errors={"register_id": ["This shop has no such register."]})
    if standing := register.shifts.filter(closed_at=None).first():
        raise ShiftOpen(register=register.name, shift_id=str(standing.pk))
    registers.update(shift_seq=F("shift_seq") + 1)  # on a row held locked
    made = Shift.objects.create(
        shop=shop,
        register=register,
        number=register.shift_seq + 1,
        float_amount=opening,
        opened_by_id=actor.id,
        opened_at=timezone.now(),
    )
    fact = read(shop.shifts.with_facts().get(pk=made.pk), shop=shop)
    body = facts.encode(fact)
    after = {"register": register.name, "number": made.number, "float": opening}
    counter = outbox.lock(shop.id)
    audit.record("shift.opened", made, shop=shop, actor=actor, after=after)
    outbox.publish(counter, outbox.Change("shift_opened", body), actor=actor)
    once.keep(201, body)
    return fact


@database.verb
def move(
    shift_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    kind: str,
    amount: int,
    reason: str,
    once: Once = EACH_TIME,
) -> CashFact:
    """Put cash in an open drawer or take some out; ``kind`` is ``in``, ``out`` or ``drop``.

    Raises ``Missing``, ``NotYourShift``, ``ShiftClosed``, and ``NotThatMuchCash`` for taking
    more than the drawer should hold.
    """
    once.claim()
    shift = _held(shift_id, shop=shop, actor=actor)
    if kind != CashMovement.Kind.IN:
        held = z_reports.sums(shift, pending=True).expected_cash
        if amount > held:
            raise NotThatMuchCash(amount=money.text(amount, shop.digits))
    moved = CashMovement.objects.create(
        shop=shop,
        shift=shift,
        kind=kind,
        amount=amount,
        reason=reason,
        actor_id=actor and actor.id,
        at=timezone.now(),
    )
    fact = drawer_facts.cash(moved, shop=shop)
    after = {"kind": kind, "amount": amount, "reason": reason}
    audit.record("shift.cash_moved", shift, shop=shop, actor=actor, after=after)
    once.keep(201, facts.encode(fact))
    return fact


@database.verb
def close(
    shift_id: UUID, *, shop: Shop, actor: Any, counted: int, once: Once = EACH_TIME
) -> ReportFact:
    """Close a drawer in which somebody counted so much; answers its Z report, kept for good.

    Nothing stops it: neither open orders nor a lock. Raises ``Missing``, ``NotYourShift`` or
    ``ShiftClosed``.
    """
    once.claim()
    shift = _held(shift_id, shop=shop, actor=actor)
    z_reports.claim(shift)
    shift.closed_at = timezone.now()
    shift.closed_by_id = actor and actor.id
    shift.counted = counted
    report = z_reports.fact(shift, z_reports.sums(shift, pending=False), shop=shop)
    shift.report = msgspec.to_builtins(report)
    shift.save(update_fields=["closed_at", "closed_by", "counted", "report"])
    row = facts.encode(read(shift, shop=shop))
    after = {
        "number": shift.number,
        "counted": report.counted,
        "expected_cash": report.expected_cash,
        "variance": report.variance,
    }
    counter = outbox.lock(shop.id)
    audit.record("shift.closed", shift, shop=shop, actor=actor, after=after)
    outbox.publish(counter, outbox.Change("shift_closed", row), actor=actor)
    once.keep(200, facts.encode(report))
    return report


def read(shift: Shift, *, shop: Shop) -> ShiftFact:
    """The row of a stored shift, asked for ``with_facts``."""
    return drawer_facts.shift(shift, shop=shop)


@database.verb
def report(shift_id: UUID, *, shop: Shop, actor: Any) -> ReportFact:
    """The X report of an open shift, the Z report of a closed one.

    An X report is of one moment: money for the shift waits for it. To a cashier it does not say
    what the drawer should hold, so that they count blind. Raises ``Missing``, or ``NotYourShift``
    for a cashier who asks for another's.
    """
    shift = _locked(shift_id, shop)
    manages = _answer_for(shift, shop=shop, actor=actor)
    if shift.closed_at is not None:
        return z_reports.kept(shift)
    return z_reports.fact(shift, z_reports.sums(shift, pending=True), shop=shop, blind=not manages)


def _held(shift_id: UUID, *, shop: Shop, actor: Any) -> Shift:
    """An open shift that is the actor's to change, locked."""
    shift = _locked(shift_id, shop)
    _answer_for(shift, shop=shop, actor=actor)
    if shift.closed_at is not None:
        raise ShiftClosed(report=msgspec.to_builtins(z_reports.kept(shift)))
    return shift


def _locked(shift_id: UUID, shop: Shop) -> Shift:
    """A shift, locked: money that found it open is stored, what comes now waits."""
    locked = shop.shifts.with_facts().select_for_update(of=("self",))
    shift: Shift | None = locked.filter(pk=shift_id).first()
    if shift is None:
        raise Missing
    return shift


def _answer_for(shift: Shift, *, shop: Shop, actor: Any) -> bool:
    """Whether they are a manager. Raises ``NotYourShift`` for a cashier and another's shift."""
    manages = actor is None or shop.memberships.filter(user=actor.id, role__in=MANAGERS).exists()
    if not manages and shift.opened_by_id != actor.id:
        raise NotYourShift
    return manages
