"""What people change about themselves, over the wire."""

import pytest
from django.test import Client

from accounts import preferences
from accounts.models import AuditEvent, AuthSession, Preference, User
from tests.accounts.test_api_auth import USER_KEYS, sign_in
from tests.factories import PASSWORD

PROFILES = [
    ("put", "/auth/profile"), ("put", "/auth/profile/"), ("put", "/api/auth/profile"),
    ("put", "//auth/profile"), ("patch", "/account/profile"), ("patch", "/account/profile/"),
    ("patch", "/api/account/profile"),
]  # fmt: skip
SAVED = USER_KEYS | {"status", "message"}


def send(client, method, path, body):
    return getattr(client, method)(path, body, "application/json")


@pytest.mark.parametrize(("method", "path"), PROFILES)
def test_the_profile_changes_by_what_is_sent(api, shop, cashier, method, path):
    wish = {"name": " Carla C. ", "phone": "+49 30 1", "email": "New@Example.com"}

    response = send(api(cashier), method, path, wish)

    answer = response.json()
    assert response.status_code == 200
    assert answer.keys() == SAVED
    assert (answer["name"], answer["phone"], answer["email"], answer["status"]) == (
        "Carla C.", "+49 30 1", "New@Example.com", "ok",
    )  # fmt: skip
    assert (answer["username"], answer["role"], answer["shop_id"]) == (
        "carla", "cashier", str(shop.pk),
    )  # fmt: skip
    line = AuditEvent.objects.get(action="user.changed")
    assert (line.actor, line.before) == (
        cashier,
        {"name": "Carla", "phone": "", "email": "carla@example.com"},
    )
    assert line.after == wish | {"name": "Carla C."}
    assert sign_in(api, "new@example.com").status_code == 200


def test_what_is_not_sent_stays_blank_is_absent_and_null_empties(api, cashier):
    client = api(cashier)
    send(client, "put", "/auth/profile", {"phone": "12", "organization": "Us"})

    send(client, "put", "/auth/profile", {"name": "", "phone": "", "email": ""})
    kept = client.get("/auth/profile").json()
    send(client, "put", "/auth/profile", {"phone": None, "organization": None, "email": None})
    emptied = client.get("/auth/profile").json()

    assert (kept["name"], kept["phone"], kept["email"]) == ("Carla", "12", "carla@example.com")
    assert (emptied["phone"], emptied["organization"]) == ("", "")
    assert emptied["email"] == "carla@example.com"


@pytest.mark.parametrize(("method", "path"), PROFILES[:1] + PROFILES[4:5])
def test_a_whole_row_may_come_back_and_changes_what_it_may(api, shop, cashier, method, path):
    client = api(cashier)
    row = client.get("/auth/me").json()

    response = send(client, method, path, row | {"name": "Other", "role": "sysadmin"})

    assert response.status_code == 200
    assert (response.json()["name"], response.json()["role"]) == ("Other", "cashier")
    assert User.objects.get(pk=cashier.pk).role == "user"


def test_nothing_new_is_no_change(api, cashier):
    response = send(api(cashier), "put", "/auth/profile", {"name": "Carla"})

    assert response.status_code == 200
    assert not AuditEvent.objects.filter(action="user.changed").exists()


@pytest.mark.parametrize(("method", "path"), PROFILES[:1] + PROFILES[4:5])
@pytest.mark.parametrize(
    ("wish", "status", "code", "field"),
    [
        ({"email": "nobody"}, 400, "invalid", "email"),
        ({"email": "a" * 250 + "@example.com"}, 400, "invalid", "email"),
        ({"email": 7}, 400, "invalid", "email"),
        ({"name": "n" * 256}, 400, "invalid", "name"),
        ({"name": "two\nlines"}, 400, "invalid", "name"),
        ({"phone": "1" * 41}, 400, "invalid", "phone"),
        ({"phone": ["1"]}, 400, "invalid", "phone"),
        ({"organization": "o" * 256}, 400, "invalid", "organization"),
        ({"nickname": "C"}, 400, "unknown_field", "nickname"),
        ({"password": "x"}, 400, "unknown_field", "password"),
        ({"email": "OLGA@example.com"}, 409, "already_registered", None),
        ({"email": "olga@example.com", "name": "Thief"}, 409, "already_registered", None),
    ],
)
def test_refused_profiles_change_nothing(
    api, owner, cashier, method, path, wish, status, code, field
):
    response = send(api(cashier), method, path, wish)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert list(response.json().get("errors", {})) == ([field] if field else [])
    cashier.refresh_from_db()
    assert (cashier.name, cashier.email, cashier.phone) == ("Carla", "carla@example.com", "")
    assert not AuditEvent.objects.filter(action="user.changed").exists()


