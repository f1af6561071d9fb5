"""Tickets: one socket, one shop, thirty seconds, and only while their session lasts."""

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from accounts import sessions
from accounts.models import Membership
from core.errors import Missing
from live import tickets
from live.models import Ticket
from tests.crowd import at_once
from tests.live.conftest import publish


@pytest.fixture
def actor(session, shop):
    return sessions.principal(session.pk, shop_id=shop.pk)


def test_a_ticket_opens_once(shop, session, actor):
    text = tickets.issue(shop_id=shop.pk, actor=actor).ticket

    assert tickets.redeem(text, shop_id=shop.pk) == session.pk
    assert tickets.redeem(text, shop_id=shop.pk) is None
    assert not Ticket.objects.exists()


def test_only_its_digest_is_kept(shop, actor):
    text = tickets.issue(shop_id=shop.pk, actor=actor).ticket

    assert bytes(Ticket.objects.get().digest) == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(("seconds", "opens"), [(29, True), (30, False)])
def test_a_ticket_lives_for_thirty_seconds(shop, session, actor, seconds, opens):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        text = tickets.issue(shop_id=shop.pk, actor=actor).ticket
    with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
        assert tickets.redeem(text, shop_id=shop.pk) == (session.pk if opens else None)


def test_a_ticket_opens_no_other_shop_and_is_not_spent_there(shop, other_shop, session, actor):
    text = tickets.issue(shop_id=shop.pk, actor=actor).ticket

    assert tickets.redeem(text, shop_id=other_shop.pk) is None
    assert tickets.redeem(text, shop_id=shop.pk) == session.pk


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 10_000, "\0", "\udcff"])
def test_what_is_no_ticket_opens_nothing(shop, text):
    assert tickets.redeem(text, shop_id=shop.pk) is None


def test_there_are_no_tickets_to_a_foreign_shop(other_shop, actor):
    with pytest.raises(Missing):
        tickets.issue(shop_id=other_shop.pk, actor=actor)

    assert not Ticket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_show_one_ticket_one_comes_in(shop, session, actor):
    text = tickets.issue(shop_id=shop.pk, actor=actor).ticket
    found = at_once(8, lambda: tickets.redeem(text, shop_id=shop.pk))

    assert (found.count(session.pk), found.count(None)) == (1, 7)


def test_tickets_that_ran_out_are_forgotten(shop, actor):
    now = timezone.now()
    with time_machine.travel(now - timedelta(minutes=1)):
        tickets.issue(shop_id=shop.pk, actor=actor)
        tickets.issue(shop_id=shop.pk, actor=actor)
    kept = tickets.issue(shop_id=shop.pk, actor=actor)

    assert tickets.prune(limit=1) == 1
    assert tickets.prune() == 1
    assert tickets.prune() == 0
    assert tickets.redeem(kept.ticket, shop_id=shop.pk) == actor.session_id


def test_the_api_gives_tickets_to_members_only(api, shop, other_shop, owner):
    client = api(owner)
    made = client.post("/live/tickets", {"shopId": str(shop.pk)})

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert made.json()["expires_in"] == 30
    assert tickets.redeem(made.json()["ticket"], shop_id=shop.pk) == UUID(str(client.session_id))
    assert client.post("/live/tickets", {"shop_id": str(other_shop.pk)}).status_code == 404
    assert client.post("/live/tickets", {}).status_code == 400
    assert client.post("/live/tickets", {"shop_id": "x"}).status_code == 400
    more = client.post("/live/tickets", {"shop_id": str(shop.pk), "seconds": 99})
    assert (more.status_code, more.json()["code"]) == (400, "unknown_field")


@pytest.mark.django_db(transaction=True)
def test_a_ticket_opens_one_socket(server, shop, session, actor, watch):
    cursor = publish(shop, "order_created")
    text = tickets.issue(shop_id=shop.pk, actor=actor).ticket
    screen = watch(server, shop, None, after=f"{cursor - 1}&ticket={text}")
    assert [frame["seq"] for frame in screen.ready()] == [cursor, cursor]

    assert watch(server, shop, None, after=f"0&ticket={text}").end() == 4401
    seq = publish(shop, "order_created")
    assert screen.next()["seq"] == seq
    sessions.end(session_id=session.pk, actor=None)
    assert screen.end() == 4401


@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_worth_what_its_session_is(server, shop, other_shop, owner, watch, session):
    actor = sessions.principal(session.pk)
    foreign, lost, revoked, strange = (
        tickets.issue(shop_id=shop.pk, actor=actor).ticket for _ in range(4)
    )
    publish(other_shop, "order_created")
    assert watch(server, other_shop, None, after=f"0&ticket={foreign}").end() == 4401
    options = {"origin": "https://evil.example"}
    assert watch(server, shop, None, after=f"0&ticket={strange}", **options).end() == 4403
    Membership.objects.filter(user=owner, shop=shop).delete()
    assert watch(server, shop, None, after=f"0&ticket={lost}").end() == 4404
    sessions.end(session_id=session.pk, actor=None)
    assert watch(server, shop, None, after=f"0&ticket={revoked}").end() == 4401
