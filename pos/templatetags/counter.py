"""Amounts and the words of the order book as people read them."""

from django import template

from accounts.models import Shop
from pos import words

register = template.Library()


@register.filter
def money(amount: int, shop: Shop) -> str:
    """``{{ order.total|money:shop }}``: smallest units as an amount of the shop's currency."""
    return words.money(amount, shop)


@register.filter
def called(word: str, words: dict[str, str]) -> str:
    """``{{ order.state|called:words.states }}``: a word of the order book as people say it."""
    return words.get(word, word)
