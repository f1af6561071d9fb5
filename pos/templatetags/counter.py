"""Amounts and the words of the order book as people read them."""

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, to_locale

from accounts.models import Shop

register = template.Library()


def reader() -> Locale:
    """How the reader of the page writes numbers."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@register.filter
def money(amount: int, shop: Shop) -> str:
    """``{{ order.total|money:shop }}``: smallest units as an amount of the shop's currency."""
    digits = shop.digits
    sign, whole = ("-" if amount < 0 else ""), f"{abs(amount):0{digits + 1}d}"
    decimal = f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"
    return format_currency(decimal, shop.currency, locale=reader())


@register.filter
def called(word: str, words: dict[str, str]) -> str:
    """``{{ order.state|called:words.states }}``: a word of the order book as people say it."""
    return words.get(word, word)
