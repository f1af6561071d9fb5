"""Lists page by page."""

import pytest
from django.test import RequestFactory

from accounts.models import User
from core import ids, paging
from core.errors import Invalid
from tests import factories


@pytest.fixture
def people(db):
    """Seven people, newest first."""
    made = [factories.person(f"p{number}") for number in range(7)]
    return [person.username for person in reversed(made)]


def part(query, **more):
    request = RequestFactory().get(f"/api/v1/users?{query}")
    found = paging.cut(User.objects.all(), request, **more)
    return [person.username for person in found.rows], found.headers


def following(headers):
    link = headers["Link"]
    assert link.startswith("<http://testserver/api/v1/users?")
    assert link.endswith('>; rel="next"')
    return link.partition("?")[2].partition(">")[0]


def test_pages_follow_each_other_newest_first(people):
    seen, query = [], "limit=3&q=%D1%8B"
    while query:
        names, headers = part(query)
        seen.append(names)
        query = following(headers) if "Link" in headers else ""

    assert seen == [people[:3], people[3:6], people[6:]]


def test_the_link_keeps_the_other_parameters(people):
    query = following(part("limit=3&q=a%26b&q=c&skip=1")[1])

    assert query.startswith("limit=3&q=a%26b&q=c&cursor=")
    assert part(query)[0] == people[4:]


def test_what_arrives_meanwhile_shifts_nothing(people):
    query = following(part("limit=3")[1])
    factories.person("late")

    assert part(query)[0] == people[3:6]


def test_skip_and_page_work_too(people):
    assert part("skip=5")[0] == people[5:]
    assert part("limit=2&page=1")[0] == people[:2]
    assert part("limit=2&page=3")[0] == people[4:6]
    assert part("limit=2&page=9")[0] == []


def test_the_last_page_has_no_link(people):
    assert part("limit=7")[1] == {}


def test_the_total_is_told_where_asked_for(people):
    assert part("limit=1", count=True)[1]["X-Total-Count"] == "7"


def test_a_page_is_one_statement(people, django_assert_num_queries):
    with django_assert_num_queries(1):
        part("limit=3")


def test_fifty_at_once_and_at_most_five_hundred():
    assert paging.wish({}) == paging.Wish(limit=50, skip=0, after=None)
    assert paging.wish({"limit": "500"}).limit == 500


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "501"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"limit": "1e1"}, "limit"),
        ({"limit": "１２"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": "true"}, "limit"),
        ({"skip": "-1"}, "skip"),
        ({"skip": "1000001"}, "skip"),
        ({"page": "0"}, "page"),
        ({"page": "999999999"}, "skip"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "A" * 22 + "' OR 1=1"}, "cursor"),
        ({"cursor": "A" * 5000}, "cursor"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(query, field):
    with pytest.raises(Invalid) as refusal:
        paging.wish(query)

    assert list(refusal.value.details["errors"]) == [field]


def test_a_cursor_names_its_row():
    key = ids.new()

    assert paging.wish({"cursor": paging.cursor(key)}).after == key
