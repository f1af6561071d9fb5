"""Pages and the console: another shop's ids are unknown ones there too."""

import re

import pytest
from django.contrib import admin

from tests.doors import houses, routes
from tests.doors.asking import Answer, ask, browser_of, tells, unknown

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
