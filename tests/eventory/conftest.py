"""Somebody with a login at Eventory."""

import pytest

from accounts.models import User
from eventory import logins
from eventory.models import Login
from tests import factories

#: What no answer, log line or audit may show.
CANARY = "canary-of-a-password-at-eventory"


@pytest.fixture
def user(db) -> User:
    return factories.person("edda")


@pytest.fixture
def login(user: User) -> Login:
    kept = logins.add(owner=user, label="Main", username="edda@site", password=CANARY)
    return Login.objects.get(pk=kept.id)
