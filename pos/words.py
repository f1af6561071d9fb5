"""The order book as people read it: its words, its amounts, its times."""

from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, get_timezone
from babel.numbers import format_currency
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from accounts.models import Shop
from pos.models import Method, Order
from pos.money import text

TYPES = {
    Order.Type.DINE_IN: _("Dine in"),
    Order.Type.TAKEAWAY: _("Takeaway"),
    Order.Type.DELIVERY: _("Delivery"),
}
STATES = {
    Order.State.OPEN: _("Open"),
    Order.State.PAID: _("Paid"),
    Order.State.REFUNDED: _("Refunded"),
    Order.State.VOID: _("Void"),
}
METHODS = {
    Method.CASH: _("Cash"),
    Method.CARD: _("Card"),
    Method.QR: _("QR code"),
    Method.UPI: _("UPI"),
    Method.TRANSFER: _("Transfer"),
    Method.VOUCHER: _("Voucher"),
    Method.OTHER: _("Other"),
}


def reader() -> Locale:
    """How the reader writes numbers and times."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def money(amount: int, shop: Shop) -> str:
    """An amount in the smallest unit as an amount of the shop's currency."""
    said: str = format_currency(text(amount, shop.digits), shop.currency, locale=reader())
    return said


def moment(at: datetime, shop: Shop) -> str:
    """A time as the shop's clock shows it."""
    zone = get_timezone(shop.timezone)
    return format_datetime(at, "medium", tzinfo=zone, locale=reader())
