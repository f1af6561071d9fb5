"""The proxy: byte for byte both ways, in front of a fake Eventory that keeps all it hears."""

import gzip
import hashlib
import json
import socket
from contextlib import suppress

import pytest

from accounts import sessions
from accounts.models import AuditEvent
from eventory import uploads, upstream
from tests.eventory import fake
from tests.eventory.conftest import ask, token_of
from tests.eventory.fake import CHUNKS, GZIPPED, TEXT, large

pytestmark = pytest.mark.sqlite_only  # the database has no part in it

MIB = 1024 * 1024
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def audited(guest) -> dict:
    """The last request that the trail knows; it is written after the answer."""
    return AuditEvent.objects.filter(action="eventory.asked", actor=guest).latest("id").after


# --- as it was sent -----------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_every_method_goes_upstream(passing, method):
    answer = passing(method, "/eventory/items")

    assert (answer.status, answer.json()["method"]) == (200, method)


def test_head_brings_the_length_and_no_body(passing):
    answer = passing("HEAD", "/eventory/large?size=12345")

    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "12345", b"")


@pytest.mark.parametrize(
    ("path", "arrives"),
    [
        ("/eventory/items?site=1&site=2&site=1&q=a+b%20c&empty=&flag", None),
        ("/eventory/items/", "/v2/items/"),
        ("/eventory/", "/v2/"),
        ("/eventory", "/v2"),
        ("/eventory/caf%C3%A9/%E2%82%AC?x=%c3%a9", None),
        ("/eventory/a%2Fb%2fc", None),
        ("/eventory/a%252Fb", None),
        ("/eventory/a//b", None),
        ("/eventory/.well-known/..a/b..", None),
        ("/eventory/a;v=1,2/b:c@d!$&'()*+=~_-", None),
        ('/eventory/{id}|^`"<>[x]?a[]=1&a[]={2}|"', None),
        ("/eventory/x?next=../../etc&u=https://a.example/%2e%2e/", None),
        ("/eventory/100%", None),
        ("/api/v1/eventory/items/?a=1", "/v2/items/?a=1"),
        ("/api/eventory/items", "/v2/items"),
    ],
)
def test_path_and_query_arrive_to_the_byte(passing, path, arrives):
    answer = passing("GET", path)

    assert answer.json()["target"] == (arrives or path.replace("/eventory", "/v2", 1))


@pytest.mark.parametrize(
    "path",
    [
        "/eventory/../admin/", "/eventory/a/../b", "/eventory/a/..", "/eventory/./a",
        "/eventory/%2e%2e/admin", "/eventory/%2E./a", "/eventory/.%2e/a", "/eventory/a/%2e",
        "/eventory/..%2fadmin", "/eventory/a%2f..%2f..%2fb", "/eventory/%252e%252e%252fadmin",
        "/eventory/%25252e%25252e/x", "/eventory/..;/admin", "/eventory/..;a=1/admin",
        "/eventory/a\\b", "/eventory/a%5cb", "/eventory/..%5c..%5cb", "/eventory/%255c",
        "/eventory/a%00b", "/eventory/a%0d%0aX-Evil:%201", "/eventory/a%0ab", "/eventory/%7f",
        "/eventory/a%1fb", "/eventory/%2500", "/eventory//elsewhere.example/x",
        "/eventory/%2f%2felsewhere.example", "/eventory/%c0%ae%c0%ae/x", "/eventory/%e0%80%af",
        "/%65ventory/items", "/eventory%2fitems",
        "/api/v1/eventory/../../admin/",
    ],
)  # fmt: skip
def test_a_path_that_could_mean_another_is_refused(passing, eventory, path):
    answer = passing("GET", path)

    if path in ("/eventory%2fitems",):  # no address of the proxy's, read as it stands
        assert answer.status in (400, 404)
    else:
        assert (answer.status, answer.json()["code"]) == (400, "bad_path")
    assert eventory.heard == []


@pytest.mark.parametrize("raw", [b"/eventory/a\x01b", b"/eventory/\xc3\xa9", b"/eventory/a\x7f"])
def test_bytes_that_no_address_has_go_nowhere(passing, eventory, raw):
    assert passing("GET", raw).status == 400
    assert eventory.heard == []


@pytest.mark.parametrize("path", ["/eventory/a#b", "/eventory/a?b#c"])
def test_a_fragment_goes_nowhere(passing, eventory, path):
    """uvicorn takes it off, daphne leaves it to us."""
    answer = passing("GET", path)

    assert answer.status in (200, 400)
    assert b"#" not in eventory.raw


