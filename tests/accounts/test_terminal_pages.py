"""Pages of a shared terminal: pairing, faces and PINs, locking, the shop's devices."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import devices
from accounts.models import AuditEvent, AuthSession, Device, Membership, PairingCode, Shop
from tests import factories

PIN = "4821"
COOKIE = settings.DEVICE_COOKIE_NAME


@pytest.fixture
def till(shop, manager) -> Device:
    return devices.register(shop=shop, kind="till", name="Till 1", actor=manager)


@pytest.fixture
def browser(client, till) -> Client:
    """A browser paired as the till, with nobody signed in."""
    client.cookies[COOKIE] = factories.paired(till)
    return client


def signed_in(person) -> Client:
    client = Client()
    client.post("/sign-in/", {"name": person.username, "password": factories.PASSWORD})
    return client


def by_pin(client, person, pin=PIN, path="/sign-in/"):
    return client.post(path, {"user_id": str(person.pk), "pin": pin})


# --- pairing ----------------------------------------------------------------------------


def test_a_browser_is_paired_by_a_code(client, shop, till):
    code = devices.offer(till.pk, shop=shop, actor=None).code

    response = client.post("/pair/", {"code": code.lower()})

    assert response["Location"] == "/sign-in/"
    cookie = response.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert devices.by_token(cookie.value) == till
    assert cookie.value not in client.get("/sign-in/").content.decode()


def test_a_wrong_code_says_so_and_guesses_are_counted(client, db):
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(10):
            response = client.post("/pair/", {"code": "NO-SUCH-CODE"})
            assert response.status_code == 400
            assert "This code is wrong" in response.content.decode()
            assert COOKIE not in response.cookies

        assert client.post("/pair/", {"code": "NO-SUCH-CODE"}).status_code == 429


def test_pairing_signs_out_whoever_was_there(shop, till, manager):
    browser = signed_in(manager)
    code = devices.offer(till.pk, shop=shop, actor=None).code

    browser.post("/pair/", {"code": code})

    assert browser.get("/shops/")["Location"] == "/sign-in/?next=/shops/"
    assert AuthSession.objects.get().revoked_at is not None


def test_a_kitchen_screen_is_no_place_to_sign_in_by_pin(client, shop, cashier, manager):
    factories.pin(shop, cashier, PIN)
    kitchen = devices.register(shop=shop, kind="kds", name="Kitchen", actor=manager)
    code = devices.offer(kitchen.pk, shop=shop, actor=None).code

    page = client.post("/pair/", {"code": code}).content.decode()

    assert "Paired as Kitchen of Corner Café" in page
    assert "Password" in client.get("/sign-in/").content.decode()
    assert by_pin(client, cashier).status_code == 401
    assert not AuthSession.objects.exists()


# --- faces and PINs ---------------------------------------------------------------------


def test_a_paired_browser_shows_who_works_here(browser, shop, other_shop, owner, cashier):
    factories.pin(shop, cashier, PIN)
    factories.pin(other_shop, other_shop.owner, PIN)

    page = browser.get("/sign-in/").content.decode()

    assert "Till 1" in page
    assert str(cashier.pk) in page
    assert str(owner.pk) not in page  # no PIN yet
    assert "No PIN yet:" in page
    assert other_shop.owner.name not in page


def test_a_pin_opens_the_till(browser, shop, till, cashier):
    factories.pin(shop, cashier, PIN)
    home = reverse("till", args=[shop.pk])

    response = by_pin(browser, cashier)

    assert response["Location"] == home
    session = AuthSession.objects.get()
    assert (session.user, session.device, session.scope) == (cashier, till, "pin")
    page = browser.get(home).content.decode()
    assert "Switch person" in page
    assert 'data-minutes="5"' in page
    assert browser.get("/sign-in/")["Location"] == home


def test_switching_rotates_the_session_and_the_old_cookie_is_dead(browser, shop, cashier, manager):
    factories.pin(shop, cashier, PIN)
    factories.pin(shop, manager, "73951")
    home = reverse("till", args=[shop.pk])
    by_pin(browser, cashier)
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[
        settings.SESSION_COOKIE_NAME
    ].value
    assert stolen.get(home).status_code == 200

    by_pin(browser, manager, "73951")

    assert stolen.get(home).status_code == 302
    assert stolen.get("/api/v1/auth/me").json()["code"] == "token_invalid"
    assert "Manu" in browser.get(home).content.decode()


@pytest.mark.parametrize("wrong", [{"pin": "9172"}, {"pin": ""}, {"user_id": ""}, {"user_id": "x"}])
def test_a_wrong_pin_says_so_and_keeps_the_face(browser, shop, cashier, wrong):
    factories.pin(shop, cashier, PIN)
    wish = {"user_id": str(cashier.pk), "pin": PIN} | wrong

    response = browser.post("/sign-in/?next=/shops/", wish)

    page = response.content.decode()
    assert response.status_code == 401
    assert "The PIN is wrong." in page
    assert ("checked" in page) == (wish["user_id"] == str(cashier.pk))
    assert "/sign-in/?next=/shops/" in page
    assert not AuthSession.objects.exists()


def test_a_password_works_at_a_paired_till_too(browser, till, shop, cashier):
    page = browser.get("/sign-in/?password&next=/shops/").content.decode()
    assert "Pick your name" in page

    response = browser.post("/sign-in/", {"name": "carla", "password": factories.PASSWORD})

    assert response["Location"] == "/shops/"
    assert AuthSession.objects.get().device == till


def test_a_revoked_till_asks_for_a_password_again(browser, shop, till, cashier):
    factories.pin(shop, cashier, PIN)
    by_pin(browser, cashier)
    devices.revoke(till.pk, shop=shop, actor=None)

    assert browser.get("/shops/").status_code == 302
    assert "E-mail or username" in browser.get("/sign-in/").content.decode()


def test_a_till_where_nobody_has_a_pin_says_what_to_do(browser):
    assert "Nobody has a PIN yet" in browser.get("/sign-in/").content.decode()


# --- locking ----------------------------------------------------------------------------


def test_locking_ends_the_session_and_keeps_the_page_wanted(browser, shop, cashier):
    factories.pin(shop, cashier, PIN)
    by_pin(browser, cashier)
    home = reverse("till", args=[shop.pk])

    switched = browser.post(f"/lock/?next={home}")

    assert switched["Location"] == f"/sign-in/?next={quote(home, safe='')}"
    assert AuthSession.objects.get().revoked_at is not None
    assert browser.get(home).status_code == 302
    by_pin(browser, cashier)
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=6))
    idle = browser.post(f"/lock/?next={home}", {"idle": "1"})
    assert idle["Location"].endswith(f"&who={cashier.pk}")
    assert "checked" in browser.get(idle["Location"]).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example"])
def test_locking_sends_nobody_elsewhere(browser, shop, elsewhere):
    assert browser.post(f"/lock/?next={elsewhere}")["Location"] == "/sign-in/"


def test_locking_is_no_link(browser):
    assert browser.get("/lock/").status_code == 405


def test_a_till_left_alone_is_locked_when_somebody_comes_back(browser, shop, cashier):
    factories.pin(shop, cashier, PIN)
    home = reverse("till", args=[shop.pk])
    by_pin(browser, cashier)
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=4))
    assert browser.get(home).status_code == 200

    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=6))

    assert browser.get(home).status_code == 302
    assert AuthSession.objects.get().revoked_at is not None


def test_a_till_that_never_locks_and_a_browser_of_ones_own(browser, shop, cashier):
    factories.pin(shop, cashier, PIN)
    home = reverse("till", args=[shop.pk])
    devices.lock_after(0, shop=shop, actor=None)
    by_pin(browser, cashier)
    own = signed_in(cashier)
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(hours=9))

    assert browser.get(home).status_code == 200
    page = own.get(home)
    assert page.status_code == 200
    assert "Switch person" not in page.content.decode()


# --- the shop's devices -----------------------------------------------------------------


def test_a_manager_adds_a_till_and_sees_its_code_once(shop, manager):
    client, path = signed_in(manager), f"/shops/{shop.pk}/devices/"
    assert "No devices yet" in client.get(path).content.decode()

    page = client.post(path, {"act": "add", "kind": "till", "name": "Till 1"}).content.decode()

    code = re.search(r'id="pairing-code">([A-Z2-9]{4}-[A-Z2-9]{4})<', page)[1]
    assert "data:image/svg" in page
    assert "http://testserver/pair/" in page
    assert code not in client.get(path).content.decode()
    assert Client().post("/pair/", {"code": code}).status_code == 302
    assert "Paired" in client.get(path).content.decode()


def test_this_browser_becomes_the_till(shop, till, manager):
    client = signed_in(manager)

    response = client.post(f"/shops/{shop.pk}/devices/", {"act": "here", "device_id": str(till.pk)})

    assert response["Location"] == "/sign-in/"
    assert devices.by_token(response.cookies[COOKIE].value) == till
    assert "Nobody has a PIN yet" in client.get("/sign-in/").content.decode()


def test_the_page_names_who_is_on_which_device(browser, shop, cashier, manager):
    factories.pin(shop, cashier, PIN)
    by_pin(browser, cashier)

    assert "Carla since" in signed_in(manager).get(f"/shops/{shop.pk}/devices/").content.decode()


def test_a_manager_revokes_a_device(browser, shop, till, manager):
    client, path = signed_in(manager), f"/shops/{shop.pk}/devices/"

    response = client.post(path, {"act": "revoke", "device_id": str(till.pk)})

    assert response["Location"] == path
    assert "No devices yet" in client.get(path).content.decode()
    assert AuditEvent.objects.get(action="device.revoked").actor == manager


def test_a_manager_says_when_tills_lock(shop, manager):
    client, path = signed_in(manager), f"/shops/{shop.pk}/devices/"

    client.post(path, {"act": "lock", "lock_minutes": "15"})
    refused = client.post(path, {"act": "lock", "lock_minutes": "never"})

    assert refused.status_code == 400
    assert Shop.objects.get(pk=shop.pk).lock_minutes == 15
    assert 'value="15"' in client.get(path).content.decode()


@pytest.mark.parametrize(
    "wish",
    [
        {"act": "add", "kind": "toaster", "name": "x"},
        {"act": "add", "kind": "till", "name": " "},
        {"act": "offer", "device_id": "x"},
        {"act": "revoke", "device_id": "01890000-0000-7000-8000-000000000000"},
    ],
)
def test_what_makes_no_sense_is_said_on_the_page(shop, manager, wish):
    response = signed_in(manager).post(f"/shops/{shop.pk}/devices/", wish)

    assert response.status_code in (400, 404)
    assert 'role="alert"' in response.content.decode()
    assert not Device.objects.exists()


def test_devices_are_not_for_cashiers_nor_for_other_shops(shop, other_shop, till, cashier):
    path = f"/shops/{shop.pk}/devices/"
    wish = {"act": "offer", "device_id": str(till.pk)}

    assert signed_in(cashier).get(path).status_code == 403
    assert signed_in(cashier).post(path, wish).status_code == 403
    rival = signed_in(other_shop.owner)
    assert rival.get(path).status_code == 404
    assert rival.post(f"/shops/{other_shop.pk}/devices/", wish).status_code == 404
    assert not PairingCode.objects.exists()


# --- one's own PIN ----------------------------------------------------------------------


def test_a_person_chooses_their_pin(shop, cashier):
    client = signed_in(cashier)
    assert "New PIN" in client.get("/account/pin/").content.decode()

    response = client.post("/account/pin/", {"shop": str(shop.pk), "pin": PIN, "again": PIN})

    assert "Your PIN is set." in client.get(response["Location"]).content.decode()
    assert Membership.objects.get(shop=shop, user=cashier).pin.startswith("argon2$")


@pytest.mark.parametrize(
    ("pin", "again", "said"),
    [
        (PIN, "9172", "not the same"),
        ("1234", "1234", "guessed first"),
        ("12", "12", "four to six figures"),
    ],
)
def test_a_pin_that_will_not_do(shop, cashier, pin, again, said):
    response = signed_in(cashier).post("/account/pin/", {"pin": pin, "again": again})

    assert response.status_code == 400
    assert said in response.content.decode()
    assert Membership.objects.get(shop=shop, user=cashier).pin == ""


def test_at_a_till_the_page_asks_for_the_pin_there_is(browser, shop, cashier):
    factories.pin(shop, cashier, PIN)
    by_pin(browser, cashier)
    wish = {"shop": str(shop.pk), "pin": "904618", "again": "904618"}
    assert "The PIN you have" in browser.get("/account/pin/").content.decode()

    assert browser.post("/account/pin/", wish).status_code == 400
    assert browser.post("/account/pin/", wish | {"current_pin": PIN}).status_code == 302


def test_who_is_in_two_shops_picks_one(shop, other_shop, cashier):
    Membership.objects.create(shop=other_shop, user=cashier, role="cashier")

    signed_in(cashier).post("/account/pin/", {"shop": str(other_shop.pk), "pin": PIN, "again": PIN})

    assert Membership.objects.get(shop=shop, user=cashier).pin == ""
    assert Membership.objects.get(shop=other_shop, user=cashier).pin
    assert signed_in(cashier).get(f"/account/pin/?shop={other_shop.pk}").status_code == 200


def test_strangers_sign_in_first(client, shop):
    for path in ("/account/pin/", f"/shops/{shop.pk}/devices/"):
        assert client.get(path)["Location"] == f"/sign-in/?next={path}"
