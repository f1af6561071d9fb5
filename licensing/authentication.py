"""Who calls with ``X-Site-ID`` and ``X-Site-Key``: a site's own server."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from core import addresses, context, limits
from licensing import keys
from licensing.errors import BadSiteKey

__all__ = ["MOST", "KnownSite", "SiteKeys"]

#: Heartbeats from one address, right and wrong ones.
MOST = "600/h"


class SiteKeys(BaseAuthentication):
    """The site that both headers name, as ``request.auth``; there is no person.

    Raises ``BadSiteKey`` for whatever else is sent, and ``TooMany``.
    """

    def authenticate(self, request: Any) -> tuple[None, Any]:
        limits.hit("heartbeat", addresses.network(context.current().address), MOST)
        meta = request.META  # `headers` would read all of them
        return None, keys.holder(meta.get("HTTP_X_SITE_ID", ""), meta.get("HTTP_X_SITE_KEY", ""))


class KnownSite(BasePermission):
    """A site, by ``SiteKeys``."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.auth is None:
            raise BadSiteKey
        return True
