"""The proxy: byte for byte both ways for those who may, in front of a fake Eventory."""

import gzip
import hashlib

import pytest

from accounts import sessions
from tests.eventory.conftest import ask
from tests.eventory.fake import CHUNKS, GZIPPED, MIB, TEXT

pytestmark = pytest.mark.sqlite_only  # the database has no part in it

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


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
