"""A short attack on what is followed belongs to every run, and the judge must see what is wrong."""

import re
import subprocess
import sys

import pytest

from tests.faults.clients import Journal
from tests.faults.house import ROOT
from tests.faults.judge import Verdict
from tests.faults.live import verdicts
from tests.faults.live.diaries import Diary, Entry
from tests.faults.live.disturber import Recovery


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_every_follower_sees_every_event_once_whatever_breaks():
    attack = [sys.executable, "-m", "tests.faults", "--scenario", "live"]
    done = subprocess.run(
        [*attack, "--seconds", "12", "--seed", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert int(re.search(r"faults injected: (\d+)", said)[1]) >= 4, said
    followers = re.findall(r"^G4 [\w.]+ \w+: [1-9]\d* events of .*", said, re.MULTILINE)
    assert len(followers) == 6, said
    assert all("missing 0, doubled 0, out of order 0" in each for each in followers), said
    assert re.search(r"G15 sales: [1-9]\d* sales, 0 errors", said), said


OUTBOX = {seq: ("order_created", 100.0 + seq) for seq in range(1, 6)}


def diary(*seqs: int, start: int = 0, late: float = 0.1) -> Diary:
    entries = [Entry(seq, "order_created", 100.0 + seq + late) for seq in seqs]
    return Diary("one", start, entries=entries)


@pytest.mark.parametrize(
    ("told", "figure"),
    [
        (diary(1, 2, 4, 5), "missing 1, doubled 0, out of order 0"),
        (diary(1, 2, 3, 3, 4, 5), "missing 0, doubled 1, out of order 0"),
        (diary(1, 3, 2, 4, 5), "missing 0, doubled 0, out of order 1"),
        (diary(), "missing 5, doubled 0, out of order 0"),
    ],
)
def test_missing_doubled_and_disordered_events_are_violations(told, figure):
    verdict = Verdict()

    verdicts.followed(verdict, told, OUTBOX)

    assert figure in verdict.violations[0]


def test_one_that_saw_all_after_its_start_is_right():
    verdict = Verdict()

    verdicts.followed(verdict, diary(3, 4, 5, start=2), OUTBOX)

    assert not verdict.violations


def test_who_catches_up_too_late_is_a_violation_unless_it_stalled_itself():
    recovery = Recovery("Redis flushed", begun=100, at=101, newest=5)
    soon, late, stalled, never = diary(*OUTBOX), diary(*OUTBOX, late=9), diary(*OUTBOX), diary(1)
    stalled.stalls.append((100, 112))

    assert verdicts.behind(soon, recovery, OUTBOX) == pytest.approx(4.1)
    assert verdicts.behind(late, recovery, OUTBOX) == pytest.approx(13)
    assert verdicts.behind(stalled, recovery, OUTBOX) == 0
    verdict = Verdict()
    verdicts.caught_up(verdict, [soon, late, never], OUTBOX, [recovery])
    assert len(verdict.violations) == 2


def test_a_recovery_counts_from_when_every_process_was_back():
    killed = Recovery("socket process killed and started again", begun=90, at=104, newest=5)
    during = Recovery("reader stalled", begun=80, at=95, newest=3)

    assert verdicts.recovered(during, [killed, during]).at == 104
    assert verdicts.recovered(killed, [killed, during]).at == 104


def test_a_process_killed_before_everybody_had_caught_up_begins_the_count_anew():
    hung = Recovery("Redis accepting and never answering", begun=90, at=101, newest=5)
    killed = Recovery("socket process killed and started again", begun=102, at=110, newest=5)
    there, elsewhere = diary(*OUTBOX, late=7), diary(*OUTBOX, late=-3.5)

    assert verdicts.behind(there, hung, OUTBOX, [hung, killed]) == pytest.approx(2)
    assert verdicts.behind(there, hung, OUTBOX, [hung]) == pytest.approx(11)
    assert verdicts.behind(elsewhere, hung, OUTBOX, [hung, killed]) == pytest.approx(0.5)


def test_who_wants_some_kinds_misses_no_others():
    outbox = OUTBOX | {6: ("stock_changed", 106.0)}
    told = diary(*OUTBOX)
    told.kinds = frozenset({"order_created"})
    verdict = Verdict()

    verdicts.followed(verdict, told, outbox)

    assert not verdict.violations
    assert verdicts.behind(told, Recovery("x", begun=100, at=104, newest=6), outbox) < 2


def test_an_error_and_a_sale_that_waits_are_violations(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.stumble("503 unavailable")
    journal.took += [0.1, verdicts.LONGEST_SALE + 1]
    verdict = Verdict()

    verdicts.sold(verdict, journal)
    journal.file.close()

    assert len(verdict.violations) == 2
