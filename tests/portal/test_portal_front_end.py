"""Requests as the marketing site, its user portal and its developer console send them."""

import pytest
from django.test import Client

from accounts.models import User
from portal.models import Lead
from tests import factories
from tests.factories import PASSWORD

MOUNTS = ("/api/v1", "/api", "")
SLASHES = ("", "/")
JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    """A browser that knows nothing yet."""
    return Client(headers={"Origin": "http://localhost:5173"})


@pytest.mark.parametrize("slash", SLASHES)
@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("waitlist", {"email": "w@example.com", "name": "", "source": "landing", "plan": "pro"}),
        (
            "contact",
            {
                "name": "Coco", "email": "c@example.com", "message": "How much is a till?",
                "company": "", "phone": None, "topic": "sales", "agree": "true", "utmSource": "x",
            },
        ),
        ("investor_interest", {"name": "Ines", "email": "i@example.com", "amount": 250000}),
        (
            "pilot_request",
            {"name": "Pia", "org": "Pia's", "email": "p@example.com", "useCase": "Two cafés"},
        ),
    ],
)  # fmt: skip
def test_forms_at_every_address_in_both_slash_forms(site, mount, path, body, slash):
    response = site.post(f"{mount}/{path}{slash}", body, JSON)

    assert (response.status_code, response.json()["status"]) == (201, "ok")
    assert response["Access-Control-Allow-Origin"] == "http://localhost:5173"
    lead = Lead.objects.get()
    assert lead.kind == path
    if path == "pilot_request":
        assert (lead.message, lead.company) == ("Two cafés", "Pia's")
    if path == "investor_interest":
        assert lead.amount == "250000"


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_forms_as_a_browser_without_scripts_sends_them(site, kind):
    body = {"email": "w@example.com", "name": "Wil"}
    if kind.startswith("multipart"):
        response = site.post("/waitlist", body)
    else:
        response = site.post("/waitlist", "email=w%40example.com&name=Wil", kind)

    assert response.status_code == 201
    assert Lead.objects.get().name == "Wil"


def test_a_refusal_at_the_root_is_json(site):
    response = site.post("/contact", {"email": "x"}, JSON)

    assert response.status_code == 400
    assert response["Content-Type"] == JSON
    assert {"detail", "error", "code", "errors", "request_id"} == {*response.json()}
    assert site.get("/contact").status_code == 405
    assert site.get("/contact/").json()["code"] == "method_not_allowed"


def test_signing_in_with_a_blank_code_a_form_and_camel_case(site):
    factories.person("uma")
    blank = {"username": "uma", "password": PASSWORD, "otp": "", "deviceName": "Portal"}
    answers = [
        site.post("/api/v1/auth/login", blank, JSON),
        site.post("/api/auth/login/", {"username": "uma", "password": PASSWORD, "otp": ""}),
        site.post("/auth/login", "username=uma&password=correct+horse+battery&otp=",
                  "application/x-www-form-urlencoded"),
    ]  # fmt: skip

    assert [one.status_code for one in answers] == [200] * 3
    assert all(one.json()["token"] == one.json()["access_token"] for one in answers)


@pytest.mark.parametrize("url", ["/api/v1/auth/forgot", "/api/auth/forgot/", "/auth/forgot"])
def test_the_old_name_of_the_forgotten_password(site, url):
    assert site.post(url, {"email": "nobody@example.com"}, JSON).status_code == 202


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("mount", ["/api/v1/app", "/api/app"])
@pytest.mark.parametrize("slash", SLASHES)
def test_account_and_settings_under_their_old_names(api, method, mount, slash):
    user = factories.person("uma")
    client = api(user)

    def send(path, body):
        return getattr(client, method)(f"{mount}/{path}{slash}", body, JSON)

    assert send("account/profile", {"name": "Uma T.", "phone": ""}).status_code == 200
    assert send("account/organization", {"name": "Uma's"}).status_code == 200
    assert send("settings/notifications", {"emailAlerts": "true"}).status_code == 200
    assert send("settings/automation", {"settings": {"autoLock": False}}).status_code == 200
    assert client.get(f"{mount}/settings{slash}").json() == {
        "notifications": {"email_alerts": "true"}, "automation": {"autoLock": False},
    }  # fmt: skip
    assert client.get(f"{mount}/account/profile{slash}").json()["name"] == "Uma T."
    changed = send(
        "account/password", {"currentPassword": PASSWORD, "newPassword": "quite another battery"}
    )
    assert changed.status_code == 200
    user.refresh_from_db()
    assert (user.organization, user.role) == ("Uma's", User.Role.USER)


@pytest.mark.parametrize("slash", SLASHES)
def test_probes_and_reports_at_the_root(site, slash):
    assert site.get(f"/healthz{slash}").json() == {"status": "ok", "service": "countertop"}
    assert site.get(f"/readyz{slash}").json()["status"] == "ready"
    for mount in MOUNTS:
        sent = {"message": "x", "userAgent": "Mozilla"}
        assert site.post(f"{mount}/client_errors{slash}", sent, JSON).status_code == 202
