"""A verb is one transaction, and is run again after a lost deadlock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import User
from core import database
from core.database import Queue
from core.errors import Conflict
from tests import factories


class Deadlock(Exception):
    sqlstate = "40P01"


def deadlock():
    error = OperationalError("deadlock detected")
    error.__cause__ = Deadlock()
    return error


def failing(times, error):
    """A verb that writes, fails so many times, and says how often it ran."""
    runs = []

    @database.verb
    def write(*, name):
        runs.append(name)
        factories.person(f"{name}{len(runs)}")
        if len(runs) <= times:
            raise error
        return len(runs)

    write.runs = runs
    return write


def names():
    return sorted(User.objects.values_list("username", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_lost_deadlock_is_run_again_from_the_start():
    assert failing(3, deadlock())(name="p") == 4
    assert names() == ["p4"]


@pytest.mark.django_db(transaction=True)
def test_the_fourth_lost_deadlock_is_told():
    verb = failing(4, deadlock())

    with pytest.raises(OperationalError):
        verb(name="p")

    assert (len(verb.runs), names()) == (4, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("gone"), IntegrityError("x"), Conflict()])
def test_other_failures_are_told_at_once_and_leave_nothing(error):
    verb = failing(1, error)

    with pytest.raises(type(error)):
        verb(name="p")

    assert (len(verb.runs), names()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_only_the_outermost_runs_again():
    inner = failing(1, deadlock())

    with pytest.raises(OperationalError), transaction.atomic():
        inner(name="p")

    assert len(inner.runs) == 1


@pytest.mark.django_db(transaction=True)
def test_a_refused_inner_verb_leaves_the_outer_ones_work():
    @database.verb
    def outer():
        factories.person("kept")
        with pytest.raises(Conflict):
            failing(1, Conflict())(name="p")

    outer()

    assert names() == ["kept"]


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_verbs_that_deadlock_both_end_well():
    first, second = factories.person("a"), factories.person("b")
    both_hold_one = threading.Barrier(2)
    runs = []

    @database.verb
    def rename(*, one, other):
        runs.append(one)
        User.objects.filter(pk=one.pk).update(name="x")
        if len(runs) <= 2:
            both_hold_one.wait(5)
        User.objects.filter(pk=other.pk).update(name="y")

    def other_thread():
        rename(one=second, other=first)
        connection.close()

    thread = threading.Thread(target=other_thread)
    thread.start()
    rename(one=first, other=second)
    thread.join(20)

    assert len(runs) > 2  # one lost, and may have lost again before the other went on
    assert set(User.objects.values_list("name", flat=True)) == {"x", "y"}


def test_writers_at_sqlite_come_one_after_the_other():
    """Who asks again at once goes behind who has waited."""
    queue, said, begun = Queue(), [], threading.Barrier(2)

    def greedy():
        with queue.turn():
            begun.wait()
            while len(queue.places) < 2:
                sleep(0.001)
        with queue.turn():
            said.append("again")

    def patient():
        begun.wait()
        with queue.turn():
            said.append("waited")

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(greedy), pool.submit(patient)]:
            each.result()

    assert said == ["waited", "again"]
    assert not queue.places


def test_a_turn_ends_with_an_error_too():
    queue = Queue()

    with pytest.raises(ZeroDivisionError), queue.turn():
        raise ZeroDivisionError

    with queue.turn():
        assert len(queue.places) == 1
