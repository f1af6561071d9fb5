"""Which provider this deployment asks: the one it is told of, in development a simulator."""

from functools import cache

from django.conf import settings

from pos.errors import NoProvider
from pos.providers import Provider
from pos.providers.http import HttpProvider
from pos.providers.simulator import Simulator


def get() -> Provider:
    """The provider. Raises ``NoProvider`` in production that names none."""
    if settings.PAYMENT_API_URL:
        return _http(settings.PAYMENT_API_URL, settings.PAYMENT_API_KEY)
    if settings.PRODUCTION:
        raise NoProvider
    return _simulator()


def there_is() -> bool:
    """Whether there is one."""
    return bool(settings.PAYMENT_API_URL) or not settings.PRODUCTION


@cache
def _http(url: str, key: str) -> HttpProvider:
    return HttpProvider(url, key)


@cache
def _simulator() -> Simulator:
    return Simulator()
