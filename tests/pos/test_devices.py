"""Devices under the licence: paired where the site is in order, each change told to screens."""

import json

import pytest

from accounts import devices as nouns
from accounts.models import AuditEvent, Device, PairingCode
from licensing.errors import SiteLocked, SiteRestricted
from licensing.models import Site
from live.models import Event
from pos import devices
from tests import factories

STATES = {"site_locked": {"is_locked": True}, "site_restricted": {"is_active": False}}


@pytest.fixture
def till(shop, manager) -> Device:
    return nouns.register(shop=shop, kind="till", name="Till 1", actor=manager)


def refuse(shop, code):
    site = Site.objects.create(name="Corner", **STATES[code])
    site.shops.add(shop)


def told(shop):
    found = Event.objects.filter(shop=shop).order_by("seq")
    return [(event.kind, json.loads(event.data)) for event in found]


def test_screens_hear_of_a_device_from_its_registration_to_its_end(shop, manager):
    device = devices.register(shop=shop, kind="kds", name="Kitchen", actor=manager)
    code = devices.offer(device.pk, shop=shop, actor=manager).code
    devices.pair(code=code)
    for _ in range(2):
        devices.revoke(device.pk, shop=shop, actor=manager)

    heard = told(shop)
    assert [kind for kind, _row in heard] == ["device_changed"] * 3
    assert [row["status"] for _kind, row in heard] == ["new", "paired", "revoked"]
    assert {row["id"] for _kind, row in heard} == {str(device.pk)}
    assert "token" not in str(heard)


def test_screens_hear_when_tills_lock_anew(shop, manager):
    for _ in range(2):
        devices.lock_after(7, shop=shop, actor=manager)

    [(kind, row)] = told(shop)
    assert (kind, row["currency"]) == ("settings_changed", "EUR")


@pytest.mark.parametrize("code", STATES)
def test_a_site_out_of_order_pairs_nothing(api, shop, manager, till, code):
    pairing = nouns.offer(till.pk, shop=shop, actor=manager).code
    refuse(shop, code)
    client, path = api(manager), f"/shops/{shop.pk}/devices"
    lines = AuditEvent.objects.count()

    answers = [
        client.post(path, {"kind": "till", "name": "Till 2"}),
        client.post(f"{path}/{till.pk}/pairing-code"),
        api(None).post("/devices/pair", {"code": pairing}),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(423, code)] * 3
    assert Device.objects.get().paired_at is None
    assert PairingCode.objects.get().used_at is None
    assert (AuditEvent.objects.count(), told(shop)) == (lines, [])
    Site.objects.update(is_locked=False, is_active=True)
    assert api(None).post("/devices/pair", {"code": pairing}).status_code == 200


@pytest.mark.parametrize(
    ("code", "refusal"), [("site_locked", SiteLocked), ("site_restricted", SiteRestricted)]
)
def test_a_site_out_of_order_may_take_a_device_away_but_change_no_setting(
    shop, manager, till, code, refusal
):
    refuse(shop, code)

    with pytest.raises(refusal):
        devices.lock_after(7, shop=shop, actor=manager)
    devices.revoke(till.pk, shop=shop, actor=manager)

    assert [kind for kind, _row in told(shop)] == ["device_changed"]


def test_the_pages_say_that_the_site_is_locked(client, shop, manager, till):
    pairing = nouns.offer(till.pk, shop=shop, actor=manager).code
    refuse(shop, "site_locked")

    refused = client.post("/pair/", {"code": pairing})
    assert (refused.status_code, "This site is locked" in refused.content.decode()) == (423, True)
    client.post("/sign-in/", {"name": manager.username, "password": factories.PASSWORD})
    path = f"/shops/{shop.pk}/devices/"
    for wish in ({"act": "add", "kind": "till", "name": "x"}, {"act": "lock", "lock_minutes": "9"}):
        assert client.post(path, wish).status_code == 423
    assert Device.objects.count() == 1


def test_a_registration_sent_again_under_a_lock_gets_its_first_answer(api, shop, manager):
    client, path = api(manager), f"/shops/{shop.pk}/devices"
    wish, key = {"kind": "till", "name": "Till 2"}, {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = client.post(path, wish, **key)
    refuse(shop, "site_locked")

    again = client.post(path, wish, **key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert Device.objects.count() == 1
