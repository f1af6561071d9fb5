"""The bench's own arithmetic; the measuring itself is ``make bench``."""

import json
import os
import time

import pytest

from bench import desks, machine, rooms, run
from bench.load.http import Run
from bench.stacks import Sale, Stack

ROUND = {"cpu_ms": 5.0, "rps": 200.0, "p50_ms": 8.0, "p99_ms": 20.0, "failed": 0, "foreign": 0.1}


class Named:
    def __init__(self, name: str) -> None:
        self.name = name


def rounds(*pairs: tuple[float, float], foreign: float = 0.1) -> list[dict]:
    return [
        {
            "ours": ROUND | {"cpu_ms": ours, "foreign": foreign},
            "F": ROUND | {"cpu_ms": theirs, "foreign": foreign},
        }
        for ours, theirs in pairs
    ]


def test_the_ratio_is_taken_in_each_round_before_the_median():
    result = run.summed(rounds((5, 20), (9, 18), (6, 18)), [Named("ours"), Named("F")])

    assert result["W1"]["ratio"] == {"F": 0.333}
    assert result["W1"]["range"] == {"F": [0.25, 0.5]}
    assert result["W1"]["ours"] == {"cpu_ms": 6, "rps": 200.0, "p50_ms": 8.0, "p99_ms": 20.0}
    assert (result["rounds"], result["void"]) == (3, 0)


def test_rounds_beside_other_work_are_named_void():
    result = run.summed(rounds((5, 20), foreign=0.5), [Named("ours"), Named("F")])

    assert (result["void"], result["foreign"]) == (1, 0.5)


def test_a_page_gets_the_new_table_between_its_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")

    run.tell(run.summed(rounds((5, 20)), [Named("ours"), Named("F")]), page)

    said = page.read_text()
    assert said.startswith("before\n<!-- bench -->\n| An order of three lines |")
    assert said.endswith("<!-- /bench -->\nafter\n")
    assert "0.25 of the peer's" in said
    assert "old" not in said


@pytest.mark.parametrize(
    ("ratio", "wrong", "code"), [(0.2, [], 0), (0.9, [], 0), (0.2, ["events have no gap: 1"], 1)]
)
def test_only_what_was_lost_fails_the_bench(ratio, wrong, code):
    result = {"W1": {"ratio": {"F": ratio}}}

    assert run.verdict(result, {"ours": wrong, "F": []}) == code


def heard(ours: float, theirs: float, **more: int) -> dict[str, dict]:
    both = {"p50_ms": 3.0, "p99_ms": 9.0, "cpu_s": 0.1, "join_s": 1.0, "failed": 0} | more
    return {"ours": both | {"deliveries_s": ours}, "N": both | {"deliveries_s": theirs}}


def test_deliveries_are_compared_in_each_round_before_the_median():
    found = rooms.summed([heard(100, 50), heard(90, 30), heard(80, 80)])

    assert found["ratio"] == {"N": 2.0}
    assert found["range"] == {"N": [1.0, 3.0]}
    assert (found["ours"]["deliveries_s"], found["ours"]["failed"]) == (90, 0)


def test_a_screen_refused_and_an_event_lost_are_wrong():
    small, large = heard(1, 1, failed=2, lost=0, gone=0), heard(1, 1, lost=3, gone=0)
    w4 = {"screens": 1000} | rooms.summed([large]) | {"200": rooms.summed([small])}

    assert rooms.wrong(w4) == [
        "200 screens: 2 were refused",
        "1000 screens: 3 deliveries were lost",
    ]


def test_heartbeats_of_both_sizes_get_their_rows():
    one = {"cpu_ms": 2.0, "rps": 500.0, "p50_ms": 1.0, "p99_ms": 3.0}
    bare = {"cpu_ms": 0.5, "rps": 4000.0}
    found = desks.summed([{"ours": one, "F": one | {"cpu_ms": 8.0}, "L": bare}])
    found |= {"overdue_ms": 40.0, "page_ms": 9.0, "search_ms": 7.0, "hot_percent": 100.0}
    w3 = (
        {"sites": 10_000, "growth": 1.02, "at": "2026-11-23T00:00:00Z", "rounds": 1}
        | found
        | {"1000000": found}
    )

    said = desks.rows(w3)

    assert found["ratio"] == {"F": 0.25, "L": 4.0}
    assert "| Countertop | 10,000 | 2.0 ms | 500.0 | 3.0 ms |" in said
    assert "| the bare SQL | 1,000,000 | 0.5 ms | 4000.0 |  |" in said
    assert "0.25 and 0.25 of the peer's" in said[-1]
    assert "by its name 7.0 ms and 7.0 ms." in said[-1]


def test_what_was_not_measured_stays(tmp_path):
    file = tmp_path / "latest.json"
    run.keep(file, {"at": "then", "W1": 1})
    run.keep(file, {"W4": 2})

    assert json.loads(file.read_text()) == {"at": "then", "W1": 1, "W4": 2}


def test_processor_time_is_counted_with_children():
    before = machine.read(os.getpid())
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    used = machine.read(os.getpid()) - before

    assert 0.03 <= used.own <= used.all + 0.05
    assert os.getpid() in machine.family(os.getppid())


def test_a_raw_request_says_its_length_with_the_id_filled_in():
    class Place(Stack):
        port = 8000

        def __init__(self) -> None:
            """Nothing to start."""

        def request(self, sale: Sale) -> tuple[str, str, dict[str, object]]:
            return "/orders", "token", {"client_id": "{id}", "shop": sale.shop}

    raw = Place().raw(Sale(7, ((1, 1),)))
    sent = Run([raw.encode()], seconds=1).request()

    head, body = sent.split(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(json.loads(body)["client_id"]) == 36
