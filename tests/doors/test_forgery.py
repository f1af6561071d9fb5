"""Requests that another site makes a browser send, and what browsers are told about origins."""

import pytest
from django.test import Client

from tests import factories
from tests.doors import houses, routes
from tests.doors.asking import ask, browser_of, client_of, filled
from tests.doors.cases import CASES

#: Doors that read no cookie to know who asks.
BLIND = {
    "auth/register", "auth/login", "auth/refresh", "auth/password/forgot", "auth/password/reset",
    "devices/pair", "devices/me/staff", "devices/me/sign-in", "auth/forgot", "waitlist", "contact",
    "investor_interest", "pilot_request", "client_errors",
    "heartbeat", "payments/callback",
}  # fmt: skip
WRITING = [
    (route, method)
    for route in routes.api()
    for method in route.methods
    if method != "GET" and route.path not in BLIND and (route.path, method) in CASES
]
ELSEWHERE = "https://evil.example"


def name_of(pair):
    return f"{pair[1]} {pair[0].path}"


@pytest.mark.parametrize("pair", WRITING, ids=name_of)
@pytest.mark.django_db
def test_a_cookie_alone_changes_nothing(street, pair):
    route, method = pair
    case, ours = CASES[route.path, method], street.ours
    role = case.who if case.who in ours.people else "owner"
    browser = browser_of(ours.people[role])
    browser.handler.enforce_csrf_checks = True
    body = filled(case.body or {}, ours.ids, ours.secrets)
    url = route.url(ours.ids)
    before = houses.everything()
    token = "a" * 32

    for headers in (
        {},
        {"Origin": ELSEWHERE, "X-CSRFToken": token},
        {"Origin": "null", "X-CSRFToken": token},
        {"Referer": f"{ELSEWHERE}/page"},
        {"X-CSRFToken": token},
    ):
        browser.cookies["csrftoken"] = token if "Origin" in headers else ""
        answer = ask(browser, method, url, body, **headers)
        assert (answer.status, b'"csrf_failed"' in answer.body) == (403, True), (headers, answer)

    assert houses.difference(before, houses.everything()) == {}


def test_the_token_of_the_page_opens_from_our_origin_only(db):
    user = factories.person("fay")
    browser = browser_of(user)
    browser.handler.enforce_csrf_checks = True
    browser.get("/sign-in/")
    browser.get("/account/otp/")
    token = browser.cookies["csrftoken"].value
    wish = {"name": "Fay"}
    url = "/api/v1/auth/profile"

    ours = {"X-CSRFToken": token, "Origin": "http://testserver"}
    assert ask(browser, "PUT", url, wish, **ours).status == 200
    for origin in (ELSEWHERE, "null", "http://testserver.evil.example", "http://testserver:81"):
        theirs = ours | {"Origin": origin}
        assert ask(browser, "PUT", url, wish, **theirs).status == 403, origin


@pytest.mark.parametrize(
    "page", [p for p in routes.pages() if p.path != "^media/(?P<path>.+)$"], ids=lambda p: p.path
)
@pytest.mark.django_db
def test_a_form_without_its_token_changes_nothing(street, page):
    ours = street.ours
    browser = browser_of(ours.people["owner"])
    browser.handler.enforce_csrf_checks = True
    before = houses.everything()

    answer = ask(browser, "POST", page.url(ours.ids | {"token": "nothing"}), {})

    assert answer.status in (403, 405)
    assert houses.difference(before, houses.everything()) == {}


# --- CORS ---------------------------------------------------------------------------------

OURS = "http://localhost:5173"
TO_READ = {"link", "retry-after", "x-total-count", "etag"}


def broken(request):
    raise RuntimeError("our own fault")


@pytest.fixture
def refusals(db, monkeypatch):
    """A refusal of each kind, by its status."""
    from config import health

    stranger = client_of(None, "nobody")
    stranger.defaults["HTTP_ORIGIN"] = OURS

    def too_many():
        wrong = {"username": "x", "password": "y"}
        return next(
            answer
            for answer in (
                stranger.post("/api/v1/auth/login", wrong, "application/json") for _ in range(30)
            )
            if answer.status_code == 429
        )

    def failed():
        monkeypatch.setattr(health, "_missing", lambda: broken(None))
        return stranger.get("/api/v1/readyz")

    return {
        400: lambda: stranger.post("/api/v1/auth/login", "{", "application/json"),
        401: lambda: stranger.get("/api/v1/auth/me"),
        404: lambda: stranger.get("/api/v1/nothing"),
        405: lambda: stranger.put("/api/v1/auth/me"),
        429: too_many,
        500: failed,
    }


@pytest.mark.parametrize("status", [400, 401, 404, 405, 429, 500])
def test_refusals_can_be_read_by_the_origins_that_may(refusals, status):
    response = refusals[status]()

    assert response.status_code == status
    assert response["Access-Control-Allow-Origin"] == OURS
    assert {
        one.strip().lower() for one in response["Access-Control-Expose-Headers"].split(",")
    } >= TO_READ
    assert response["Content-Type"] == "application/json"
    assert "Access-Control-Allow-Credentials" not in response


def test_a_browser_may_ask_first_and_other_origins_are_told_nothing(db):
    for origin, may in ((OURS, True), (ELSEWHERE, False), ("null", False), (OURS + ".evil", False)):
        response = Client().options(
            "/api/v1/shops",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match",
            },
        )
        assert response.get("Access-Control-Allow-Origin") == (OURS if may else None)
        if may:
            allowed = response["Access-Control-Allow-Headers"].lower()
            assert all(
                name in allowed
                for name in (
                    "authorization",
                    "content-type",
                    "accept",
                    "idempotency-key",
                    "if-match",
                )
            )
