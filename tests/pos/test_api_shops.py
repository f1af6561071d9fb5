"""The shop itself over the wire: its owner changes it, and its screens hear of it."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.mark.parametrize("mount", ["/api/v1", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_owner_changes_the_shop(api, shop, owner, mount, slash, method):
    sent = {"name": "Corner Bar", "dayStartsAt": 4, "timezone": "Asia/Kolkata"}

    reply = getattr(api(owner), method)(f"{mount}/shops/{shop.pk}{slash}", sent, **JSON)

    assert reply.status_code == 200
    said = reply.json()
    assert (said["name"], said["day_starts_at"], said["timezone"]) == (
        "Corner Bar", 4, "Asia/Kolkata",
    )  # fmt: skip
    assert api(owner).get(f"/shops/{shop.pk}").json()["name"] == "Corner Bar"
    told = shop.events.get(kind="settings_changed")
    assert told.actor_id == owner.pk
    assert shop.audit.get(action="shop.changed").after["day_starts_at"] == 4


def test_a_row_that_was_read_may_be_sent_back(api, shop, owner):
    url = f"/shops/{shop.pk}"

    reply = api(owner).put(url, api(owner).get(url).json() | {"name": "New"}, **JSON)

    assert (reply.status_code, reply.json()["name"]) == (200, "New")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"day_starts_at": 13}, "day_starts_at"),
        ({"day_starts_at": True}, "day_starts_at"),
        ({"currency": "USD"}, "currency"),
        ({"owner": str(uuid4())}, "owner"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(api, shop, owner, body, field):
    reply = api(owner).put(f"/shops/{shop.pk}", {"name": "New"} | body, **JSON)

    shop.refresh_from_db()
    assert (reply.status_code, shop.name) == (400, "Corner Café")
    assert [*reply.json()["errors"]] == [field]
    assert not shop.events.exists()


def test_only_an_owner_changes_it_and_not_under_a_lock(api, shop, owner, manager, locked):
    url = f"/shops/{shop.pk}"

    refused = [api(who).put(url, {"name": "Mine"}, **JSON) for who in (manager, owner)]

    assert [one.status_code for one in refused] == [403, 423]
    shop.refresh_from_db()
    assert shop.name == "Corner Café"


def test_a_stranger_finds_no_shop(api, shop, other_shop):
    reply = api(other_shop.owner).put(f"/shops/{shop.pk}", {"name": "Mine"}, **JSON)

    assert reply.status_code == 404


def test_a_repeat_is_answered_alike_and_happens_once(api, shop, owner):
    more = JSON | {"headers": {"Idempotency-Key": "k"}}
    client = api(owner)

    first, again = (client.put(f"/shops/{shop.pk}", {"name": "New"}, **more) for _ in "12")

    assert again.content == first.content
    assert shop.events.count() == 1
