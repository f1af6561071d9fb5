"""The devices of a shop: registered, paired and revoked by its managers.

Who puts these views into a URL map gives them their ``verbs``, which know the licence.
"""

from types import ModuleType
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts import devices, facts
from accounts.api.shop_view import ShopView
from accounts.facts import DeviceFact, PairingCodeFact
from accounts.permissions import Manager
from accounts.serializers import NewDevice
from core.api import once, reply, respond
from core.paging import cut
from core.parsing import convert
from core.schema import describe

__all__ = ["DeviceDetail", "DeviceList", "PairingCode", "Revoke"]

TAGS = ["Devices"]


class DeviceList(ShopView):
    """GET lists the shop's devices, newest first; POST registers one."""

    permission_classes = [Manager]
    verbs: ModuleType | None = None

    @describe(
        responses={200: list[DeviceFact]},
        errors=[403],
        lists=True,
        summary="Devices of a shop",
        description="Revoked ones too. `status` is new, paired or revoked.",
        tags=TAGS,
    )
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        page = cut(devices.of(self.shop), request, count=True)
        return respond([facts.device(row) for row in page.rows], headers=page.headers)

    @describe(
        request=NewDevice,
        responses={201: DeviceFact},
        errors=[403, 423],
        creates=True,
        summary="Register a device",
        description="`kind` is till, kiosk, kds or board. It works once it is paired by a code.",
        tags=TAGS,
    )
    def post(self, request: Any, shop_id: UUID) -> HttpResponse:
        claim = once(request)
        claim.repeat()
        wish = convert(request.data, NewDevice, ignore=READ_ONLY)
        self.verbs.register(
            shop=self.shop, kind=wish.kind, name=wish.name, actor=self.principal, once=claim
        )
        return reply(claim)


#: What a GET answers and a POST may send back without effect.
READ_ONLY = frozenset(
    {
        "id", "shop_id", "status", "paired_at", "last_seen_at", "revoked_at", "service_mode",
        "service_message", "created_at",
    }
)  # fmt: skip


class DeviceDetail(ShopView):
    """GET reads a device."""

    permission_classes = [Manager]

    @describe(responses={200: DeviceFact}, errors=[403], summary="A device", tags=TAGS)
    def get(self, request: Any, shop_id: UUID, device_id: UUID) -> HttpResponse:
        return respond(facts.device(devices.read(device_id, shop=self.shop)))


class PairingCode(ShopView):
    """POST makes the code that pairs a device."""

    permission_classes = [Manager]
    verbs: ModuleType | None = None

    @describe(
        responses={201: PairingCodeFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Make a pairing code",
        description=(
            "Works once, within ten minutes; those before are void. A paired device works on until "
            "the code is used, which gives the token to the new one. 409 `device_revoked`."
        ),
        tags=TAGS,
    )
    def post(self, request: Any, shop_id: UUID, device_id: UUID) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        self.verbs.offer(device_id, shop=self.shop, actor=self.principal, once=claim)
        response = reply(claim)
        response["Cache-Control"] = "no-store"
        return response


class Revoke(ShopView):
    """POST takes a device's token away."""

    permission_classes = [Manager]
    verbs: ModuleType | None = None

    @describe(
        responses={200: DeviceFact},
        errors=[403],
        summary="Revoke a device",
        description="Its token and the sessions on it end at once. A repeat changes nothing.",
        tags=TAGS,
    )
    def post(self, request: Any, shop_id: UUID, device_id: UUID) -> HttpResponse:
        row = self.verbs.revoke(device_id, shop=self.shop, actor=self.principal)
        return respond(facts.device(row))
