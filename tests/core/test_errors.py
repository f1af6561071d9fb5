"""The one mapping from a refusal to status and body."""

import pytest

from core import errors


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.DomainError(), 400, "invalid"),
        (errors.Invalid(), 400, "invalid"),
        (errors.Unauthenticated(), 401, "not_authenticated"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.Missing(), 404, "not_found"),
        (errors.MethodNotAllowed(method="PUT"), 405, "method_not_allowed"),
        (errors.Conflict(), 409, "conflict"),
        (errors.Expired(), 410, "expired"),
        (errors.Stale(), 412, "stale_version"),
        (errors.TooLarge(), 413, "too_large"),
        (errors.UnsupportedMedia(), 415, "unsupported_media_type"),
        (errors.KeyReused(), 422, "idempotency_key_reused"),
        (errors.Locked(), 423, "site_locked"),
        (errors.TooMany(), 429, "too_many_requests"),
        (errors.Internal(), 500, "internal"),
        (errors.Unavailable(), 503, "unavailable"),
    ],
)
def test_every_kind_has_its_status_and_code(error, status, code):
    found, body = errors.describe(error, "r1")

    assert (found, body["code"], body["request_id"]) == (status, code, "r1")
    assert body["detail"] == body["error"] == str(error)
    assert "{" not in str(error)


class Mismatch(errors.Conflict):
    code = "total_mismatch"
    message = "The total is {ours}, not {yours}."


def test_details_fill_the_message_and_travel_in_the_body():
    status, body = errors.describe(Mismatch(ours="3.00", yours="2.00"), "")

    assert status == 409
    assert body == {
        "detail": "The total is 3.00, not 2.00.",
        "error": "The total is 3.00, not 2.00.",
        "code": "total_mismatch",
        "request_id": "",
        "ours": "3.00",
        "yours": "2.00",
    }


def test_details_never_replace_what_clients_rely_on():
    error = errors.DomainError(detail="x", error="x", code="x", request_id="x", lines=[1])

    assert errors.describe(error, "r1")[1] == {
        "detail": "This cannot be done.",
        "error": "This cannot be done.",
        "code": "invalid",
        "request_id": "r1",
        "lines": [1],
    }


def test_a_sentence_of_its_own_is_taken_as_it_stands():
    assert str(errors.Invalid("Braces {stay}.")) == "Braces {stay}."


def test_the_first_wrong_field_is_told_in_the_sentence_too():
    error = errors.Invalid(errors={"name": ["Too long."], "price": ["Too low."]})

    assert str(error) == "name: Too long. (and 1 more)"
    assert error.details == {"errors": {"name": ["Too long."], "price": ["Too low."]}}


def test_waiting_and_signing_in_have_their_headers():
    assert errors.headers(errors.TooMany(retry_after=30)) == {"Retry-After": "30"}
    assert errors.headers(errors.Unavailable()) == {"Retry-After": "2"}
    assert errors.headers(errors.Unauthenticated()) == {"WWW-Authenticate": 'Bearer realm="api"'}
    assert errors.headers(errors.Conflict()) == {}


@pytest.mark.parametrize("kind", [errors.TooMany, errors.Unavailable])
def test_nobody_is_told_to_wait_no_time_at_all(kind):
    assert kind(retry_after=0).details == {"retry_after": 1}
