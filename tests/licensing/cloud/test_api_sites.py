"""The vendor's desk over the wire: registered, read, changed, locked, given a new key, deleted."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from accounts.models import AuditEvent
from core import ids
from licensing import policy, sites
from licensing.models import Command, Site, SiteContact, SiteKey
from licensing.policy import State
from live.models import Event
from tests import factories

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def desk(api, sysadmin, clock):
    return api(sysadmin)


@pytest.fixture
def url(site):
    return f"/sites/{site.site_id}"


def actions():
    found = AuditEvent.objects.filter(action__startswith="site.").order_by("at", "id")
    return list(found.values_list("action", flat=True))


def put(client, url, body):
    return client.put(url, body, content_type="application/json")


# --- register -----------------------------------------------------------------------------


def test_a_site_is_registered_and_its_key_shown_this_once(desk):
    until = "2027-03-01T00:00:00Z"
    wish = {
        "name": "Corner",
        "ownerName": "Olga",
        "contact_email": "olga@example.com",
        "license_expires_at": until,
    }

    answer = desk.post("/sites", wish)

    row = answer.json()
    assert answer.status_code == 201
    assert UUID(row["site_id"]) == UUID(row["id"])
    assert (row["name"], row["owner_name"], row["license_expires_at"]) == ("Corner", "Olga", until)
    assert (row["status"], row["connection"], row["grace_days"]) == ("active", "never", 7)
    assert (row["is_active"], row["is_locked"], row["pending_command"]) == (True, False, None)
    assert len(row["secret_key"]) == 43
    kept = SiteKey.objects.get()
    assert row["secret_key"].encode() not in bytes(kept.digest)
    assert "secret_key" not in desk.get(f"/sites/{row['site_id']}").json()
    assert actions() == ["site.registered"]
    beat = {"version": "1", "uptime_seconds": 1}
    headers = {"X-Site-ID": row["site_id"], "X-Site-Key": row["secret_key"]}
    assert desk.post("/heartbeat", beat, headers=headers).status_code == 200


def test_a_repeat_shows_the_same_key_and_makes_no_second_site(desk):
    first, second = (
        desk.post("/sites", {"name": "Corner"}, headers={"Idempotency-Key": "k"}) for _ in "ab"
    )

    assert first.content == second.content
    assert second["Idempotent-Replay"] == "true"
    assert Site.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid", "name"),
        ({"name": ""}, "invalid", "name"),
        ({"name": "x" * 256}, "invalid", "name"),
        ({"name": "a\nb"}, "invalid", "name"),
        ({"name": 7}, "invalid", "name"),
        ({"name": "A", "contact_email": "nobody"}, "invalid", "contact_email"),
        ({"name": "A", "license_expires_at": "soon"}, "invalid", "license_expires_at"),
        ({"name": "A", "license_expires_at": "2027-03-01"}, "invalid", "license_expires_at"),
        (
            {"name": "A", "license_expires_at": "9999-01-01T00:00:00Z"},
            "invalid",
            "license_expires_at",
        ),
        ({"name": "A", "grace_days": -1}, "invalid", "grace_days"),
        ({"name": "A", "grace_days": 367}, "invalid", "grace_days"),
        ({"name": "A", "shop_ids": ["x"]}, "invalid", "shop_ids"),
        ({"name": "A", "shop_ids": [str(ids.new())]}, "invalid", "shop_ids"),
        ({"name": "A", "is_trusted": True}, "unknown_field", "is_trusted"),
    ],
)
def test_a_wish_that_makes_no_sense_registers_nothing(desk, body, code, field):
    answer = desk.post("/sites", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert field in {name.split(".")[0] for name in answer.json()["errors"]}
    assert (Site.objects.count(), SiteKey.objects.count(), actions()) == (0, 0, [])


# --- who may ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["user", "dev"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("post", ""), ("get", "/{}"), ("put", "/{}"), ("patch", "/{}"),
        ("delete", "/{}"), ("post", "/{}/lock"), ("post", "/{}/unlock"), ("post", "/{}/rotate-key"),
    ],
)  # fmt: skip
def test_the_desk_is_for_sysadmins(api, site, role, method, path):
    person = factories.person("wanda", role=role)
    factories.shop_of(person)
    before = actions()

    for some in (site.site_id, ids.new()):
        answer = getattr(api(person), method)(
            f"/sites{path.format(some)}", content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
        answer = getattr(api(None), method)(
            f"/sites{path.format(some)}", content_type="application/json"
        )
        assert answer.status_code == 401

    assert actions() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("put", ""),
        ("delete", ""),
        ("post", "/lock"),
        ("post", "/unlock"),
        ("post", "/rotate-key"),
    ],
)
def test_a_deleted_site_is_an_unknown_one(desk, site, url, method, path):
    sites.delete(site.site_id, actor=None)
    body = {"reason": "x"} if path.endswith("lock") else {}
    answers = [
        getattr(desk, method)(
            f"{place}{path}",
            body,
            content_type="application/json",
            headers={"X-Request-ID": "same"},
        )
        for place in (url, f"/sites/{ids.new()}")
    ]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert desk.get("/sites").json() == []


# --- read ---------------------------------------------------------------------------------


def test_a_list_says_how_each_stands(desk):
    made = {}
    for name, fields, seen in (
        ("active", {}, None),
        ("expiring", {"license_expires_at": NOW + 30 * DAY}, timedelta()),
        ("expired", {"license_expires_at": NOW}, 9 * HOUR),
        ("inactive", {"is_active": False}, 24 * HOUR),
        (
            "locked",
            {"is_active": False, "license_expires_at": NOW},
            9 * HOUR - timedelta(seconds=1),
        ),
    ):
        made[name] = sites.register(actor=None, fields={"name": name} | fields).site
        if seen is not None:
            SiteContact.objects.filter(site=made[name]).update(last_seen_at=NOW - seen)
    sites.lock(made["locked"].site_id, reason="Unpaid", actor=None)

    answer = desk.get("/sites")

    assert [(one["status"], one["connection"]) for one in answer.json()] == [
        ("locked", "online"),
        ("inactive", "offline"),
        ("expired", "late"),
        ("expiring", "online"),
        ("active", "never"),
    ]
    assert answer["X-Total-Count"] == "5"
    for words, names in {
        "active": ["active"],
        "EXPIRING": ["expiring"],
        "expired": ["expired"],
        "locked, inactive": ["locked", "inactive"],
        "never": ["active"],
        "online": ["locked", "expiring"],
        "late,offline": ["inactive", "expired"],
        "online,locked": ["locked"],
        "late,active": [],
    }.items():
        found = desk.get("/sites", {"status": words}).json()
        assert [one["name"] for one in found] == names, words
    assert [one["name"] for one in desk.get("/sites", {"q": "EXPI"}).json()] == [
        "expired",
        "expiring",
    ]
    assert "status" in desk.get("/sites", {"status": "gone"}).json()["errors"]


def test_a_list_comes_in_pages_with_few_queries(desk, django_assert_max_num_queries):
    for n in range(5):
        sites.register(actor=None, fields={"name": str(n)})
    first = desk.get("/sites", {"limit": 2})
    assert [one["name"] for one in first.json()] == ["4", "3"]
    following = first["Link"].split("/api/v1")[1].split(">")[0]
    assert [one["name"] for one in desk.get(following).json()] == ["2", "1"]
    with django_assert_max_num_queries(6):
        assert len(desk.get("/sites").json()) == 5


def test_the_detail_has_the_last_heartbeats_and_the_lock_history(desk, url, caller, sysadmin):
    caller.beat(version="1.0", applied_seq=0)
    desk.post(f"{url}/lock", {"reason": "Unpaid"})
    caller.beat(version="1.0")

    row = desk.get(url).json()

    assert [(one["seq"], one["locked"]) for one in row["heartbeats"]] == [
        (2 + SiteContact.LEAP, True),
        (1, False),
    ]
    (command,) = row["commands"]
    assert row["pending_command"] == command
    assert (command["kind"], command["reason"], command["requested_by"]) == (
        "lock",
        "Unpaid",
        "Sam",
    )
    assert command["requested_at"] == command["delivered_at"] == "2026-03-01T12:00:00Z"
    assert command["acknowledged_at"] is None
    assert (row["last_seen_ip"], row["version"]) == ("127.0.0.1", "1.0")
    told = 2 + SiteContact.LEAP
    caller.beat(version="1.0", applied_seq=told)
    row = desk.get(url).json()
    assert (row["pending_command"], row["applied_seq"], row["seq"]) == (None, told, told + 1)
    assert row["commands"][0]["acknowledged_at"] == "2026-03-01T12:00:00Z"
    assert [one["seq"] for one in row["heartbeats"]] == [told, 1]


# --- change -------------------------------------------------------------------------------


def test_a_put_is_partial_and_extends_the_licence(desk, site, url):
    answer = put(desk, url, {"license_expires_at": "2028-01-01T00:00:00Z"})

    assert answer.status_code == 200
    assert (answer.json()["license_expires_at"], answer.json()["name"]) == (
        "2028-01-01T00:00:00Z",
        "Corner",
    )
    line = AuditEvent.objects.get(action="site.changed")
    assert line.before == {"license_expires_at": None}
    assert line.after == {"license_expires_at": "2028-01-01T00:00:00Z", "reason": ""}
    assert put(desk, url, {"license_expires_at": None}).json()["license_expires_at"] is None
    assert put(desk, url, {"name": "New name", "grace_days": 3}).json()["grace_days"] == 3


def test_the_whole_row_may_come_back(desk, site, url):
    row = desk.get(url).json()

    assert put(desk, url, row | {"name": "Renamed"}).json()["name"] == "Renamed"
    assert put(desk, url, {"is_locked": True}).json()["is_locked"] is False
    assert put(desk, url, {"colour": "red"}).json()["code"] == "unknown_field"
    assert put(desk, url, {"secret_key": "mine"}).status_code == 400


def test_a_site_is_watched_for_a_day(site, clock):
    assert sites.watch(site.site_id, actor=None).watched_until == NOW + DAY
    extended = sites.extend(site.site_id, until=NOW + DAY, actor=None, reason="Paid")
    assert extended.license_expires_at == NOW + DAY


# --- lock and unlock ----------------------------------------------------------------------


def test_locking_what_is_to_be_locked_is_409_whether_or_not_the_site_knows(desk, url, caller):
    caller.beat()
    first = desk.post(f"{url}/lock", {"reason": " Unpaid "})
    assert first.status_code == 200
    row = first.json()
    assert (row["is_locked"], row["lock_reason"], row["locked_at"]) == (
        True,
        "Unpaid",
        "2026-03-01T12:00:00Z",
    )
    for applied in (1, 1, 2 + SiteContact.LEAP):
        refused = desk.post(f"{url}/lock", {"reason": "Again"})
        assert (refused.status_code, refused.json()["code"]) == (409, "already_locked")
        caller.beat(applied_seq=applied)
    assert Command.objects.get().acknowledged_at is not None
    assert desk.post(f"{url}/lock", {"reason": "Again"}).status_code == 409
    assert Site.objects.get().lock_reason == "Unpaid"
    assert Command.objects.count() == 1

    opened = desk.post(f"{url}/unlock", {})
    assert (opened.status_code, opened.json()["is_locked"]) == (200, False)
    assert desk.post(f"{url}/lock", {"reason": "Again"}).status_code == 200
    assert actions().count("site.locked") == 2
    assert actions().count("site.unlocked") == 1


def test_unlocking_what_is_not_locked_does_nothing(desk, url):
    before = actions()

    assert desk.post(f"{url}/unlock", {"reason": "Sure"}).json()["commands"] == []
    assert actions() == before


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": 7}, {"reason": "x" * 501}]
)
def test_a_lock_needs_a_reason(desk, url, body):
    answer = desk.post(f"{url}/lock", body)

    assert answer.status_code == 400
    assert "reason" in answer.json()["errors"]
    assert not Site.objects.get().is_locked


def test_a_lock_reaches_the_sites_shops_here_at_once(desk, site, url, shop, other_shop):
    put(desk, url, {"shop_ids": [str(shop.pk)]})

    desk.post(f"{url}/lock", {"reason": "Unpaid"})
    assert policy.of(shop.pk).state == State.LOCKED
    assert policy.of(other_shop.pk).state == State.ACTIVE
    desk.post(f"{url}/unlock", {"reason": "Paid"})
    assert policy.of(shop.pk).state == State.ACTIVE

    told = Event.objects.filter(kind__startswith="site_").order_by("seq")
    assert [(one.shop_id, one.kind) for one in told] == [
        (shop.pk, "site_locked"),
        (shop.pk, "site_unlocked"),
    ]
    assert told[0].data == (
        f'{{"site_id":"{site.site_id}","is_locked":true,"lock_reason":"Unpaid",'
        '"contact_email":"desk@example.com"}'
    )
    trail = AuditEvent.objects.filter(shop=shop, action__startswith="site.").order_by("at", "id")
    assert [one.action for one in trail] == ["site.locked", "site.unlocked"]


def test_a_deleted_sites_shops_open_no_new_orders(desk, url, shop):
    put(desk, url, {"shop_ids": [str(shop.pk)]})

    assert desk.delete(url).status_code == 204
    assert policy.of(shop.pk).state == State.RESTRICTED


def test_a_shop_goes_from_a_deleted_site_to_a_new_one(desk, url, shop, other_shop):
    put(desk, url, {"shop_ids": [str(shop.pk), str(other_shop.pk)]})
    desk.delete(url)

    desk.post("/sites", {"name": "Corner again", "shop_ids": [str(shop.pk)]})

    assert policy.of(shop.pk).state == State.ACTIVE
    assert policy.of(other_shop.pk).state == State.RESTRICTED


def test_a_new_key_is_shown_once(desk, url, caller):
    caller.beat()
    answer = desk.post(f"{url}/rotate-key", headers={"Idempotency-Key": "k"})
    again = desk.post(f"{url}/rotate-key", headers={"Idempotency-Key": "k"})

    assert answer.status_code == 200
    assert list(answer.json()) == ["secret_key"]
    assert answer.content == again.content
    assert SiteKey.objects.count() == 2
    caller.key = answer.json()["secret_key"]
    assert caller.post().status_code == 200
    assert SiteKey.objects.count() == 1
    assert actions()[-1] == "site.key_rotated"
