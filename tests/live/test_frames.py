"""What a screen gets: where it starts, what it missed, whether it may go on."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import devices, sessions
from accounts.models import AuthSession, Membership, Shop, User
from live import frames, outbox
from live.models import Event
from live.outbox import Change
from live.statements import PAGE
from tests.live.conftest import publish


def many(shop, number: int) -> int:
    with transaction.atomic():
        return outbox.publish(outbox.lock(shop.pk), *[Change("stock_changed", "{}")] * number)


def test_a_frame_says_who_did_what_when_and_carries_the_stored_bytes(shop, owner):
    with transaction.atomic():
        change = Change("order_created", '{"total": "1.50",  "id": 7}')
        seq = outbox.publish(outbox.lock(shop.pk), change, actor=owner)
    at = Event.objects.get(shop=shop, seq=seq).at.isoformat().replace("+00:00", "Z")

    assert frames.since(shop.pk, seq - 1) == [
        (
            seq,
            f'{{"seq":{seq},"type":"order_created","at":"{at}",'
            f'"actor":{{"id":"{owner.pk}","name":"Olga"}},"data":{{"total": "1.50",  "id": 7}}}}',
        )
    ]


def test_the_system_has_no_name_and_the_nameless_go_by_their_username(shop, owner):
    User.objects.filter(pk=owner.pk).update(name="")
    seq = publish(shop, "order_created")
    publish(shop, "order_created", actor=owner)
    by_system, by_owner = (frame.text for frame in frames.since(shop.pk, seq - 1))

    assert '"actor":null' in by_system
    assert f'"actor":{{"id":"{owner.pk}","name":"olga"}}' in by_owner


def test_a_page_is_a_page_in_order(shop):
    last = many(shop, PAGE + 5)
    first = last - PAGE - 5
    page = frames.since(shop.pk, first)

    assert [frame.seq for frame in page] == list(range(first + 1, first + PAGE + 1))
    assert [frame.seq for frame in frames.since(shop.pk, page[-1].seq)] == [
        *range(last - 4, last + 1)
    ]


def test_a_screen_without_a_cursor_follows_from_now(shop):
    newest = publish(shop, "order_created")

    assert frames.arrive(shop.pk, None) == frames.Arrival(newest, must_resync=False, missed=[])


def test_a_screen_gets_what_it_missed(shop):
    newest = publish(shop, "order_created", "order_created")
    start = frames.arrive(shop.pk, newest - 1)

    assert (start.cursor, start.must_resync) == (newest - 1, False)
    assert [frame.seq for frame in start.missed] == [newest]
    assert frames.arrive(shop.pk, newest) == frames.Arrival(newest, must_resync=False, missed=[])


@pytest.mark.parametrize("cursor", [1_000, 10**17])
def test_a_cursor_beyond_the_newest_event_must_resync(shop, cursor):
    newest = publish(shop, "order_created")

    assert frames.arrive(shop.pk, cursor) == frames.Arrival(newest, must_resync=True, missed=[])


def test_a_cursor_that_nobody_was_given_must_resync(shop):
    newest = publish(shop, "order_created")

    start = frames.arrive(shop.pk, None, is_known=False)
    assert start == frames.Arrival(newest, must_resync=True, missed=[])


def test_a_cursor_older_than_the_kept_events_must_resync(shop):
    newest = many(shop, 10)
    Event.objects.filter(shop=shop, seq__lte=newest - 4).delete()

    assert frames.arrive(shop.pk, newest - 5).must_resync
    start = frames.arrive(shop.pk, newest - 4)
    assert [frame.seq for frame in start.missed] == [*range(newest - 3, newest + 1)]

    Event.objects.filter(shop=shop).delete()
    assert frames.arrive(shop.pk, newest - 1).must_resync
    assert not frames.arrive(shop.pk, newest).must_resync


def test_a_screen_too_far_behind_must_resync(shop):
    newest = many(shop, frames.BEHIND + 1)

    assert frames.arrive(shop.pk, newest - frames.BEHIND - 1).must_resync
    assert len(frames.arrive(shop.pk, newest - frames.BEHIND).missed) == PAGE


def test_one_look_serves_all_shops_and_none_gets_the_others_events(shop, other_shop):
    ours, theirs = many(shop, PAGE + 1), publish(other_shop, "order_created")
    found = frames.look({shop.pk: ours - PAGE - 1, other_shop.pk: theirs - 1})

    assert [frame.seq for frame in found.news[shop.pk]] == [*range(ours - PAGE, ours)]
    assert [frame.seq for frame in found.news[other_shop.pk]] == [theirs]
    assert found.more == [shop.pk]
    assert frames.look({shop.pk: None, other_shop.pk: theirs}).newest == {shop.pk: ours}


def test_a_look_takes_as_many_statements_for_many_screens_as_for_one(shop, other_shop, owner):
    counted = []
    for number in (1, 20):
        pairs = [(shop.pk, sessions.begin(user=owner).pk) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            found = frames.look({shop.pk: 0, other_shop.pk: 0}, pairs)
        counted.append(len(queries))
        assert found.gone == []

    assert counted == [2, 2]


#: Ways in which a session's right to watch ends, and whether the person's other sessions stay.
ENDS = {
    "revoked": (lambda session: sessions.end(session_id=session.pk, actor=None), True),
    "deleted": (lambda session: session.delete(), True),
    "expired": (lambda session: of(session).update(expires_at=timezone.now()), True),
    "inactive": (lambda session: person(session).update(is_active=False), False),
    "signed out everywhere": (lambda session: person(session).update(token_version=99), False),
}


def of(session):
    return AuthSession.objects.filter(pk=session.pk)


def person(session):
    return User.objects.filter(pk=session.user_id)


@pytest.mark.parametrize(("end", "others_stay"), ENDS.values(), ids=ENDS)
def test_the_screens_of_an_ended_session_must_go(shop, owner, session, end, others_stay):
    first, second = session.pk, sessions.begin(user=owner).pk
    end(session)
    gone = frames.look({shop.pk: 0}, [(shop.pk, first), (shop.pk, second)]).gone

    left = [] if others_stay else [(shop.pk, second, False)]
    assert sorted(gone) == [(shop.pk, first, False), *left]


@pytest.mark.parametrize(
    ("minutes", "locks_after", "is_gone"),
    [(5, 5, False), (7, 5, True), (7, 0, False), (100, 0, False)],
)
def test_the_screens_of_a_till_that_was_left_alone_must_go(
    shop, cashier, minutes, locks_after, is_gone
):
    Shop.objects.filter(pk=shop.pk).update(lock_minutes=locks_after)
    till = devices.register(shop=shop, kind="till", name="Till 1", actor=None)
    session = sessions.begin(user=cashier, device=till)
    of(session).update(last_used_at=timezone.now() - timedelta(minutes=minutes))
    gone = frames.look({shop.pk: 0}, [(shop.pk, session.pk)]).gone

    assert gone == ([(shop.pk, session.pk, False)] if is_gone else [])


def test_a_browser_of_ones_own_is_never_left_alone(shop, session):
    of(session).update(last_used_at=timezone.now() - timedelta(days=1))

    assert frames.look({shop.pk: 0}, [(shop.pk, session.pk)]).gone == []


def test_the_screens_of_who_lost_the_shop_must_go(shop, other_shop, session, owner):
    pairs = [(shop.pk, session.pk), (other_shop.pk, session.pk)]
    assert frames.look({shop.pk: 0}, pairs).gone == [(other_shop.pk, session.pk, True)]

    Membership.objects.filter(user=owner).delete()
    assert sorted(frames.look({shop.pk: 0}, pairs).gone) == sorted((*p, True) for p in pairs)


def test_a_session_lasts_to_its_last_moment(shop, session):
    soon = timezone.now() + timedelta(minutes=1)
    AuthSession.objects.filter(pk=session.pk).update(expires_at=soon)

    assert frames.look({shop.pk: 0}, [(shop.pk, session.pk)]).gone == []
