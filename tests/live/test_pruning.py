"""Events that every screen has seen are forgotten; a screen that comes later reads anew."""

from datetime import timedelta

from django.utils import timezone

from live import frames, outbox, pruning
from live.models import Event
from live.outbox import Change

LONG_AGO = timezone.now() - pruning.KEPT_FOR - timedelta(days=1)


def publish(shop, number):
    for n in range(number):
        outbox.publish(outbox.lock(shop.pk), Change("stock_changed", f'{{"n":{n}}}'))


def age(shop, until):
    Event.objects.filter(shop=shop, seq__lte=until).update(at=LONG_AGO)


def test_old_events_go_shop_by_shop_and_the_others_stay(shop, other_shop):
    publish(shop, 5)
    publish(other_shop, 3)
    age(shop, 3)
    age(other_shop, 1)

    assert pruning.prune() == 4
    assert pruning.prune() == 0
    assert sorted(shop.events.values_list("seq", flat=True)) == [4, 5]
    assert sorted(other_shop.events.values_list("seq", flat=True)) == [2, 3]


def test_a_batch_is_bounded_and_takes_the_oldest(shop):
    publish(shop, 5)
    age(shop, 5)

    assert [pruning.prune(limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_screen_behind_what_is_kept_reads_its_page_anew(shop):
    publish(shop, 5)
    age(shop, 3)
    pruning.prune()

    assert frames.arrive(shop.pk, 2).must_resync
    assert not frames.arrive(shop.pk, 3).must_resync
    assert [frame.seq for frame in frames.arrive(shop.pk, 3).missed] == [4, 5]


def test_a_shop_of_which_nothing_is_kept_goes_on_counting(shop):
    publish(shop, 3)
    age(shop, 3)
    pruning.prune()

    assert not Event.objects.filter(shop=shop).exists()
    publish(shop, 1)
    assert list(shop.events.values_list("seq", flat=True)) == [4]
