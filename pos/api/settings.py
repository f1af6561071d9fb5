"""How a shop sells, over the wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts import currencies
from accounts.api import ShopView
from accounts.models import Shop
from accounts.permissions import Manager
from core import api, parsing, schema, structs
from core.errors import Invalid
from pos import terms
from pos.terms_serializers import ChangeSettings, SettingsFact

#: Keys that may come back and have no effect.
READ_ONLY = frozenset({"shop_id", "updated_at"})
KNOWN = frozenset(ChangeSettings.__struct_fields__)


class Settings(ShopView):
    """The shop's settings."""

    permission_classes: ClassVar = [Manager]

    @schema.describe(responses={200: SettingsFact}, errors=[403], summary="Read the settings")
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer what the shop sells by, and its own keys beside."""
        return api.respond(terms.row(terms.of(self.shop), self.shop))

    @schema.describe(
        request=ChangeSettings,
        responses={200: SettingsFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change settings",
    )
    def put(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Change what is sent, bare or as `{settings: {…}}`; what is left out stays.

        Keys that are not known here are kept and given back; `null` removes one of those.
        """
        once = api.once(request)
        known, own = _sorted(request.data)
        fields = structs.convert(known, ChangeSettings).fields(_digits(known, self.shop))
        if own:
            fields["extra"] = own
        terms.change(shop=self.shop, actor=request.user, fields=fields, once=once)
        return api.reply(once)


def _sorted(sent: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was sent, by keys that are known here and keys that are the shop's own."""
    inner = sent.get("settings", sent)
    if not isinstance(inner, dict):
        raise Invalid(errors={"settings": ["Must be an object."]})
    known: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in inner.items():
        (name,) = parsing.snake({key: None})
        if name in KNOWN and name in known and known[name] != value:
            raise parsing.DuplicateKey(errors={name: ["This key came twice. Send it once."]})
        if name in KNOWN:
            # A text that is cleared is blank, which elsewhere means that it was left out.
            known[name] = None if value == "" and name.startswith("receipt_") else value
        elif name not in READ_ONLY and name != "client_id":
            own[key] = _plain(value)
    return known, own


def _digits(known: Mapping[str, Any], shop: Shop) -> int:
    """The decimals of the currency that will be the shop's."""
    code = known.get("currency")
    found = type(code) is str and code in currencies.known()
    return currencies.digits(code) if found else shop.digits


def _plain(value: Any) -> Any:
    """Numbers as a JSON column keeps them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value
