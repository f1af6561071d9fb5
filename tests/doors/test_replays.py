"""Whoever creates something may ask twice: the key gets the first answer's bytes, forever."""

import pytest

from core.idempotency import Once, Secret
from tests.doors import houses, routes
from tests.doors.asking import ask, client_of, filled
from tests.doors.cases import CASES

#: POSTs that create nothing: they begin or end what is one's own, and a repeat is no second one.
NOTHING_CREATED = {
    "auth/login", "auth/refresh", "auth/logout", "auth/logout-all", "auth/password/forgot",
    "auth/password/reset", "otp/confirm", "devices/me/sign-in",
    "shops/<uuid:shop_id>/devices/<uuid:device_id>/revoke",
    "payments/callback",  # told again it changes nothing
    # The same form again is only counted, and is answered as the first: nothing tells them apart.
    "auth/forgot", "waitlist", "contact", "investor_interest", "pilot_request", "client_errors",
    "heartbeat",
}  # fmt: skip
POSTS = [one for one in routes.api() if "POST" in one.methods]
CREATING = [one for one in POSTS if one.path not in NOTHING_CREATED]
KEY = "the-key-of-this-request"


@pytest.mark.parametrize("route", CREATING, ids=lambda route: route.path)
@pytest.mark.django_db
def test_a_repeat_gets_the_same_bytes_and_another_body_is_refused(street, route):
    case = CASES[route.path, "POST"]
    assert case.creates
    assert case.other is not None
    client, house = client_of(street.ours, case.who), street.ours
    url = route.url(house.ids)
    body, other = (filled(one, house.ids, house.secrets) for one in (case.body, case.other))

    first = ask(client, "POST", url, body, **{"Idempotency-Key": KEY})
    assert first.status == case.status, first
    held = houses.everything()
    second = ask(client, "POST", url, body, **{"Idempotency-Key": KEY})
    third = ask(client, "POST", url, other, **{"Idempotency-Key": KEY})
    unversioned = ask(
        client, "POST", route.url(house.ids, "api/"), body, **{"Idempotency-Key": KEY}
    )

    assert (second.status, second.body) == (first.status, first.body)
    assert ("Idempotent-Replay", "true") in second.headers
    assert ("Idempotent-Replay", "true") not in first.headers
    assert (third.status, b'"idempotency_key_reused"' in third.body) == (422, True)
    assert unversioned.body == first.body
    assert houses.difference(held, houses.everything()) == {}


@pytest.mark.parametrize("route", CREATING, ids=lambda route: route.path)
@pytest.mark.django_db
def test_a_client_id_in_the_body_is_a_key_too(street, route):
    case = CASES[route.path, "POST"]
    client, house = client_of(street.ours, case.who), street.ours
    body = filled(case.body, house.ids, house.secrets)
    sent = body if "client_id" in body else body | {"clientId": KEY}

    first, second = (ask(client, "POST", route.url(house.ids), sent) for _ in "12")

    assert first.status == case.status, first
    assert (second.status, second.body) == (first.status, first.body)
    assert ("Idempotent-Replay", "true") in second.headers


@pytest.mark.parametrize("route", CREATING, ids=lambda route: route.path)
@pytest.mark.django_db
def test_anothers_key_is_not_ours(street, route):
    """The same key of somebody else, in a shop of theirs, gets nothing of our answer."""
    case = CASES[route.path, "POST"]
    if case.who == "nobody":
        assert route.path in {"auth/register", "devices/pair"}  # told apart by address
        return
    answers = []
    for house in (street.ours, street.theirs):
        body = filled(case.body, house.ids, house.secrets)
        url, client = route.url(house.ids), client_of(house, case.who)
        if route.path == "users":
            body |= {"username": f"{house.shop.name}-hired"}
        answers.append(ask(client, "POST", url, body, **{"Idempotency-Key": KEY}))

    assert [one.status for one in answers] == [case.status] * 2
    assert answers[0].body != answers[1].body
    assert ("Idempotent-Replay", "true") not in answers[1].headers


def test_every_post_is_sorted():
    paths = {one.path for one in POSTS}

    assert paths >= NOTHING_CREATED
    assert {path for (path, method), case in CASES.items() if case.creates} == {
        one.path for one in CREATING
    }
    assert issubclass(Secret, Once)
