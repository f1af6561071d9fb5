"""Our house and another's, which nobody of ours belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction

from tests.doors import houses
from tests.doors.houses import MARK, House


@dataclass
class Street:
    """Both houses, and every id that only the other's rows hold."""

    ours: House
    theirs: House
    traces: set[str]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker) -> Iterator[Street]:
    """Furnished once for a file of tests, in a transaction of its own; each test's is inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        ours = houses.furnish("Ours")
        before = houses.everything()
        theirs = houses.furnish(MARK)
        yield Street(ours, theirs, houses.traces(before, houses.everything()))
        transaction.set_rollback(True)


@pytest.fixture
def street(built: Street, db) -> Street:
    """Both houses as they were built: what a test does to them is rolled back."""
    return built


@pytest.fixture(autouse=True)
def _pictures(settings, tmp_path):
    """Pictures that are sent in go nowhere else."""
    settings.MEDIA_ROOT = tmp_path
