"""Every door says who may open it, and does not open to a stranger."""

import pytest

from accounts.permissions import Anybody, Nobody, ShopRole
from core.api import View
from tests.doors import routes
from tests.doors.asking import ask, browser_of, client_of
from tests.doors.cases import CASES
from tests.factories import person

ROUTES = routes.api()

#: Doors of the API that stand open; each says itself what a stranger may do.
OPEN = {
    "auth/register", "auth/login", "auth/refresh", "auth/logout", "auth/password/forgot",
    "auth/password/reset", "devices/pair", "auth/forgot", "waitlist", "contact",
    "investor_interest", "pilot_request", "client_errors",
    "licensing/keys", "payments/callback",
}  # fmt: skip
#: Addresses that show nothing of anybody: health, documents, where the proxy is not.
PUBLIC = {
    "health", "healthz", "readyz", "openapi.json", "docs", "redoc", "redoc.js",
    "eventory/<path:path>",
}  # fmt: skip
#: Pages for people who are not signed in, and pictures of products, whose names cannot be guessed.
PUBLIC_PAGES = {
    "", "sign-in/", "sign-out/", "lock/", "pair/", "forgot-password/", "reset-password/",
    "r/<str:token>/", "^media/(?P<path>.+)$",
    "forms/pilot-request/", "forms/contact/", "forms/waitlist/", "forms/investor-interest/",
    "forms/", "forms/thanks/",
}  # fmt: skip


def declares(view: type) -> bool:
    """Whether the view, or one of its own bases, names its permission."""
    own = view.__mro__[: view.__mro__.index(View)]
    return any("permission_classes" in vars(one) for one in own)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_view_declares_its_permission(route):
    view = route.view

    assert declares(view)
    assert view.permission_classes
    assert Nobody not in view.permission_classes
    own = getattr(view, "permissions", {})
    assert own.keys() <= {*route.methods}
    if Anybody in view.permission_classes:
        assert route.path in OPEN


def test_a_view_that_declares_none_is_found():
    class Forgetful(View):
        def get(self, request):
            raise AssertionError

    assert not declares(Forgetful)


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if "shop_id" in one.names], ids=lambda route: route.path
)
def test_whatever_lies_under_a_shop_is_for_its_members(route):
    view = route.view
    needed = [*view.permission_classes, *getattr(view, "permissions", {}).values()]

    assert all(issubclass(one, ShopRole) for one in needed)


def test_nothing_else_answers_programs():
    assert {one.path for one in routes.others()} == PUBLIC


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.django_db
def test_a_stranger_is_401(route):
    ids = dict.fromkeys(route.names, person("nobody").pk)
    stranger = client_of(None, "nobody")
    open_to_all = {method for method in route.methods if route.path in OPEN}
    for method in {*route.methods} - open_to_all:
        body = {} if method in ("POST", "PUT", "PATCH") else None
        answer = ask(stranger, method, route.url(ids), body)
        assert answer.status == 401, method
        assert b'"request_id"' in answer.body
    assert open_to_all == {*route.methods} or not open_to_all


def test_the_open_doors_are_there_and_are_in_the_case_table():
    paths = {route.path for route in ROUTES}

    assert paths >= OPEN
    assert {path for path, _ in CASES} >= OPEN
    assert {path for (path, _), case in CASES.items() if case.who == "nobody"} <= OPEN


PAGES = [one for one in routes.pages() if one.path not in PUBLIC_PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.django_db
def test_a_page_sends_strangers_to_sign_in(page, method):
    ids = dict.fromkeys(page.names, person("nobody").pk)
    answer = ask(client_of(None, "nobody"), method, page.url(ids))

    assert answer.status in (302, 403, 405)
    if answer.status == 302:
        assert dict(answer.headers)["Location"].startswith("/sign-in/?next=")
    assert method != "GET" or answer.status == 302


def test_the_public_pages_are_there():
    assert {one.path for one in routes.pages()} >= PUBLIC_PAGES


#: These lead to the console's own first page, which leads on to signing in.
LEADS = {"/admin/logout/"}


@pytest.mark.parametrize("role", ["dev", "user"])
@pytest.mark.django_db
def test_the_console_opens_to_sysadmins_only(role):
    browser = browser_of(person("wanda", role=role))
    nothing = person("nobody").pk
    for address in routes.console():
        url = "/" + address.format(*[nothing] * address.count("{}"))
        for asker in (browser, client_of(None, "nobody")):
            answer = ask(asker, "GET", url)
            assert answer.status in (302, 403, 404), url
            if answer.status == 302:
                where = dict(answer.headers)["Location"]
                assert where.startswith(("/sign-in/", "/admin/login/?next=")) or url in LEADS, url
