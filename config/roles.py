"""What each role of a deployment serves: ``COUNTERTOP_ROLE``.

``cloud`` is the vendor's server, ``shop`` a restaurant's own, ``all`` (the default) both in one.
What a role does not serve answers as an address that nobody knows. Its name stays, so that pages
which mention it can still be drawn.
"""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt

__all__ = ["ALL", "CLOUD", "ROLES", "SHOP", "does", "only", "sells"]

ALL, CLOUD, SHOP = ROLES = ("all", "cloud", "shop")


def does(role: str) -> bool:
    """Whether this deployment does what ``role``, ``CLOUD`` or ``SHOP``, does."""
    return settings.ROLE in (role, ALL)


def only(role: str, addresses: Iterable[URLPattern]) -> list[URLPattern]:
    """These addresses where this deployment does what ``role`` does; else unknown ones."""
    if does(role):
        return list(addresses)
    return [URLPattern(one.pattern, absent, one.default_args, one.name) for one in addresses]


@csrf_exempt  # or a POST would be refused for its token instead
def absent(request: HttpRequest, **named: object) -> HttpResponse:
    """Answer what is served elsewhere, whatever the method."""
    raise Http404


def sells(request: HttpRequest) -> Mapping[str, bool]:
    """For templates: whether there is a counter here, and a vendor's desk, with pages to go to."""
    return {"sells": does(SHOP), "is_desk": does(CLOUD)}
