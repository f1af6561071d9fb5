"""Another shop's ids are unknown ones, at every address, in every place an id can stand."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import chain, combinations
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from config import docs
from core import paging
from tests.doors import houses, routes
from tests.doors.asking import Answer, ask, client_of, filled, named, tells, unknown
from tests.doors.cases import CASES, Case
from tests.doors.houses import MARK, VENDORS
from tests.doors.routes import Route

ROUTES = routes.api()
METHODS = [(route, method) for route in ROUTES for method in route.methods]
#: Those without a case fail in one test, which names them.
TRIED = [(route, method) for route, method in METHODS if (route.path, method) in CASES]
SENDING = [pair for pair in TRIED if CASES[pair[0].path, pair[1]].body is not None]
#: The vendor's see every shop by right: to the others their addresses are closed.
LISTS = [
    pair for pair in TRIED if pair[1] == "GET" and CASES[pair[0].path, "GET"].who not in VENDORS
]
PAGING = {"limit", "cursor", "skip", "page"}
#: Parameters that no address of ours has, and that somebody may add one day without a case.
GUESSES = ("shop", "shop_id", "shop__id", "branch_id", "user", "user_id", "owner_id", "device_id")
ORDERINGS = ("name", "-shop__name", "shop__owner__password", "?")

pytestmark = pytest.mark.django_db


def name_of(pair: Any) -> str:
    return f"{pair[1]} {pair[0].path}" if isinstance(pair, tuple) else pair.path


# --- nothing is left out ------------------------------------------------------------------


@cache
def document() -> dict[str, Any]:
    return json.loads(docs.document())


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """What the OpenAPI document says of each method of each address."""
    paths = document()["paths"]
    return {
        (path, method.upper()): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def documented(route: Route, method: str) -> dict[str, Any]:
    return operations()[route.url({name: f"{{{name}}}" for name in route.names}), method]


def test_every_method_of_every_address_has_a_case_and_nothing_else_has():
    found = {(route.path, method) for route, method in METHODS}

    assert found - CASES.keys() == set()
    assert CASES.keys() - found == set()


@pytest.mark.parametrize("pair", TRIED, ids=name_of)
def test_every_place_for_an_id_is_in_the_case(pair, street):
    route, method = pair
    case = CASES[route.path, method]
    said = documented(route, method)

    assert {*route.names} <= street.ours.ids.keys()
    queries = {one["name"] for one in said.get("parameters", ()) if one["in"] == "query"}
    assert queries - PAGING <= case.query.keys()
    assert ids_of(said) <= keys_of(case.body)


def ids_of(said: dict[str, Any]) -> set[str]:
    """Keys of the documented body that take an id."""
    content = said.get("requestBody", {}).get("content", {})
    return {key for one in content.values() for key in uuids(one["schema"])}


def uuids(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {key for one in schema for key in uuids(one)}
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema:
        return uuids(document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    own = schema.get("properties", {})
    found = {key for key, inner in own.items() if '"uuid"' in json.dumps(inner)}
    return found | uuids(list(schema.values())) if schema else found


def keys_of(body: Any) -> set[str]:
    if isinstance(body, list):
        return {key for one in body for key in keys_of(one)}
    if not isinstance(body, dict):
        return set()
    return {*body} | {key for inner in body.values() for key in keys_of(inner)}


def test_every_mount_answers_with_the_same_views():
    found = [(routes.below(address), callback) for address, callback in routes.walk()]
    views = {route.path: route.view for route in ROUTES}
    mounted = {route.path: set() for route in ROUTES}
    for (mount, path), callback in found:
        if path in views and hasattr(callback, "cls"):
            assert callback.cls is views[path]
            mounted[path].add(mount)

    assert all(mounts >= {"api/v1/", "api/"} for mounts in mounted.values())


# --- the attack ---------------------------------------------------------------------------


def places(route: Route, case: Case) -> Iterator[dict[str, str]]:
    """Which names of ids are another's: each alone, and all together, of address and rest."""
    inside = sorted(named(case.body) | named(case.query) - {*route.names})
    for group in (route.names, inside):
        sizes = range(1, len(group) + 1)
        yield from map(dict.fromkeys, chain.from_iterable(combinations(group, n) for n in sizes))


def send(street, client, route: Route, method: str, case: Case, ids: dict[str, UUID]) -> Answer:
    secrets = street.ours.secrets
    body = filled(case.body, ids, secrets) if case.body is not None else None
    return ask(client, method, route.url(ids), body, filled(case.query, ids, secrets))


