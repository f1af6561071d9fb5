"""Periodic jobs: one worker at a time, after each batch again, later after a failure."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core import jobs
from core.jobs import Job
from core.models import Job as Row

pytestmark = pytest.mark.django_db


def counting(name="count", **more):
    """A job that notes how often it ran."""
    ran = []
    return Job(name, **{"every": 60, "run": lambda: ran.append(1) or len(ran)} | more), ran


def test_a_new_job_runs_at_once_and_then_when_it_is_due():
    job, _ = counting()

    assert jobs.work(job) == 1
    assert jobs.work(job) is None
    row = Row.objects.get(name="count")
    assert (row.held_until, row.failures) == (None, 0)
    assert row.due_at - row.ran_at == timedelta(seconds=60)

    Row.objects.update(due_at=timezone.now())
    assert jobs.work(job) == 2
    assert jobs.work(job, at_once=True) == 3


def test_nobody_else_runs_what_a_worker_holds():
    seen = []
    job = Job("held", every=0, run=lambda: seen.append(jobs.work(job, at_once=True)) or 7)

    assert jobs.work(job) == 7
    assert seen == [None]


def test_a_dead_worker_holds_nothing_for_long():
    job, _ = counting()
    now = timezone.now()
    Row.objects.create(name="count", due_at=now, held_until=now + timedelta(minutes=1))
    assert jobs.work(job, at_once=True) is None

    Row.objects.update(held_until=now - timedelta(seconds=1))
    assert jobs.work(job) == 1


def test_a_clock_turned_back_stops_no_job():
    job, _ = counting()
    then = timezone.now() + timedelta(days=30)
    Row.objects.create(name="count", due_at=then, held_until=then)

    assert jobs.work(job) == 1
    assert jobs.work(job) is None


def test_full_batches_follow_each_other():
    left = [3, 3, 1, 3]
    job = Job("batches", every=60, run=lambda: left.pop(0), batch=3)

    assert jobs.work(job) == 7
    assert left == [3]


def test_a_worker_that_is_told_to_end_does_not_begin_another_batch():
    stopping = threading.Event()
    job = Job("batches", every=60, run=lambda: stopping.set() or 3, batch=3)

    assert jobs.work(job, stopping=stopping) == 3
    assert Row.objects.get().held_until is None


def test_a_worker_that_lost_its_hold_does_not_begin_another_batch():
    def run():
        Row.objects.update(held_until=timezone.now() + timedelta(hours=1))  # another's
        return 3

    assert jobs.work(Job("lost", every=60, run=run, batch=3)) == 3
    assert Row.objects.get().held_until is not None


def test_a_failing_job_is_tried_again_later_and_later():
    def fail():
        raise RuntimeError("no mail today")

    job = Job("fails", every=10, run=fail)
    waits = []
    for _ in range(7):
        Row.objects.update(due_at=timezone.now())
        with pytest.raises(RuntimeError, match="no mail"):
            jobs.work(job)
        row = Row.objects.get()
        assert row.held_until is None
        waits.append((row.due_at - row.ran_at).seconds)

    assert waits == [20, 40, 80, 160, 300, 300, 300]
    Row.objects.update(due_at=timezone.now())
    assert jobs.work(Job("fails", every=10, run=lambda: 1)) == 1
    assert Row.objects.get().failures == 0


def test_where_nothing_is_to_be_done_nothing_is_written(django_assert_num_queries):
    job, ran = counting(is_due=lambda: False)

    with django_assert_num_queries(0):
        assert jobs.work(job) is None
        assert jobs.work(job, at_once=True) == 0
    assert ran == []
    assert not Row.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_runs_it():
    start = threading.Barrier(6)
    ran, answers = [], []
    others_asked = threading.Semaphore(0)

    def run():
        ran.append(1)
        for _ in range(5):
            assert others_asked.acquire(timeout=20)
        return 1

    job = Job("race", every=60, run=run)

    def worker():
        start.wait()
        try:
            answers.append(jobs.work(job))
            others_asked.release()
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ran) == 1
    assert sorted(answers, key=str) == [1, None, None, None, None, None]
