"""Headers through the proxy: what goes up, what comes back, and who elsewhere may read it."""

import pytest

from tests.eventory.conftest import ask, token_of

pytestmark = pytest.mark.sqlite_only  # the database has no part in it


# --- headers ------------------------------------------------------------------------------

FORTH = {
    "host", "accept", "accept-encoding", "accept-language", "user-agent", "authorization",
    "content-type", "content-length", "if-none-match", "range",
}  # fmt: skip


def test_nothing_of_us_and_of_the_way_here_goes_upstream(server, passing, eventory, token):
    canary = "canary-of-a-cookie"
    answer = passing(
        "POST",
        "/eventory/items?a=1",
        ("Cookie", f"countertop={canary}; sid={canary}"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Host", "us.example"),
        ("Forwarded", "for=203.0.113.7"),
        ("X-Real-IP", "203.0.113.7"),
        ("Via", "1.1 us"),
        ("Origin", "https://front.example"),
        ("Referer", "https://front.example/secret-page"),
        ("X-CSRFToken", canary),
        ("X-Request-ID", "request-1"),
        ("Proxy-Authorization", f"Bearer {canary}"),
        ("Idempotency-Key", canary),
        ("X-Custom", canary),
        ("TE", "trailers"),
        ("Upgrade-Insecure-Requests", "1"),
        ("Accept-Language", token),
        ("Content-Type", "application/json"),
        ("If-None-Match", '"v1"'),
        ("Range", "bytes=0-9"),
        body=b"{}",
    )

    assert answer.status == 200
    (heard,) = eventory.heard
    assert {name for name, _ in heard.headers} == FORTH - {"accept-language"}
    assert heard.header("authorization") == "Bearer theirs"
    assert heard.header("host") == f"127.0.0.1:{eventory.port}"
    for secret in (token, canary, "203.0.113.7", "front.example", "us.example", "request-1"):
        assert secret.encode() not in eventory.raw


def test_only_what_is_allowed_comes_back(passing):
    answer = passing("GET", "/eventory/rich")

    served = {"date", "server", "connection", "transfer-encoding"}
    assert answer.headers.keys() - served == {
        "content-type", "content-length", "etag", "content-disposition", "x-total-count",
        "x-content-type-options", "content-security-policy", "cache-control", "referrer-policy",
        "vary", "x-request-id",
    }  # fmt: skip
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert "their" not in answer.headers.get("server", "")
    assert answer.body == b"<script>alert(1)</script>"


def test_our_token_in_the_address_is_refused(passing, eventory, token):
    answer = passing("GET", f"/eventory/items?token={token}")

    assert (answer.status, answer.json()["code"]) == (400, "bad_path")
    assert eventory.heard == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", "JWT  "])
def test_our_token_in_both_headers_is_ours_both_times(server, eventory, token, scheme):
    answer = ask(
        server,
        "GET",
        "/eventory/items",
        ("X-Backend-Authorization", f"Bearer {token}"),
        ("Authorization", f"{scheme} {token}"),
    )

    assert answer.status == 200
    assert eventory.heard[0].header("authorization") is None
    assert token.encode() not in eventory.raw


def test_another_token_of_ours_does_not_go_upstream_either(server, eventory, token, guest):
    other = token_of(guest)
    ask(
        server,
        "GET",
        "/eventory/items",
        ("X-Backend-Authorization", f"Bearer {token}"),
        ("Authorization", f"Bearer {other}"),
    )

    assert eventory.heard[0].header("authorization") is None
    assert other.encode() not in eventory.raw


@pytest.mark.parametrize("name", ["Authorization", "X-Backend-Authorization", "X-Eventory-Login"])
def test_a_header_that_can_count_once_comes_once(server, eventory, token, name):
    twice = [(name, "Bearer one"), (name, "Bearer two")]
    answer = ask(server, "GET", "/eventory/items", *twice)

    assert answer.status in (400, 401)
    assert eventory.heard == []


# --- other origins ------------------------------------------------------------------------


FRONT = ("Origin", "https://front.example")


def test_a_front_end_elsewhere_may_ask_and_read(server, passing, eventory):
    before = ask(
        server,
        "OPTIONS",
        "/eventory/items",
        FRONT,
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization,x-eventory-login"),
    )
    answer = passing("GET", "/eventory/items", FRONT)

    assert (before.status, len(eventory.heard)) == (200, 1)
    allowed = before.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "x-eventory-login", "x-backend-authorization"} <= {*allowed}
    for one in (before, answer):
        assert one.headers["access-control-allow-origin"] == FRONT[1]


@pytest.mark.parametrize("path", ["/eventory/items", "/eventory/../x"])
def test_it_may_read_refusals_too(server, path):
    answer = ask(server, "GET", path, FRONT)

    assert answer.status == 401
    assert answer.headers["access-control-allow-origin"] == FRONT[1]


def test_another_origin_may_not_read(passing):
    answer = passing("GET", "/eventory/items", ("Origin", "https://evil.example"))

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers
