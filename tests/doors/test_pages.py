"""Pages, the console and sockets: another shop's ids are unknown ones there too."""

import json
import re

import pytest
from django.contrib import admin
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from config import asgi
from tests.doors import houses, routes
from tests.doors.asking import Answer, ask, browser_of, tells, token_of, unknown
from tests.doors.routes import NAME

# A file's path and a receipt's token name no row.
PAGES = [one for one in routes.pages() if one.names and not {"path", "token"} & {*one.names}]


def unlike(answer: Answer, *sent: object) -> Answer:
    """The answer without what differs at every asking: tokens against forgery."""
    blank = answer.without(*sent)
    body = re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", blank.body)
    return blank._replace(body=body)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
@pytest.mark.parametrize("role", ["owner", "cashier"])
def test_a_page_of_another_shop_is_an_unknown_page(street, page, role):
    browser = browser_of(street.ours.people[role])
    before = houses.everything()

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        for name in page.names:
            known = street.theirs.ids[name]
            nothing = unknown(known)
            ids = street.ours.ids
            first = ask(browser, method, page.url(ids | {name: known}))
            second = ask(browser, method, page.url(ids | {name: nothing}))
            assert unlike(first, known) == unlike(second, nothing)
            assert tells(first, street.traces, known) == []
            assert first.status in (403, 404, 405), first

    assert houses.difference(before, houses.everything()) == {}


@pytest.mark.parametrize("page", routes.pages(), ids=lambda page: page.path)
@pytest.mark.parametrize("role", ["owner", "cashier"])
def test_ones_own_pages_show_nothing_of_another_shop(street, page, role):
    ids = street.ours.ids | {"path": "nothing.png", "token": "nothing"}
    answer = ask(browser_of(street.ours.people[role]), "GET", page.url(ids).replace("^", ""))

    assert answer.status < 500
    assert tells(answer, street.traces) == []


@pytest.mark.parametrize("role", ["owner", "cashier"])
def test_no_page_of_the_console_tells_a_shop_anything(street, role):
    browser = browser_of(street.ours.people[role])
    before = houses.everything()
    theirs = street.theirs.ids
    for address in routes.console():
        known = theirs["order_id" if "order" in address else "shop_id"]
        nothing = unknown(known)
        places = address.count("{}")
        for method in ("GET", "POST"):
            first = ask(browser, method, "/" + address.format(*[known] * places))
            second = ask(browser, method, "/" + address.format(*[nothing] * places))
            assert unlike(first, known) == unlike(second, nothing), address
            assert tells(first, street.traces, known) == [], address
            assert first.status in (302, 403, 404), address
    assert houses.difference(before, houses.everything()) == {}


@pytest.mark.parametrize("role", ["owner", "cashier"])
def test_autocompleting_and_searching_the_console_finds_nothing_for_a_shop(street, role):
    browser = browser_of(street.ours.people[role])
    for model in admin.site._registry:
        label = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        for query in ({"term": "ZZ"}, {"q": "ZZ"}, {"o": "-1"}, {"shop__id__exact": "{}"}):
            place = f"/admin/{label['app_label']}/{label['model_name']}/"
            for url in ("/admin/autocomplete/", place):
                asked = query | label | {"field_name": "shop"}
                answer = ask(browser, "GET", url, query=asked)
                assert answer.status in (302, 403), url
                assert tells(answer, street.traces) == [], url


# --- sockets ------------------------------------------------------------------------------


def sockets() -> set[str]:
    return {str(one.pattern).rstrip("/") for one in asgi.sockets}


def test_every_socket_has_a_case():
    assert sockets() == {"ws/shops/<uuid:shop_id>", "ws/site", ""}


def listened(url: str, token: str) -> tuple[list[dict], int]:
    """What a socket says up to ``ready`` or its end, and the code it ends with."""
    said: list[dict] = []
    with connect(url, subprotocols=["bearer", token], max_queue=None, close_timeout=1) as socket:
        try:
            while not said or said[-1]["type"] != "ready":
                said.append(json.loads(socket.recv(timeout=20)))
        except ConnectionClosed as closed:
            return said, closed.rcvd.code
    return said, 0


@pytest.mark.django_db(transaction=True)
def test_a_socket_of_another_shop_is_one_of_an_unknown_shop(live_server_process):
    ours = houses.furnish("Ours")
    before = houses.everything()
    theirs = houses.furnish(houses.MARK)
    traces = houses.traces(before, houses.everything())
    tokens = [token_of(ours.people[role]) for role in ("owner", "cashier")]
    held = houses.everything()
    for path in sockets() - {"ws/site", ""}:  # a site's line tells nothing of any shop
        for token in tokens:
            for after in ("", "?after=0", "?after=1", "?after=x"):
                known = theirs.shop.pk
                answers = [
                    listened(
                        f"{live_server_process.ws_url}/{NAME.sub(str(key), path)}{after}", token
                    )
                    for key in (known, unknown(known))
                ]
                assert answers[0] == answers[1] == ([], 4404)
        said, code = listened(
            f"{live_server_process.ws_url}/{NAME.sub(str(ours.shop.pk), path)}?after=0", tokens[0]
        )
        assert code == 0
        assert len(said) > 2
        assert tells(Answer(0, (), json.dumps(said).encode()), traces) == []
    assert houses.difference(held, houses.everything()) == {}
