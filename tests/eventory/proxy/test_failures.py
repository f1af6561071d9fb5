"""What fails behind the proxy: told in our words, never taken for a whole answer, written down."""

import hashlib
import json
import socket
from contextlib import suppress

import pytest

from accounts.models import AuditEvent
from eventory import uploads, upstream
from tests.eventory import fake
from tests.eventory.fake import MIB, large

pytestmark = pytest.mark.sqlite_only  # the database has no part in it


def audited(guest) -> dict:
    """The last request that the trail knows; it is written after the answer."""
    return AuditEvent.objects.filter(action="eventory.asked", actor=guest).latest("id").after


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
            piece = line.recv(1000)
            assert piece, said
            said += piece
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
