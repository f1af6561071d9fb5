"""The first page and the public forms as people without scripts meet them."""

import re

import pytest
from django.test import Client

from portal.models import Lead
from portal.views.forms import FORMS

PILOT = {
    "name": "Pia", "org": "Pia's", "email": "pia@example.com", "use_case": "Two tills,\r\none bar.",
}  # fmt: skip
SENT = {
    "pilot-request": PILOT,
    "contact": {"name": "Coco", "email": "c@example.com", "message": "How much is a till?"},
    "waitlist": {"email": "w@example.com", "name": ""},
    "investor-interest": {"name": "Ines", "email": "i@example.com", "amount": "", "note": ""},
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def token(text):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)[1]


def send(browser, slug, **more):
    page = browser.get(f"/forms/{slug}/").text
    asked = SENT[slug] | more | {"csrfmiddlewaretoken": token(page)}
    return browser.post(f"/forms/{slug}/", asked)


def test_the_first_page_asks_people_and_tells_programs_what_it_is(client):
    page = client.get("/", headers={"Accept": "text/html"})
    told = client.get("/", headers={"Accept": "application/json"})

    assert [f'id="{one.slug}"' in page.text for one in FORMS] == [True] * 4
    assert {*told.json()} == {"name", "version", "docs"}
    assert "Accept" in page["Vary"]


@pytest.mark.parametrize("path", ["/", "/forms/contact/", "/forms/thanks/"])
def test_no_style_and_no_script_stands_in_the_page(client, path):
    text = client.get(path).text

    assert not re.search(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=", text)
    assert "unsafe" not in client.get(path)["Content-Security-Policy"]


@pytest.mark.parametrize("slug", SENT)
def test_every_form_is_taken_and_thanked(browser, slug):
    answer = send(browser, slug)

    assert (answer.status_code, answer["Location"]) == (302, "/forms/thanks/")
    assert "Thank you" in browser.get("/forms/thanks/").text
    lead = Lead.objects.get()
    assert lead.kind == slug.replace("-", "_")
    assert "\r" not in lead.message


def test_the_forms_of_the_first_page_post_to_these_pages(browser):
    page = browser.get("/").text
    asked = PILOT | {"csrfmiddlewaretoken": token(page)}

    assert browser.post("/forms/pilot-request/", asked).status_code == 302
    assert browser.post("/forms/pilot-request/", PILOT).status_code == 403


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(browser):
    answer = send(browser, "contact", email="nowhere", name='"><script>x</script>')

    assert answer.status_code == 400
    assert "This is no e-mail address." in answer.text
    assert 'value="nowhere"' in answer.text
    assert "<script>x" not in answer.text
    assert "How much is a till?" in answer.text
    assert not Lead.objects.exists()


def test_a_text_that_is_too_long_is_refused_on_the_page(browser):
    assert send(browser, "contact", name="x" * 300).status_code == 400


@pytest.mark.parametrize("slug", SENT)
def test_signs_that_nobody_types_are_refused_or_left_out(browser, slug):
    field = {"pilot-request": "use_case", "contact": "message", "waitlist": "name"}.get(
        slug, "note"
    )
    assert send(browser, slug, **{field: "Ten tills and\x00 a bar."}).status_code == 400
    assert not Lead.objects.exists()
    if slug == "investor-interest":
        assert send(browser, slug, amount="10\x00000\r\n").status_code == 302
        assert Lead.objects.get().amount == "10 000"


def test_whoever_shortens_the_address_finds_all_forms(client):
    assert client.get("/forms/").headers["Location"] == "/#talk"


def test_a_trap_is_thanked_alike(browser):
    answer = send(browser, "contact", website="https://spam.example")

    assert (answer.status_code, answer["Location"]) == (302, "/forms/thanks/")
    assert Lead.objects.get().status == "spam"


def test_too_many_are_told_how_long_to_wait(browser):
    found = [send(browser, "contact", message=f"Question number {n}.") for n in range(6)]

    assert [one.status_code for one in found] == [302] * 5 + [429]
    assert int(found[-1]["Retry-After"]) >= 1
    assert "Too many tries." in found[-1].text


def test_a_restaurants_own_server_has_no_forms(client, settings):
    settings.ROLE = "shop"

    text = client.get("/").text
    assert "<form" not in text
    assert "Sign in" in text
