"""Signing in at Eventory: what counts as a token, and for how long."""

import asyncio

import jwt
import msgspec
import pytest
import time_machine

from eventory import authenticators
from eventory.authenticators import LoginForm
from eventory.errors import UpstreamFailed, UpstreamSignInFailed, UpstreamUnreachable
from eventory.upstream import Upstream
from tests.services.processes import free_port

WORDS = {"username": "edda@site", "password": "a&b=c ü"}


def sign_in(url: str, settings):
    settings.EVENTORY_API_URL = url

    async def run():
        upstream = Upstream()
        try:
            return await LoginForm(upstream).sign_in(**WORDS)
        finally:
            await upstream.close()

    return asyncio.run(run())


def test_a_form_gets_a_token(eventory, settings):
    eventory.passwords[WORDS["username"]] = WORDS["password"]

    access = sign_in(f"{eventory.url}/api/", settings)

    assert access.token == "upstream-token-1-edda@site"
    (heard,) = eventory.heard
    assert heard.target == b"/api/login-json"
    assert heard.body == b"username=edda%40site&password=a%26b%3Dc+%C3%BC"


def test_refused_words_are_no_token(eventory, settings):
    with pytest.raises(UpstreamSignInFailed):
        sign_in(eventory.url, settings)


def test_nobody_there_is_another_failure(settings):
    with pytest.raises(UpstreamUnreachable):
        sign_in(f"http://127.0.0.1:{free_port()}", settings)


def test_a_busy_eventory_has_not_refused_anybody(settings, eventory, monkeypatch):
    async def busy(heard, writer, asked):
        eventory.tell(writer, {}, 429)

    monkeypatch.setattr(eventory, "_login_json", busy)

    with pytest.raises(UpstreamFailed):
        sign_in(eventory.url, settings)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"<html>", b'{"access_token": ""}', b'{"access_token": 7}',
        b'{"access_token": "a b"}', b'{"access_token": "a\\r\\nX: y"}', b"\xff",
        b"[" * 60_000, b'{"access_token": "t", "more": ' + b"[" * 60_000,
        b'{"access_token": "\\u00e9"}', b'{"access_token": "' + b"x" * 20_000 + b'"}',
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(body):
    with pytest.raises(UpstreamSignInFailed):
        authenticators._read(body)


NOW = 1_800_000_000
JWT = jwt.encode({"exp": NOW + 900}, "k" * 32)
FOR_EVER = jwt.encode({"exp": 10**400}, "k" * 32)
DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"access_token": "t", "expires_in": 3600}, 3570),
        ({"access_token": "t", "expires_in": 60.5}, 30.5),
        ({"access_token": "t", "expires_in": 1}, 0),
        ({"access_token": "t", "expires_in": -5}, 0),
        ({"access_token": "t", "expires_in": 10**9}, DAY - 30),
        ({"access_token": "t", "expires_in": "soon"}, 570),
        ({"access_token": "t", "expires_in": True}, 570),
        ({"access_token": "t"}, 570),
        ({"access_token": JWT}, 870),
        ({"access_token": FOR_EVER}, 570),
    ],
)
def test_a_token_counts_as_long_as_it_says_or_a_little_while(said, seconds):
    with time_machine.travel(NOW, tick=False):
        access = authenticators._read(msgspec.json.encode(said))

    assert access.expires_at.timestamp() - NOW == seconds
