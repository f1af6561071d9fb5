"""A request happens once."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import database, idempotency
from core.errors import Conflict, KeyReused
from core.idempotency import EACH_TIME, InProgress, Once, Repeated, Secret
from core.models import IdempotencyKey


def once(key="k", fingerprint=b"f" * 32, principal="user:1"):
    return Once(principal=principal, route="POST /x", key=key, fingerprint=fingerprint)


@pytest.fixture
def answered(db):
    first = once()
    first.claim()
    first.keep(201, b'{"b":1,"a":2}')
    return first


def test_a_repeat_gets_the_kept_status_and_bytes(answered):
    with pytest.raises(Repeated) as again:
        once().claim()

    assert (again.value.status, again.value.body) == (201, b'{"b":1,"a":2}')


def test_a_key_with_another_request_is_refused(answered):
    with pytest.raises(KeyReused):
        once(fingerprint=b"g" * 32).claim()


@pytest.mark.parametrize("other", [{"key": "l"}, {"principal": "user:2"}])
def test_another_key_or_another_person_is_another_request(answered, other):
    once(**other).claim()

    assert IdempotencyKey.objects.count() == 2


def test_a_key_that_nobody_used_has_no_answer(db):
    assert once().repeat() is None


def test_without_a_key_every_request_is_new(db):
    for _ in range(2):
        EACH_TIME.claim()
        EACH_TIME.keep(201, b"{}")

    assert not EACH_TIME.has_key
    assert EACH_TIME.body == b""
    assert not IdempotencyKey.objects.exists()


def test_a_request_without_a_key_still_has_its_answer(db):
    mine = Once()
    mine.keep(201, b"{}")

    assert (mine.status, mine.body) == (201, b"{}")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_claim_dies_with_its_transaction():
    with transaction.atomic():
        once().claim()
        transaction.set_rollback(True)

    once().claim()

    assert IdempotencyKey.objects.count() == 1


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_twin_that_waits_too_long_is_told_to_come_back():
    refusals = []

    def twin():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                once().claim()
        except InProgress as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    with transaction.atomic():
        once().claim()
        other = Thread(target=twin)
        other.start()
        other.join()

    assert [refusal.details for refusal in refusals] == [{"retry_after": 1}]
    assert refusals[0].__cause__ is not None
    assert database.sqlstate(refusals[0].__cause__) == database.LOCK_TIMEOUT


def secret():
    return Secret(principal="address:::1", route="POST /x", key="k", fingerprint=b"f" * 32)


def test_an_answer_with_secrets_is_kept_sealed_and_repeated_as_it_was(db, settings):
    first = secret()
    first.claim()
    first.keep(201, b'{"token":"t0p"}')

    assert first.body == b'{"token":"t0p"}'
    assert b"t0p" not in bytes(IdempotencyKey.objects.get().body)
    with pytest.raises(Repeated) as again:
        secret().claim()
    assert (again.value.status, again.value.body) == (201, b'{"token":"t0p"}')
    settings.SECRET_KEY = "another" * 8
    with pytest.raises(Conflict):
        secret().repeat()


def test_answers_of_more_than_a_week_ago_are_forgotten_the_oldest_first(db):
    now = timezone.now()
    for days in range(6, 11):
        IdempotencyKey.objects.create(
            principal="p",
            route="r",
            key=f"{days}",
            fingerprint=b"",
            created_at=now - timedelta(days=days, minutes=1),
        )

    assert [idempotency.prune(limit=3), idempotency.prune(limit=3)] == [3, 1]
    assert IdempotencyKey.objects.get().key == "6"
