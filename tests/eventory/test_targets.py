"""One origin, and paths that mean there what they mean here."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from eventory import targets
from eventory.errors import BadPath
from eventory.targets import Origin, Target


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example", Origin("https", "api.example", 443)),
        ("https://api.example/", Origin("https", "api.example", 443)),
        ("http://127.0.0.1:8080/v2/", Origin("http", "127.0.0.1", 8080, b"/v2")),
        ("https://[::1]:8443/a/b", Origin("https", "::1", 8443, b"/a/b")),
    ],
)
def test_where_eventory_is(url, origin):
    assert targets.origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "", "api.example", "ftp://api.example", "https://", "https://user:word@api.example",
        "https://api.example/?a=1", "https://api.example/#a", "https://api.example:x", "//a",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_said_by_name(url):
    with pytest.raises(ImproperlyConfigured, match="EVENTORY_API_URL"):
        targets.origin(url)


def read(path: str) -> Target:
    return targets.read({"raw_path": path.encode(), "query_string": b""})


PIECES = st.sampled_from(
    ["..", ".", "/", "\\", "%2e", "%2E", "%2f", "%5c", "%25", "2e", "a", ";", "%00", "%c0", "%ae"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_way_of_writing_it_leaves_the_path(path):
    """Whatever is let through stays where it is, however often and by whomever it is decoded."""
    try:
        found = read(f"/eventory/{path}")
    except BadPath:
        return
    assert found.path == f"/{path}".encode()
    seen = found.path
    for _ in range(12):
        segments = [one.partition(b";")[0] for one in seen.replace(b"\\", b"/").split(b"/")]
        assert b".." not in segments
        assert b"." not in segments
        assert not seen.startswith(b"//")
        seen = targets.unquote_to_bytes(seen)


def test_the_queries_values_are_not_shown():
    target = Target(b"/eventory", b"/items", b"token=canary&page=2&flag&=x&a=b=c")

    assert target.shown == "/items?token=…&page=…&flag=…&=…&a=…"


@pytest.mark.parametrize(
    "path", ["/logins", "/eventories", "/api/v2/eventory/x", "/", "/eventoryx"]
)
def test_other_addresses_are_not_the_proxys(path):
    assert not targets.is_ours({"type": "http", "path": path, "raw_path": path.encode()})
