"""People: added with checked facts, told from one another."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import sessions, staff, users
from accounts.errors import AlreadyRegistered, BadCredentials, PasswordRequired
from accounts.models import AuditEvent, User
from core import context, ids, limits
from core.errors import Invalid, Missing, TooMany
from tests import factories

GOOD = {"username": "new.person", "password": "long enough 1"}


def test_adding_a_person(owner):
    user = users.create(actor=owner, email="New@Example.com", name=" New Person ", **GOOD)

    user.refresh_from_db()
    assert (user.username, user.email, user.name) == ("new.person", "New@Example.com", "New Person")
    assert (user.role, user.is_active, user.token_version) == ("user", True, 1)
    assert user.password.startswith("argon2$argon2id$")
    assert users.authenticate(name="new@example.com", password="long enough 1") == user
    line = AuditEvent.objects.get(action="user.created")
    assert (line.actor, line.after) == (owner, {"username": "new.person", "role": "user"})


def test_an_email_alone_is_the_username_too(db):
    user = users.create(actor=None, email="a@example.com", password="long enough 1")

    assert user.username == "a@example.com"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "u" * 151}, "username"),
        ({"email": "no address"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password"}, "password"),
        ({"role": "root"}, "role"),
        ({"phone": "1" * 41}, "phone"),
    ],
)
def test_wrong_facts_add_nobody(db, facts, field):
    with pytest.raises(Invalid) as refused:
        users.create(actor=None, **GOOD | facts)

    assert field in refused.value.details["errors"]
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"username": "Olga"},
        {"username": "olga@EXAMPLE.com"},
        {"username": "x", "email": "OLGA@example.com"},
        {"username": "x", "email": "olga@example.com"},
    ],
)
def test_a_taken_name_in_any_case_adds_nobody(owner, facts):
    with pytest.raises(AlreadyRegistered):
        users.create(actor=None, **GOOD | facts)

    assert User.objects.count() == 1


def test_an_imported_hash_is_renewed_when_its_password_is_right(db):
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    old = PBKDF2PasswordHasher().encode("secret words", "salt", iterations=1)
    user = factories.person("imported", password=old)

    with pytest.raises(BadCredentials):
        users.authenticate(name="imported", password="wrong")
    user.refresh_from_db()
    assert user.password == old

    users.authenticate(name="imported", password="secret words")
    user.refresh_from_db()
    assert user.password.startswith("argon2$")


def test_reading_somebody_unknown(db):
    with pytest.raises(Missing):
        users.read(ids.new())


# --- guessing ---------------------------------------------------------------------------


def guess(name="carla", password="wrong", address="192.0.2.1"):
    """Sign in from an address; return "in", "wrong" or how long to wait."""
    with context.entered(address=address):
        try:
            sessions.sign_in(name=name, password=password)
        except BadCredentials:
            return "wrong"
        except TooMany as refusal:
            return refusal.details["retry_after"]
    return "in"


@pytest.mark.parametrize("name", ["carla", "nobody"])
def test_guesses_from_many_addresses_slow_down_whether_or_not_there_is_anybody(cashier, name):
    answers = [guess(name, address=f"192.0.2.{number}") for number in range(14)]

    assert answers[:11] == ["wrong"] * 11
    assert all(1 <= wait <= 60 for wait in answers[11:])


def test_strangers_lock_nobody_out_of_an_address_they_are_known_at(cashier):
    assert guess(password=factories.PASSWORD, address="198.51.100.7") == "in"
    for number in range(14):
        guess(address=f"192.0.2.{number}")

    assert isinstance(guess(password=factories.PASSWORD, address="192.0.2.99"), int)
    assert guess(password=factories.PASSWORD, address="198.51.100.7") == "in"


def test_a_try_that_had_to_wait_does_not_count(cashier):
    for number in range(12):
        guess(address=f"192.0.2.{number}")
    waits = [guess(address="203.0.113.5") for _ in range(9)]
    assert all(isinstance(wait, int) and wait <= 60 for wait in waits)
    limits.calm("password", str(cashier.pk))

    assert guess(password=factories.PASSWORD, address="203.0.113.5") == "in"


def test_a_right_password_calms_the_pace(cashier):
    for number in range(10):
        guess(address=f"192.0.2.{number}")
    assert guess(password=factories.PASSWORD, address="192.0.2.50") == "in"

    assert [guess(address=f"192.0.2.{60 + number}") for number in range(10)] == ["wrong"] * 10


# --- changing ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_take_one_name_at_once_leave_it_to_one(owner, cashier):
    start = Barrier(2)

    def take(user):
        start.wait()
        try:
            users.change(user.pk, actor=user, fields={"username": "boss"})
        except AlreadyRegistered:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(take, [owner, cashier])) == 1
    assert User.objects.filter(username="boss").count() == 1


def test_somebody_unknown_cannot_change(db):
    with pytest.raises(Missing):
        users.change(ids.new(), actor=None, fields={"name": "x"})


def test_a_pin_is_not_enough_to_change_how_somebody_signs_in(cashier):
    session = sessions.begin(user=cashier, scope="pin")
    by_pin = sessions.principal(session.pk)

    with pytest.raises(PasswordRequired):
        users.change(cashier.pk, actor=by_pin, fields={"email": "taken.over@example.com"})
    users.change(cashier.pk, actor=by_pin, fields={"phone": "+49 1", "email": cashier.email})

    cashier.refresh_from_db()
    assert (cashier.email, cashier.phone) == ("carla@example.com", "+49 1")


def test_a_managers_pin_is_not_enough_for_somebody_elses_password(shop, manager, cashier):
    session = sessions.begin(user=manager, scope="pin")
    by_pin = sessions.principal(session.pk)

    with pytest.raises(PasswordRequired):
        staff.change(cashier.pk, actor=by_pin, password="a new one, and long")

    cashier.refresh_from_db()
    assert cashier.check_password(factories.PASSWORD)
