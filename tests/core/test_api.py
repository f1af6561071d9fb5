"""Every way to be refused leaves as our JSON; the base view; idempotency's edge."""

import json
import logging

import pytest
from django.test import Client

from core import api, context
from core.idempotency import EACH_TIME, Once

pytestmark = pytest.mark.urls("tests.core.urls")

ID = "0199a1b2-aaaa-7bbb-8ccc-0123456789ab"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def said(response):
    """The body of a refusal, after checking what every refusal has."""
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert body["detail"] == body["error"]
    assert isinstance(body["detail"], str)
    assert body["request_id"] == response["X-Request-ID"]
    assert b"secret" not in response.content
    assert b"Traceback" not in response.content
    return body


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("parse", 400, "invalid"),
        ("not-authenticated", 401, "not_authenticated"),
        ("failed", 401, "not_authenticated"),
        ("denied", 403, "forbidden"),
        ("denied-because", 403, "not_today"),
        ("drf-missing", 404, "not_found"),
        ("media", 415, "unsupported_media_type"),
        ("throttled", 429, "too_many_requests"),
        ("teapot", 400, "invalid"),
        ("drf-500", 500, "internal"),
        ("form", 400, "invalid"),
        ("http404", 404, "not_found"),
        ("does-not-exist", 404, "not_found"),
        ("django-denied", 403, "forbidden"),
        ("too-big", 413, "too_large"),
        ("suspicious", 400, "invalid"),
        ("many-fields", 400, "invalid"),
        ("django-invalid", 400, "invalid"),
        ("operational", 503, "unavailable"),
        ("locked", 503, "busy"),
        ("lock-timeout", 503, "busy"),
        ("interface", 503, "unavailable"),
        ("unique", 409, "conflict"),
        ("unique-sqlite", 409, "conflict"),
        ("check", 500, "internal"),
        ("programming", 500, "internal"),
        ("bug", 500, "internal"),
        ("domain", 423, "site_locked"),
    ],
)
def test_whatever_a_view_raises_is_a_refusal_in_json(client, name, status, code):
    response = client.get(f"/api/v1/fails/{name}")

    assert (response.status_code, said(response)["code"]) == (status, code)


def test_a_refusal_carries_its_headers_and_details(client):
    assert client.get("/api/fails/throttled")["Retry-After"] == "30"
    assert client.get("/api/fails/operational")["Retry-After"] == "2"
    assert client.get("/api/fails/failed")["WWW-Authenticate"] == 'Bearer realm="api"'
    assert client.get("/api/fails/domain").json()["lock_reason"] == "unpaid"
    assert client.get("/api/fails/denied-because").json()["detail"] == "Only on Mondays."


def test_field_errors_are_flat(client):
    errors = client.get("/api/fails/form").json()["errors"]

    assert errors == {
        "name": ["Ensure this field has no more than 3 characters."],
        "lines.1": ["A valid integer is required."],
    }
    assert client.get("/api/fails/django-invalid").json()["errors"] == {"name": ["Too long."]}


def test_a_bug_is_logged_with_its_trace_and_told_to_error_reporters(client, caplog):
    with caplog.at_level(logging.ERROR):
        client.get("/api/fails/bug")

    assert caplog.records[0].exc_info[0] is ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        Client().get("/api/fails/bug")


def test_a_repeated_request_gets_the_first_answers_bytes(client):
    response = client.get("/api/fails/repeated")

    assert (response.status_code, response.content) == (201, b'{"id":1}')
    assert response["Idempotent-Replay"] == "true"


# --- the base view --------------------------------------------------------------------


def test_json_in_and_json_out(client):
    response = client.post("/api/echo", {"aB": [1, "é"]}, content_type="application/json")

    assert response.status_code == 201
    assert response.content == '{"read":{"a_b":[1,"é"]},"user":null}'.encode()
    assert response["Content-Type"] == "application/json"


def test_accepting_only_html_still_gets_json(client):
    assert client.get("/api/echo", HTTP_ACCEPT="text/html").json() == {"hello": "Ünïcode"}


