"""The pipeline's own words with PostgreSQL: what a crash looks like from outside."""

import signal
from collections.abc import Iterator

import psycopg
import pytest

from core import pipeline
from core.pipeline import Prepared
from tests.services.postgres import Postgres

ANSWER = Prepared("answer", "SELECT 42", returns=[int], row=int)
ALONE, BATCH = [(ANSWER, [])], [(ANSWER, [])] * 2

pytestmark = [pytest.mark.postgresql_only, pytest.mark.django_db]


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A PostgreSQL of this test's own, to crash."""
    own = Postgres()
    yield own
    own.stop()


def test_a_server_that_crashed_is_a_lost_connection(server):
    """Its last words are a warning: no code of its own tells libpq's complaint from a refusal."""
    lines = [psycopg.connect(server.url("postgres"), autocommit=True) for _ in range(2)]
    for line in lines:
        assert pipeline.send(line, ALONE) == [[42]]

    server.process.stop(signal.SIGQUIT)

    for line, asked in zip(lines, (ALONE, BATCH), strict=True):
        with pytest.raises(psycopg.OperationalError):
            pipeline.send(line, asked)
        assert line.closed
