"""Who opens a socket, from where, and from which cursor."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import devices, sessions
from accounts.models import AuthSession
from live import handshakes
from live.errors import ForeignOrigin, SessionEnded, Unknown
from live.handshakes import Credentials
from tests.live.conftest import cookie_of, token_of

HOST = "shop.example:8443"
OURS = f"https://{HOST}"


@pytest.fixture(autouse=True)
def deployment(settings):
    settings.ALLOWED_HOSTS = ["shop.example", "localhost"]
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]


def scope(*, origin="", host=HOST, subprotocols=(), cookie="", query="") -> dict:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]
    name, _, value = cookie.partition("=")
    return {
        "headers": [header for header in headers if header[1]],
        "subprotocols": list(subprotocols),
        "cookies": {name: value} if cookie else {},
        "query_string": query.encode(),
    }


@pytest.mark.parametrize(
    ("query", "cursor"),
    [
        ("", (None, True)),
        ("x=1", (None, True)),
        ("after=0", (0, True)),
        ("after=17", (17, True)),
        ("after=999999999999999999", (999999999999999999, True)),
        ("after=", (None, False)),
        ("after=-1", (None, False)),
        ("after=1.0", (None, False)),
        ("after=1e3", (None, False)),
        ("after=+1", (None, False)),
        ("after=1_0", (None, False)),
        ("after=%EF%BC%91", (None, False)),
        ("after=NaN", (None, False)),
        ("after=1000000000000000000", (None, False)),
        ("after=1&after=2", (None, False)),
        ("after=%00", (None, False)),
        ("after=%ff", (None, False)),
    ],
)
def test_a_cursor_is_a_seq_or_none(query, cursor):
    assert handshakes.cursor(scope(query=query)) == cursor


def test_a_till_that_locked_itself_opens_no_socket(shop, cashier):
    till = devices.register(shop=shop, kind="till", name="Till 1", actor=None)
    session = sessions.begin(user=cashier, device=till)
    shown = Credentials(session.pk, None)
    assert handshakes.enter(shown, shop.pk).pk == cashier.pk

    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=7))

    with pytest.raises(SessionEnded):
        handshakes.enter(shown, shop.pk)


def test_a_cookie_of_our_own_page_names_the_session(session):
    shown = handshakes.credentials(scope(origin=OURS, cookie=cookie_of(session)))

    assert shown == Credentials(session.pk, None)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        "https://front.example",
        "https://shop.example",
        "https://shop.example:8443.evil.example",
        "https://shop.example:8443@evil.example",
        "https://evil.example/shop.example:8443",
        "file://shop.example:8443",
        "https://[",
    ],
)
def test_a_cookie_from_any_other_page_is_refused(session, origin):
    with pytest.raises(ForeignOrigin):
        handshakes.credentials(scope(origin=origin, cookie=cookie_of(session)))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://SHOP.example", "shop.example:443"),
        ("https://shop.example:443", "shop.example"),
        ("http://shop.example", "shop.example:80"),
        ("http://localhost:8000", "localhost:8000"),
    ],
)
def test_the_default_port_may_be_said_or_not(session, origin, host):
    shown = handshakes.credentials(scope(origin=origin, host=host, cookie=cookie_of(session)))

    assert shown.sid == session.pk


def test_where_cookies_are_secure_an_insecure_page_is_not_ours(session, settings):
    settings.SESSION_COOKIE_SECURE = True
    with pytest.raises(ForeignOrigin):
        handshakes.credentials(scope(origin=f"http://{HOST}", cookie=cookie_of(session)))


def test_a_host_that_we_do_not_serve_has_no_pages_of_ours(session):
    strange = scope(origin="https://evil.example", host="evil.example", cookie=cookie_of(session))
    with pytest.raises(ForeignOrigin):
        handshakes.credentials(strange)


@pytest.mark.parametrize("origin", ["", OURS, "https://front.example"])
def test_a_token_counts_for_programs_and_allowed_pages(session, origin):
    shown = handshakes.credentials(scope(origin=origin, subprotocols=["bearer", token_of(session)]))

    assert shown == Credentials(session.pk, session.token_version)


def test_a_token_from_a_page_that_is_not_allowed_is_refused(session):
    strange = scope(origin="https://evil.example", subprotocols=["bearer", token_of(session)])
    with pytest.raises(ForeignOrigin):
        handshakes.credentials(strange)


@pytest.mark.parametrize(
    "words", [["bearer"], ["bearer", ""], ["bearer", "x.y.z"], ["bearer", "é"]]
)
def test_a_token_that_says_nothing_is_nobodys(words):
    with pytest.raises(SessionEnded):
        handshakes.credentials(scope(subprotocols=words))


@pytest.mark.parametrize("cookie", ["", "countertop=", "countertop=forged:1:x", "other=1"])
def test_a_cookie_that_says_nothing_is_nobodys(cookie):
    with pytest.raises(SessionEnded):
        handshakes.credentials(scope(origin=OURS, cookie=cookie))


def test_members_enter_and_nobody_else(shop, other_shop, owner, session):
    assert handshakes.enter(Credentials(session.pk, None), shop.pk).pk == owner.pk
    with pytest.raises(Unknown):
        handshakes.enter(Credentials(session.pk, None), other_shop.pk)
    with pytest.raises(Unknown):
        handshakes.enter(Credentials(session.pk, None), uuid4())
    with pytest.raises(SessionEnded):
        handshakes.enter(Credentials(uuid4(), None), shop.pk)
    with pytest.raises(SessionEnded):
        handshakes.enter(Credentials(session.pk, session.token_version + 1), shop.pk)
