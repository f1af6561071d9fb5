"""Everything about a site happens while everything else about it happens."""

import itertools
import threading

import pytest

from core.errors import DomainError
from licensing import heartbeats, keys, sites, verdicts
from licensing.errors import AlreadyLocked, BadSiteKey
from licensing.heartbeats import Beat
from licensing.models import Command, Site, SiteKey
from licensing.verdicts import Envelope
from tests.crowd import at_once
from tests.licensing.cloud.conftest import KEYS

pytestmark = pytest.mark.django_db(transaction=True)


def each_at_once(number, act):
    """``act(0)`` to ``act(number - 1)`` at the same moment; what they returned, in that order."""
    places = itertools.count()

    def run():
        place = next(places)
        return place, act(place)

    return [found for _, found in sorted(at_once(number, run), key=lambda pair: pair[0])]


def beat(registered, *, key="", applied=None):
    claim = keys.Claim.of(str(registered.site.site_id), key or registered.secret_key)
    answer = heartbeats.take(Beat(version="1", uptime_seconds=1, applied_seq=applied), claim=claim)
    signed = Envelope(answer.verdict, answer.signature, answer.key_id)
    return verdicts.verify(signed, keys=KEYS, site_id=registered.site.site_id)


def test_of_many_locks_at_once_one_is_made(registered):
    def lock():
        try:
            return sites.lock(registered.site.site_id, reason="Unpaid", actor=None).is_locked
        except AlreadyLocked as refusal:
            return refusal.code

    found = at_once(8, lock)

    assert sorted(map(str, found)) == ["True"] + ["already_locked"] * 7
    assert Command.objects.count() == 1


def test_no_two_verdicts_have_one_seq(registered):
    found = at_once(8, lambda: [beat(registered).seq for _ in range(5)])

    seqs = [seq for one in found for seq in one]
    assert sorted(seqs) == list(range(1, 41))
    assert all(one == sorted(one) for one in found)


def test_a_verdict_with_a_higher_seq_never_says_older_things(registered):
    """A lock between two heartbeats: from its first verdict on, each higher ``seq`` is locked."""
    said, locked = [], threading.Event()

    def call(place):
        if place == 0:
            sites.lock(registered.site.site_id, reason="Unpaid", actor=None)
            locked.set()
            return []
        return [beat(registered) for _ in range(6)]

    for one in each_at_once(6, call):
        said += one
    said.append(beat(registered))

    said.sort(key=lambda one: one.seq)
    states = [one.locked for one in said]
    assert locked.is_set()
    assert states == sorted(states)
    assert states[-1]


def test_a_new_key_used_by_many_at_once_opens_for_all(registered):
    beat(registered)
    new = sites.rotate_key(registered.site.site_id, actor=None)

    found = at_once(6, lambda: beat(registered, key=new).seq)

    assert sorted(found) == list(range(2, 8))
    assert SiteKey.objects.count() == 1


def test_a_key_that_is_replaced_while_it_is_first_used_opens_or_does_not(registered):
    beat(registered)
    lost = sites.rotate_key(registered.site.site_id, actor=None)

    def act(place):
        try:
            if place == 0:
                return sites.rotate_key(registered.site.site_id, actor=None)
            return beat(registered, key=lost).seq
        except BadSiteKey:
            return "refused"

    newest = each_at_once(4, act)[0]

    assert beat(registered, key=newest).locked is False
    assert SiteKey.objects.count() == 1


def test_locks_unlocks_and_heartbeats_do_not_hang_each_other(registered):
    def act(place):
        for _ in range(4):
            try:
                if place == 0:
                    sites.lock(registered.site.site_id, reason="x", actor=None)
                elif place == 1:
                    sites.unlock(registered.site.site_id, actor=None)
                elif place == 2:
                    sites.change(registered.site.site_id, actor=None, fields={"grace_days": 3})
                else:
                    beat(registered, applied=1)
            except AlreadyLocked:
                pass
            except DomainError as other:
                return repr(other)
        return ""

    assert each_at_once(6, act) == [""] * 6
    assert Command.objects.pending().count() <= 1
    last = beat(registered)
    assert last.locked is Site.objects.get().is_locked
