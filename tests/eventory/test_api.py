"""``/logins``: one's own, in one shape, whose password never comes back."""

import pytest

from accounts.models import AuditEvent
from eventory import logins
from eventory.models import Login
from tests import factories
from tests.eventory.conftest import CANARY

WISH = {"label": "Main", "username": "edda@site", "password": CANARY, "color": "#0a7"}


def test_a_login_is_kept_listed_changed_and_forgotten(api, user):
    client = api(user)
    made = client.post("//logins", WISH)

    assert made.status_code == 201
    row = made.json()
    assert row == {
        "id": str(Login.objects.get().pk), "label": "Main", "username": "edda@site",
        "color": "#0a7",
    }  # fmt: skip
    assert client.get("//logins").json() == [row]

    changed = client.put(f"//logins/{row['id']}", {"label": "Side"}, "application/json")
    assert changed.json() == row | {"label": "Side"}
    assert logins.password_of(Login.objects.get()) == CANARY

    gone = client.delete(f"//logins/{row['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get("//logins").json() == []


@pytest.mark.parametrize("mount", ["//logins", "//logins/", "/logins", "/logins/", "/api/logins/"])
def test_every_mount_and_both_slash_forms_answer(api, user, mount):
    client = api(user)
    made = client.post(mount, WISH).json()

    assert client.get(mount).json() == [made]
    one = mount.rstrip("/") + f"/{made['id']}" + ("/" if mount.endswith("/") else "")
    assert client.put(one, {"color": "red"}, "application/json").json()["color"] == "red"
    assert client.delete(one).status_code == 204


def test_a_blank_password_on_a_change_stays_what_it_was(api, user, login):
    wish = {"label": "Side", "password": "", "username": "", "color": None}
    answer = api(user).put(f"//logins/{login.pk}", wish, "application/json")

    assert answer.json() == {
        "id": str(login.pk), "label": "Side", "username": "edda@site", "color": "",
    }  # fmt: skip
    assert logins.password_of(Login.objects.get()) == CANARY


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"label": ""}, "label"),
        ({"username": None}, "username"),
        ({"password": ""}, "password"),
        ({"password": 7}, "password"),
        ({"label": "x" * 121}, "label"),
        ({"color": "x" * 33}, "color"),
        ({"label": "two\nlines"}, "label"),
        ({"password": "x" * 1025}, "password"),
    ],
)
def test_what_makes_no_login_is_refused_by_field(api, user, wish, field):
    answer = api(user).post("//logins", WISH | wish)

    assert answer.status_code == 400
    assert [*answer.json()["errors"]] == [field]
    assert CANARY not in answer.text
    assert not Login.objects.exists()


def test_extras_of_a_front_end_have_no_effect(api, user):
    rival = factories.person("rival")
    extras = {"owner_id": str(rival.pk), "id": str(rival.pk), "isNew": "true", "secret": "x"}

    assert api(user).post("//logins", WISH | extras).status_code == 201
    row = Login.objects.get()
    assert (row.owner, row.pk == rival.pk) == (user, False)


def test_another_persons_login_is_404(api, login):
    rival = api(factories.person("rival"))

    assert rival.get("//logins").json() == []
    for answer in (
        rival.put(f"//logins/{login.pk}", {"label": "x"}, "application/json"),
        rival.delete(f"//logins/{login.pk}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Login.objects.get().label == "Main"


def test_a_repeat_keeps_one_and_lies_sealed(api, user):
    client = api(user)
    first, second = (client.post("//logins", WISH, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    other = client.post("//logins", WISH | {"password": "x"}, HTTP_IDEMPOTENCY_KEY="k")

    assert first.content == second.content
    assert second["Idempotent-Replay"] == "true"
    assert other.status_code == 422
    assert Login.objects.count() == 1


def test_the_password_is_in_no_answer_log_line_or_audit(api, user, caplog):
    client = api(user)
    with caplog.at_level("DEBUG"):
        made = client.post("//logins", WISH)
        path = f"//logins/{made.json()['id']}"
        seen = [
            made,
            client.get("//logins"),
            client.put(path, {"password": f"{CANARY}-2"}, "application/json"),
            client.put(path, {"password": f"{CANARY}-3", "label": 7}, "application/json"),
            client.delete(path),
        ]

    assert [one.status_code for one in seen] == [201, 200, 200, 400, 204]
    assert all(CANARY.encode() not in one.content for one in seen)
    assert CANARY not in caplog.text
    assert CANARY not in str([*AuditEvent.objects.values()])


def test_a_process_that_cannot_stream_says_so(api, user):
    """Django's own test client speaks WSGI."""
    answer = api(user).get("//eventory/items")

    assert (answer.status_code, answer.json()["code"]) == (503, "asgi_only")
    assert api(None).get("//eventory/items").status_code == 401
