"""The till's sums and the server's are the same sums."""

from decimal import Decimal
from random import Random

from pos import money
from pos.money import Price

RATES = ["0", "0.00", "5.00", "7.00", "8.875", "10.00", "18.00", "19.00", "20.00", "25.50", "100"]

SPLIT = """async (cases) => {
  const money = await import("/static/js/till/money.js");
  return cases.map(([amount, rate, includes]) => {
    const {net, tax, gross} = money.price(amount, rate, includes);
    return [net, tax, gross];
  });
}"""

WRITTEN = """async (cases) => {
  const money = await import("/static/js/till/money.js");
  return cases.map(([text, digits]) => money.plain(money.parse(text, digits), digits));
}"""

SUGGESTED = """async ([due, currency, digits]) => {
  const money = await import("/static/js/till/money.js");
  return money.suggestions(due, {currency, digits});
}"""

TYPED = """async ([keys, digits]) => {
  const money = await import("/static/js/till/money.js");
  let entry = "";
  for (const key of keys) entry = money.press(entry, key, digits);
  return money.typed(entry, digits);
}"""


def test_every_split_rounds_as_the_server_rounds(page):
    dice = Random(2)
    amounts = [0, 1, 5, 99, 10**12, *(dice.randrange(10**7) for _ in range(400))]
    cases = [[amount, rate, bool(i % 2)] for i, amount in enumerate(amounts) for rate in RATES]

    ours = [Price.of(amount, Decimal(rate), includes) for amount, rate, includes in cases]

    assert page.evaluate(SPLIT, cases) == [[price.net, price.tax, price.gross] for price in ours]


def test_amounts_are_read_and_written_as_the_server_does(page):
    dice = Random(3)
    cases = [[money.text(dice.randrange(10**9), digits), digits] for digits in (0, 2, 3) * 50]

    assert page.evaluate(WRITTEN, cases) == [text for text, _ in cases]


def test_notes_are_suggested_above_what_is_due(page):
    assert page.evaluate(SUGGESTED, [749, "EUR", 2]) == [1000, 2000, 5000, 10000]
    assert page.evaluate(SUGGESTED, [2400, "EUR", 2]) == [2500, 3000, 4000, 5000]
    assert page.evaluate(SUGGESTED, [1300, "JPY", 0]) == [1500, 2000, 5000, 10000]
    assert page.evaluate(SUGGESTED, [35_000, "RUB", 2]) == [40_000, 50_000, 100_000, 200_000]


def test_a_numpad_types_amounts(page):
    assert page.evaluate(TYPED, ["20", 2]) == 2000
    assert page.evaluate(TYPED, ["7.5", 2]) == 750
    assert page.evaluate(TYPED, [["7", ".", "4", "9", "9"], 2]) == 749
    assert page.evaluate(TYPED, [["1", "2", "Backspace", "0"], 0]) == 10
    assert page.evaluate(TYPED, [[], 2]) == 0
