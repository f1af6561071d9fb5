"""What a site may do: every cell of the contract's table, and the states behind it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from core import errors, ids
from licensing import policy
from licensing.errors import SiteLocked, SiteRestricted
from licensing.models import Site
from licensing.policy import Action, State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Facts:
    is_active: bool = True
    is_locked: bool = False
    lock_reason: str = ""
    license_expires_at: datetime | None = None
    contact_email: str = ""


TABLE = [
    (Action.SETTLE, State.ACTIVE, True),
    (Action.SETTLE, State.WARNING, True),
    (Action.SETTLE, State.RESTRICTED, True),
    (Action.SETTLE, State.LOCKED, True),
    (Action.CLOSE_BOOKS, State.ACTIVE, True),
    (Action.CLOSE_BOOKS, State.WARNING, True),
    (Action.CLOSE_BOOKS, State.RESTRICTED, True),
    (Action.CLOSE_BOOKS, State.LOCKED, True),
    (Action.NEW_ORDER, State.ACTIVE, True),
    (Action.NEW_ORDER, State.WARNING, True),
    (Action.NEW_ORDER, State.RESTRICTED, False),
    (Action.NEW_ORDER, State.LOCKED, False),
    (Action.STOCK, State.ACTIVE, True),
    (Action.STOCK, State.WARNING, True),
    (Action.STOCK, State.RESTRICTED, True),
    (Action.STOCK, State.LOCKED, True),
    (Action.CATALOGUE, State.ACTIVE, True),
    (Action.CATALOGUE, State.WARNING, True),
    (Action.CATALOGUE, State.RESTRICTED, False),
    (Action.CATALOGUE, State.LOCKED, False),
    (Action.SIGN_IN, State.ACTIVE, True),
    (Action.SIGN_IN, State.WARNING, True),
    (Action.SIGN_IN, State.RESTRICTED, True),
    (Action.SIGN_IN, State.LOCKED, True),
]


@pytest.mark.parametrize(("action", "state", "yes"), TABLE)
def test_every_cell_of_the_table(action, state, yes):
    assert policy.allows(state, action) is yes


def test_the_table_has_every_cell():
    cells = [(action, state) for action, state, _ in TABLE]
    assert sorted(cells) == sorted((action, state) for action in Action for state in State)


@pytest.mark.parametrize(
    ("facts", "grace_ends_at", "state"),
    [
        (Facts(), None, State.ACTIVE),
        (Facts(license_expires_at=NOW + 30 * DAY + SECOND), None, State.ACTIVE),
        (Facts(license_expires_at=NOW + 30 * DAY), None, State.WARNING),
        (Facts(license_expires_at=NOW + SECOND), None, State.WARNING),
        (Facts(license_expires_at=NOW), None, State.RESTRICTED),
        (Facts(license_expires_at=NOW - 400 * DAY), None, State.RESTRICTED),
        (Facts(is_active=False), None, State.RESTRICTED),
        (Facts(is_active=False, license_expires_at=NOW + 90 * DAY), None, State.RESTRICTED),
        (Facts(), NOW + SECOND, State.WARNING),
        (Facts(), NOW, State.RESTRICTED),
        (Facts(license_expires_at=NOW), NOW + DAY, State.RESTRICTED),
        (Facts(is_locked=True), None, State.LOCKED),
        (Facts(is_locked=True, is_active=False, license_expires_at=NOW), NOW, State.LOCKED),
    ],
)
def test_states(facts, grace_ends_at, state):
    assert policy.state(facts, NOW, grace_ends_at=grace_ends_at) == state


def test_the_strictest_of_a_shops_sites_counts():
    locked, expired = Facts(is_locked=True), Facts(is_active=False)

    assert policy.standing([Facts(), locked, expired], NOW).site is locked
    assert policy.standing([Facts(), expired], NOW).state == State.RESTRICTED
    assert policy.standing([], NOW) == policy.Standing(State.ACTIVE, None)


@pytest.mark.parametrize(
    ("facts", "refusal", "sentence"),
    [
        (
            Facts(is_locked=True, lock_reason="Unpaid.", contact_email="desk@example.com"),
            SiteLocked,
            "This site is locked: Unpaid. Open orders can be finished. Call desk@example.com.",
        ),
        (
            Facts(is_locked=True),
            SiteLocked,
            "This site is locked. Open orders can be finished. Call your vendor.",
        ),
        (
            Facts(is_active=False, contact_email="desk@example.com"),
            SiteRestricted,
            "The licence of this site is not valid any more. Open orders can be finished. "
            "Call desk@example.com to extend it.",
        ),
    ],
)
def test_a_refusal_is_423_and_says_why_and_whom_to_call(facts, refusal, sentence):
    with pytest.raises(refusal) as refused:
        policy.judge([facts], Action.NEW_ORDER, NOW)

    status, body = errors.describe(refused.value, "r-1")
    assert status == 423
    assert body == {
        "detail": sentence,
        "error": sentence,
        "code": refusal.code,
        "lock_reason": facts.lock_reason,
        "contact_email": facts.contact_email,
        "request_id": "r-1",
    }


def site_of(shop, **facts):
    site = Site.objects.create(name="Corner", **facts)
    site.shops.add(shop)
    return site


def test_a_shop_without_a_site_may_do_everything(shop, django_assert_num_queries):
    for action in Action:
        with django_assert_num_queries(1):
            policy.require(shop.pk, action)
    policy.require(ids.new(), Action.NEW_ORDER)


def test_a_site_holds_back_its_own_shops_only(shop, other_shop):
    site_of(shop, is_locked=True, lock_reason="Unpaid", contact_email="desk@example.com")

    with pytest.raises(SiteLocked) as refused:
        policy.require(shop.pk, Action.NEW_ORDER)
    assert refused.value.details["lock_reason"] == "Unpaid"
    policy.require(shop.pk, Action.SETTLE)
    policy.require(other_shop.pk, Action.NEW_ORDER)


def test_an_expired_site_restricts_and_an_extended_one_does_not(shop):
    site = site_of(shop, license_expires_at=timezone.now() - SECOND)

    with pytest.raises(SiteRestricted):
        policy.require(shop.pk, Action.CATALOGUE)
    assert policy.of(shop.pk).state == State.RESTRICTED

    Site.objects.filter(pk=site.pk).update(license_expires_at=timezone.now() + 90 * DAY)
    policy.require(shop.pk, Action.CATALOGUE)
    assert policy.of(shop.pk).state == State.ACTIVE
