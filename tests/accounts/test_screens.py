"""The cookie of our own screens: at pages, at the API, in the console."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import path

from accounts import middleware, sessions
from accounts.models import AuthSession, User
from config.urls import urlpatterns as house


def sign_in(request):
    session = sessions.begin(user=User.objects.get(username=request.GET["name"]))
    middleware.remember(request, session)
    return HttpResponse(str(request.user))


def who(request):
    return HttpResponse(str(request.user))


def sign_out(request):
    sessions.end(session_id=middleware.session_id(request), actor=request.user)
    middleware.forget(request)
    return HttpResponse(str(request.user))


def token(request):
    return HttpResponse(get_token(request))


urlpatterns = [
    *house,
    path("in/", sign_in),
    path("who/", who),
    path("out/", sign_out),
    path("token/", token),
]


@pytest.fixture(autouse=True)
def _routes(settings):
    settings.ROOT_URLCONF = "tests.accounts.test_screens"


@pytest.fixture
def browser(owner):
    client = Client(enforce_csrf_checks=True)
    assert client.get("/in/", {"name": "olga"}).content == b"Olga"
    return client


def test_a_page_knows_who_looks_at_it_until_the_session_ends(browser, owner):
    assert browser.get("/who/").content == b"Olga"
    session = AuthSession.objects.get()

    sessions.end(session_id=session.pk, actor=owner)

    assert browser.get("/who/").content == b"AnonymousUser"
    assert browser.get("/api/v1/auth/me").json()["code"] == "token_invalid"


def test_the_cookie_names_the_session_and_says_nothing_else(browser):
    cookie = browser.cookies["countertop"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert dict(browser.session) == {"sid": AuthSession.objects.get().pk.hex}


def test_signing_out_ends_the_session_too(browser):
    assert browser.get("/out/").content == b"AnonymousUser"
    assert AuthSession.objects.get().revoked_at is not None
    assert browser.get("/who/").content == b"AnonymousUser"


def test_signing_in_again_names_another_session(browser, cashier):
    before = browser.session["sid"]
    browser.get("/in/", {"name": "carla"})

    assert browser.session["sid"] != before
    assert browser.get("/who/").content == b"Carla"


def test_the_api_takes_the_cookie_to_read_and_the_token_to_write(browser):
    assert browser.get("/api/v1/auth/me").json()["username"] == "olga"

    forged = browser.post("/api/v1/shops", {"name": "Second"}, "application/json")
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf_failed")

    header = {"HTTP_X_CSRFTOKEN": browser.get("/token/").content.decode()}
    opened = browser.post("/api/v1/shops", {"name": "Second"}, "application/json", **header)
    assert opened.status_code == 201

    out = browser.post("/api/v1/auth/logout", {}, "application/json", **header)
    assert out.status_code == 200
    assert browser.get("/who/").content == b"AnonymousUser"


@pytest.mark.parametrize("sid", [None, "", "x", 7, [], "0" * 32])
def test_a_cookie_that_names_nothing_is_nobody(db, sid):
    request = RequestFactory().get("/")
    request.session = {"sid": sid}
    middleware.SignedIn(lambda request: HttpResponse()).process_request(request)

    assert request.user == AnonymousUser()


def test_a_page_without_a_cookie_asks_the_database_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/who/").content == b"AnonymousUser"
