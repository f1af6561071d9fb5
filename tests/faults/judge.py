"""Whether what was promised still holds: the journal against the books, and the books alone."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from tests.faults.clients import Journal, Wish


@dataclass
class Verdict:
    """Figures by promise, and a sentence for every violation."""

    figures: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def hold(self, promise: str, figure: str, wrong: list[str]) -> None:
        self.figures[promise] = figure
        self.violations += [f"{promise}: {each}" for each in wrong]


def judge(journal: Journal, shop_id: UUID, *, deadlocks: int = 0) -> Verdict:
    """Compare; the server stands still meanwhile."""
    verdict = Verdict()
    answered = [wish for wish in journal.wishes if wish.status in (200, 201)]
    lost = nothing_lost(answered, shop_id)
    verdict.hold("G1", f"{len(answered)} acknowledged, {len(lost)} lost", lost)
    doubled, differ = one_order_a_key(journal.wishes, shop_id), same_bytes(journal.wishes)
    repeats = sum(len(wish.answers) - 1 for wish in answered)
    verdict.hold(
        "G2",
        f"{repeats} repeats, {len(doubled)} doubled, {len(differ)} answered otherwise",
        doubled + differ,
    )
    looked, drift = books_hold(shop_id)
    met = [f"{deadlocks} deadlocks"] if deadlocks else []
    verdict.hold(
        "G3",
        f"{looked} rows proven, {len(drift)} drift or oversold, {deadlocks} deadlocks",
        drift + met,
    )
    silent = [f"{wish.key} was never answered" for wish in journal.wishes if not wish.answers]
    failed = failures(journal)
    figure = f"{len(journal.wishes)} wishes, {len(silent)} unanswered, {len(failed)} kinds of 500"
    verdict.hold("answers", figure, silent + failed)
    return verdict


def failures(journal: Journal) -> list[str]:
    """A house in trouble says so (503); that it failed and knows not why (500), it never says."""
    return [
        f"{number} × {what}" for what, number in journal.trouble.items() if what.startswith("500")
    ]


def nothing_lost(answered: list[Wish], shop_id: UUID) -> list[str]:
    """Every order, payment and void that was acknowledged is there, as it was answered."""
    from pos.models import Order

    rows = Order.objects.filter(shop=shop_id).values("id", "number", "total", "paid", "state")
    stored = {str(row["id"]): row for row in rows}
    lost = []
    for wish in answered:
        order = wish.order
        row = stored.get(order["id"])
        if row is None or (row["number"], row["total"]) != (order["order_number"], cents(order)):
            lost.append(f"{wish.kind} {wish.key}: {order['order_number']} is not as answered")
        elif row["paid"] < cents(order, "paid"):
            lost.append(f"{wish.kind} {wish.key}: {order['order_number']} lost its payment")
        elif wish.kind == "void" and row["state"] != "void":
            lost.append(f"void {wish.key}: {order['order_number']} is {row['state']}")
    return lost


def cents(order: dict, name: str = "total") -> int:
    return int(order[name].replace(".", ""))


def one_order_a_key(wishes: list[Wish], shop_id: UUID) -> list[str]:
    """No key made two orders, none one that its sender was only refused, none came from nowhere.

    A refusal keeps no key: of eight twins one may be short of stock, and the next one, after
    somebody's void, not. Its order is right as long as somebody was told of it.
    """
    from pos.models import Order

    made = Counter(Order.objects.filter(shop=shop_id).values_list("note", flat=True))
    sales = {wish.key: wish for wish in wishes if wish.kind == "sale"}
    wrong = [f"{key} made {number} orders" for key, number in made.items() if number > 1]
    wrong += [
        f"{key} was refused and made an order"
        for key, wish in sales.items()
        if made[key] and wish.status >= 400 and not kept(wish)
    ]
    return wrong + [f"nobody wished for {key!r}" for key in made if key not in sales]


def kept(wish: Wish) -> set[tuple[int, bytes]]:
    """The different answers that said it was done: those are kept with the key."""
    return {answer for answer in wish.answers if answer[0] < 300}


def same_bytes(wishes: list[Wish]) -> list[str]:
    """Every repeat of what was done got the first answer's bytes."""
    return [
        f"{wish.kind} {wish.key} got {len({*wish.answers})} different answers"
        for wish in wishes
        if kept(wish) and (len(kept(wish)) > 1 or wish.answers[-1] not in kept(wish))
    ]


def books_hold(shop_id: UUID) -> tuple[int, list[str]]:
    """Every rule of ``verify_books``, and nothing sold that was not on the shelf."""
    from pos import books
    from pos.models import StockLevel

    findings = books.verify(shop_id=shop_id)
    wrong = [f"{each.name}: {each.sentence}" for each in findings if each.wrong]
    short = StockLevel.objects.filter(shop=shop_id, policy="block", quantity__lt=0)
    wrong += [f"{level.quantity} of {level.product_id}" for level in short]
    looked = sum(each.looked for each in findings)
    return looked, wrong if looked else ["no row was looked at"]
