"""Our house and another's, which nobody of ours belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from tests.doors import houses
from tests.doors.houses import MARK, House


@dataclass
class Street:
    """Both houses, and every id that only the other's rows hold."""

    ours: House
    theirs: House
    traces: set[str]
    built_at: datetime


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker) -> Iterator[Street]:
    """Furnished once for a file of tests, in a transaction of its own; each test's is inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        ours = houses.furnish("Ours")
        before = houses.everything()
        theirs = houses.furnish(MARK)
        traces = houses.traces(before, houses.everything())
        yield Street(ours, theirs, traces, built_at=timezone.now())
        transaction.set_rollback(True)


@pytest.fixture
def street(built: Street, db) -> Iterator[Street]:
    """Both houses as they were built: what a test does to them is rolled back.

    Each test begins at the moment they were ready, so that no code or till in them is stale.
    """
    with time_machine.travel(built.built_at):
        yield built


@pytest.fixture(autouse=True)
def _pictures(settings, tmp_path):
    """Pictures that are sent in go nowhere else."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _signs(settings):
    """The vendor's server has a key to sign with."""
    settings.LICENSE_SIGNING_KEY = "a2V5" * 10 + "a2U"
