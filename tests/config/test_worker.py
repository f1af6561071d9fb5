"""The worker: every job of the house, in its turn, until it is told to end."""

import logging
import os
import sys
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import audit
from accounts.models import AuditSeal
from config import worker as workers
from config.jobs import JOBS
from config.worker import Worker
from core.jobs import Job
from core.models import IdempotencyKey
from core.models import Job as Row
from tests.services import fixtures, processes
from tests.services.processes import Process

ROOT = Path(__file__).resolve().parents[2]


def test_once_runs_every_job(shop, owner):
    audit.record("shop.seen", shop, shop=shop, actor=owner)
    IdempotencyKey.objects.create(
        principal="p",
        route="r",
        key="k",
        fingerprint=b"",
        created_at=timezone.now() - timedelta(weeks=2),
    )
    said = StringIO()

    call_command("worker", "--once", stdout=said)

    lines = said.getvalue().splitlines()
    assert lines[-1] == f"All {len(JOBS)} jobs ran."
    assert [line.split(":")[0].strip() for line in lines[:-1]] == [job.name for job in JOBS]
    assert "  forget answers: 1" in lines
    assert AuditSeal.objects.filter(event__action="shop.seen").exists()
    assert Row.objects.filter(held_until=None).count() == Row.objects.count() > 0


def test_names_of_jobs_are_unique_and_fit_their_column():
    names = [job.name for job in JOBS]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= Row._meta.get_field("name").max_length


def test_once_says_which_job_did_not_run(db, monkeypatch, caplog):
    jobs = [Job("good", every=1, run=lambda: 2), Job("bad", every=1, run=lambda: 1 // 0)]
    monkeypatch.setattr(Worker.__init__, "__defaults__", (jobs,))

    with pytest.raises(CommandError, match="Not run: bad"):
        call_command("worker", "--once", stdout=StringIO())

    assert Row.objects.get(name="good").failures == 0
    assert Row.objects.get(name="bad").failures == 1
    (line,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert (line.job, line.exc_info[0]) == ("bad", ZeroDivisionError)


@pytest.mark.django_db(transaction=True)
def test_it_works_beside_the_server_and_ends_with_it(caplog):
    caplog.set_level(logging.DEBUG, "config.worker")
    again = threading.Semaphore(0)
    tries = []

    def work():
        tries.append(1)
        again.release()
        if len(tries) == 1:
            raise RuntimeError("once is nothing")
        return 5

    worker = Worker([Job("tick", every=0, run=work)])
    with workers.beside(worker):
        for _ in range(3):
            assert again.acquire(timeout=20)

    assert worker.stopping.is_set()
    assert not [one for one in threading.enumerate() if one.name == "worker"]
    levels = [(one.levelname, one.job) for one in caplog.records if one.name == "config.worker"]
    assert levels[:2] == [("ERROR", "tick"), ("DEBUG", "tick")]


@pytest.mark.django_db(transaction=True)
def test_errands_run_beside_the_jobs_until_it_ends():
    here, ended = threading.Event(), threading.Event()

    def errand(stopping):
        here.set()
        assert stopping.wait(timeout=20)
        ended.set()

    with workers.beside(Worker([Job("tick", every=1, run=lambda: 0)], errands=[errand])):
        assert here.wait(timeout=20)
        assert not ended.is_set()
    assert ended.is_set()


@pytest.mark.django_db(transaction=True)
def test_the_command_seals_until_it_is_told_to_end(shop, owner, tmp_path):
    process = Process(
        [sys.executable, "manage.py", "worker"],
        log=tmp_path / "worker.log",
        environment=os.environ | {"DATABASE_URL": fixtures.database_url()},
        cwd=ROOT,
    )
    process.wait_until(Row.objects.filter(name="seal the trail", held_until=None).exists)

    process.stop(seconds=60)

    assert process.popen.returncode == 0
    said = process.output().splitlines()
    assert said == [f"The worker runs {len(JOBS)} jobs. Ctrl-C ends it.", "The worker has ended."]
    assert AuditSeal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_one_process_of_a_small_shop_seals_too_and_drains_when_told_to_end(
    shop, owner, tmp_path
):
    port = str(processes.free_port())
    process = Process(
        [sys.executable, "manage.py", "run", "--port", port],
        log=tmp_path / "run.log",
        environment=os.environ | {"DATABASE_URL": fixtures.database_url()},
        cwd=ROOT,
    )
    process.wait_until(Row.objects.filter(name="seal the trail", held_until=None).exists)
    process.wait_until(lambda: "Countertop serves on" in process.output())

    process.stop(seconds=60)

    assert process.popen.returncode == 0
    assert AuditSeal.objects.exists()
    assert Row.objects.filter(held_until=None).count() == Row.objects.count()
