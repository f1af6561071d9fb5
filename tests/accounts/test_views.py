"""Signing in by form, signing out, and the list of one's shops."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuthSession
from tests import factories

SIGN_IN = "/sign-in/"


def form(name="carla", password=factories.PASSWORD):
    return {"name": name, "password": password}


@pytest.mark.parametrize("name", ["carla", "CARLA", "carla@example.com", " carla "])
def test_people_sign_in_by_username_or_e_mail(client, cashier, name):
    response = client.post(SIGN_IN, form(name))

    assert response.status_code == 302
    assert response["Location"] == reverse("shops")
    assert AuthSession.objects.get().user == cashier


@pytest.mark.parametrize("wrong", [form(password="wrong password"), form("nobody"), form("", "")])
def test_a_wrong_name_or_password_says_the_same(client, cashier, wrong):
    response = client.post(SIGN_IN, wrong)

    assert response.status_code == 401
    assert "The name or the password is wrong." in response.content.decode()
    assert not AuthSession.objects.exists()


def test_an_inactive_person_is_a_wrong_one(client, cashier):
    type(cashier).objects.filter(pk=cashier.pk).update(is_active=False)

    assert client.post(SIGN_IN, form()).status_code == 401


def test_too_many_tries_have_to_wait(client, cashier):
    for _ in range(5):
        assert client.post(SIGN_IN, form(password="wrong password")).status_code == 401

    response = client.post(SIGN_IN, form())

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15 * 60
    assert "Too many tries. Wait" in response.content.decode()
    assert "minute" in response.content.decode()  # "a minute" when the time is nearly over


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(client, cashier, elsewhere):
    response = client.post(f"{SIGN_IN}?next={elsewhere}", form())

    assert response["Location"] == reverse("shops")


def test_who_is_signed_in_goes_on_at_once(client, cashier, shop):
    path = reverse("till", args=[shop.pk])
    client.post(SIGN_IN, form())

    assert client.get(f"{SIGN_IN}?next={path}")["Location"] == path


def test_signing_out_is_no_link(client, cashier):
    client.post(SIGN_IN, form())

    assert client.get("/sign-out/").status_code == 405
    assert client.get("/shops/").status_code == 200
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert client.get("/shops/")["Location"] == "/sign-in/?next=/shops/"


def test_everyone_sees_their_own_shops(client, cashier, shop, other_shop):
    client.post(SIGN_IN, form())

    page = client.get("/shops/").content.decode()

    assert shop.name in page
    assert "Cashier" in page
    assert reverse("till", args=[shop.pk]) in page
    assert str(other_shop.pk) not in page


def test_a_person_without_a_shop_is_told_what_to_do(client, db):
    factories.person("newcomer")
    client.post(SIGN_IN, form("newcomer"))

    assert "You are not in a shop yet" in client.get("/shops/").content.decode()


def test_the_landing_page_answers_people_and_programs(client, db):
    page = client.get("/", headers={"Accept": "text/html,*/*"})
    said = client.get("/", headers={"Accept": "application/json"})

    assert "Sign in" in page.content.decode()
    assert said.json().keys() == {"name", "version", "docs"}
    assert "Accept" in page["Vary"]
    assert "Accept" in said["Vary"]


@pytest.mark.parametrize("path", ["/nowhere/", "/shops/x/till/"])
def test_unknown_pages_are_pages(client, db, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_without_its_token_says_what_to_do(cashier):
    response = Client(enforce_csrf_checks=True).post(SIGN_IN, form())

    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()
