"""A person's dashboard: their shops, licence, alerts and today, in a constant number of questions.

The answer is kept for a moment, under the person and the version of what they see: an event in
one of their shops makes it another version, so a sale shows at once.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from accounts.models import AuthSession, Device, Membership, Shop
from core import ids, statements, wire
from core.statements import Statement
from licensing import policy
from licensing.models import Alert, Site
from live.models import ShopCounter
from portal.facts import (
    AlertFact,
    Dashboard,
    LicenseFact,
    LogLine,
    Metrics,
    ShopToday,
    sentence,
)
from pos import money
from pos.models import Order, StockLevel

__all__ = ["ONLINE", "of"]

log = logging.getLogger(__name__)

#: A device is there if it was heard of within this time; it is written down once a minute.
ONLINE = timedelta(minutes=3)
#: How long an answer is kept while nothing happens in the shops.
KEPT_SECONDS = 15
SHOWN = 10
NEAR = timedelta(days=30)
SOLD = [Order.State.PAID, Order.State.REFUNDED]

#: The last lines of the trail: of the shops a person manages, and their own outside of shops.
LINES = Statement(
    "recent_lines",
    """
    SELECT line.id, line.action, line.at, line.shop_id,
           COALESCE(NULLIF(person.name, ''), person.username, '') AS actor
    FROM (
        SELECT recent.* FROM accounts_membership AS place
        CROSS JOIN LATERAL (
            SELECT id, action, at, shop_id, actor_id FROM accounts_auditevent
            WHERE shop_id = place.shop_id ORDER BY id DESC LIMIT 10
        ) AS recent
        WHERE place.user_id = %(user)s AND place.role <> 'cashier'
        UNION ALL
        SELECT own.* FROM (
            SELECT id, action, at, shop_id, actor_id FROM accounts_auditevent
            WHERE actor_id = %(user)s AND shop_id IS NULL AND id >= %(since)s
            ORDER BY id DESC LIMIT 10
        ) AS own
    ) AS line
    LEFT JOIN accounts_user AS person ON person.id = line.actor_id
    ORDER BY line.id DESC LIMIT 10
    """,
    sqlite="""
    SELECT line.id, line.action, line.at, line.shop_id,
           COALESCE(NULLIF(person.name, ''), person.username, '') AS actor
    FROM accounts_auditevent AS line
    LEFT JOIN accounts_user AS person ON person.id = line.actor_id
    WHERE line.shop_id IN (
            SELECT shop_id FROM accounts_membership
            WHERE user_id = %(user)s AND role <> 'cashier'
        )
       OR (line.actor_id = %(user)s AND line.shop_id IS NULL AND line.id >= %(since)s)
    ORDER BY line.id DESC LIMIT 10
    """,
    returns={"id": UUID, "action": str, "at": datetime, "shop_id": UUID, "actor": str},
)


def of(user_id: UUID) -> Dashboard:
    """What a person is shown of their shops now."""
    places = list(
        Membership.objects.filter(user_id=user_id)
        .select_related("shop__counter")
        .order_by("created_at", "pk")
    )
    name = _name(user_id, places)
    if (kept := _kept(name)) is not None:
        return msgspec.json.decode(kept, type=Dashboard)
    made = _made(user_id, places)
    _keep(name, wire.encode(made))
    return made


def _made(user_id: UUID, places: Sequence[Membership]) -> Dashboard:
    now = timezone.now()
    shops = {place.shop_id: place.shop for place in places}
    # a deleted one, too: its shops stay closed, as ``policy`` judges
    sites = list(Site.objects.filter(shops__in=shops).prefetch_related("shops"))
    alerts = list(_alerts({site.pk for site in sites}, now))
    rows = _shops(places, sites, now)
    lines = statements.ask(LINES(user=user_id, since=ids.since(now - NEAR)))[0]
    still_open = [one for one in alerts if one.closed_at is None]
    online = sum(row.devices_online for row in rows)
    return Dashboard(
        metrics=Metrics(
            active_alerts=len(still_open),
            rails_online=online,
            downtime_minutes=_downtime(alerts, now),
            shops=len(shops),
            orders_today=sum(row.orders_today for row in rows),
            sales_today=_sales(rows, [place.shop for place in places]),
            low_stock=sum(row.low_stock for row in rows),
            devices_online=online,
        ),
        license=_license(policy.standing({site.pk: site for site in sites}.values(), now)),
        recent_logs=[_line(line, shops) for line in lines],
        command_center_url=settings.COMMAND_CENTER_URL,
        shops=rows,
        alerts=[
            AlertFact(one.kind, one.message, one.site.name if one.site else "", one.opened_at)
            for one in still_open[:SHOWN]
        ],
    )


def _shops(places: Sequence[Membership], sites: Sequence[Site], now: datetime) -> list[ShopToday]:
    """How each shop does today."""
    shops = [place.shop for place in places]
    sold = _sold(shops, now)
    low = _low(shops)
    online = _online(shops, now)
    theirs: dict[UUID, list[Site]] = {shop.pk: [] for shop in shops}
    for site in {site.pk: site for site in sites}.values():
        for shop in site.shops.all():
            theirs.get(shop.pk, []).append(site)
    return [
        ShopToday(
            id=place.shop_id,
            name=place.shop.name,
            role=place.role,
            currency=place.shop.currency,
            orders_today=sold.get(place.shop_id, (0, 0))[0],
            sales_today=money.text(sold.get(place.shop_id, (0, 0))[1], place.shop.digits),
            low_stock=low.get(place.shop_id, 0),
            devices_online=online.get(place.shop_id, 0),
            license=policy.standing(theirs[place.shop_id], now).state.value,
        )
        for place in places
    ]


def _sold(shops: Sequence[Shop], now: datetime) -> dict[UUID, tuple[int, int]]:
    """Orders and what was taken, given back left out, of each shop's business day."""
    today = Q(pk__in=[])
    for shop in shops:
        today |= Q(shop=shop, business_day=shop.business_day(now))
    # The index is by time; a business day began two days ago at the most.
    near = Order.objects.filter(created_at__gte=now - timedelta(days=2), shop__in=shops)
    counted = near.filter(today, state__in=[Order.State.OPEN, *SOLD]).values("shop_id")
    rows = counted.annotate(
        number=Count("pk"),
        taken=Sum(F("total") - F("refunded"), filter=Q(state__in=SOLD), default=0),
    )
    return {row["shop_id"]: (row["number"], row["taken"]) for row in rows}


