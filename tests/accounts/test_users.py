"""People: added with checked facts, told from one another."""

import pytest

from accounts import users
from accounts.errors import AlreadyRegistered, BadCredentials
from accounts.models import AuditEvent, User
from core.errors import Invalid, Missing
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
    from core import ids

    with pytest.raises(Missing):
        users.read(ids.new())
