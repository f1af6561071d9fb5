"""Ids rise, and the context is the request's own."""

from datetime import UTC, datetime, timedelta

import pytest

from core import context, ids


def test_ids_are_uuids_of_version_7_in_rising_order():
    made = [ids.new() for _ in range(1000)]

    assert made == sorted(made)
    assert {one.version for one in made} == {7}


def test_an_id_comes_after_another_though_the_clock_was_set_back():
    ahead = ids.since(datetime.now(UTC) + timedelta(hours=1))

    made = ids.after(ahead)

    assert made > ahead
    assert made.version == 7
    assert ids.after(ids.new()) < ahead


def test_the_context_is_entered_and_left():
    with (
        context.entered(request_id="r1", address="9.9.9.9"),
        context.entered(device_id="d1") as now,
    ):
        assert now == context.Context(request_id="r1", address="9.9.9.9", device_id="d1")
        assert context.current() is now
    assert context.current() == context.Context()


def test_the_context_is_left_after_a_failure_too():
    with pytest.raises(ZeroDivisionError), context.entered(request_id="r1"):
        raise ZeroDivisionError
    assert context.current().request_id == ""


def test_a_name_the_context_does_not_have_is_a_mistake():
    with pytest.raises(TypeError), context.entered(shop="x"):
        pass


def test_a_moments_bound_lies_before_every_id_made_then():
    before = datetime.now(UTC)
    made = ids.new()

    assert ids.since(before) <= made < ids.since(before + timedelta(minutes=1))
    assert before - timedelta(milliseconds=1) < ids.made_at(made) <= datetime.now(UTC)
    assert (ids.since(before).version, ids.since(before).variant) == (7, made.variant)
    assert ids.since(datetime.min.replace(tzinfo=UTC)) < made
