"""Who calls with ``X-Site-ID`` and ``X-Site-Key``: a site's own server."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from core import addresses, context, limits
from licensing.errors import BadSiteKey
from licensing.keys import Claim

__all__ = ["MOST", "ClaimedSite", "SiteKeys"]

#: Heartbeats from one address, right and wrong ones, and how many more each process may keep to
#: itself: 600 in all, with 25 processes.
MOST = "500/h"
UNSHARED = 4


class SiteKeys(BaseAuthentication):
    """What both headers claim, as ``request.auth``; there is no person. Raises ``TooMany``.

    Whether it is true the verb finds out in the statement that writes.
    """

    def authenticate(self, request: Any) -> tuple[None, Claim]:
        address = addresses.network(context.current().address)
        limits.hit("heartbeat", address, MOST, unshared=UNSHARED)
        meta = request.META  # `headers` would read all of them
        return None, Claim.of(meta.get("HTTP_X_SITE_ID", ""), meta.get("HTTP_X_SITE_KEY", ""))


class ClaimedSite(BasePermission):
    """Whoever claims to be a site by ``SiteKeys``: for verbs that take a claim and prove it."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.auth is None:
            raise BadSiteKey
        return True
