"""A short attack belongs to every run: real processes are killed, and nothing is lost."""

import re
import subprocess
import sys

import pytest

from accounts.models import Shop, User
from pos import catalog, facts, orders, stock, tickets
from tests.faults import judge
from tests.faults.clients import Journal, Wish
from tests.faults.house import ROOT


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_nothing_is_lost_doubled_or_adrift_when_processes_die():
    attack = [sys.executable, "-m", "tests.faults", "--scenario", "counter"]
    done = subprocess.run(
        [*attack, "--database", "postgresql", "--seconds", "8", "--seed", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert int(re.search(r"faults injected: (\d+)", said)[1]) >= 2, said
    assert re.search(r"G1: [1-9]\d* acknowledged, 0 lost", said), said
    assert re.search(r"G2: [1-9]\d* repeats, 0 doubled, 0 answered otherwise", said), said
    assert re.search(r"G3: [1-9]\d* rows proven, 0 drift or oversold", said), said


def test_two_answers_to_one_key_are_a_violation():
    wish = Wish("k", "/", {}, "sale", answers=[(201, b"{}"), (201, b"{ }")])
    again = Wish("l", "/", {}, "sale", answers=[(201, b"{}"), (201, b"{}")])

    taken_back = Wish("m", "/", {}, "sale", answers=[(201, b"{}"), (409, b"{}")])
    short_before = Wish("n", "/", {}, "sale", answers=[(409, b"{}"), (201, b"{}")])

    assert judge.same_bytes([wish, again, taken_back, short_before]) == [
        "sale k got 2 different answers",
        "sale m got 2 different answers",
    ]


def test_a_failure_is_a_violation_and_a_house_that_is_down_is_none(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.stumble("503 unavailable")
    assert judge.failures(journal) == []

    journal.stumble("500 internal")
    journal.file.close()

    assert judge.failures(journal) == ["1 × 500 internal"]


@pytest.fixture
def tea(shop: Shop, manager: User):
    made = catalog.add(shop=shop, actor=manager, fields={"name": "Tea", "price": 250})
    step = stock.Step("receive", pieces=9)
    stock.change(product_id=made.id, step=step, shop=shop, actor=manager)
    return made


def test_a_lost_and_a_doubled_order_are_violations(shop, cashier, tea):
    sold = [tickets.Ticket(wishes=[tickets.Wish(tea.id, 1)], note=note) for note in "aab"]
    placed = [orders.place(ticket, shop=shop, actor=cashier) for ticket in sold]
    body = facts.encode(placed[0])
    kept = Wish("a", "/", {}, "sale", answers=[(201, body)])
    gone = Wish("c", "/", {}, "sale", answers=[(201, body.replace(b'"id":"', b'"id":"0'))])

    assert judge.nothing_lost([kept], shop.id) == []
    assert len(judge.nothing_lost([gone], shop.id)) == 1
    assert judge.one_order_a_key([kept], shop.id) == ["a made 2 orders", "nobody wished for 'b'"]