def _low(shops: Sequence[Shop]) -> dict[UUID, int]:
    """Products on offer that are at their reorder level or below."""
    low = StockLevel.objects.filter(
        shop__in=shops, product__is_active=True, quantity__lte=F("reorder_level")
    )
    return dict(low.values("shop_id").annotate(number=Count("pk")).values_list("shop_id", "number"))


def _online(shops: Sequence[Shop], now: datetime) -> dict[UUID, int]:
    """Devices that were heard of just now, by their token or by whoever is signed in on them."""
    since = now - ONLINE
    in_use = AuthSession.objects.filter(
        device=OuterRef("pk"), revoked_at=None, last_used_at__gte=since
    )
    there = Device.objects.filter(shop__in=shops, revoked_at=None, paired_at__isnull=False)
    there = there.filter(Q(last_seen_at__gte=since) | Exists(in_use))
    rows = there.values("shop_id").annotate(number=Count("pk"))
    return dict(rows.values_list("shop_id", "number"))


def _alerts(sites: set[UUID], now: datetime) -> Any:
    """Alerts of these sites that are open, or closed today; the newest first."""
    today = Q(closed_at=None) | Q(closed_at__gte=_midnight(now))
    found = Alert.objects.filter(today, site__in=sites).select_related("site")
    return found.order_by("-opened_at")


def _downtime(alerts: Sequence[Alert], now: datetime) -> int:
    """Minutes of today in which a site was not heard of, as the alerts say; of all sites."""
    begin = _midnight(now)
    silent = [
        (one.closed_at or now) - max(one.opened_at, begin)
        for one in alerts
        if one.kind in (Alert.Kind.LATE, Alert.Kind.OFFLINE, Alert.Kind.DARK)
    ]
    return int(sum(silent, timedelta()).total_seconds() // 60)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _sales(rows: Sequence[ShopToday], shops: Sequence[Shop]) -> str:
    """What was taken in the first shop's currency: sums of several would say nothing."""
    if not shops:
        return "0.00"
    first = shops[0]
    mine = [Decimal(row.sales_today) for row in rows if row.currency == first.currency]
    return money.text(money.units(sum(mine, Decimal()), first.digits), first.digits)


def _license(standing: policy.Standing) -> LicenseFact:
    site = standing.site
    return LicenseFact(
        state=standing.state.value,
        cause=standing.cause.value if standing.cause else None,
        expires_at=site.license_expires_at if site else None,
        lock_reason=site.lock_reason if site else "",
        contact_email=site.contact_email if site else "",
    )


def _line(line: Any, shops: dict[UUID, Shop]) -> LogLine:
    shop = shops.get(line.shop_id)
    where = shop.name if shop is not None and len(shops) > 1 else ""
    return LogLine(line.id, line.action, sentence(line.action, line.actor, where), line.at)


# --- kept for a moment ------------------------------------------------------------------


def _name(user_id: UUID, places: Sequence[Membership]) -> str:
    """The person and the version of what they see."""
    seen = [settings.VERSION, settings.COMMAND_CENTER_URL]
    for place in places:
        seen += [place.shop_id.hex, place.role, str(_seq(place.shop)), place.shop.name]
    return f"dashboard:{user_id.hex}:{hashlib.sha256('|'.join(seen).encode()).hexdigest()[:32]}"


def _seq(shop: Shop) -> int:
    try:
        return shop.counter.event_seq
    except ShopCounter.DoesNotExist:
        return 0


def _kept(name: str) -> bytes | None:
    try:
        found: bytes | None = cache.get(name)
    except Exception as error:  # whatever the cache's driver raises: it is made anew
        log.warning("The dashboard was not looked up: %s", error)
        return None
    return found


def _keep(name: str, made: bytes) -> None:
    try:
        cache.set(name, made, KEPT_SECONDS)
    except Exception as error:  # whatever the cache's driver raises
        log.warning("The dashboard was not kept: %s", error)
