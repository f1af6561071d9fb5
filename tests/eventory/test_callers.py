"""Who may ask Eventory through us, and how often."""

import pytest

from accounts import sessions
from accounts.errors import NotSignedIn, PasswordRequired, SessionLocked, TokenInvalid
from accounts.models import AuthSession, Device, User
from accounts.principals import PIN
from core.errors import TooMany
from eventory import callers
from eventory.callers import Crowd
from tests import factories
from tests.eventory.conftest import token_of


def test_a_token_says_who_asks(user):
    assert callers.enter(token_of(user)).pk == user.pk


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_anything_else_says_nobody(db, token):
    with pytest.raises(NotSignedIn if not token else TokenInvalid):
        callers.enter(token)


@pytest.mark.parametrize("how", ["revoked", "deactivated", "token version"])
def test_who_is_out_is_out_at_once(user, how):
    token = token_of(user)
    if how == "revoked":
        sessions.end(session_id=AuthSession.objects.get().pk, actor=None)
    elif how == "deactivated":
        User.objects.update(is_active=False)
    else:
        User.objects.update(token_version=2)

    with pytest.raises(TokenInvalid):
        callers.enter(token)


def test_a_pin_is_not_enough(user):
    token = token_of(user)
    AuthSession.objects.update(scope=PIN)

    with pytest.raises(PasswordRequired):
        callers.enter(token)


def test_a_till_left_alone_asks_nothing(shop, cashier):
    token = token_of(cashier)
    till = Device.objects.create(shop=shop, kind="till", name="Till")
    AuthSession.objects.update(device=till, last_used_at="2020-01-01T00:00:00Z")
    type(shop).objects.update(lock_minutes=1)

    with pytest.raises(SessionLocked):
        callers.enter(token)


def test_one_person_asks_so_often_a_minute(user, monkeypatch):
    monkeypatch.setattr(callers, "RATE", "3/m")
    token, other = token_of(user), token_of(factories.person("other"))
    for _ in range(3):
        callers.enter(token)

    with pytest.raises(TooMany) as refusal:
        callers.enter(token)
    assert 1 <= refusal.value.details["retry_after"] <= 60
    assert callers.enter(other).username == "other"


def test_one_person_runs_so_many_at_once(user, monkeypatch):
    monkeypatch.setattr(callers, "AT_ONCE", 2)
    crowd = Crowd()
    one, other = callers.enter(token_of(user)), callers.enter(token_of(factories.person("other")))

    with crowd.joined(one), crowd.joined(one):
        with pytest.raises(TooMany), crowd.joined(one):
            pass
        with crowd.joined(other):
            assert crowd.running.total() == 3
    assert not crowd.running


def test_tokens_of_ours_are_known_whoever_they_are_for_and_others_are_not(user):
    ours = token_of(user).encode()
    assert callers.holds_token_of_ours(ours)
    assert callers.holds_token_of_ours(b"JWT " + ours + b", more")
    assert callers.holds_token_of_ours(ours.replace(b".", b"%2e").replace(b"e", b"%65"))
    assert callers.holds_token_of_ours(ours.replace(b".", b"%25252E"))
    assert not callers.holds_token_of_ours(b"opaque")
    assert not callers.holds_token_of_ours(b"100%")
    theirs = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJldmVudG9yeSJ9.c2lnbmF0dXJl"
    assert not callers.holds_token_of_ours(theirs.encode())
