"""Our server in front of a fake Eventory, and somebody who is signed in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from core import ids
from tests import factories
from tests.eventory.conftest import Answer, ask, token_of
from tests.live.conftest import Uvicorn
from tests.services import fixtures
from tests.services.servers import Server


@pytest.fixture(scope="package")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The database as the server sees it, in the place of the framework's fixture.

    What the tests here commit stays until their end: emptying tables takes longer than they do.
    """
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package", params=[Server, Uvicorn], ids=["daphne", "uvicorn"])
def server(request, fake_eventory, db) -> Iterator[Server]:
    """Our server as a process in front of the fake, on each of the servers that we name."""
    started = request.param(
        DATABASE_URL=fixtures.database_url(),
        EVENTORY_API_URL=f"{fake_eventory.url}/v2",
        ALLOWED_ORIGINS="https://front.example",
    )
    yield started
    started.remove()


@pytest.fixture
def guest(server) -> User:
    """Somebody new, whom the server sees."""
    return factories.person(f"guest-{ids.new().hex[-12:]}")


@pytest.fixture
def user(db) -> User:
    """Somebody else."""
    return factories.person(f"other-{ids.new().hex[-12:]}")


@pytest.fixture
def token(guest) -> str:
    return token_of(guest)


@pytest.fixture
def passing(server, eventory, token) -> Callable[..., Answer]:
    """Ask through the proxy with an Eventory token of one's own."""
    ours = (("X-Backend-Authorization", f"Bearer {token}"), ("Authorization", "Bearer theirs"))

    def asked(method: str, path: str | bytes, *headers: tuple[str, str], **more: Any) -> Answer:
        return ask(server, method, path, *ours, *headers, **more)

    return asked
