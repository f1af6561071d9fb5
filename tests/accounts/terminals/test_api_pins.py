"""PINs over the wire: who sets whose, which are too plain, and what a new one ends."""

import pytest

from accounts.models import AuditEvent, AuthSession, Membership
from tests import factories
from tests.accounts.terminals.conftest import OTHER_PIN, PIN, trail


def pin_path(shop, person):
    return f"/shops/{shop.pk}/staff/{person.pk}/pin"


def put(client, shop, person, **wish):
    return client.put(pin_path(shop, person), wish, "application/json")


def pin_of(shop, person):
    return Membership.objects.get(shop=shop, user=person).pin


def test_people_set_their_own_pin_and_managers_their_staffs(api, shop, manager, cashier):
    own = put(api(cashier), shop, cashier, pin=PIN)
    theirs = put(api(manager), shop, cashier, pin=OTHER_PIN)

    assert (own.status_code, theirs.status_code) == (200, 200)
    assert pin_of(shop, cashier).startswith("argon2$")
    assert trail("pin.changed") == [("pin.changed", cashier.pk), ("pin.changed", manager.pk)]
    assert PIN not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("who", "whose", "status", "code"),
    [
        ("cashier", "manager", 403, "role_too_low"),
        ("manager", "owner", 403, "role_above_yours"),
        ("rival", "cashier", 404, "not_found"),
        ("owner", "rival", 404, "not_found"),
    ],
)
def test_nobody_sets_the_pin_of_who_is_above(
    api, shop, other_shop, owner, manager, cashier, who, whose, status, code
):
    people = {
        "owner": owner, "manager": manager, "cashier": cashier, "rival": other_shop.owner,
    }  # fmt: skip

    response = put(api(people[who]), shop, people[whose], pin=PIN)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Membership.objects.exclude(pin="").exists()


@pytest.mark.parametrize(
    "pin",
    ["", "123", "1234567", "48a1", "٤٨٢١", "48 21", "1111", "1234", "4321", "8901", "1212",
     "123123", "121212", "1122", "112233", "2580", "1987", "2026", "000000"],
)  # fmt: skip
def test_trivial_pins_are_refused(api, shop, cashier, pin):
    response = put(api(cashier), shop, cashier, pin=pin)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["pin"]
    assert pin_of(shop, cashier) == ""


@pytest.mark.parametrize("pin", ["4821", "73951", "904618", "0073"])
def test_good_pins_are_taken(api, shop, cashier, pin):
    assert put(api(cashier), shop, cashier, pin=pin).status_code == 200


def test_who_uses_the_platforms_tools_has_no_pin(api, shop, sysadmin):
    Membership.objects.create(shop=shop, user=sysadmin, role="owner")

    response = put(api(sysadmin), shop, sysadmin, pin=PIN)

    assert (response.status_code, response.json()["code"]) == (403, "pin_not_allowed")


def test_at_a_terminal_ones_own_pin_takes_the_current_one(terminal, api, shop, cashier, pinned):
    def seated(pin):
        answer = terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": pin})
        client = api(None)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {answer.json()['access_token']}"
        return client

    client = seated(PIN)
    missing = put(client, shop, cashier, pin="904618")
    wrong = put(client, shop, cashier, pin="904618", current_pin="9172")
    bad_password = put(client, shop, cashier, pin="904618", password="wrong password")
    for response, code in [
        (missing, "pin_invalid"), (wrong, "pin_invalid"), (bad_password, "wrong_password"),
    ]:  # fmt: skip
        assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(wrong.json()["errors"]) == ["current_pin"]

    assert put(client, shop, cashier, pin="904618", current_pin=PIN).status_code == 200
    assert client.get("/auth/me").status_code == 200  # the session that did it goes on
    client = seated("904618")
    again = put(client, shop, cashier, pin=PIN, password=factories.PASSWORD)
    assert again.status_code == 200


def test_a_new_pin_ends_what_the_old_one_began(terminal, api, shop, manager, cashier, pinned):
    terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN})

    put(api(manager), shop, cashier, pin="904618")

    assert AuthSession.objects.get(user=cashier).revoked_at is not None