def test_a_new_email_is_not_verified_and_the_old_one_is_free(api, cashier):
    User.objects.filter(pk=cashier.pk).update(is_verified=True)

    answer = send(api(cashier), "put", "/auth/profile", {"email": "new@example.com"}).json()

    assert answer["is_verified"] is False
    wish = {"email": "carla@example.com", "password": "long enough 1"}
    assert api.post("/auth/register", wish).status_code == 201


def test_who_signs_in_by_email_goes_on_doing_so(api, db):
    wish = {"email": "nina@example.com", "password": PASSWORD}
    client = api
    client.defaults["HTTP_AUTHORIZATION"] = (
        f"Bearer {api.post('/auth/register', wish).json()['token']}"
    )

    answer = send(client, "put", "/auth/profile", {"email": "n2@example.com"}).json()

    assert answer["username"] == answer["email"] == "n2@example.com"
    assert User.objects.named("nina@example.com").count() == 0


@pytest.mark.parametrize(
    "path",
    ["/account/organization", "/account/organization/", "/api/account/organization"],
)
@pytest.mark.parametrize("key", ["organization", "name"])
def test_the_organization(api, cashier, path, key):
    response = send(api(cashier), "patch", path, {key: "Carla & Co"})

    answer = response.json()
    assert (response.status_code, answer.keys()) == (200, SAVED)
    assert (answer["organization"], answer["name"]) == ("Carla & Co", "Carla")
    line = AuditEvent.objects.get(action="user.changed")
    assert line.after == {"organization": "Carla & Co"}


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"organization": "o" * 256}, "invalid", "organization"),
        ({"organization": 1}, "invalid", "organization"),
        ({"vat_id": "DE1"}, "unknown_field", "vat_id"),
    ],
)
def test_refused_organizations(api, cashier, wish, code, field):
    response = send(api(cashier), "patch", "/account/organization", wish)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["errors"]) == [field]


# --- password ---------------------------------------------------------------------------

PASSWORDS = ["/account/password", "/account/password/", "/api/account/password"]
NEW = {"current_password": PASSWORD, "new_password": "another one 2"}


@pytest.mark.parametrize("path", PASSWORDS)
def test_a_new_password_ends_every_session_and_begins_one(api, cashier, path):
    elsewhere, client = api(cashier), api(cashier)
    refresh_token = sign_in(api).json()["refresh_token"]
    api.cookies.clear()
    AuthSession.objects.filter(pk=client.session_id).update(device_name="My till", scope="dev")

    response = send(client, "patch", path, NEW)

    answer = response.json()
    assert (response.status_code, answer["status"]) == (200, "ok")
    assert response["Cache-Control"] == "no-store"
    for old in (elsewhere, client):
        assert old.get("/auth/me").json()["code"] == "token_invalid"
    assert api.post("/auth/refresh", {"refresh_token": refresh_token}).status_code == 401
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {answer['access_token']}"}
    assert api.get("/auth/me", **bearer).json()["id"] == str(cashier.pk)
    assert (answer["token"], answer["token_type"]) == (answer["access_token"], "bearer")
    assert api.post("/auth/refresh", {"refresh_token": answer["refresh_token"]}).status_code == 200
    here = AuthSession.objects.get(revoked_at=None)
    assert (here.device_name, here.scope) == ("My till", "dev")
    assert sign_in(api).status_code == 401
    assert sign_in(api, password="another one 2").status_code == 200
    actions = AuditEvent.objects.filter(actor=cashier).values_list("action", flat=True)
    assert {"password.changed", "sessions.ended", "session.began"} <= set(actions)


