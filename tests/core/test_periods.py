"""Periods in a query: times, days, their names, their bounds."""

from datetime import UTC, datetime

import pytest

from core import periods
from core.errors import Invalid


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ({}, None, None),
        ({"since": "", "until": ""}, None, None),
        ({"since": "2026-01-31"}, datetime(2026, 1, 31, tzinfo=UTC), None),
        ({"until": "2026-01-31"}, None, datetime(2026, 2, 1, tzinfo=UTC)),
        ({"until": "2026-01-31T12:00:00Z"}, None, datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ({"since": "2026-01-31T12:00:00+02:00"}, datetime(2026, 1, 31, 10, tzinfo=UTC), None),
        (
            {"startDate": "2026-01-01", "end_date": "2026-01-01"},
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
    ],
)
def test_a_day_is_meant_whole_and_a_time_exactly(query, since, until):
    assert periods.wish(query) == (since, until)


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("text", ["now", "2026-02-30", "9999-12-31T23:59:59-12:00", "\0", "٢٠٢٦"])
def test_what_is_no_time_is_refused(name, text):
    with pytest.raises(Invalid) as refusal:
        periods.wish({name: text})

    assert list(refusal.value.details["errors"]) == [name]
