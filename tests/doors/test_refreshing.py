"""Refresh tokens under attack, and what ends an access token at its next use."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts import refresh_tokens, sessions, shops, staff
from accounts.models import AuditEvent, AuthSession, RefreshToken
from tests import factories
from tests.doors.asking import ask, client_of
from tests.factories import PASSWORD

AT_ONCE = 8


@pytest.mark.django_db(transaction=True)
def test_of_eight_refreshes_at_once_one_successor_lives(request, capsys):
    trials = 50 if request.config.getoption("long") else 5
    person = factories.person("rita")

    def refresh(token: str) -> tuple[int, bytes]:
        try:
            sent = {"refresh_token": token}
            answer = ask(client_of(None, "nobody"), "POST", "/api/v1/auth/refresh", sent)
            return answer.status, answer.body
        finally:
            connection.close()

    for trial in range(trials):
        session = sessions.begin(user=person)
        token = refresh_tokens.issue(session=session)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(refresh, [token] * AT_ONCE))

        assert {status for status, _ in answers} == {200}, trial
        assert len({body for _, body in answers}) == 1, trial
        chain = RefreshToken.objects.filter(session=session)
        assert (chain.count(), chain.filter(used_at=None).count()) == (2, 1), trial
        assert session.is_alive(timezone.now())
    with capsys.disabled():
        print(f"\n{trials} trials of {AT_ONCE} refreshes at once: one successor each")  # noqa: T201


@pytest.fixture
def signed_in(db):
    """Somebody who has signed in over the wire: their client, their pair, their session."""
    user = factories.person("rita")
    client = client_of(None, "nobody")
    wish = {"username": "rita", "password": PASSWORD}
    pair = client.post("/api/v1/auth/login", wish, content_type="application/json").json()
    client.cookies.clear()
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {pair['access_token']}"
    return user, client, pair, AuthSession.objects.get(user=user)


def refreshed(client, token):
    return ask(client, "POST", "/api/v1/auth/refresh", {"refresh_token": token})


def test_a_token_that_comes_back_later_ends_the_family(signed_in):
    _, client, pair, session = signed_in
    first = pair["refresh_token"]
    second = client.post(
        "/api/v1/auth/refresh", {"refresh_token": first}, content_type="application/json"
    ).json()
    third = client.post(
        "/api/v1/auth/refresh",
        {"refresh_token": second["refresh_token"]},
        content_type="application/json",
    ).json()
    client.cookies.clear()
    assert ask(client, "GET", "/api/v1/auth/me").status == 200

    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        stolen = refreshed(client, first)

        assert (stolen.status, b'"refresh_invalid"' in stolen.body) == (401, True)
        for token in (second["refresh_token"], third["refresh_token"], first):
            assert refreshed(client, token).status == 401
        for access in (pair, second, third):
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {access['access_token']}"
            assert ask(client, "GET", "/api/v1/auth/me").status == 401
    session.refresh_from_db()
    assert session.revoked_at is not None
    ended = AuditEvent.objects.filter(action="session.ended", target_id=str(session.pk))
    assert [line.after["because"] for line in ended] == ["refresh reused"]


def logout(user, client):
    ask(client, "POST", "/api/v1/auth/logout", {})


def logout_by_refresh_token(user, client):
    stranger = client_of(None, "nobody")
    token = refresh_tokens.issue(session=AuthSession.objects.get(user=user))
    ask(stranger, "POST", "/auth/logout", {"refresh_token": token})


def logout_everywhere(user, client):
    ask(client, "POST", "/api/v1/auth/logout-all", {})


def deactivated(user, client):
    staff.remove(user.pk, actor=None)


def demoted(user, client):
    boss = factories.person("boss")
    shop = factories.shop_of(boss)
    shops.join(shop=shop, user=user, role="manager", actor=boss)
    staff.change(user.pk, actor=boss, role="cashier", shop_id=shop.pk)


def another_password(user, client):
    staff.change(user.pk, actor=None, password="quite another battery")


def own_password(user, client):
    wish = {"current_password": PASSWORD, "new_password": "quite another battery"}
    assert ask(client, "PATCH", "/api/v1/account/password", wish).status == 200


def deleted(user, client):
    AuthSession.objects.filter(user=user).delete()


ENDS = [
    logout, logout_by_refresh_token, logout_everywhere, deactivated, demoted, another_password,
    own_password, deleted,
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_a_pair_is_dead_at_its_next_use(signed_in, end):
    user, client, pair, _ = signed_in
    assert ask(client, "GET", "/api/v1/auth/me").status == 200

    end(user, client)

    for url in ("/api/v1/auth/me", "/api/users/me/", "/auth/me", "/api/v1/shops"):
        answer = ask(client, "GET", url)
        assert (answer.status, b'"token_invalid"' in answer.body) == (401, True), url
    assert refreshed(client_of(None, "nobody"), pair["refresh_token"]).status == 401
