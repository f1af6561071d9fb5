"""Somebody with a login at Eventory, and our server in front of a fake one."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from accounts import sessions, tokens
from accounts.models import User
from eventory import logins
from eventory.models import Login
from tests import factories
from tests.eventory.fake import Fake
from tests.services.servers import Server

#: What no answer, log line or audit may show.
CANARY = "canary-of-a-password-at-eventory"


@pytest.fixture
def user(db) -> User:
    return factories.person("edda")


@pytest.fixture
def login(user: User) -> Login:
    kept = logins.add(owner=user, label="Main", username="edda@site", password=CANARY)
    return Login.objects.get(pk=kept.id)


class Answer(NamedTuple):
    """What a program of ours gets back: ``whole`` is whether the body ended as it should."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: Server,
    method: str,
    path: str | bytes,
    *headers: tuple[str, str],
    body: bytes = b"",
    chunks: list[bytes] | None = None,
    timeout: float = 60,
) -> Answer:
    """Ask by a socket of our own: the path and the headers travel as they are written here."""
    target = path if isinstance(path, bytes) else path.encode()
    lines = [b"%b %b HTTP/1.1" % (method.encode(), target), b"Host: 127.0.0.1"]
    lines += [f"{name}: {value}".encode() for name, value in headers]
    lines.append(b"Connection: close")
    if chunks is not None:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"
    elif body or method in ("POST", "PUT", "PATCH"):
        lines.append(b"Content-Length: %d" % len(body))
    with socket.create_connection(("127.0.0.1", server.port), timeout) as line:
        with suppress(ConnectionError):  # refused before all of it was sent: the answer says so
            line.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        response = http.client.HTTPResponse(line, method=method)
        response.begin()
        try:
            said, whole = response.read(), True
        except http.client.IncompleteRead as cut:
            said, whole = cut.partial, False
        except ConnectionError:
            said, whole = b"", False
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, found, said, whole)


def token_of(person: User) -> str:
    session = sessions.begin(user=person)
    lives = tokens.lifetime(person, never_refreshes=True)
    return tokens.issue(session=session, role="", at=timezone.now(), lives=lives).token


@pytest.fixture(scope="session")
def fake_eventory() -> Iterator[Fake]:
    running = Fake().start()
    yield running
    running.stop()


@pytest.fixture
def eventory(fake_eventory: Fake) -> Fake:
    """Eventory as the tests know it, with nothing remembered."""
    fake_eventory.forget()
    return fake_eventory


@pytest.fixture
def wait_for() -> Callable[[Callable[[], Any]], Any]:
    """Ask until there is an answer: what is written after the answer may be a moment late."""

    def wait(look: Callable[[], Any]) -> Any:
        ends = time.monotonic() + 30
        while True:
            with suppress(ObjectDoesNotExist):
                if found := look():
                    return found
            assert time.monotonic() < ends
            time.sleep(0.02)

    return wait
