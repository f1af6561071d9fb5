"""Access tokens that somebody made, bent or kept too long open nothing."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from django.conf import settings

from accounts import tokens
from tests import factories
from tests.doors.asking import ask, client_of, token_of

KEY = "k" * 48


def part(what) -> str:
    raw = what if isinstance(what, bytes) else json.dumps(what).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(head, claims, key=None, digest=hashlib.sha256) -> str:
    """A token with this head and these claims under our own key, or another."""
    said = f"{part(head)}.{part(claims)}"
    secret = (key or settings.JWT_SECRET_KEY).encode()
    return f"{said}.{part(hmac.new(secret, said.encode(), digest).digest())}"


@pytest.fixture
def good(db):
    """A token's head and claims, which signed again are good."""
    token = token_of(factories.person("tina"))
    head = jwt.get_unverified_header(token)
    return head, jwt.decode(token, options={"verify_signature": False})


NOW = int(time.time())
FORGED = {
    "alg none": lambda h, c: f"{part(h | {'alg': 'none'})}.{part(c)}.",
    "alg None": lambda h, c: f"{part(h | {'alg': 'None'})}.{part(c)}.",
    "alg none with a signature": lambda h, c: signed(h | {"alg": "none"}, c),
    "no alg": lambda h, c: signed({k: v for k, v in h.items() if k != "alg"}, c),
    "alg HS384": lambda h, c: signed(h | {"alg": "HS384"}, c, digest=hashlib.sha384),
    "alg HS512": lambda h, c: signed(h | {"alg": "HS512"}, c, digest=hashlib.sha512),
    "alg RS256": lambda h, c: signed(h | {"alg": "RS256"}, c),
    "alg a list": lambda h, c: signed(h | {"alg": ["HS256"]}, c),
    "no signature": lambda h, c: signed(h, c).rpartition(".")[0] + ".",
    "two parts": lambda h, c: signed(h, c).rpartition(".")[0],
    "four parts": lambda h, c: signed(h, c) + ".x",
    "another key": lambda h, c: signed(h, c, KEY),
    "an empty key": lambda h, c: (
        f"{part(h)}.{part(c)}.{part(hmac.new(b'', b'x', 'sha256').digest())}"
    ),
    "foreign kid": lambda h, c: signed(h | {"kid": "0" * 12}, c),
    "foreign kid and key": lambda h, c: signed(h | {"kid": "0" * 12}, c, KEY),
    "no kid": lambda h, c: signed({k: v for k, v in h.items() if k != "kid"}, c),
    "kid a path": lambda h, c: signed(h | {"kid": "../../dev/null"}, c, "x"),
    "kid sql": lambda h, c: signed(h | {"kid": "' OR 1=1 --"}, c),
    "kid a number": lambda h, c: signed(h | {"kid": 1}, c),
    "kid a list": lambda h, c: signed(h | {"kid": [h["kid"]]}, c),
    "kid null": lambda h, c: signed(h | {"kid": None}, c),
    "crit": lambda h, c: signed(h | {"crit": ["exp"], "exp": 1}, c),
    "its own key": lambda h, c: signed(
        h | {"jwk": {"kty": "oct", "k": part(KEY.encode())}}, c, KEY
    ),
    "wrong aud": lambda h, c: signed(h, c | {"aud": "another"}),
    "no aud": lambda h, c: signed(h, {k: v for k, v in c.items() if k != "aud"}),
    "wrong iss": lambda h, c: signed(h, c | {"iss": "another"}),
    "no iss": lambda h, c: signed(h, {k: v for k, v in c.items() if k != "iss"}),
    "expired": lambda h, c: signed(h, c | {"iat": NOW - 700, "exp": NOW - 1}),
    "no exp": lambda h, c: signed(h, {k: v for k, v in c.items() if k != "exp"}),
    "exp text": lambda h, c: signed(h, c | {"exp": str(NOW + 600)}),
    "exp null": lambda h, c: signed(h, c | {"exp": None}),
    "exp NaN": lambda h, c: signed(h, c | {"exp": float("nan")}),
    "issued in the future": lambda h, c: signed(h, c | {"iat": NOW + 900, "exp": NOW + 1500}),
    "not yet": lambda h, c: signed(h, c | {"nbf": NOW + 900}),
    "another version": lambda h, c: signed(h, c | {"tv": c["tv"] + 1}),
    "an earlier version": lambda h, c: signed(h, c | {"tv": 0}),
    "no version": lambda h, c: signed(h, {k: v for k, v in c.items() if k != "tv"}),
    "version true": lambda h, c: signed(h, c | {"tv": True}),
    "another person": lambda h, c: signed(h, c | {"sub": c["sid"]}),
    "another session": lambda h, c: signed(h, c | {"sid": c["sub"]}),
    "no session": lambda h, c: signed(h, {k: v for k, v in c.items() if k != "sid"}),
    "claims a list": lambda h, c: signed(h, [c]),
    "claims no json": lambda h, c: signed(h, b"{"),
    "claims deep": lambda h, c: signed(h, b"[" * 3000),
    "head deep": lambda h, c: f"{part(b'[' * 2500)}.{part(c)}.x",
    "head no json": lambda h, c: f"{part(b'{')}.{part(c)}.x",
    "head a list": lambda h, c: signed([h], c),
    "oversized": lambda h, c: signed(h, c | {"x": "x" * 5000}),
    "huge": lambda h, c: "a" * 200_000,
    "dots": lambda h, c: ".." + "." * 3000,
    "empty": lambda h, c: "",
    "not base64": lambda h, c: "é.ü.ß",
    "a NUL": lambda h, c: signed(h, c) + "\0",
    "bad utf-8": lambda h, c: f"{part(bytes([255, 254]))}.{part(c)}.x",
}


def asked(token, url="/api/v1/auth/me"):
    return ask(client_of(None, "nobody"), "GET", url, **{"Authorization": f"Bearer {token}"})


def test_what_is_bent_below_is_good_as_it_stands(good):
    assert asked(signed(*good)).status == 200


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_token_opens_nothing(good, kind):
    answer = asked(FORGED[kind](*good))

    assert (answer.status, b'"token_invalid"' in answer.body) == (401, True), answer
    assert answer == asked("nonsense")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer", "Bearer ", "bearer x y", "Bearer x,Bearer y", "Basic dGluYTp4", "Token x",
        "Bearer x\r\nX-Admin: 1", "Bearer \r\n\r\n{}", "Bearer\tx", "Bearer \0", "\x00", "é" * 3000,
    ],
)  # fmt: skip
def test_a_header_that_is_no_token_is_nobody(good, header):
    answer = ask(client_of(None, "nobody"), "GET", "/api/v1/auth/me", **{"Authorization": header})

    assert answer.status == 401
    assert not any("Admin" in name or "\r" in value for name, value in answer.headers)


def test_a_claimed_role_is_no_role(good):
    """What a person may do is read from their row; a token under our key says it in vain."""
    head, claims = good
    token = signed(head, claims | {"role": "sysadmin"})

    assert b'"role":"user"' in asked(token).body
    assert asked(token, "/api/v1/users").status == 403


def test_a_token_is_taken_from_its_header_alone(good):
    token = signed(*good)
    stranger = client_of(None, "nobody")

    assert ask(stranger, "GET", "/api/v1/auth/me", query={"access_token": token}).status == 401
    assert ask(stranger, "GET", "/api/v1/auth/me", query={"token": token}).status == 401
    assert ask(stranger, "GET", "/api/v1/auth/me", Cookie=f"access_token={token}").status == 401
    assert len(token) < tokens.LONGEST