def test_our_own_screens_stay_signed_in_by_a_new_cookie(cashier, settings):
    settings.ROOT_URLCONF = "config.urls"
    browser = Client()
    browser.post("/sign-in/", {"name": "carla", "password": PASSWORD})
    old = browser.cookies[settings.SESSION_COOKIE_NAME].value

    response = browser.patch("/api/v1/account/password", NEW, "application/json")

    assert response.status_code == 200
    assert response.json().keys() == {"status", "message"}
    assert browser.get("/api/v1/auth/me").status_code == 200
    browser.cookies[settings.SESSION_COOKIE_NAME] = old
    assert browser.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        (NEW | {"current_password": "wrong"}, "wrong_password", "current_password"),
        (NEW | {"new_password": "short"}, "invalid", "new_password"),
        (NEW | {"new_password": "password"}, "invalid", "new_password"),
        (NEW | {"new_password": 12345678}, "invalid", "new_password"),
        (NEW | {"new_password": ""}, "invalid", "new_password"),
        (NEW | {"new_password": "x" * 1025}, "invalid", "new_password"),
        ({"new_password": "another one 2"}, "invalid", "current_password"),
        ({"current_password": PASSWORD}, "invalid", "new_password"),
        (NEW | {"role": "owner"}, "unknown_field", "role"),
    ],
)
def test_refused_passwords_change_nothing(api, cashier, wish, code, field):
    client = api(cashier)

    response = send(client, "patch", "/account/password", wish)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["errors"]) == [field]
    assert client.get("/auth/me").status_code == 200
    assert sign_in(api).status_code == 200
    assert not AuditEvent.objects.filter(action="password.changed").exists()


def test_wrong_current_passwords_count_like_those_of_signing_in(api, cashier):
    client = api(cashier)
    for _ in range(3):
        wrong = NEW | {"current_password": "wrong"}
        assert send(client, "patch", "/account/password", wrong).status_code == 400
    for _ in range(2):
        assert sign_in(api, password="wrong").status_code == 401

    refused = send(client, "patch", "/account/password", NEW)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 0


# --- preferences ------------------------------------------------------------------------


@pytest.mark.parametrize("mount", ["", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("section", ["notifications", "automation"])
def test_settings_are_merged_section_by_section(api, cashier, mount, slash, section):
    client = api(cashier)
    assert client.get(f"{mount}/settings{slash}").json() == {"notifications": {}, "automation": {}}
    path = f"{mount}/settings/{section}{slash}"

    send(client, "patch", path, {"lowStock": True, "hours": [9, 17], "share": 0.5, "gone": "x"})
    response = send(client, "patch", path, {"low_stock": False, "gone": None, "deep": {"a": 1.5}})

    kept = {"low_stock": False, "hours": [9, 17], "share": 0.5, "deep": {"a": 1.5}}
    assert response.status_code == 200
    answer = response.json()
    assert (answer["status"], answer[section]) == ("ok", kept)
    other = {"notifications": "automation", "automation": "notifications"}[section]
    assert client.get("/settings").json() == {section: kept, other: {}}
    lines = AuditEvent.objects.filter(action="preference.changed").order_by("pk")
    assert [line.after for line in lines] == [
        {section: ["gone", "hours", "low_stock", "share"]},
        {section: ["deep", "gone", "low_stock"]},
    ]


def test_settings_may_come_in_an_object_whose_keys_stay(api, cashier):
    answer = send(
        api(cashier), "patch", "/settings/notifications", {"settings": {"lowStock": True}}
    )

    assert answer.json()["notifications"] == {"lowStock": True}


@pytest.mark.parametrize(
    "body", [{"settings": [1]}, {"settings": "x"}, {"note": "x" * 17000}, {"settings": None}]
)
def test_refused_settings_change_nothing(api, cashier, body):
    response = send(api(cashier), "patch", "/settings/automation", body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not Preference.objects.exists()
    assert not AuditEvent.objects.filter(action="preference.changed").exists()


def test_settings_are_ones_own(api, cashier, manager):
    preferences.change(cashier.pk, section="automation", values={"a": 1}, actor=cashier)

    assert api(manager).get("/settings").json() == {"notifications": {}, "automation": {}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/auth/profile"), ("put", "/auth/profile"), ("patch", "/account/profile"),
        ("patch", "/account/password"), ("patch", "/account/organization"), ("get", "/settings"),
        ("patch", "/settings/notifications"), ("patch", "/settings/automation"),
    ],
)  # fmt: skip
def test_nobody_has_an_account(api, db, method, path):
    response = getattr(api, method)(path)

    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize(
    "path",
    ["/account/profile", "/account/password", "/settings", "/settings/automation"],
)
def test_other_methods(api, cashier, path):
    response = api(cashier).post(path)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
