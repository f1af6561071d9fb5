"""Amounts and the words of the order book as people read them."""

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, to_locale

from accounts.models import Shop
from pos.money import text

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
    return format_currency(text(amount, shop.digits), shop.currency, locale=reader())


@register.filter
def called(word: str, words: dict[str, str]) -> str:
    """``{{ order.state|called:words.states }}``: a word of the order book as people say it."""
    return words.get(word, word)
