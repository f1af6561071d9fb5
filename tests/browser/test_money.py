"""The till's sums and the server's are the same sums."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from pos import money
from pos.money import Price

MONEY = Path(__file__).resolve().parents[2] / "static" / "js" / "till" / "money.js"
NODE = Path(sys.executable).with_name("node")
RATES = ["0", "0.00", "5.00", "7.00", "8.875", "10.00", "18.00", "19.00", "20.00", "25.50", "100"]

RUN = """
import {readFileSync} from "node:fs";
import * as money from "./money.mjs";
const {function: text, cases} = JSON.parse(readFileSync(0, "utf8"));
const verb = new Function("money", `return ${text}`)(money);
console.log(JSON.stringify(cases.map((each) => verb(...each))));
"""


@pytest.fixture
def js(tmp_path):
    """Run a function of the till's money module for many cases: ``js("(a, b) => …", cases)``."""
    (tmp_path / "money.mjs").write_bytes(MONEY.read_bytes())
    (tmp_path / "run.mjs").write_text(RUN)

    def run(function, cases):
        said = subprocess.run(
            [NODE, "run.mjs"],
            cwd=tmp_path,
            input=json.dumps({"function": function, "cases": cases}),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(said.stdout)

    return run


def test_every_split_rounds_as_the_server_rounds(js):
    dice = Random(2)
    amounts = [0, 1, 5, 99, 10**12, *(dice.randrange(10**7) for _ in range(2000))]
    cases = [[amount, rate, bool(i % 2)] for i, amount in enumerate(amounts) for rate in RATES]

    ours = [Price.of(amount, Decimal(rate), includes) for amount, rate, includes in cases]

    theirs = js("(...each) => money.price(...each)", cases)
    assert theirs == [{"net": p.net, "tax": p.tax, "gross": p.gross} for p in ours]


def test_amounts_are_read_and_written_as_the_server_does(js):
    dice = Random(3)
    cases = [[money.text(dice.randrange(10**9), digits), digits] for digits in (0, 2, 3) * 100]

    theirs = js("(text, digits) => money.plain(money.parse(text, digits), digits)", cases)

    assert theirs == [text for text, _ in cases]


def test_what_is_no_amount_is_refused(js):
    cases = [["", 2], ["1.234", 2], ["1,50", 2], ["1e3", 2], ["0.5", 0], ["9" * 17, 2]]
    refused = "(...each) => { try { money.parse(...each) } catch (e) { return e.name } }"

    assert js(refused, cases) == ["RangeError"] * len(cases)


def test_notes_are_suggested_above_what_is_due(js):
    cases = [[749, "EUR", 2], [2400, "EUR", 2], [1300, "JPY", 0], [35_000, "RUB", 2]]

    said = js("(due, currency, digits) => money.suggestions(due, {currency, digits})", cases)

    assert said == [
        [1000, 2000, 5000, 10_000],
        [2500, 3000, 4000, 5000],
        [1500, 2000, 5000, 10_000],
        [40_000, 50_000, 100_000, 200_000],
    ]


def test_a_numpad_types_amounts(js):
    cases = [["20", 2], ["7.5", 2], ["7.499", 2], ["12⌫0", 0], ["", 2], ["0.05", 2], ["..5", 2]]
    typed = """(keys, digits) => money.typed([...keys].reduce(
      (entry, key) => money.press(entry, key === "⌫" ? "Backspace" : key, digits), ""), digits)"""

    assert js(typed, cases) == [2000, 750, 749, 10, 0, 5, 50]
