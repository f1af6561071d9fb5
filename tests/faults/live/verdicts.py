"""The diaries against the outbox: nothing missing, nothing twice, all in order, soon again."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from tests.faults.clients import Journal
from tests.faults.judge import Verdict
from tests.faults.live.diaries import Diary
from tests.faults.live.disturber import Recovery

Outbox = Mapping[int, tuple[str, float]]

#: Every follower has every event so soon after a fault is over, and after it was made.
WITHIN = 5.0
#: No sale may take so long, whatever Redis does; it hangs for longer.
LONGEST_SALE = 3.0


def judge(
    diaries: Sequence[Diary], outbox: Outbox, recoveries: Sequence[Recovery], journal: Journal
) -> Verdict:
    verdict = Verdict()
    for diary in diaries:
        followed(verdict, diary, outbox)
    caught_up(verdict, diaries, outbox, recoveries)
    arrived(verdict, diaries, outbox, recoveries)
    sold(verdict, journal)
    return verdict


def followed(verdict: Verdict, diary: Diary, outbox: Outbox) -> None:
    """One follower saw each event after its start once, in order, and as what it was."""
    got = [entry.seq for entry in diary.entries]
    expected = {seq for seq, (kind, _) in outbox.items() if diary.wants(seq, kind)}
    missing = expected.difference(got)
    doubled = len(got) - len({*got})
    disordered = sum(after < before for before, after in pairwise(got))
    strange = [each for each in diary.entries if outbox.get(each.seq, ("",))[0] != each.kind]
    figure = (
        f"{len(got)} events of {len(expected)}: missing {len(missing)}, doubled {doubled}, "
        f"out of order {disordered}"
    )
    if diary.repeats:
        figure += f"; {diary.repeats} told again under their name"
    if diary.ends:
        ends = ", ".join(f"{number} × {end}" for end, number in sorted(diary.ends.items()))
        figure += f"; lines ended: {ends}"
    wrong = [f"{diary.name}: {figure}"] if missing or doubled or disordered else []
    wrong += [f"{diary.name}: {each.seq} was no {each.kind}" for each in strange[:3]]
    if not expected:
        wrong.append(f"{diary.name}: nothing happened")
    verdict.hold(f"G4 {diary.name}", figure, wrong)


def caught_up(
    verdict: Verdict, diaries: Sequence[Diary], outbox: Outbox, recoveries: Sequence[Recovery]
) -> None:
    """How long after each recovery the followers had all that had happened by then."""
    for name in sorted({recovery.name for recovery in recoveries}):
        times = [
            (behind(diary, recovery, outbox, recoveries), diary.name)
            for recovery in recoveries
            if recovery.name == name
            for diary in diaries
        ]
        late = [
            f"{who} {seconds:.2f} s after it was over" for seconds, who in times if seconds > WITHIN
        ]
        verdict.hold(f"G4 caught up after: {name}", spread([seconds for seconds, _ in times]), late)


def recovered(
    recovery: Recovery, recoveries: Sequence[Recovery], reached: float = math.inf
) -> Recovery:
    """The recovery as of when no socket process was away: who sat there could not hear yet.

    That may have been killed a moment after it, too, before who caught up at ``reached`` had.
    """
    ends = [
        other.at
        for other in recoveries
        if other.name.startswith("socket process")
        and recovery.at <= other.at
        and other.begun <= min(recovery.at + WITHIN, reached)
    ]
    return replace(recovery, at=max(ends, default=recovery.at))


def behind(
    diary: Diary, recovery: Recovery, outbox: Outbox, recoveries: Sequence[Recovery] = ()
) -> float:
    """Seconds from the recovery, or from the end of the follower's own stall."""
    happened = [seq for seq in outbox if seq <= recovery.newest]
    wanted = [seq for seq in happened if diary.wants(seq, outbox[seq][0])]
    reached = diary.reached(max(wanted, default=0))
    if reached is None:
        return math.inf
    recovery = recovered(recovery, recoveries, reached)
    begun = diary.stalled_until(recovery.at, reached) or recovery.at
    return max(0.0, reached - begun)


def arrived(
    verdict: Verdict, diaries: Sequence[Diary], outbox: Outbox, recoveries: Sequence[Recovery]
) -> None:
    """How long events took; those that fell into a follower's own stall left out."""
    absences = [each for each in recoveries if each.name.startswith("Redis ")]
    delays = [each for diary in diaries if not diary.is_slow for each in delayed(diary, outbox)]
    away = [
        delay for made, delay in delays if any(each.begun <= made <= each.at for each in absences)
    ]
    worst = percentile(away, 0.99)
    late = [f"p99 {worst:.2f} s"] if worst > WITHIN else []
    verdict.hold("G15 from sale to screen while Redis was away", spread(away), late)
    # With the seconds in which somebody's process was away: what is promised counts from then.
    verdict.hold("G4 from sale to screen", spread([delay for _, delay in delays]), [])
    for diary in diaries:
        if diary.is_slow:
            figures = [delay for _, delay in delayed(diary, outbox)]
            verdict.hold(f"G4 from sale to {diary.name}", spread(figures), [])


def delayed(diary: Diary, outbox: Outbox) -> Iterable[tuple[float, float]]:
    """When each event was made, and how long it took to get here."""
    for entry in diary.entries:
        made = outbox[entry.seq][1] if entry.seq in outbox else entry.at
        if diary.stalled_until(made, entry.at) is None:
            yield made, entry.at - made


def sold(verdict: Verdict, journal: Journal) -> None:
    """Selling noticed nothing."""
    # Twins that wait too long for each other are told so; that is no fault of selling.
    errors = {
        what: number
        for what, number in journal.trouble.items()
        if "idempotency_in_progress" not in what
    }
    slow = [seconds for seconds in journal.took if seconds > LONGEST_SALE]
    wrong = [f"{number} × {what}" for what, number in errors.items()]
    wrong += [f"a sale took {seconds:.2f} s" for seconds in slow[:3]]
    if not journal.took:
        wrong.append("nothing was sold")
    figure = f"{len(journal.took)} sales, {sum(errors.values())} errors; {spread(journal.took)}"
    verdict.hold("G15 sales", figure, wrong)


def percentile(figures: Sequence[float], share: float) -> float:
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def spread(figures: Sequence[float]) -> str:
    p50, p99, most = (percentile(figures, share) for share in (0.5, 0.99, 1))
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, max {most:.2f} s ({len(figures)})"
