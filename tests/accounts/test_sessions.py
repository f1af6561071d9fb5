"""Sessions: begun, read in one statement, ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import devices, pins, sessions
from accounts.models import AuditEvent, AuthSession, User
from core import context, ids


def test_the_principal_brings_the_membership_in_one_statement(
    shop, manager, django_assert_num_queries
):
    session = sessions.begin(user=manager)

    with django_assert_num_queries(1):
        found = sessions.principal(session.pk, shop_id=shop.pk)

    assert (found.pk, found.name, found.role) == (manager.pk, "Manu", "user")
    assert (found.shop_role, found.session_id) == ("manager", session.pk)
    assert found.shop == shop
    shop.refresh_from_db()
    for name in ("pk", "name", "owner_id", "currency", "timezone", "day_starts_at"):
        with django_assert_num_queries(0):
            assert getattr(found.shop, name) == getattr(shop, name)
    assert found.shop.created_at == shop.created_at


def test_another_shop_and_an_unknown_one_give_no_membership(shop, other_shop, manager):
    session = sessions.begin(user=manager)

    for shop_id in (None, other_shop.pk, ids.new()):
        found = sessions.principal(session.pk, shop_id=shop_id)
        assert (found.shop, found.shop_role) == (None, None)


def revoked(session):
    AuthSession.objects.filter(pk=session.pk).update(revoked_at=timezone.now())


def expired(session):
    AuthSession.objects.filter(pk=session.pk).update(expires_at=timezone.now())


def deactivated(session):
    User.objects.filter(pk=session.user_id).update(is_active=False)


def raised_version(session):
    User.objects.filter(pk=session.user_id).update(token_version=2)


@pytest.mark.parametrize("change", [revoked, expired, deactivated, raised_version])
def test_what_ends_a_session_ends_it_at_once(owner, change):
    session = sessions.begin(user=owner)
    assert sessions.principal(session.pk).pk == owner.pk
    assert sessions.user_of(session.pk) == owner

    change(session)

    assert sessions.principal(session.pk) is None
    assert sessions.user_of(session.pk) is None


def test_a_token_of_another_version_speaks_for_nobody(owner):
    session = sessions.begin(user=owner)

    assert sessions.principal(session.pk, token_version=1).pk == owner.pk
    assert sessions.principal(session.pk, token_version=2) is None
    assert sessions.principal(ids.new(), token_version=1) is None


def test_beginning_says_where_from_and_is_audited(owner):
    with context.entered(address="192.0.2.7", request_id="r-1"):
        session = sessions.begin(user=owner, device_name="Till 1", user_agent="x" * 300)

    session.refresh_from_db()
    owner.refresh_from_db()
    assert (session.ip, session.device_name, len(session.user_agent)) == (
        "192.0.2.7",
        "Till 1",
        255,
    )
    assert owner.last_login_at == session.last_used_at
    line = AuditEvent.objects.get(action="session.began")
    assert (line.actor, line.target_kind, line.target_id) == (owner, "authsession", str(session.pk))
    assert (line.address, line.request_id, line.after) == (
        "192.0.2.7",
        "r-1",
        {"device_name": "Till 1"},
    )


def test_ending_happens_once_and_is_audited_once(owner):
    session = sessions.begin(user=owner)

    assert sessions.end(session_id=session.pk, actor=owner) is True
    assert sessions.end(session_id=session.pk, actor=owner) is False
    assert AuditEvent.objects.filter(action="session.ended").count() == 1


def test_last_use_is_written_once_a_minute(owner, django_assert_num_queries):
    session = sessions.begin(user=owner)
    with django_assert_num_queries(1):
        sessions.touch(sessions.principal(session.pk))

    past = timezone.now() - timedelta(seconds=61)
    AuthSession.objects.filter(pk=session.pk).update(last_used_at=past)
    sessions.touch(sessions.principal(session.pk))

    session.refresh_from_db()
    assert timezone.now() - session.last_used_at < timedelta(minutes=1)
    assert sessions.principal(session.pk).is_due is False


@pytest.mark.parametrize(
    ("end", "because"),
    [
        (lambda one: sessions.end(session_id=one.pk, actor=None), None),
        (lambda one: sessions.end(session_id=one.pk, actor=None, because="locked"), "locked"),
        (lambda one: sessions.leave(one.device, actor=None, because="switched"), "switched"),
        (
            lambda one: sessions.end_all(user_id=one.user_id, actor=None, because="signed out"),
            "signed out",
        ),
        (
            lambda one: sessions.end_others(session_id=ids.new(), user_id=one.user_id, actor=None),
            "signed out elsewhere",
        ),
        (
            lambda one: pins.put(one.user.memberships.get().pk, hashed="x", actor=None),
            "PIN changed",
        ),
    ],
)
def test_a_shop_sees_the_end_of_each_session_on_its_devices(at_till, shop, end, because):
    session = at_till(0)
    own = sessions.begin(user=session.user)

    end(session)
    end(session)

    lines = AuditEvent.objects.filter(target_id=str(session.pk)).order_by("pk")
    assert [(line.action, line.shop) for line in lines] == [
        ("session.began", shop),
        ("session.ended", shop),
    ]
    assert lines[1].after == (because and {"because": because})
    own_lines = AuditEvent.objects.filter(target_id=str(own.pk))
    assert not own_lines.filter(shop__isnull=False).exists()


@pytest.fixture
def at_till(shop, cashier):
    """The cashier's session at a paired till, which was used so many minutes ago."""

    def begun(minutes: float) -> AuthSession:
        till = devices.register(shop=shop, kind="till", name="Till 1", actor=None)
        session = sessions.begin(user=cashier, device=till, scope="pin")
        AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=minutes))
        return session

    return begun


@pytest.mark.parametrize(("minutes", "is_locked"), [(0, False), (5.9, False), (6.1, True)])
def test_a_till_left_alone_is_locked_without_another_statement(
    at_till, shop, django_assert_num_queries, minutes, is_locked
):
    session = at_till(minutes)

    with django_assert_num_queries(1):
        found = sessions.principal(session.pk, shop_id=shop.pk)

    assert (found.is_locked, found.shop) == (is_locked, shop)
    assert sessions.user_of(session.pk) == (None if is_locked else session.user)


def test_a_shop_may_let_its_tills_stay_open(at_till, shop):
    devices.lock_after(0, shop=shop, actor=None)

    assert sessions.principal(at_till(600).pk).is_locked is False


def test_ones_own_browser_never_locks(cashier):
    session = sessions.begin(user=cashier)
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(days=3))

    assert sessions.principal(session.pk).is_locked is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql_only
def test_a_dropped_connection_is_replaced_and_the_question_asked_again(owner):
    from django.db import connection

    session = sessions.begin(user=owner)
    connection.connection.pgconn.finish()

    assert sessions.principal(session.pk).pk == owner.pk
