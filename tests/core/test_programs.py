"""Programs take a short way; what they are told is what the whole way tells."""

import json

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

from core import programs
from core.middleware import CLOSED, ContentPolicy

# Every request looks after the connections that are open, those of other tests too.
pytestmark = [pytest.mark.urls("tests.core.urls"), pytest.mark.django_db]

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


def test_an_address_is_looked_up_once(client, monkeypatch):
    asked = []
    find = programs.resolve
    monkeypatch.setattr(programs, "resolve", lambda path, urlconf: asked.append(path) or find(path))
    programs._match.cache_clear()
    for path in ("/api/echo", "/api/v1/echo/", "/api/keyed/a", "/api/nowhere") * 2:
        client.get(path, **TOKEN)

    assert asked == ["/api/echo", "/api/v1/echo", "/api/keyed/a", "/api/nowhere", "/api/nowhere"]


# --- straight, for WSGI ---------------------------------------------------------------


def straight(method, path, body=b"", by=None, **more):
    """Status, headers and body of an answer by ``Straight``, and who gave it."""
    came, said = [], []

    def whole(environ, start_response):
        came.append("whole")
        return WSGIHandler()(environ, start_response)

    sent = {"data": body, "content_type": "application/json"} if body else {}
    environ = RequestFactory().generic(method.upper(), path, **sent, **more).environ
    for name in ("HTTP_COOKIE",):  # the factory's, even where there is none
        environ[name] = more.get(name, "")
    answer = (by or programs.Straight(whole))(
        environ, lambda status, headers: said.append((status, headers))
    )
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    [(status, headers)] = said
    return int(status[:3]), headers, content, came or ["straight"]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "head"])
@pytest.mark.parametrize("path", ["/api/echo", "/api/v1/echo/", "/api/fails/bug", "/api/guarded"])
def test_straight_answers_as_the_whole_way(settings, method, path, scheme):
    settings.SECURE_HSTS_SECONDS = 60
    body = b'{"a": 1}' if method in ("post", "put") else b""
    more = TOKEN | {"wsgi.url_scheme": scheme}

    status, headers, content, way = straight(method, path, body, **more)
    whole = straight(method, path, body, **more, HTTP_COOKIE="a=b")

    assert (way, whole[3]) == (["straight"], ["whole"])
    assert status == whole[0]
    assert _without_id(content) == _without_id(whole[2])
    assert _alike(headers) == _alike(whole[1])
    assert len(headers) == len(dict(headers)), "each once"
    assert dict(headers)["Content-Security-Policy"] == CLOSED
    assert ("strict-transport-security" in _alike(headers)) == (scheme == "https")


def test_straight_refuses_a_wrong_host():
    status, headers, _, way = straight("get", "/api/echo", HTTP_HOST="evil.example", **TOKEN)

    assert (status, way) == (400, ["straight"])
    assert dict(headers)["Content-Type"] == "application/json"


def test_straight_knows_its_hosts_and_no_others():
    ours = programs.Straight(WSGIHandler())

    for host, status in [("testserver", 200), ("evil.example", 400)] * 2:
        assert straight("get", "/api/echo", by=ours, HTTP_HOST=host, **TOKEN)[0] == status
    assert ours.hosts == {"testserver"}


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/echo", {"HTTP_COOKIE": "a=b"}),
        ("/api/echo", {"HTTP_ORIGIN": "https://shop.example"}),
        ("/api/echo", {"SCRIPT_NAME": "/below"}),
        ("/page/", {}),
        ("/api/nowhere", {}),
        ("/api/plain", {}),
        ("/api/\u00e9cho", {}),
    ],
)
def test_what_is_not_a_programs_goes_the_whole_way(path, more):
    assert straight("get", path, **TOKEN, **more)[3] == ["whole"]


def test_straight_leaves_the_way_to_https_to_the_whole_way(settings):
    settings.SECURE_SSL_REDIRECT = True

    status, headers, _, way = straight("get", "/api/echo", **TOKEN)

    assert (status, way) == (301, ["whole"])
    assert dict(headers)["Location"] == "https://testserver/api/echo"
    assert straight("get", "/api/echo", **TOKEN, **{"wsgi.url_scheme": "https"})[3] == ["straight"]


def test_the_server_of_http_goes_straight():
    from config.wsgi import application

    assert isinstance(application, programs.Straight)


def _alike(headers):
    own = {name.lower() for name in OWN}
    found = {name.lower(): value for name, value in headers}
    return {name: value for name, value in found.items() if name not in own} | {
        "has-length": "content-length" in found
    }
