"""A till of the shop's with its token, and people who have PINs."""

import pytest
import time_machine
from django.utils import timezone

from accounts import devices, pins
from accounts.models import AuditEvent, Device
from tests import factories

PIN = "4821"
OTHER_PIN = "73951"


@pytest.fixture
def till(shop, manager) -> Device:
    return devices.register(shop=shop, kind="till", name="Till 1", actor=manager)


@pytest.fixture
def token(shop, till, manager) -> str:
    return factories.paired(till)


@pytest.fixture
def terminal(api, token):
    """A client with the till's token."""
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def pinned(shop, cashier, manager):
    """The cashier and the manager have PINs."""
    factories.pin(shop, cashier, PIN)
    factories.pin(shop, manager, OTHER_PIN)


@pytest.fixture
def one_moment():
    """No minute ends while tries are counted."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def slow(monkeypatch):
    """A wait that a busy machine does not sit out."""
    monkeypatch.setattr(pins, "PACE", pins.PACE._replace(first=60))


def trail(*actions):
    found = AuditEvent.objects.filter(action__in=actions).order_by("pk")
    return [(line.action, line.actor_id) for line in found]
