"""Constant SQL: one text for both databases, typed answers, counted and explained."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    connection,
    transaction,
)
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import ids, statements
from core.models import Job
from core.statements import Statement
from pos.models import Category

pytestmark = pytest.mark.django_db

WORDS = Statement(
    "words",
    "SELECT place, word FROM {words} ORDER BY place",
    rows={"words": "place integer, word text"},
    returns={"place": int, "word": str},
)

NUMBERS = Statement(
    "numbers",
    "SELECT order_seq FROM pos_numbercounter WHERE shop_id = %(shop)s",
    returns={"order_seq": int},
)

BROKEN = Statement("broken", "SELECT 1 FROM no_such_table", returns={"one": int})


def test_a_list_of_rows_travels_as_one_parameter():
    words = [{"place": 2, "word": "b 'quoted'"}, {"place": 1, "word": "ä%s"}]

    answer = statements.run(WORDS(words=statements.rows(words)))

    assert answer == [[(1, "ä%s"), (2, "b 'quoted'")]]
    assert answer[0][0].word == "ä%s"


def test_answers_come_in_the_order_of_the_calls_and_none_is_answered_nothing():
    one = WORDS(words=statements.rows([{"place": 1, "word": "one"}]))
    none = WORDS(words=statements.rows([]))

    assert statements.run(one, None, none, one) == [[(1, "one")], [], [], [(1, "one")]]


def test_a_statement_may_stand_twice_in_the_first_batch_of_a_connection():
    twice = Statement("twice", "SELECT %(n)s AS n", returns={"n": str})

    assert statements.run(twice(n="a"), twice(n="b")) == [[("a",)], [("b",)]]
    assert statements.run(twice(n="c"), twice(n="d")) == [[("c",)], [("d",)]]


def test_asking_nothing_answers_nothing():
    assert statements.run() == []
    assert statements.run(None) == [[]]


def test_one_is_the_first_row_or_none():
    assert statements.one(WORDS(words=statements.rows([{"place": 1, "word": "x"}]))).place == 1
    assert statements.one(NUMBERS(shop=uuid4())) is None


def test_statements_are_counted_where_queries_are_counted():
    call = WORDS(words=statements.rows([]))

    with CaptureQueriesContext(connection) as seen:
        statements.run(call, None, call)

    assert len(seen) == 2


def test_a_failure_is_a_database_error_of_django():
    with pytest.raises(DatabaseError, match="no_such_table"), transaction.atomic():
        statements.run(NUMBERS(shop=ids.new()), BROKEN(), NUMBERS(shop=ids.new()))

    assert statements.run(NUMBERS(shop=ids.new())) == [[]]


@pytest.mark.postgresql_only
def test_a_statement_is_prepared_once_whatever_its_values():
    for n in (1, 70_000, 10**12):
        statements.run(WORDS(words=statements.rows([{"place": n % 1000, "word": str(n)}])))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%AS words(%"]
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.postgresql_only
def test_text_that_postgresql_cannot_hold_is_refused_whole():
    with pytest.raises(DataError, match="NUL"):
        statements.run(WORDS(words="[]\0"))

    assert statements.run(WORDS(words="[]")) == [[]]


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_a_database_error_and_the_next_one_works():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    other.close()

    with pytest.raises(OperationalError):
        statements.run(NUMBERS(shop=ids.new()), NUMBERS(shop=ids.new()))
    connection.close()

    assert statements.run(NUMBERS(shop=ids.new())) == [[]]


DIVIDED = Statement("divided", "SELECT 12 / %(by)s", returns={"result": int})


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_one_statement_alone_answers_as_in_a_batch():
    """Prepared and outside of a transaction it needs no pipeline, and fails in the same words."""
    for by in (4, 3):
        assert statements.run(DIVIDED(by=by)) == [[(12 // by,)]]
    with pytest.raises(DataError, match="division by zero"):
        statements.run(DIVIDED(by=0))
    with pytest.raises(DataError, match="NUL"):
        statements.run(DIVIDED(by="\0"))

    assert statements.run(DIVIDED(by=6)) == [[(2,)]]
    assert statements.run(DIVIDED(by=6), DIVIDED(by=12)) == [[(2,)], [(1,)]]


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_one_statement_alone_is_asked_again_on_a_new_connection():
    statements.run(DIVIDED(by=4))
    drop_connection()
    with pytest.raises(OperationalError):
        statements.run(DIVIDED(by=4))
    connection.close()

    statements.run(DIVIDED(by=4))
    drop_connection()
    assert statements.ask(DIVIDED(by=4)) == [[(3,)]]


def drop_connection() -> None:
    """As a database does that is started anew."""
    kept = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [kept])
    other.close()


@pytest.mark.postgresql_only
def test_a_batch_larger_than_the_line_holds_goes_through():
    words = statements.rows([{"place": n, "word": "w" * 1000} for n in range(3000)])

    answers = statements.run(*[WORDS(words=words)] * 4)

    assert [len(answer) for answer in answers] == [3000] * 4


# --- as_one: several writes, one statement -------------------------------------------------

COUNTED_TWICE = Statement(
    "counted_twice",
    """
    WITH counted AS (
        INSERT INTO core_job (name, due_at, failures) VALUES (%(name)s, %(at)s, 2)
        RETURNING failures
    )
    SELECT failures FROM counted
    """,
    sqlite=(
        "INSERT INTO core_job (name, due_at, failures) VALUES (%(name)s, %(at)s, 2)",
        "SELECT failures FROM core_job WHERE name = %(name)s",
    ),
    returns={"failures": int},
)


@pytest.mark.parametrize("last", [1, 2])
def test_writes_made_one_are_all_done_and_the_last_one_answers(last):
    ending = [counted("b"), COUNTED_TWICE(name="b", at=timezone.now())][last - 1]

    [answer] = statements.run(statements.as_one(counted("a"), None, counted("c"), ending))

    assert answer == ([] if last == 1 else [(2,)])
    assert [*Job.objects.order_by("name").values_list("name", flat=True)] == ["a", "b", "c"]


def test_of_writes_made_one_none_is_done_where_one_fails():
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.run(statements.as_one(counted("a"), counted("b"), counted("a")))

    assert not Job.objects.exists()


@pytest.mark.postgresql_only
def test_writes_made_one_are_one_statement():
    with CaptureQueriesContext(connection) as asked:
        statements.run(statements.as_one(counted("a"), counted("b")), counted("c"))

    assert len(asked) == 2


# --- finish: the last calls of a verb, with its COMMIT ------------------------------------


COUNT = Statement(
    "count",
    """
    INSERT INTO core_job (name, due_at, failures) VALUES (%(name)s, %(at)s, 0)
    """,
)


def counted(name):
    return COUNT(name=name, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_what_a_verb_finishes_with_is_committed_and_heard_of_after():
    heard = []

    with transaction.atomic():
        statements.finish(counted("one"), counted("two"))
        transaction.on_commit(lambda: heard.append("after commit"))
        assert heard == []
        is_done = connection.vendor == "postgresql"
        assert elsewhere("one") is is_done

    assert heard == ["after commit"]
    assert elsewhere("one")
    assert elsewhere("two")


@pytest.mark.django_db(transaction=True)
def test_inside_another_verb_only_the_outermost_one_commits():
    with transaction.atomic():
        with transaction.atomic():
            statements.finish(counted("inner"))
        assert not elsewhere("inner")
        transaction.set_rollback(True)

    assert not elsewhere("inner")


@pytest.mark.django_db(transaction=True)
def test_a_last_call_that_fails_leaves_nothing():
    with pytest.raises(DatabaseError), transaction.atomic():
        statements.finish(counted("half"), BROKEN())

    assert not elsewhere("half")
    assert statements.run(NUMBERS(shop=uuid4())) == [[]]


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_the_database_refuses_is_an_error():
    """A reference that is checked at commit names nothing."""
    orphan = Statement(
        "orphan",
        """
        INSERT INTO pos_category (id, shop_id, name, position, is_active, translations)
        VALUES (%(id)s, %(shop)s, 'Lost', 0, %(yes)s, '{{}}')
        """,
    )
    call = orphan(id=uuid4(), shop=uuid4(), yes=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        statements.finish(call)

    assert not Category.objects.exists()


def elsewhere(name):
    """Whether another connection sees the row."""

    def look():
        try:
            return Job.objects.filter(name=name).exists()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(look).result()
