"""Time that stands still, and an owner whose app makes codes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection

from accounts import otp, sessions
from accounts.errors import NothingToConfirm, OtpInvalid, OtpWrong
from core import limits
from core.errors import TooMany
from tests import factories

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)

#: Where many tries at once shall fail for what they say, not for their number.
PATIENT = limits.Pace(free=100, first=1, most=1, memory=60)


@pytest.fixture(autouse=True)
def clock(settings):
    """Time stands still until it is told to go on, for counters too."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {name: memory | {"LOCATION": name} for name in ("default", "local")}
    for cache in caches.all():
        cache.clear()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def secret(owner):
    """Of the owner's app, whose last code was taken long ago."""
    return factories.enrolled(owner)


@pytest.fixture
def session(owner):
    return sessions.begin(user=owner)


def verify(user, code):
    otp.verify(user_id=user.pk, code=code)


def at_once(number, act):
    """Run ``act`` so often at the same moment; answers what came of it."""
    start = Barrier(number)

    def run(_):
        try:
            start.wait(20)
            act()
        except (OtpInvalid, OtpWrong, NothingToConfirm, TooMany) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(number) as threads:
        return Counter(threads.map(run, range(number)))
