"""Signing in: who is wrong, unknown or inactive learns nothing, not even by a clock."""

import statistics
from time import perf_counter

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from tests import factories
from tests.doors.asking import ask, client_of
from tests.factories import PASSWORD

WRONG = {
    "wrong password": ("wanda", "not the password"),
    "unknown": ("whoever", "not the password"),
    "inactive": ("ida", PASSWORD),
    "inactive and wrong": ("ida", "not the password"),
    "without a password": ("noah", "not the password"),
}
MOUNTS = ("/api/v1/auth/login", "/api/auth/login/", "/auth/login")


@pytest.fixture
def people(db):
    factories.person("wanda")
    factories.person("ida", is_active=False)
    factories.person("noah", password="")


@pytest.fixture
def work(monkeypatch):
    """Every hashing of a password, as it happens."""
    done: list[str] = []
    for name in ("verify", "encode"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self, *args, real=real, name=name):
            done.append(name)
            return real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return done


def refused(name, password, url="/api/v1/auth/login"):
    return ask(client_of(None, "nobody"), "POST", url, {"username": name, "password": password})


@pytest.mark.parametrize("url", MOUNTS)
def test_refusals_are_one_answer_after_one_hashing(people, work, url):
    answers = set()
    for name, password in WRONG.values():
        work.clear()
        answers.add(refused(name, password, url))
        assert len(work) == 1, name

    assert {one.status for one in answers} == {401}
    assert len(answers) == 1


def test_refusals_take_the_same_time(people, request, capsys):
    """The medians are printed; that the work is the same is counted above."""
    rounds = 200 if request.config.getoption("long") else 20
    seconds: dict[str, list[float]] = {kind: [] for kind in WRONG}
    for _ in range(rounds):  # in turn, so that a busy moment hits all of them
        for kind, (name, password) in WRONG.items():
            began = perf_counter()
            answer = refused(name, password)
            seconds[kind].append(perf_counter() - began)
            assert answer.status == 401

    medians = {kind: statistics.median(times) * 1000 for kind, times in seconds.items()}
    with capsys.disabled():
        told = ", ".join(f"{kind} {median:.2f} ms" for kind, median in medians.items())
        print(f"\nmedian of {rounds} refused sign-ins: {told}")  # noqa: T201
    assert max(medians.values()) < 3 * min(medians.values())