@pytest.mark.parametrize("pair", TRIED, ids=name_of)
def test_anothers_ids_are_unknown_ones(pair, street):
    route, method = pair
    case = CASES[route.path, method]
    askers = {case.who, "nobody", "till"} | ({"owner", "cashier"} if route.names else set())
    clients = {who: client_of(street.ours, who) for who in sorted(askers - VENDORS.keys())}
    before = houses.everything()

    for wrong in places(route, case):
        foreign = {name: street.theirs.ids[name] for name in wrong}
        nothing = {name: unknown(known) for name, known in foreign.items()}
        for who, client in clients.items():
            if who != case.who and not {*wrong} & {*route.names}:
                continue
            first = send(street, client, route, method, case, street.ours.ids | foreign)
            second = send(street, client, route, method, case, street.ours.ids | nothing)

            said = f"{who} {wrong.keys()} {first}"
            assert first.without(*foreign.values()) == second.without(*nothing.values()), said
            assert tells(first, street.traces, *foreign.values()) == [], said
            assert first.status < 500, said
            if {*wrong} & {*route.names}:
                assert first.status in (401, 403, 404), said

    assert houses.difference(before, houses.everything()) == {}


@pytest.mark.parametrize("pair", TRIED, ids=name_of)
def test_ones_own_ids_open_the_door_and_show_nothing_of_another(pair, street):
    """What the attacks are measured by: with our ids every one of them is answered."""
    route, method = pair
    case = CASES[route.path, method]
    before = houses.everything()

    answer = send(street, client_of(street.ours, case.who), route, method, case, street.ours.ids)

    assert answer.status == case.status, answer
    assert case.who in VENDORS or tells(answer, street.traces) == []
    gone, _ = theirs_among(houses.difference(before, houses.everything()), street)
    assert gone == []


def theirs_among(changed: dict[str, list[list[str]]], street) -> tuple[list[str], list[str]]:
    """The other house's rows that went, and those that came."""
    gone, come = (
        [row for rows in changed.values() for row in rows[side] if is_theirs(row, street)]
        for side in (0, 1)
    )
    return gone, come


def is_theirs(row: str, street) -> bool:
    low = row.lower()
    return MARK.lower() in low or any(
        one in low or one.replace("-", "") in low for one in street.traces
    )


#: What a person or a shop keeps here is theirs to word, whatever it names.
OWN_WORDS = {
    "settings/notifications", "settings/automation", "shops/<uuid:shop_id>/settings",
    "app/settings/notifications", "app/settings/automation",
}  # fmt: skip


@pytest.mark.parametrize("pair", SENDING, ids=name_of)
def test_ids_that_nobody_asked_for_reach_no_other_shop(pair, street):
    """An id under a key of its own, at the top and in lists, is refused or has no effect."""
    route, method = pair
    case = CASES[route.path, method]
    client = client_of(street.ours, case.who)
    keys = ("shop_id", "shop", "user_id", "owner_id", "id", "device_id", "category_id", "order_id")
    ids = street.theirs.ids | {
        "shop": street.theirs.ids["shop_id"],
        "owner_id": street.theirs.people["owner"].pk,
        "id": street.theirs.ids["product_id"],
    }
    before = houses.everything()

    for key in keys:
        if key in case.body:
            continue
        sent = [{key: str(ids[key])}, {key: str(ids[key]), "name": MARK[:2]}]
        extra = {key: str(ids[key]), "nested": sent}
        with transaction.atomic():
            body = case.body | extra
            odd = Case(case.status, body, case.who)
            answer = send(street, client, route, method, odd, street.ours.ids)
            changed = houses.difference(before, houses.everything())
            transaction.set_rollback(True)
        assert answer.status < 500, (key, answer)
        assert tells(answer, street.traces, ids[key]) == [], (key, answer)
        gone, come = theirs_among(changed, street)
        assert gone == [], (key, answer)
        if route.path not in OWN_WORDS:
            assert come == [], (key, answer)


# --- lists --------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", LISTS, ids=name_of)
def test_no_filter_order_or_cursor_reaches_another_shop(pair, street):
    route, method = pair
    case = CASES[route.path, method]
    client = client_of(street.ours, case.who)
    url = route.url(street.ours.ids)
    before = houses.everything()

    for name in (*GUESSES, *case.query):
        for known in {street.theirs.ids["shop_id"], street.theirs.ids["user_id"]}:
            nothing = unknown(known)
            first = ask(client, method, url, query={name: str(known)})
            second = ask(client, method, url, query={name: str(nothing)})
            assert first.without(known) == second.without(nothing), name
            assert tells(first, street.traces, known) == [], name
    for known in (street.theirs.ids["order_id"], street.theirs.ids["device_id"]):
        answers = [
            ask(client, method, url, query={"cursor": paging.cursor(key)})
            for key in (known, unknown(known))
        ]
        assert answers[0] == answers[1]
        assert tells(answers[0], street.traces) == []
    odd = [{"ordering": one} for one in ORDERINGS] + [{"order_by": one} for one in ORDERINGS]
    odd += [{"q": MARK.lower()}, {"q": "%"}, {"search": MARK}, {"limit": "500"}, {"skip": "0"}]
    odd += [{"page": "1"}, {"limit": "1", "page": "2"}]
    for query in odd:
        answer = ask(client, method, url, query=query)
        assert answer.status < 500, query
        told = {**query, "": "zz-foreign"} if MARK.lower() in str(query).lower() else {}
        assert tells(answer, street.traces, *told.values()) == [], query
    assert houses.difference(before, houses.everything()) == {}
