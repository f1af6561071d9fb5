"""A new password by a letter: asked for, written, used once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import passwords, sessions, users
from accounts.errors import ResetInvalid
from accounts.models import AuditEvent, PasswordReset, User
from tests import factories
from tests.accounts.test_api_auth import sign_in
from tests.factories import PASSWORD

FORGOT = ["/auth/password/forgot", "/auth/password/forgot/", "/api/auth/password/forgot"]
FORGOT.append("//auth/password/forgot")
RESET = [path.replace("forgot", "reset") for path in FORGOT]
NEW = "another one 2"


def asked(api, name, path=FORGOT[0], key="email", **more):
    return api.post(path, {key: name}, **more)


def token_in(letter):
    return re.search(r"/reset-password/\?token=(\S+)", letter.body)[1]


@pytest.fixture
def letter(cashier, mailoutbox):
    passwords.forgot(name="carla@example.com")
    passwords.deliver()
    return mailoutbox[0]


def reset(api, token, path=RESET[0], new=NEW):
    return api.post(path, {"token": token, "new_password": new})


@pytest.mark.parametrize("path", FORGOT)
@pytest.mark.parametrize("path2", RESET[:1] + RESET[3:])
def test_a_letter_opens_a_new_password(api, cashier, mailoutbox, path, path2):
    answer = asked(api, "CARLA@example.com", path)
    assert answer.status_code == 202
    assert mailoutbox == []

    assert passwords.deliver() == 1
    (letter,) = mailoutbox
    assert letter.to == ["carla@example.com"]
    assert letter.body.count("http://127.0.0.1:8000/reset-password/?token=") == 1
    response = reset(api, token_in(letter), path2)

    assert response.status_code == 200
    assert response.json().keys() == {"message"}
    assert sign_in(api).status_code == 401
    assert sign_in(api, password=NEW).status_code == 200
    cashier.refresh_from_db()
    assert cashier.is_verified is True
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert [one for one in actions if one.startswith("password.")] == [
        "password.letter_written",
        "password.changed",
    ]


def test_by_the_username_and_by_a_form(api, cashier, mailoutbox):
    asked(api, "carla", key="username")
    asked(api, "carla", key="email")
    api.post(FORGOT[0], "email=carla%40example.com", "application/x-www-form-urlencoded")

    assert passwords.deliver() == 3
    assert [letter.to for letter in mailoutbox] == [["carla@example.com"]] * 3


def test_everybody_gets_the_same_answer_after_the_same_work(
    api, cashier, mailoutbox, django_assert_num_queries
):
    factories.person("ida", is_active=False)
    factories.person("noah", email="")
    bodies = set()

    for name in ("carla@example.com", "nobody@example.com", "ida@example.com", "noah"):
        with django_assert_num_queries(1):
            response = asked(api, name)
        bodies.add((response.status_code, response.content))

    assert len(bodies) == 1
    assert bodies.pop()[0] == 202
    assert passwords.deliver() == 1
    assert len(mailoutbox) == PasswordReset.objects.count() == 1


@pytest.mark.parametrize(
    "wish",
    [{}, {"email": ""}, {"email": " "}, {"email": 7}, {"email": "a" * 255}, {"email": "a\n"}],
)
def test_a_wish_without_an_address(api, db, wish):
    response = api.post(FORGOT[0], wish)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not PasswordReset.objects.exists()


def test_an_address_that_asks_too_often_waits(api, db):
    for number in range(5):
        assert asked(api, f"n{number}@example.com").status_code == 202

    refused = asked(api, "n6@example.com")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused["Retry-After"]) <= 600
    assert asked(api, "n6@example.com", REMOTE_ADDR="192.0.2.9").status_code == 202


def test_a_person_gets_three_letters_an_hour_whoever_asks(api, cashier, mailoutbox):
    for number in range(5):
        answer = asked(api, "carla@example.com", REMOTE_ADDR=f"192.0.2.{number}")
        assert answer.status_code == 202

    assert passwords.deliver() == 3


def test_a_letter_is_sent_once(cashier, mailoutbox):
    passwords.forgot(name="carla")

    assert [passwords.deliver(), passwords.deliver()] == [1, 0]
    assert len(mailoutbox) == 1


def test_a_letter_that_cannot_be_sent_is_tried_again(cashier, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    waits = []
    with time_machine.travel(timezone.now(), tick=False):
        passwords.forgot(name="carla")
        for _ in range(6):
            assert passwords.deliver() == 0
            assert not passwords.is_due()
            waits.append((PasswordReset.objects.get().due_at - timezone.now()).total_seconds())
            PasswordReset.objects.update(due_at=timezone.now())
    assert waits[:5] == [120, 240, 480, 960, 1920]
    assert PasswordReset.objects.get().tries == passwords.MOST_TRIES

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert passwords.deliver() == 0, "it was tried often enough"
    passwords.forgot(name="carla")
    assert passwords.is_due()
    assert passwords.deliver() == len(mailoutbox) == 1


def test_a_server_that_is_away_is_asked_once_at_a_time(cashier, owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    passwords.forgot(name="carla")
    passwords.forgot(name="olga")

    assert passwords.deliver() == 0

    assert sorted(PasswordReset.objects.values_list("tries", flat=True)) == [0, 1]


def test_old_letters_are_forgotten(cashier, letter):
    PasswordReset.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert passwords.prune() == 1
    assert not PasswordReset.objects.exists()


def test_only_a_digest_of_the_token_is_kept(letter):
    token = token_in(letter)

    row = PasswordReset.objects.get()
    assert token not in str(vars(row))
    assert len(bytes(row.digest)) == 32
    assert token not in str(list(AuditEvent.objects.values_list("before", "after")))


@pytest.mark.parametrize("path", RESET)
def test_a_new_password_ends_every_session_and_every_letter(api, cashier, letter, mailoutbox, path):
    client = api(cashier)
    passwords.forgot(name="carla")
    passwords.deliver()

    assert reset(api, token_in(mailoutbox[1]), path).status_code == 200

    assert client.get("/auth/me").status_code == 401
    refused = reset(api, token_in(letter), path)
    assert (refused.status_code, refused.json()["code"]) == (400, "reset_invalid")


def test_a_token_opens_once(api, cashier, letter):
    assert reset(api, token_in(letter)).status_code == 200

    refused = reset(api, token_in(letter), new="a third one 3")

    assert (refused.status_code, refused.json()["code"]) == (400, "reset_invalid")
    assert sign_in(api, password=NEW).status_code == 200


def expire():
    PasswordReset.objects.update(expires_at=timezone.now())


def deactivate():
    User.objects.filter(username="carla").update(is_active=False)


def move():
    user = User.objects.get(username="carla")
    users.change(user.pk, actor=user, fields={"email": "elsewhere@example.com"})


@pytest.mark.parametrize("meanwhile", [expire, deactivate, move])
def test_a_token_that_opens_no_more(api, cashier, letter, meanwhile):
    meanwhile()

    response = reset(api, token_in(letter))

    assert (response.status_code, response.json()["code"]) == (400, "reset_invalid")
    cashier.refresh_from_db()
    assert cashier.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"token": "nonsense", "new_password": NEW}, "reset_invalid", None),
        ({"token": "x" * 1024, "new_password": NEW}, "reset_invalid", None),
        ({"token": "\u00e9", "new_password": NEW}, "reset_invalid", None),
        ({"token": "", "new_password": NEW}, "invalid", "token"),
        ({"new_password": NEW}, "invalid", "token"),
        ({"token": 5, "new_password": NEW}, "invalid", "token"),
        ({"token": "nonsense"}, "invalid", "new_password"),
    ],
)
def test_refused_resets(api, letter, wish, code, field):
    response = api.post(RESET[0], wish)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json().get("errors", {})) == ([field] if field else [])


@pytest.mark.parametrize("weak", ["short", "password"])
def test_a_weak_password_leaves_the_token_usable(api, letter, weak):
    refused = reset(api, token_in(letter), new=weak)

    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["new_password"])
    assert reset(api, token_in(letter)).status_code == 200


def test_guessed_tokens_close_the_address(api, letter):
    for _ in range(20):
        assert reset(api, "guess").status_code == 400

    refused = reset(api, token_in(letter))

    assert (refused.status_code, "Retry-After" in refused) == (429, True)


def test_who_forgot_may_sign_in_at_once_after_the_letter(api, cashier, letter):
    for _ in range(6):
        sign_in(api, password="wrong")
    assert sign_in(api).status_code == 429

    reset(api, token_in(letter))

    assert sign_in(api, password=NEW).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_at_once_use_a_token_once(cashier, mailoutbox):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    passwords.forgot(name="carla")
    passwords.deliver()
    token = token_in(mailoutbox[0])

    def use(number):
        try:
            passwords.reset(token=token, new=f"number {number} is long")
        except ResetInvalid:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1
    assert AuditEvent.objects.filter(action="password.changed").count() == 1


def test_a_session_that_is_renewed_keeps_its_proof(cashier):
    session = sessions.begin(user=cashier, device_name="Till")
    proven = timezone.now()
    type(session).objects.filter(pk=session.pk).update(proven_at=proven)

    new = passwords.change(session_id=session.pk, actor=cashier, current=PASSWORD, new=NEW)

    new.refresh_from_db()
    assert (new.device_name, new.proven_at) == ("Till", proven)


@pytest.mark.parametrize("path", ["/auth/password/forgot", "/auth/password/reset"])
def test_other_methods(api, db, path):
    assert api.get(path).json()["code"] == "method_not_allowed"
