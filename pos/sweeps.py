"""What the worker settles with the payment provider: what crashes left open, refunds that are owed."""

from pos import intents, returns
from pos.providers import configured

__all__ = ["is_due", "settle"]


def is_due() -> bool:
    """Whether there is anything to settle, and somebody to settle it with."""
    return configured.there_is() and (intents.is_due() or returns.is_due())


def settle() -> int:
    """Settle a batch of each; answers how many were looked at. Raises ``NoProvider``."""
    provider = configured.get()
    return intents.sweep(provider) + returns.sweep(provider)