def test_an_answer_without_content_has_no_body(client):
    response = client.delete("/api/echo")

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("method", ["put", "patch", "trace"])
def test_another_method_is_405_with_what_is_taken(client, method):
    response = getattr(client, method)("/api/echo")

    assert (response.status_code, said(response)["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"


def test_options_says_what_is_taken_to_anybody(client):
    response = client.options("/api/guarded")

    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_who_is_not_signed_in_is_401(client):
    response = client.get("/api/guarded")

    assert (response.status_code, said(response)["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ],
)
def test_another_media_type_is_415(client, kind):
    response = client.generic("POST", "/api/echo", b'{"a":1}', content_type=kind)

    assert (response.status_code, said(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"a":1,"a":2}', 400, "duplicate_key"),
        (b'{"aB":1,"a_b":2}', 400, "duplicate_key"),
        (b"[1]", 400, "invalid"),
        (b"\xff", 400, "bad_json"),
        (b'{"a":"' + b"x" * 1024 * 1024 + b'"}', 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused(client, body, status, code):
    response = client.generic("POST", "/api/echo", body, content_type="application/json")

    assert (response.status_code, said(response)["code"]) == (status, code)


def test_a_wrong_field_is_named(client):
    response = client.post("/api/typed", {"lines": [{}]}, content_type="application/json")

    assert said(response)["errors"] == {"lines.0.product_id": ["This field is required."]}


def test_forms_are_taken_where_a_view_says_so(client):
    fields = {"userName": "olga", "password": "p"}

    assert client.post("/api/forms", fields).json() == {"user_name": "olga", "password": "p"}
    form = client.post(
        "/api/forms", "userName=olga&x=%D1%8B", content_type="application/x-www-form-urlencoded"
    )
    assert form.json() == {"user_name": "olga", "x": "ы"}


@pytest.mark.parametrize(
    ("form", "code"),
    [("a=1&a=2", "duplicate_key"), ("aB=1&a_b=2", "duplicate_key"), ("a=%00", "bad_text")],
)
def test_a_form_is_as_strict_as_json(client, form, code):
    kind = "application/x-www-form-urlencoded"
    response = client.post("/api/forms", form, content_type=kind)

    assert (response.status_code, said(response)["code"]) == (400, code)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_over_one_mebibyte_is_413(client, kind):
    response = client.generic("POST", "/api/forms", b"a" * (2**20 + 1), content_type=kind)

    assert (response.status_code, said(response)["code"]) == (413, "too_large")


def test_a_broken_multipart_form_is_400(client):
    response = client.generic("POST", "/api/forms", b"x", content_type="multipart/form-data")

    assert response.status_code == 400
    said(response)


# --- idempotency's edge ---------------------------------------------------------------


def keyed(client, path="/api/v1/keyed/x", body='{"a":1,"bC":"2"}', **headers):
    response = client.generic("POST", path, body, content_type="application/json", **headers)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_request_is_named_by_its_key_its_route_and_who_asks(client):
    found = keyed(client, HTTP_IDEMPOTENCY_KEY="k 1")

    assert found["name"] == {
        "principal": "address:127.0.0.1",
        "route": "POST /keyed/x",
        "key": "k 1",
    }
    assert len(found["fingerprint"]) == 64


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/keyed/x", '{"a":1,"bC":"2"}'),
        ("/api/v1/keyed/x/", '{"a":1,"bC":"2"}'),
        ("/api/v1/keyed/x", ' { "b_c" : "2", "a" : 1 } '),
    ],
)
def test_the_same_request_has_the_same_fingerprint(client, path, body):
    first = keyed(client, HTTP_IDEMPOTENCY_KEY="k")

    assert keyed(client, path, body, HTTP_IDEMPOTENCY_KEY="k") == first


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/keyed/y", '{"a":1,"bC":"2"}'),
        ("/api/v1/keyed/x", '{"a":2,"bC":"2"}'),
        ("/api/v1/keyed/x", '{"a":1}'),
        ("/api/v1/keyed/x", '{"a":[1],"bC":"2"}'),
    ],
)
def test_another_request_has_another_fingerprint(client, path, body):
    first = keyed(client, HTTP_IDEMPOTENCY_KEY="k")

    assert (
        keyed(client, path, body, HTTP_IDEMPOTENCY_KEY="k")["fingerprint"] != first["fingerprint"]
    )


def test_the_client_id_is_the_key_where_no_header_is(client):
    body = '{"clientId":"c1"}'

    assert keyed(client, body=body)["name"]["key"] == "c1"
    assert keyed(client, body=body, HTTP_IDEMPOTENCY_KEY="k")["name"]["key"] == "k"


@pytest.mark.parametrize("body", ["{}", '{"client_id":""}', '{"client_id":null}'])
def test_without_a_key_every_request_is_a_new_one(client, body):
    assert keyed(client, body=body)["has_key"] is False


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("{}", {"HTTP_IDEMPOTENCY_KEY": "x" * 256}),
        ("{}", {"HTTP_IDEMPOTENCY_KEY": "a\tb"}),
        ('{"client_id":5}', {}),
        ('{"client_id":["a"]}', {}),
        ('{"client_id":"a\\nb"}', {}),
    ],
)
def test_a_key_that_is_none_is_refused(client, body, headers):
    response = client.generic(
        "POST", "/api/keyed/x", body, content_type="application/json", **headers
    )

    assert response.status_code == 400
    assert list(said(response)["errors"]) == ["client_id"]


def test_a_key_of_255_characters_is_taken(client):
    assert keyed(client, HTTP_IDEMPOTENCY_KEY="x" * 255)["has_key"] is True


def test_a_reply_is_what_the_verb_kept():
    once = Once(principal="user:1", route="POST /x", key="", fingerprint=b"")
    once.keeping(201, b'{"b":1, "a":2}')

    response = api.reply(once)

    assert (response.status_code, response.content) == (201, b'{"b":1, "a":2}')
    assert "Idempotent-Replay" not in response
    assert EACH_TIME.has_key is False


class Somebody:
    def __init__(self, user):
        self.user = user


def test_a_key_belongs_to_whoever_sent_it():
    person = type("Person", (), {"pk": ID})()

    assert api.principal(Somebody(person)) == f"user:{ID}"
    with context.entered(address="9.9.9.9"):
        assert api.principal(Somebody(None)) == "address:9.9.9.9"
        with context.entered(device_id="d1"):
            assert api.principal(Somebody(None)) == "device:d1"


def test_times_ids_and_amounts_have_one_form():
    from datetime import UTC, datetime
    from decimal import Decimal
    from uuid import UUID

    from django.utils.translation import gettext_lazy

    at = datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC)
    body = {"at": at, "id": UUID(ID), "amount": Decimal("472.00"), "say": gettext_lazy("Hello")}

    assert json.loads(api.respond(body).content) == {
        "at": "2026-01-31T12:00:00.005000Z",
        "id": ID,
        "amount": "472.00",
        "say": "Hello",
    }
