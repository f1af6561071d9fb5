"""Screens hear who came to a device and who left, once each, whatever ended it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import devices, sessions
from accounts.models import AuthSession, Device, User
from live import presence
from live.models import Event


@pytest.fixture
def till(shop) -> Device:
    return devices.register(shop=shop, kind="till", name="Till 1", actor=None)


def told(shop):
    """What screens heard since the last time: who, whether they are there."""
    presence.tell()
    found = Event.objects.filter(shop=shop, kind="presence_changed").order_by("seq")
    rows = [json.loads(event.data) for event in found]
    found.delete()
    return [(row["user"]["name"], row["is_present"]) for row in rows]


def test_coming_and_going_are_told_once(shop, till, cashier, manager):
    assert not presence.is_due()
    sessions.begin(user=cashier, device=till)
    assert presence.is_due()
    assert told(shop) == [("Carla", True)]
    assert not presence.is_due()
    assert told(shop) == []

    sessions.begin(user=manager, device=till)
    assert told(shop) == [("Carla", False), ("Manu", True)]


def ended(session):
    sessions.end(session_id=session.pk, actor=None)


def expired(session):
    AuthSession.objects.filter(pk=session.pk).update(expires_at=timezone.now() - timedelta(1))


def deactivated(session):
    User.objects.filter(pk=session.user_id).update(is_active=False)


def signed_out_everywhere(session):
    User.objects.filter(pk=session.user_id).update(token_version=99)


@pytest.mark.parametrize("end", [ended, expired, deactivated, signed_out_everywhere])
def test_whatever_ends_it_is_told(shop, till, cashier, end):
    session = sessions.begin(user=cashier, device=till)
    assert told(shop) == [("Carla", True)]

    end(session)

    assert told(shop) == [("Carla", False)]
    assert told(shop) == []


def test_who_came_and_left_between_two_looks_was_not_there(shop, till, cashier):
    ended(sessions.begin(user=cashier, device=till))

    assert not presence.is_due()
    assert told(shop) == []


def test_each_shop_hears_of_its_own_devices_alone(shop, other_shop, till, cashier):
    sessions.begin(user=cashier)
    sessions.begin(user=cashier, device=till)
    theirs = devices.register(shop=other_shop, kind="till", name="Theirs", actor=None)
    sessions.begin(user=other_shop.owner, device=theirs)

    assert presence.tell(limit=1) == 1
    assert presence.tell() == 1
    assert Event.objects.filter(shop=shop).count() == 1
    assert Event.objects.filter(shop=other_shop).count() == 1


def test_the_event_is_the_row_that_presence_answers(api, shop, till, owner, cashier):
    session = sessions.begin(user=cashier, device=till)
    presence.tell()

    [event] = Event.objects.filter(shop=shop)
    row = json.loads(event.data)
    answered = api(owner).get(f"/shops/{shop.pk}/presence").json()
    assert row == next(one for one in answered if one["session_id"] == str(session.pk)) | {
        "is_present": True
    }
