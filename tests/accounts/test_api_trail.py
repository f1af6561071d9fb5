"""The audit and who is signed in, over the wire."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import audit, seals, sessions
from accounts.models import AuditEvent, AuthSession, Device, Membership, User
from core import context, ids
from tests import factories

KEYS = {
    "id", "at", "action", "actor", "target_kind", "target_id", "before", "after", "address",
    "device_id", "device_name", "request_id", "seal",
}  # fmt: skip


@pytest.fixture
def till(shop):
    return Device.objects.create(shop=shop, kind="till", name="Till 1")


@pytest.fixture
def acts(shop, cashier, till):
    """Three lines: an order, its voiding, and a price, the last one without a seal."""
    facts = {"before": {"total": "4.50"}, "after": {"total": "0.00"}}
    with context.entered(address="192.0.2.7", device_id=str(till.pk), request_id="r-1"):
        audit.record("order.placed", ("order", "o-1"), shop=shop, actor=cashier)
        audit.record("order.voided", ("order", "o-1"), shop=shop, actor=cashier, **facts)
    seals.seal()
    audit.record("price.changed", ("product", "p-1"), shop=shop, actor=None)
    return AuditEvent.objects.filter(shop=shop)


def actions(response):
    assert response.status_code == 200
    return [line["action"] for line in response.json()]


def test_a_manager_reads_what_was_done_newest_first(api, shop, manager, cashier, till, acts):
    response = api(manager).get(f"/shops/{shop.pk}/audit")

    assert actions(response)[:3] == ["price.changed", "order.voided", "order.placed"]
    line = response.json()[1]
    assert line.keys() == KEYS
    stored = acts.get(action="order.voided")
    assert line == line | {
        "id": str(stored.pk),
        "at": stored.at.isoformat().replace("+00:00", "Z"),
        "actor": {"id": str(cashier.pk), "name": "Carla"},
        "target_kind": "order",
        "target_id": "o-1",
        "before": {"total": "4.50"},
        "after": {"total": "0.00"},
        "address": "192.0.2.7",
        "device_id": str(till.pk),
        "device_name": "Till 1",
        "request_id": "r-1",
        "seal": stored.seal.position,
    }
    assert (response.json()[0]["seal"], response.json()[0]["actor"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=order.placed", ["order.placed"]),
        ("action=order", ["order.voided", "order.placed"]),
        ("action=orde", []),
        ("action=price.changed&since=2000-01-01", ["price.changed"]),
        ("action=order&until=2000-01-01", []),
        ("action=order&since=9999-12-31T23:59:59Z", []),
        ("action=order&until=9999-12-31T23:59:59Z", ["order.voided", "order.placed"]),
        ("action=order&since=0001-01-01", ["order.voided", "order.placed"]),
    ],
)
def test_it_is_filtered(api, shop, manager, acts, query, found):
    assert actions(api(manager).get(f"/shops/{shop.pk}/audit?{query}")) == found


def test_it_is_filtered_by_who_and_when(api, shop, manager, cashier, acts):
    client, path = api(manager), f"/shops/{shop.pk}/audit"

    assert actions(client.get(path, {"actor": cashier.pk})) == ["order.voided", "order.placed"]
    assert actions(client.get(path, {"actor": ids.new()})) == []
    second = acts.get(action="order.voided").at.isoformat()
    assert actions(client.get(path, {"action": "order", "since": second})) == ["order.voided"]
    assert actions(client.get(path, {"action": "order", "until": second})) == ["order.placed"]
    days = sorted(at.date().isoformat() for at in acts.values_list("at", flat=True))
    assert len(actions(client.get(path, {"since": days[0], "endDate": days[-1]}))) == acts.count()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("action=Order%20placed", "action"),
        ("action=%00", "action"),
        ("actor=carla", "actor"),
        ("since=yesterday", "since"),
        ("until=2026-13-01", "until"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(api, shop, manager, query, field):
    response = api(manager).get(f"/shops/{shop.pk}/audit?{query}")

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_it_goes_on_at_its_link(api, shop, manager, acts):
    client = api(manager)
    seen, path = [], f"/api/v1/shops/{shop.pk}/audit?limit=2"
    while path:
        response = client.get(path)
        seen += [line["id"] for line in response.json()]
        link = response.headers.get("Link", "")
        path = link.partition("<")[2].partition(">")[0].removeprefix("http://testserver")

    assert seen == [str(pk) for pk in acts.order_by("-pk").values_list("pk", flat=True)]


def test_nothing_of_another_shop_is_in_it(api, shop, other_shop, manager, acts):
    audit.record("theirs.alone", None, shop=other_shop, actor=None)
    client = api(manager)

    assert "theirs" not in client.get(f"/shops/{shop.pk}/audit?limit=500").text
    assert actions(client.get(f"/shops/{shop.pk}/audit?action=theirs")) == []
    assert actions(client.get(f"/shops/{shop.pk}/audit?actor={other_shop.owner_id}")) == []


@pytest.mark.parametrize("what", ["audit", "presence"])
def test_it_is_for_those_who_answer_for_the_shop(api, shop, other_shop, owner, cashier, what):
    def refusal(who, shop_id):
        response = api(who).get(f"/shops/{shop_id}/{what}")
        return response.status_code, response.json()["code"]

    assert api(owner).get(f"/shops/{shop.pk}/{what}").status_code == 200
    assert refusal(None, shop.pk) == (401, "not_signed_in")
    assert refusal(cashier, shop.pk) == (403, "role_too_low")
    assert refusal(owner, other_shop.pk) == refusal(owner, ids.new()) == (404, "not_found")


@pytest.mark.parametrize("what", ["audit", "presence"])
def test_both_slash_forms_and_both_mounts(api, shop, owner, what):
    client = api(owner)
    paths = [f"{m}/shops/{shop.pk}/{what}{end}" for m in ("/api/v1", "/api") for end in ("", "/")]

    assert [client.get(path).status_code for path in paths] == [200] * 4


def test_presence_says_who_is_where_since_when_and_what_they_did(
    api, shop, owner, cashier, till, acts
):
    at_till = sessions.begin(user=cashier, device=till)
    at_home = sessions.begin(user=cashier, device_name="Carla's phone")
    client = api(owner)

    response = client.get(f"/shops/{shop.pk}/presence")

    mine, home, shared = response.json()
    assert response["X-Total-Count"] == "3"
    assert mine["session_id"] == str(client.session_id)
    assert shared == {
        "session_id": str(at_till.pk),
        "user": {"id": str(cashier.pk), "name": "Carla", "username": "carla", "role": "cashier"},
        "device": {"id": str(till.pk), "name": "Till 1", "kind": "till"},
        "device_name": "Till 1",
        "signed_in_at": at_till.created_at.isoformat().replace("+00:00", "Z"),
        "last_used_at": at_till.last_used_at.isoformat().replace("+00:00", "Z"),
        "last_action": {
            "at": acts.get(action="order.voided").at.isoformat().replace("+00:00", "Z"),
            "action": "order.voided",
            "target_kind": "order",
            "target_id": "o-1",
        },
    }
    assert (home["session_id"], home["device"]) == (str(at_home.pk), None)
    assert (home["device_name"], home["last_action"]) == ("Carla's phone", None)


def test_presence_shows_living_sessions_only(api, shop, other_shop, owner, cashier):
    for _ in range(4):
        sessions.begin(user=cashier)
    ended, expired, raised, alive = AuthSession.objects.filter(user=cashier).order_by("pk")
    sessions.end(session_id=ended.pk, actor=None)
    AuthSession.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    AuthSession.objects.filter(pk=raised.pk).update(token_version=0)
    gone = sessions.begin(user=factories.member(shop, "gone", "manager"))
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    sessions.begin(user=other_shop.owner)

    found = api(owner).get(f"/shops/{shop.pk}/presence").json()

    assert [one["user"]["username"] for one in found] == ["olga", "carla"]
    assert found[1]["session_id"] == str(alive.pk)


def test_presence_tells_nothing_of_another_shop(api, shop, other_shop, owner, cashier):
    """Carla works in both shops: what she does next door is not our business."""
    Membership.objects.create(shop=other_shop, user=cashier, role="manager")
    theirs = Device.objects.create(shop=other_shop, kind="till", name="Their till")
    sessions.begin(user=cashier, device=theirs)
    own = sessions.begin(user=cashier)
    audit.record("theirs.alone", None, shop=other_shop, actor=cashier)

    response = api(owner).get(f"/shops/{shop.pk}/presence")

    carla = response.json()[1:]
    assert [one["session_id"] for one in carla] == [str(own.pk)]
    assert (carla[0]["user"]["role"], carla[0]["last_action"]) == ("cashier", None)
    assert "heir" not in response.text


def test_what_somebody_did_long_ago_is_not_looked_for(api, shop, owner, cashier):
    long_ago = timezone.now() - timedelta(days=30)
    AuditEvent.objects.create(
        id=ids.since(long_ago), at=long_ago, shop=shop, actor=cashier, action="long.ago"
    )
    sessions.begin(user=cashier)

    assert api(owner).get(f"/shops/{shop.pk}/presence").json()[1]["last_action"] is None


@pytest.mark.parametrize("what", ["audit", "presence"])
def test_it_asks_as_often_for_many_rows_as_for_one(
    api, shop, owner, cashier, till, acts, what, django_assert_max_num_queries
):
    sessions.begin(user=cashier, device=till)
    for _ in range(20):
        sessions.begin(user=cashier)
    client = api(owner)

    with django_assert_max_num_queries(7):
        assert len(client.get(f"/shops/{shop.pk}/{what}").json()) > 3
