"""Polls and streams as one answer: what is asked, what is told, what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuthSession
from core.errors import Invalid
from live import frames, outbox, polls
from live.frames import Frame
from live.models import Event
from live.polls import Poll
from tests.live.conftest import publish


@pytest.mark.parametrize(
    ("asked", "poll"),
    [
        ({}, Poll(None, 0)),
        ({"after": ["0"]}, Poll(0, 0)),
        ({"after": ["17"], "wait": ["25"]}, Poll(17, 25)),
        ({"after": [""], "wait": [""]}, Poll(None, 0)),
        ({"wait": ["3600"]}, Poll(None, 25)),
    ],
)
def test_a_poll_says_from_where_and_how_long(asked, poll):
    assert polls.read(asked) == poll


@pytest.mark.parametrize("name", ["after", "wait"])
@pytest.mark.parametrize(
    "given", [["-1"], ["1.5"], ["1e3"], ["+1"], ["１"], ["x"], ["1", "2"], ["9" * 19], ["\0"]]
)
def test_anything_else_is_refused_by_name(name, given):
    with pytest.raises(Invalid) as refusal:
        polls.read({name: given})

    assert [*refusal.value.details["errors"]] == [name]


def test_frames_are_written_as_server_sent_events():
    lines = [
        polls.line(Frame(7, '{"seq":7}')),
        polls.line(frames.notice("resync", seq=9)),
        polls.line(frames.notice("ping")),
        polls.closing(4401),
    ]

    assert lines == [
        b'id: 7\ndata: {"seq":7}\n\n',
        b'id: 9\nevent: resync\ndata: {"type":"resync","seq":9}\n\n',
        b": ping\n\n",
        b'event: closed\ndata: {"type":"closed","code":4401}\n\n',
    ]


def test_a_poll_answers_what_sockets_would_get(api, shop, cashier):
    cursor = publish(shop, "order_created", "stock_changed", actor=cashier)
    url = f"/shops/{shop.pk}/events"
    answer = api(cashier).get(url, {"after": cursor - 2})

    texts = [frame.text for frame in frames.since(shop.pk, cursor - 2)]
    body = f'{{"events":[{",".join(texts)}],"next":{cursor}}}'
    assert (answer.status_code, answer.content.decode()) == (200, body)
    assert answer["Cache-Control"] == "no-store"
    assert [event["type"] for event in answer.json()["events"]] == [
        "order_created",
        "stock_changed",
    ]
    assert api(cashier).get(url, {"after": cursor}).json() == {"events": [], "next": cursor}
    assert api(cashier).get(url).json() == {"events": [], "next": cursor}


def test_a_server_that_cannot_wait_answers_at_once(api, shop, cashier):
    cursor = outbox.cursor(shop.pk)
    answer = api(cashier).get(f"/shops/{shop.pk}/events", {"after": cursor, "wait": 25})

    assert answer.json() == {"events": [], "next": cursor}


@pytest.mark.parametrize("after", [0, 1, 99_999])
def test_a_cursor_that_leads_nowhere_is_410(api, shop, cashier, after):
    newest = publish(shop, "order_created", "order_created", "order_created")
    Event.objects.filter(shop=shop, seq__lt=newest).delete()
    answer = api(cashier).get(f"/shops/{shop.pk}/events", {"after": after})

    assert answer.status_code == 410
    assert (answer.json()["code"], answer.json()["next"]) == ("resync", newest)


def test_a_cursor_that_is_none_is_400(api, shop, cashier):
    answer = api(cashier).get(f"/shops/{shop.pk}/events?after=x")

    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["after"])


def stream(client, shop, query="", **headers):
    return client.get(f"/shops/{shop.pk}/events{query}", HTTP_ACCEPT="text/event-stream", **headers)


def test_a_stream_begins_with_what_was_missed(api, shop, cashier):
    cursor = publish(shop, "order_created", "stock_changed")
    answer = stream(api(cashier), shop, f"?after={cursor - 2}")
    first, second = (polls.line(frame) for frame in frames.since(shop.pk, cursor - 2))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content == b"retry: 2000\n\n" + first + second
    resumed = stream(api(cashier), shop, "?after=0", HTTP_LAST_EVENT_ID=str(cursor - 1))
    assert resumed.content == b"retry: 2000\n\n" + second


@pytest.mark.parametrize("last", ["x", "99999", "1e3"])
def test_a_stream_from_nowhere_says_resync(api, shop, cashier, last):
    newest = outbox.cursor(shop.pk)
    answer = stream(api(cashier), shop, HTTP_LAST_EVENT_ID=last)

    assert answer.content == b"retry: 2000\n\n" + polls.line(frames.notice("resync", seq=newest))


def test_strangers_and_others_get_no_events(api, shop, other_shop, cashier):
    publish(other_shop, "order_created")
    for ask in (lambda client, shop: client.get(f"/shops/{shop.pk}/events?after=0"), stream):
        assert ask(api, shop).status_code == 401
        refused = ask(api(cashier), other_shop)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["events", "events/"])
def test_it_answers_on_both_mounts_in_both_forms(api, shop, cashier, path):
    for mount in ("/api/v1", "/api"):
        assert api(cashier).get(f"{mount}/shops/{shop.pk}/{path}").status_code == 200


def test_watching_keeps_no_till_awake(api, shop, cashier):
    client = api(cashier)
    before = timezone.now() - timedelta(minutes=5)
    mine = AuthSession.objects.filter(pk=client.session_id)
    mine.update(last_used_at=before)
    client.get(f"/shops/{shop.pk}/events")
    assert mine.get().last_used_at == before

    client.get(f"/shops/{shop.pk}")
    assert mine.get().last_used_at > before
