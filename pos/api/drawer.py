"""Drawers over the wire: registers, shifts, cash, X and Z reports."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Cashier, Manager
from core import api, paging, schema, structs
from core.errors import Invalid, Missing
from pos import drawer_facts, facts, registers, shifts
from pos.drawer_facts import CashFact, RegisterFact, ReportFact, ShiftFact
from pos.drawer_serializers import AddRegister, CloseShift, MoveCash, OpenShift
from pos.models.drawer import ShiftQuerySet

STATES = ("open", "closed")
AT_REGISTER = OpenApiParameter("register_id", UUID, description="At this register.")
FILTERS = [AT_REGISTER, OpenApiParameter("state", str, enum=STATES)]


class RegisterList(ShopView):
    """The shop's registers."""

    permissions: ClassVar = {"POST": Manager}

    @schema.describe(responses={200: list[RegisterFact]}, summary="List registers")
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the registers by name, each with its open shift; not cut into pages."""
        return api.respond(facts.encode(registers.rows(self.shop)))

    @schema.describe(
        request=AddRegister,
        responses={201: RegisterFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Add a register",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add a drawer to the shop."""
        once = api.once(request)
        wish = structs.convert(request.data, AddRegister)
        registers.add(shop=self.shop, actor=request.user, name=wish.name, once=once)
        return api.reply(once)


class ShiftList(ShopView):
    """The shop's shifts."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        responses={200: list[ShiftFact]}, lists=True, parameters=FILTERS, summary="List shifts"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the shop's shifts, newest first."""
        page = paging.cut(_filtered(self.shop.shifts.with_facts(), request.GET), request)
        rows = [shifts.read(shift, shop=self.shop) for shift in page.rows]
        return api.respond(facts.encode(rows), headers=page.headers)

    @schema.describe(
        request=OpenShift,
        responses={201: ShiftFact},
        errors=[409],
        creates=True,
        summary="Open a shift",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Open a drawer with a float; a register has one open shift at a time."""
        once = api.once(request)
        wish = structs.convert(request.data, OpenShift)
        shifts.open(
            wish.register_id,
            shop=self.shop,
            actor=request.user,
            opening=wish.units(self.shop.digits),
            once=once,
        )
        return api.reply(once)


class CurrentShift(ShopView):
    """The shift that money goes to now."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        responses={200: ShiftFact}, parameters=[AT_REGISTER], summary="Read the open shift"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the open shift of the register or, without one named, the caller's; else 404."""
        found = self.shop.shifts.with_facts().now_open()
        if register_id := _register(request.GET):
            found = found.filter(register=register_id)
        else:
            found = found.filter(opened_by=self.principal.id)
        shift = found.order_by("-pk").first()
        if shift is None:
            raise Missing
        return api.respond(facts.encode(shifts.read(shift, shop=self.shop)))


class ShiftDetail(ShopView):
    """One shift."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(responses={200: ShiftFact}, summary="Read a shift")
    def get(self, request: Request, shop_id: UUID, shift_id: UUID) -> HttpResponse:
        """Answer a shift, open or closed."""
        shift = self.shop.shifts.with_facts().filter(pk=shift_id).first()
        if shift is None:
            raise Missing
        return api.respond(facts.encode(shifts.read(shift, shop=self.shop)))


class ShiftCash(ShopView):
    """Cash that came or went beside sales."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(responses={200: list[CashFact]}, lists=True, summary="List cash in and out")
    def get(self, request: Request, shop_id: UUID, shift_id: UUID) -> HttpResponse:
        """Answer the cash movements of a shift, newest first."""
        if not self.shop.shifts.filter(pk=shift_id).exists():
            raise Missing
        page = paging.cut(self.shop.cash_movements.filter(shift=shift_id), request)
        rows = [drawer_facts.cash(moved, shop=self.shop) for moved in page.rows]
        return api.respond(facts.encode(rows), headers=page.headers)

    @schema.describe(
        request=MoveCash,
        responses={201: CashFact},
        errors=[403, 409],
        creates=True,
        summary="Put cash in or take it out",
    )
    def post(self, request: Request, shop_id: UUID, shift_id: UUID) -> HttpResponse:
        """Put cash in an open drawer, take some out, or drop it in the safe.

        A cashier's own shift, or any for a manager; never more than the drawer should hold.
        """
        once = api.once(request)
        wish = structs.convert(request.data, MoveCash)
        shifts.move(
            shift_id,
            shop=self.shop,
            actor=request.user,
            kind=wish.kind,
            amount=wish.units(self.shop.digits),
            reason=wish.reason,
            once=once,
        )
        return api.reply(once)


class ShiftClosing(ShopView):
    """The end of a shift."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        request=CloseShift,
        responses={200: ReportFact},
        errors=[403, 409],
        creates=True,
        summary="Close a shift",
    )
    def post(self, request: Request, shop_id: UUID, shift_id: UUID) -> HttpResponse:
        """Close a drawer with the cash that was counted; answers its Z report, kept for good.

        Open orders and a locked site do not stop it. A closed shift is 409 with its `report`.
        """
        once = api.once(request)
        wish = structs.convert(request.data, CloseShift)
        shifts.close(
            shift_id,
            shop=self.shop,
            actor=request.user,
            counted=wish.units(self.shop.digits),
            once=once,
        )
        return api.reply(once)


class ShiftReport(ShopView):
    """What a shift took and should hold."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(responses={200: ReportFact}, errors=[403], summary="Read an X or Z report")
    def get(self, request: Request, shop_id: UUID, shift_id: UUID) -> HttpResponse:
        """Answer the X report of an open shift, the Z report of a closed one.

        A cashier reads their own; while it is open they count blind: `expected_cash` is null.
        """
        fact = shifts.report(shift_id, shop=self.shop, actor=request.user)
        return api.respond(facts.encode(fact))


def _filtered(found: ShiftQuerySet, query: Any) -> ShiftQuerySet:
    if register_id := _register(query):
        found = found.filter(register=register_id)
    if state := query.get("state"):
        if state not in STATES:
            raise Invalid(errors={"state": [f"Must be one of {', '.join(STATES)}."]})
        found = found.filter(closed_at__isnull=state == "open")
    return found


def _register(query: Any) -> UUID | None:
    text = query.get("register_id", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(errors={"register_id": ["Must be an id (a UUID)."]}) from None
