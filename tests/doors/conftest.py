"""Our house and another's, which nobody of ours belongs to."""

from dataclasses import dataclass

import pytest

from tests.doors import houses
from tests.doors.houses import MARK, House


@dataclass
class Street:
    """Both houses, and every id that only the other's rows hold."""

    ours: House
    theirs: House
    traces: set[str]


@pytest.fixture
def street(db) -> Street:
    ours = houses.furnish("Ours")
    before = houses.everything()
    theirs = houses.furnish(MARK)
    return Street(ours, theirs, houses.traces(before, houses.everything()))