def test_an_address_of_another_host_does_not_lead_there(passing, eventory):
    """uvicorn takes the path out of it, daphne takes it for a path."""
    passing("GET", "http://elsewhere.example/eventory/items")

    assert b"elsewhere" not in eventory.raw
    assert [one.target for one in eventory.heard] in ([], [b"/v2/items"])


@pytest.mark.parametrize("size", [0, 1, 65_536, 3 * MIB + 1])
@pytest.mark.parametrize("how", ["told", "chunked"])
def test_a_body_arrives_to_the_byte(passing, eventory, size, how):
    body = (bytes(range(256)) * (size // 256 + 1))[:size]
    sent = {"chunks": [body] if body else []} if how == "chunked" else {"body": body}
    answer = passing("POST", "/eventory/items", ("Content-Type", "a/b; c=d"), **sent)

    assert answer.json()["body"] == hashlib.sha256(body).hexdigest()
    (heard,) = eventory.heard
    assert heard.header("content-type") == "a/b; c=d"
    assert bool(heard.header("transfer-encoding")) == (how == "chunked")


def test_a_gzipped_body_is_not_unpacked_on_its_way_up(passing, eventory):
    passing("POST", "/eventory/items", ("Content-Encoding", "gzip"), body=GZIPPED)

    (heard,) = eventory.heard
    assert (heard.body, heard.header("content-encoding")) == (GZIPPED, "gzip")


def test_a_gzipped_answer_comes_back_to_the_byte(passing, eventory):
    answer = passing("GET", "/eventory/gzip", ("Accept-Encoding", "gzip"))

    assert answer.body == GZIPPED
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(GZIPPED))
    assert gzip.decompress(answer.body) == TEXT
    assert eventory.heard[0].header("accept-encoding") == "gzip"


def test_a_chunked_answer_comes_back_to_the_byte(passing):
    assert passing("GET", "/eventory/chunked").body == b"".join(CHUNKS)


def test_what_has_not_changed_is_not_waited_for(passing, eventory):
    answer = passing("GET", "/eventory/unchanged", ("If-None-Match", '"v1"'))

    assert (answer.status, answer.headers["etag"], answer.body) == (304, '"v1"', b"")
    assert eventory.heard[0].header("if-none-match") == '"v1"'
    assert passing("GET", "/eventory/items").status == 200


def test_no_content_is_no_content(passing):
    answer = passing("DELETE", "/eventory/nothing")

    assert (answer.status, answer.body, answer.whole) == (204, b"", True)


def test_who_names_no_encoding_gets_none(passing, eventory):
    passing("GET", "/eventory/items")

    assert eventory.heard[0].header("accept-encoding") == "identity"


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


# --- redirects ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("http://HOST/v2/items/?a=1", "/eventory/items/?a=1"),
        ("https://HOST/v2/items", "/eventory/items"),
        ("/v2/items/", "/eventory/items/"),
        ("items/7#part", "/eventory/items/7#part"),
        ("?page=2", "/eventory/redirect?page=2"),
    ],
)
def test_a_redirect_within_eventory_comes_back_as_an_address_of_ours(passing, to, location):
    answer = passing("GET", f"/eventory/redirect?to={to.replace('?', '%3F').replace('#', '%23')}")

    assert (answer.status, answer.headers["location"]) == (307, location)


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/", "//elsewhere.example/x", "http://127.0.0.1:1/v2/x",
        "http://HOST@elsewhere.example/", "http://user:word@HOST/v2/x", "javascript:alert(1)",
        "http://HOST/admin", "/v20/x", "ftp://HOST/v2/x", "/\\elsewhere.example", "http://[::1",
        "http://HOST.elsewhere.example/v2/",
    ],
)  # fmt: skip
def test_a_redirect_to_another_place_is_refused(passing, eventory, to):
    answer = passing("GET", f"/eventory/redirect?to={to}")

    assert (answer.status, answer.json()["code"]) == (502, "upstream_redirect")
    assert "location" not in answer.headers
    assert len(eventory.heard) == 1


# --- failures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/eventory/reset?after=nothing", 502, "upstream_unreachable"),
        ("/eventory/reset?after=head", 502, "upstream_unreachable"),
        ("/eventory/nonsense", 502, "upstream_unreachable"),
        ("/eventory/status?code=502", 502, "upstream_failed"),
        ("/eventory/status?code=503", 503, "upstream_unavailable"),
        ("/eventory/status?code=504", 504, "upstream_timeout"),
        ("/eventory/status?code=413", 413, "too_large"),
    ],
)
def test_a_failure_upstream_is_told_in_our_words(passing, path, status, code):
    answer = passing("GET", path)

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"] == answer.json()["error"]
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"
    if status == 503:
        assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429, 500])
