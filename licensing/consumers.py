"""``ws/site``: where a site's own server hears that it should check in."""

from typing import Any

from core import addresses, limits
from core.errors import TooMany
from licensing import keys
from licensing.errors import BadSiteKey
from licensing.switchboard import switchboard
from live import frames
from live.consumers import Socket
from live.errors import SessionEnded, TooMuch
from live.following import asking

__all__ = ["MOST", "SiteConsumer"]

#: Lines opened from one address, by right and wrong keys.
MOST = "600/h"

CHECK_IN, PING = frames.notice("check_in").text, frames.notice("ping").text


class SiteConsumer(Socket):
    """Says ``{type: "check_in"}`` when the vendor changed something of the site, and pings.

    Opened with ``X-Site-ID`` and ``X-Site-Key``; closes with 4401 where they open nothing (any
    more). It carries no authority.
    """

    async def follow(self) -> None:
        known = await enter(self.scope)
        async with switchboard.plugged(known) as post:
            while True:
                has_news = await post.waiting()
                if post.is_over:
                    raise SessionEnded
                await self.line.say(CHECK_IN if has_news else PING)


@asking
def enter(scope: Any) -> Any:
    """The site that opens this line. Raises ``SessionEnded`` or ``TooMuch``."""
    headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
    peer, _ = scope.get("client") or ("", 0)
    address = addresses.pick(peer, headers.get("x-forwarded-for", ""))
    try:
        limits.hit("site-line", addresses.network(address), MOST)
        claim = keys.Claim.of(headers.get("x-site-id", ""), headers.get("x-site-key", ""))
        return keys.holder(claim)
    except TooMany:
        raise TooMuch from None
    except BadSiteKey:
        raise SessionEnded from None
