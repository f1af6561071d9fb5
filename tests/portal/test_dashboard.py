"""The dashboard: today of every shop of a person's, in as many questions for ten as for one."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from accounts import sessions
from accounts.models import Membership
from core import statements
from licensing import policy, sites
from licensing.models import Alert, Site
from portal import dashboard
from pos import catalog, orders, refunds, stock
from pos.stock import Step
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories

pytestmark = pytest.mark.django_db
EMPTY = {
    "active_alerts": 0, "rails_online": 0, "downtime_minutes": 0, "shops": 0, "orders_today": 0,
    "sales_today": "0.00", "low_stock": 0, "devices_online": 0,
}  # fmt: skip


def furnished(shop, owner, *, pieces=50):
    row = catalog.add(shop=shop, actor=owner, fields={"name": "Tea", "price": 250})
    step = Step("receive", pieces=pieces)
    stock.change(product_id=row.id, step=step, shop=shop, actor=owner)
    return row


def sell(shop, owner, row, pieces, *, paid=True):
    tenders = [Tender(method="card")] if paid else []
    wishes = [Wish(row.id, pieces)]
    return orders.place(Ticket(wishes=wishes, tenders=tenders), shop=shop, actor=owner)


def test_who_has_no_shop_sees_an_empty_day_and_their_own_doings(api):
    user = factories.person("vera")
    client = api(user)
    found = client.get("/dashboard/summary").json()

    assert {*found} == {"metrics", "license", "recent_logs", "command_center_url"}
    assert found["metrics"] == EMPTY
    assert found["license"]["state"] == "active"
    assert found["command_center_url"].startswith("http")
    (line,) = found["recent_logs"]
    assert {*line} == {"id", "action", "description", "created_at"}
    assert line["description"] == "Session began by Vera"
    assert line["created_at"].endswith("Z")


def test_today_is_summed_by_the_shops_business_day(api, shop, owner):
    row = furnished(shop, owner)
    with time_machine.travel(timezone.now() - timedelta(days=1, hours=12)):
        sell(shop, owner, row, 9)
    sell(shop, owner, row, 2)
    given = sell(shop, owner, row, 4)
    refunds.give(given.id, amount=300, reason="cold", shop=shop, actor=owner)
    sell(shop, owner, row, 1, paid=False)

    metrics = api(owner).get("/dashboard/summary").json()["metrics"]
    assert (metrics["shops"], metrics["orders_today"], metrics["sales_today"]) == (1, 3, "12.00")


def test_a_sale_shows_at_once_though_the_answer_is_kept(api, shop, owner):
    row = furnished(shop, owner)
    client = api(owner)
    first = client.get("/dashboard/summary").json()["metrics"]
    sell(shop, owner, row, 2)
    second = client.get("/dashboard/summary").json()["metrics"]

    assert (first["orders_today"], second["orders_today"]) == (0, 1)
    assert second["sales_today"] == "5.00"


def test_a_repeat_within_a_moment_asks_once(shop, owner, django_assert_num_queries):
    dashboard.of(owner.pk)
    with django_assert_num_queries(1):
        dashboard.of(owner.pk)


def test_ten_shops_are_as_many_questions_as_one(shop, owner, django_assert_num_queries):
    def asked():
        cache.clear()
        with django_assert_num_queries(8):
            return dashboard.of(owner.pk)

    furnished(shop, owner)
    site = Site.objects.create(name="Site")
    site.shops.add(shop)
    asked()
    for number in range(9):
        another = factories.shop_of(owner, f"Shop {number}")
        row = furnished(another, owner, pieces=1)
        sell(another, owner, row, 1)
        more = Site.objects.create(name=f"Site {number}")
        more.shops.add(another)
    found = asked()

    assert (found.metrics.shops, found.metrics.orders_today) == (10, 9)
    assert found.metrics.low_stock == 9
    assert statements.ask(dashboard.LINES(user=owner.pk, since=shop.pk))[0]


def test_licence_and_alerts_are_those_of_ones_own_sites(api, shop, owner, other_shop):
    now = timezone.now().replace(hour=12, minute=0)
    site = Site.objects.create(
        name="Corner", is_locked=True, lock_reason="Unpaid", contact_email="desk@example.com"
    )
    site.shops.add(shop)
    theirs = Site.objects.create(name="Rival")
    theirs.shops.add(other_shop)
    for one in (site, theirs):
        Alert.objects.create(
            site=one, kind="late", message=f"{one} is late.", opened_at=now - timedelta(minutes=90)
        )
    Alert.objects.create(
        site=site, kind="offline", message="It was away.",
        opened_at=now - timedelta(days=1), closed_at=now.replace(hour=1),
    )  # fmt: skip
    with time_machine.travel(now, tick=False):
        found = api(owner).get("/dashboard/summary").json()
        page = dashboard.of(owner.pk)

    assert found["license"] | {"expires_at": None} == {
        "state": "locked", "cause": "locked", "expires_at": None, "lock_reason": "Unpaid",
        "contact_email": "desk@example.com",
    }  # fmt: skip
    assert found["metrics"]["active_alerts"] == 1
    assert found["metrics"]["downtime_minutes"] == 60 + 90
    assert [(one.site, one.message) for one in page.alerts] == [("Corner", "Corner is late.")]
    assert page.shops[0].license == "locked"


def test_a_deleted_site_restricts_its_shops_here_as_at_the_till(shop, owner):
    site = sites.register(actor=None, fields={"name": "Corner", "shop_ids": [shop.pk]}).site
    sites.delete(site.site_id, actor=None)

    found = dashboard.of(owner.pk)

    assert found.shops[0].license == found.license.state == policy.of(shop.pk).state == "restricted"


def test_devices_are_there_while_they_are_heard_of(api, shop, owner, cashier):
    from accounts import devices
    from accounts.models import Device

    till, spare = (
        devices.register(shop=shop, kind="till", name=name, actor=owner) for name in ("A", "B")
    )
    for one in (till, spare):
        factories.paired(one)
    Device.objects.filter(pk=till.pk).update(last_seen_at=timezone.now())
    Device.objects.filter(pk=spare.pk).update(last_seen_at=timezone.now() - timedelta(hours=1))
    assert dashboard.of(owner.pk).metrics.devices_online == 1
    sessions.begin(user=cashier, device=spare)
    cache.clear()
    assert dashboard.of(owner.pk).metrics.rails_online == 2


def test_a_cashier_sees_the_day_and_not_what_others_did(api, shop, owner, cashier):
    row = furnished(shop, owner)
    sell(shop, owner, row, 1)

    mine = api(cashier).get("/dashboard/summary").json()
    assert mine["metrics"]["orders_today"] == 1
    assert [one["action"] for one in mine["recent_logs"]] == ["session.began"]
    boss = api(owner).get("/dashboard/summary").json()
    assert "order.placed" in [one["action"] for one in boss["recent_logs"]]


def test_currencies_are_not_added_up(shop, owner):
    abroad = factories.shop_of(owner, "Kyoto", currency="JPY")
    for one in (shop, abroad):
        sell(one, owner, furnished(one, owner), 2)

    found = dashboard.of(owner.pk)
    assert found.metrics.sales_today == "5.00"
    assert [row.sales_today for row in found.shops] == ["5.00", "500"]


def test_another_answer_follows_another_role(shop, owner, cashier):
    assert not dashboard.of(cashier.pk).recent_logs
    Membership.objects.filter(user=cashier).update(role="manager")
    assert dashboard.of(cashier.pk).recent_logs


def test_without_a_cache_it_is_made_each_time(shop, owner, monkeypatch):
    def broken(*args):
        raise ConnectionError("gone")

    monkeypatch.setattr(cache, "get", broken)
    monkeypatch.setattr(cache, "set", broken)
    assert dashboard.of(owner.pk).metrics.shops == 1


def test_strangers_have_no_dashboard(api):
    assert api(None).get("/dashboard/summary").status_code == 401
