"""Programs take a short way; what they are told is what the whole way tells."""

import json

import pytest
from django.test import Client

from core.middleware import CLOSED, ContentPolicy

pytestmark = pytest.mark.urls("tests.core.urls")

#: Each answer's own, and what an answer without a body may load if it were a page.
OWN = ("X-Request-ID", "Content-Length", "Content-Security-Policy")

TOKEN = {"HTTP_AUTHORIZATION": "Bearer anything"}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def whole_way(monkeypatch):
    """The paths that came past the middleware of pages."""
    gone: list[str] = []
    inner = ContentPolicy.process_response

    def seen(self, request, response):
        gone.append(request.path_info)
        return inner(self, request, response)

    monkeypatch.setattr(ContentPolicy, "process_response", seen)
    return gone


def test_a_program_takes_the_short_way(client, whole_way):
    client.get("/api/echo", **TOKEN)
    client.get("/api/v1/echo/", HTTP_X_SITE_ID="one")
    client.post("/api/echo", "{}", content_type="application/json")

    assert whole_way == []


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/echo", TOKEN | {"HTTP_COOKIE": "a=b"}),
        ("/api/echo", TOKEN | {"HTTP_ORIGIN": "https://shop.example"}),
        ("/api/echo", {"HTTP_COOKIE": "a=b"}),
        ("/page/", TOKEN),
        ("/api/nowhere", TOKEN),
        ("/api/plain", TOKEN),
    ],
)
def test_everybody_else_goes_the_whole_way(client, whole_way, path, more):
    client.get(path, **more)

    assert whole_way == [path]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "head"])
@pytest.mark.parametrize("path", ["/api/echo", "/api/v1/echo/", "/api/fails/bug", "/api/guarded"])
def test_both_ways_answer_alike(client, path, method):
    ask = getattr(client, method)
    more = {"data": json.dumps({"a": 1}), "content_type": "application/json"}
    sent = more if method in ("post", "put") else {}

    short = ask(path, **TOKEN, **sent)
    whole = ask(path, **TOKEN, HTTP_COOKIE="a=b", **sent)

    assert short.status_code == whole.status_code
    assert _without_id(short.content) == _without_id(whole.content)
    assert _headers(short) == _headers(whole)
    assert short["Content-Security-Policy"] == CLOSED


def test_a_wrong_host_is_refused_on_the_short_way_too(client):
    response = client.get("/api/echo", HTTP_HOST="evil.example", **TOKEN)

    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def _headers(response):
    return {name: value for name, value in response.headers.items() if name not in OWN} | {
        "has-length": "Content-Length" in response.headers
    }


def _without_id(body):
    if not body or b"request_id" not in body:
        return body
    return json.loads(body) | {"request_id": ""}


def test_addresses_without_parameters_are_looked_up_once(client, monkeypatch):
    from core import programs

    asked = []
    monkeypatch.setattr(programs, "FIXED", {})
    find = programs.resolve
    monkeypatch.setattr(programs, "resolve", lambda path: asked.append(path) or find(path))
    for path in ("/api/echo", "/api/v1/echo/", "/api/keyed/a", "/api/nowhere") * 2:
        client.get(path, **TOKEN)

    assert asked == [
        "/api/echo", "/api/v1/echo", "/api/keyed/a", "/api/nowhere", "/api/keyed/a", "/api/nowhere"
    ]  # fmt: skip
    assert {path for _, path in programs.FIXED} == {"/api/echo", "/api/v1/echo"}
