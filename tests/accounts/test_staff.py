"""Staff at the same time: whoever is first, somebody stays."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import sessions, staff, standings
from accounts.errors import LastOwner, LastSysadmin, RoleAboveYours, RoleTooLow
from accounts.models import AuditEvent, AuthSession, Membership, Shop, User
from core.errors import DomainError, Missing
from tests import factories


def at_once(*acts):
    """Run the acts at the same moment; return the refusal of each, or ``None``."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            act()
        except DomainError as refusal:
            return type(refusal)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("trial", range(5))
@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_leave_one(shop, owner, trial):
    partner = factories.member(shop, "petra", "owner")

    refusals = at_once(
        lambda: staff.change(partner.pk, actor=owner, role="cashier"),
        lambda: staff.change(owner.pk, actor=partner, role="cashier"),
    )

    assert Membership.objects.filter(shop=shop, role="owner").count() == 1
    assert refusals.count(None) == 1
    assert {RoleTooLow, RoleAboveYours, LastOwner} & set(refusals)
    left = Membership.objects.get(shop=shop, role="owner").user_id
    assert Shop.objects.get(pk=shop.pk).owner_id == left


@pytest.mark.parametrize("trial", range(5))
@pytest.mark.django_db(transaction=True)
def test_two_sysadmins_who_deactivate_each_other_leave_one(db, sysadmin, trial):
    other = factories.person("sue", role="sysadmin")

    refusals = at_once(
        lambda: staff.remove(other.pk, actor=sysadmin),
        lambda: staff.change(sysadmin.pk, actor=other, role="user"),
    )

    assert User.objects.filter(role="sysadmin", is_active=True).count() == 1
    assert refusals.count(None) == 1
    assert {RoleTooLow, LastSysadmin} & set(refusals)


@pytest.mark.django_db(transaction=True)
def test_owners_who_all_step_down_at_once_leave_one(shop, owner):
    people = [owner, *(factories.member(shop, f"o{n}", "owner") for n in range(3))]

    refusals = at_once(
        *(lambda user=user: staff.change(user.pk, actor=user, role="cashier") for user in people)
    )

    assert refusals.count(None) == 3
    assert refusals.count(LastOwner) == 1
    assert Membership.objects.filter(shop=shop, role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_add_one_name_at_once_add_one(shop, owner, manager):
    def add(actor):
        staff.add(actor=actor, username="nina", password="long enough 1", role="cashier")

    at_once(lambda: add(owner), lambda: add(manager))

    assert User.objects.filter(username="nina").count() == 1
    assert Membership.objects.filter(shop=shop, user__username="nina").count() == 1


def test_the_system_may_do_what_a_sysadmin_may_and_no_more(shop, owner, sysadmin):
    assert staff.people(actor=None).count() == 2
    with pytest.raises(LastSysadmin):
        staff.remove(sysadmin.pk, actor=None)
    with pytest.raises(LastOwner):
        staff.remove(owner.pk, actor=None)
    staff.change(owner.pk, actor=None, fields={"name": "Olga O."})

    line = AuditEvent.objects.get(action="user.changed")
    assert (line.actor, line.after) == (None, {"name": "Olga O."})


def test_a_role_lost_since_the_request_began_counts_no_more(shop, owner, manager, cashier):
    session = sessions.begin(user=manager)
    principal = sessions.principal(session.pk)
    Membership.objects.filter(user=manager).update(role="cashier")

    with pytest.raises(RoleTooLow):
        staff.change(cashier.pk, actor=principal, role="manager")


def test_an_inactive_person_looks_after_nobody(shop, owner):
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert standings.of(owner).shops == set()
    with pytest.raises(RoleTooLow):
        staff.people(actor=owner)


def test_a_refused_change_rolls_all_of_it_back(shop, owner, cashier, other_shop):
    session = sessions.begin(user=cashier)

    with pytest.raises(Missing):
        staff.change(
            cashier.pk, actor=owner, fields={"name": "x"}, role="manager", shop_id=other_shop.pk
        )

    cashier.refresh_from_db()
    assert cashier.name == "Carla"
    assert AuthSession.objects.get(pk=session.pk).revoked_at is None