def test_any_other_status_is_eventorys_own(passing, code):
    answer = passing("GET", f"/eventory/status?code={code}")

    assert (answer.status, answer.body) == (code, b"<html>their words</html>")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


def breaking(server, eventory, token) -> bytes:
    """What comes of an answer that breaks off after its beginning, until the line ends."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as line:
        line.sendall(
            b"GET /eventory/reset?after=some HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"X-Backend-Authorization: Bearer %b\r\n\r\n" % token.encode()
        )
        said = b""
        while b"some" not in said:
            said += line.recv(1000)
        eventory.open_gate()  # only now does it break off
        with suppress(ConnectionError):
            while piece := line.recv(1000):
                said += piece
    return said


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(server, eventory, token):
    said = breaking(server, eventory, token)

    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"chunked" in said
    assert not said.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("how", ["told", "chunked"])
def test_more_than_10_mib_do_not_go_up(passing, eventory, how):
    most = b"x" * uploads.LIMIT
    fits = passing("POST", "/eventory/items", body=most)
    over = most + b"x"
    sent = {"chunks": [over[:MIB]] * 10 + [b"x"]} if how == "chunked" else {"body": over}
    answer = passing("POST", "/eventory/items", **sent)

    assert fits.json()["body"] == hashlib.sha256(most).hexdigest()
    assert (answer.status, answer.json()["code"]) == (413, "too_large")


def test_more_than_50_mib_do_not_come_back(passing):
    told = passing("GET", f"/eventory/large?size={upstream.LIMIT + 1}")
    assert (told.status, told.json()["code"]) == (502, "upstream_too_large")

    found_out = passing("GET", f"/eventory/large?chunked=1&size={upstream.LIMIT + 1}", timeout=60)
    assert found_out.status == 200
    assert not found_out.whole
    assert len(found_out.body) <= upstream.LIMIT


def test_50_mib_come_back_to_the_byte(passing):
    answer = passing("GET", f"/eventory/large?size={upstream.LIMIT}", timeout=60)

    assert len(answer.body) == upstream.LIMIT
    assert hashlib.sha256(answer.body).hexdigest() == large(upstream.LIMIT)


def test_large_answers_are_told_by_the_same_pattern():
    assert large(1000) == hashlib.sha256((fake.PIECE * 2)[:1000]).hexdigest()


# --- who may ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer nonsense")],
        [("Authorization", "Basic eDp5")],
        [("X-Backend-Authorization", "Bearer nonsense"), ("Authorization", "Bearer theirs")],
        [("Cookie", "countertop=x")],
    ],
)
def test_a_stranger_is_401_and_nothing_goes_upstream(server, eventory, headers):
    answer = ask(server, "GET", "/eventory/items", *headers)

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] in ("not_signed_in", "token_invalid")
    assert eventory.heard == []


def test_who_signed_out_is_out_at_once(server, eventory, token, guest):
    sessions.end_all(user_id=guest.pk, actor=None, because="test")
    answer = ask(server, "GET", "/eventory/items", ("X-Backend-Authorization", f"Bearer {token}"))

    assert (answer.status, eventory.heard) == (401, [])


def test_our_token_alone_does_not_say_which_login(server, eventory, token):
    answer = ask(server, "GET", "/eventory/items", ("Authorization", f"Bearer {token}"))

    assert (answer.status, answer.json()["code"]) == (400, "login_required")
    assert eventory.heard == []


def test_a_method_of_nobodys_is_405(passing, eventory):
    answer = passing("PROPFIND", "/eventory/items")

    assert (answer.status, answer.json()["code"]) == (405, "method_not_allowed")
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


# --- the trail ----------------------------------------------------------------------------


def test_the_trail_keeps_what_was_asked_without_the_querys_values(guest, passing, wait_for):
    passing("POST", "/eventory/items?q=canary&page=2", body=b"12345")

    line = wait_for(lambda: audited(guest))
    assert line["ms"] > 0
    assert {name: line[name] for name in ("method", "path", "status", "bytes_in", "whole")} == {
        "method": "POST", "path": "/items?q=…&page=…", "status": 200, "bytes_in": 5,
        "whole": True,
    }  # fmt: skip
    assert line["bytes"] > 100
    assert "canary" not in json.dumps(line)


def test_it_says_which_answers_broke_off(server, eventory, token, guest, wait_for):
    breaking(server, eventory, token)

    line = wait_for(lambda: audited(guest))
    assert (line["status"], line["bytes"], line["whole"]) == (200, 4, False)


def test_it_keeps_refusals_of_who_is_known(guest, passing, wait_for):
    passing("GET", "/eventory/../x")

    assert wait_for(lambda: audited(guest))["status"] == 400
