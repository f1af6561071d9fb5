"""The outbox: seqs without gaps, whoever publishes, and nothing that waits for Redis."""

import threading
import time
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import statements
from live import nudges, outbox
from live.models import Event, ShopCounter
from live.outbox import Change
from tests.live.conftest import publish


def kept(shop) -> list[tuple[int, str, str]]:
    return list(Event.objects.filter(shop=shop).order_by("seq").values_list("seq", "kind", "data"))


def test_a_shops_first_events_are_numbered_from_one_and_kept_byte_for_byte(shop, owner):
    before = outbox.cursor(shop.pk)
    changes = [
        Change("order_created", b'{"total": "1.50"}'),
        Change("stock_changed", '{"b":1,"a":2}'),
    ]
    with transaction.atomic():
        last = outbox.publish(outbox.lock(shop.pk), *changes, actor=owner)

    assert kept(shop)[before:] == [
        (before + 1, "order_created", '{"total": "1.50"}'),
        (before + 2, "stock_changed", '{"b":1,"a":2}'),
    ]
    assert last == outbox.cursor(shop.pk) == before + 2
    assert Event.objects.get(shop=shop, seq=last).actor_id == owner.pk


@pytest.mark.parametrize(
    "text", ['{"name":"\\u0000 \\"x\\" \\\\"}', '{"name":"Жаркое 🍲 </script>"}']
)
def test_no_text_is_changed_on_its_way(shop, text):
    seq = publish(shop, "order_created")
    with transaction.atomic():
        outbox.publish(outbox.lock(shop.pk), Change("product_updated", text))

    assert Event.objects.get(shop=shop, seq=seq + 1).data == text


def test_a_refused_change_leaves_no_gap(shop):
    first = publish(shop, "order_created")
    with transaction.atomic():
        outbox.publish(outbox.lock(shop.pk), Change("order_created", "{}"))
        transaction.set_rollback(True)

    assert publish(shop, "order_created") == first + 1
    assert outbox.cursor(shop.pk) == first + 1


def test_only_what_changes_the_menu_makes_a_new_menu_version(shop):
    menu = publish(shop, "product_updated", "order_created")
    assert outbox.menu_version(shop.pk) == menu

    publish(shop, "order_created", "order_updated")
    assert outbox.menu_version(shop.pk) == menu

    again = publish(shop, "order_created", "stock_changed")
    assert outbox.menu_version(shop.pk) == again


def test_shops_count_apart(shop, other_shop):
    ours, theirs = outbox.cursor(shop.pk), outbox.cursor(other_shop.pk)
    publish(shop, "order_created", "order_created")

    assert outbox.cursor(shop.pk) == ours + 2
    assert outbox.cursor(other_shop.pk) == theirs


def test_fifty_changes_are_as_many_statements_as_one(shop):
    counted = []
    for number in (1, 50):
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            changes = [Change("stock_changed", "{}")] * number
            statements.run(outbox.publishing(shop.pk, changes, actor_id=None, at=timezone.now()))
        counted.append(len([q for q in queries if "live_" in q["sql"]]))

    assert counted[0] == counted[1] > 0


@pytest.mark.django_db(transaction=True)
def test_publishers_at_once_leave_no_gap_and_no_repeat(shop):
    ShopCounter.objects.filter(shop=shop).delete()  # they race to make the row as well
    Event.objects.filter(shop=shop).delete()
    failures = []

    def sell() -> None:
        try:
            for turn in range(10):
                publish(shop, *["order_created", "stock_changed"][: 1 + turn % 2])
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    tills = [threading.Thread(target=sell) for _ in range(8)]
    for till in tills:
        till.start()
    for till in tills:
        till.join()

    assert failures == []
    assert [seq for seq, _, _ in kept(shop)] == list(range(1, 8 * 15 + 1))
    assert outbox.cursor(shop.pk) == 8 * 15


@pytest.mark.django_db(transaction=True)
def test_screens_are_nudged_after_commit_and_only_then(shop, nudging):
    nudging("")
    heard: list[UUID] = []
    ear = heard.append
    nudges.ears.add(ear)
    try:
        with transaction.atomic():
            outbox.announce(shop.pk)
            transaction.set_rollback(True)
        assert heard == []

        with transaction.atomic():
            outbox.announce(shop.pk)
            assert heard == []
        assert heard == [shop.pk]
    finally:
        nudges.ears.remove(ear)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mood", ["hanging", "gone"])
def test_no_redis_holds_a_sale_up(shop, nudging, silence, mood):
    nudging(silence.url if mood == "hanging" else "redis://127.0.0.1:9/0")
    publish(shop, "order_created")
    took = []
    for _ in range(20):
        began = time.monotonic()
        publish(shop, "order_created")
        took.append(time.monotonic() - began)

    assert sorted(took)[10] < nudges.PATIENCE  # or each of them had waited for Redis
    nudges.finish()  # it has tried, and given up
    assert silence.taken or mood == "gone"


def test_nudges_of_one_shop_that_pile_up_are_one(shop):
    mouth = nudges.Mouth("redis://127.0.0.1:9/0")
    for _ in range(3):
        mouth.waiting.put(shop.pk)

    assert mouth.take() == {shop.pk}
