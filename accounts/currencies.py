"""Currencies a shop can have, by their ISO 4217 code."""

from functools import cache

from babel.numbers import get_currency_precision, list_currencies


@cache
def digits(code: str) -> int:
    """How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(code)


@cache
def known() -> frozenset[str]:
    """Every currency code a shop may choose."""
    return frozenset(list_currencies("en"))
