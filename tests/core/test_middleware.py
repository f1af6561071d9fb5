"""Request ids, both slash forms, JSON instead of HTML, the access line."""

import logging
from uuid import UUID

import pytest
from django.test import Client

from core import context

pytestmark = pytest.mark.urls("tests.core.urls")


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def test_a_request_id_is_made_and_told(client):
    response = client.get("/page/")

    assert UUID(response["X-Request-ID"]).version == 7


def test_a_sane_request_id_is_kept(client):
    assert client.get("/page/", HTTP_X_REQUEST_ID="trace-1.2:3")["X-Request-ID"] == "trace-1.2:3"


@pytest.mark.parametrize("given", ["", "abc", "x" * 81, "a b c d", "<script>", "-abcd", "ab\ncd"])
def test_a_strange_request_id_is_replaced(client, given):
    assert UUID(client.get("/page/", HTTP_X_REQUEST_ID=given)["X-Request-ID"]).version == 7


def test_the_context_lasts_for_the_request_only(client):
    client.get("/api/echo")

    assert context.current() == context.Context()


@pytest.mark.parametrize("method", ["get", "post", "delete", "options", "head"])
@pytest.mark.parametrize("mount", ["/api", "/api/v1"])
def test_both_slash_forms_answer_alike_without_a_redirect(client, mount, method):
    ask = getattr(client, method)
    more = {"content_type": "application/json"} if method == "post" else {}

    bare, slashed = ask(f"{mount}/echo", **more), ask(f"{mount}/echo/", **more)

    assert bare.status_code == slashed.status_code in (200, 201, 204)
    assert bare.content == slashed.content


def test_pages_keep_djangos_slashes(client):
    assert client.get("/page/").content == b"page"
    assert client.get("/page")["Location"] == "/page/"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nowhere", 404, "not_found"),
        ("/api", 404, "not_found"),
        ("/api/v1/echo/../../x", 404, "not_found"),
        ("/auth/nowhere/", 404, "not_found"),
        ("/logins/nowhere", 404, "not_found"),
        ("/eventory", 404, "not_found"),
        ("/api/broken", 500, "internal"),
    ],
)
def test_refusals_under_the_api_are_never_html(client, settings, debug, path, status, code):
    settings.DEBUG = debug

    response = client.get(path, HTTP_ACCEPT="text/html")

    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert response.json()["code"] == code
    assert response.json()["request_id"] == response["X-Request-ID"]
    assert b"secret" not in response.content


def test_a_wrong_host_is_400_in_json(client):
    response = client.get("/api/echo", HTTP_HOST="evil.example")

    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_a_missing_csrf_token_is_403_in_json():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/api/plain")

    assert response.status_code == 403
    assert response.json()["code"] == "csrf_failed"


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/broken/", 500)])
def test_a_person_gets_a_page(client, path, status):
    response = client.get(path, HTTP_ACCEPT="text/html,*/*")

    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert f">{status}<" in response.text
    assert "secret" not in response.text


def test_a_person_can_name_the_request_that_broke(client):
    response = client.get("/broken/", HTTP_ACCEPT="text/html")

    assert response["X-Request-ID"] in response.text


def test_a_program_gets_json_outside_the_api_too(client):
    assert client.get("/nowhere/", HTTP_ACCEPT="application/json").json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/broken", "/api/guarded", "/api/echo"])
def test_refusals_carry_the_cors_headers(client, settings, path):
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]

    allowed = client.get(path, HTTP_ORIGIN="https://shop.example")
    foreign = client.get(path, HTTP_ORIGIN="https://evil.example")

    assert allowed["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Retry-After" in allowed["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in foreign


def test_one_line_is_written_for_a_request(client, caplog):
    with caplog.at_level(logging.INFO, logger="countertop.access"):
        client.get("/api/echo/?ticket=secret")

    (line,) = [record for record in caplog.records if record.name == "countertop.access"]
    assert (line.method, line.path, line.status, line.user) == ("GET", "/api/echo/", 200, None)
    assert line.ms > 0


def test_pages_may_not_use_what_no_screen_needs(client):
    assert client.get("/page/")["Permissions-Policy"].startswith("geolocation=()")


def test_json_may_load_nothing_and_pages_what_is_ours(client):
    assert client.get("/api/echo")["Content-Security-Policy"].startswith("default-src 'none'")
    assert "default-src 'self'" in client.get("/page/")["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "status"), [("domain", 423), ("operational", 503), ("unique", 409), ("check", 500)]
)
def test_what_a_page_refuses_is_a_page(client, name, status):
    response = client.get(f"/refused/{name}/", HTTP_ACCEPT="text/html")

    assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f">{status}<" in response.text
    assert "secret" not in response.text
