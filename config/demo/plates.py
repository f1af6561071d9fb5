"""Dishes seen from above: what they lie on, and what lies on it."""

from collections.abc import Sequence
from math import cos, sin

from config.demo import fruit, garnish
from config.demo.canvas import CENTRE, Canvas, Point, darker, lighter, mixed, on_circle, oval
from config.demo.garnish import Garnish

X, Y = CENTRE
Toppings = Sequence[tuple[Garnish, int]]


def props(canvas: Canvas, *pieces: Garnish) -> None:
    """Loose ingredients on the table, in the corners."""
    corners = [(40, 48), (441, 316), (444, 42), (36, 322)]
    for piece, (x, y) in zip(pieces, corners, strict=False):
        piece(canvas, x, y)


def fork(canvas: Canvas, x: float = 46) -> None:
    """A fork at the left of the plate."""
    for dx, fill, alpha in ((4, "#140b06", 0.3), (0, "#dfe3e6", 1)):
        canvas.stroke([(x + dx, 188 + dx), (x + dx, 300 + dx)], 8, fill, alpha)
        canvas.box(x - 13 + dx, 128 + dx, 26, 34, 11, fill, alpha)
        canvas.stroke([(x + dx, 150 + dx), (x + dx, 200 + dx)], 6, fill, alpha)
        for tine in (-10.5, -3.5, 3.5, 10.5):
            canvas.stroke([(x + tine + dx, 92 + dx), (x + tine + dx, 140 + dx)], 3.4, fill, alpha)
    canvas.stroke([(x - 1.5, 200), (x - 1.5, 296)], 1.8, "#ffffff")


def plate(canvas: Canvas, r: float = 150, *, fill: str = "#f8f4ec") -> None:
    canvas.shadow(oval(X, Y, r))
    canvas.oval(X, Y, r, fill=fill)
    canvas.ring(X, Y, r, 2, lighter(fill, 0.7))
    canvas.oval(X + 1, Y + 2, r * 0.76, fill=darker(fill, 0.13))
    canvas.oval(X + 2, Y + 3, r * 0.745, fill=lighter(fill, 0.25))
    canvas.glow(X - 55, Y - 55, 90, 90, "#ffffff", 0.55)


def bowl(canvas: Canvas, fill: str, r: float = 150) -> None:
    """A deep bowl; what is in it reaches to 0.86 of ``r``."""
    canvas.shadow(oval(X, Y, r), away=(10, 15), blur=11, alpha=0.5)
    canvas.oval(X, Y, r, fill=fill)
    canvas.glow(X - 50, Y - 70, 150, 130, lighter(fill, 0.6), 0.45)
    canvas.ring(X, Y, r - 1, 3, lighter(fill, 0.55))
    canvas.oval(X, Y, r * 0.9, fill=darker(fill, 0.45))
    canvas.oval(X + 2, Y + 4, r * 0.885, fill=darker(fill, 0.28))


def board(canvas: Canvas, r: float = 162, fill: str = "#a8713f") -> None:
    """A round wooden board with its grain."""
    handle = [(X + 120, Y + 70), (X + 214, Y + 142), (X + 194, Y + 166), (X + 92, Y + 100)]
    canvas.shadow(oval(X, Y, r), alpha=0.5)
    canvas.shadow(handle, alpha=0.4)
    canvas.polygon(handle, darker(fill, 0.12))
    canvas.oval(X + 204, Y + 154, 15.6, fill=darker(fill, 0.12))
    canvas.oval(X + 204, Y + 154, 6, fill="#2b1a0e")
    canvas.oval(X, Y, r, fill=fill)
    canvas.ring(X, Y, r, 3, lighter(fill, 0.25))
    for step in range(-7, 8):
        half = (max(0, (r - 5) ** 2 - (step * 21) ** 2)) ** 0.5
        grain = [
            (X + half * t / 12, Y + step * 21 + 3 * sin(t / 3 + step * 1.7)) for t in range(-12, 13)
        ]
        canvas.stroke(grain, 2, darker(fill, 0.2), 0.55)


def scattered(canvas: Canvas, toppings: Toppings, radius: float, centre: Point = CENTRE) -> None:
    for topping, count in toppings:
        for x, y in canvas.around(count, radius, centre):
            topping(canvas, x, y)


def pizza(canvas: Canvas, toppings: Toppings, *, sauce: str = "#bf3a1e") -> None:
    board(canvas)
    canvas.blob(X + 4, Y + 7, 144, 144, "#170b04", wild=0.012, alpha=0.45)
    canvas.blob(X, Y, 143, 142, "#cf8f47", wild=0.016)
    canvas.blob(X - 1, Y - 2, 137, 136, "#e6b269", wild=0.016)
    for step in range(30):
        at = on_circle(
            CENTRE, canvas.dice.uniform(127, 137), step * 12 + canvas.dice.uniform(-5, 5)
        )
        canvas.glow(*at, canvas.dice.uniform(8, 17), canvas.dice.uniform(7, 13), "#6b3612", 0.62)
    canvas.blob(X, Y, 122, 121, darker(sauce, 0.25), wild=0.02)
    canvas.blob(X, Y, 118, 117, sauce, wild=0.02)
    canvas.glow(X - 25, Y - 25, 110, 110, "#ff9a55", 0.28)
    scattered(canvas, toppings, 104)
    canvas.glow(X - 60, Y - 70, 130, 110, "#fff3d6", 0.16)


def salad(canvas: Canvas, toppings: Toppings, *, dish: str = "#f8f4ec") -> None:
    plate(canvas, 152, fill=dish)
    canvas.shadow(oval(X, Y, 100), away=(4, 8), blur=9, alpha=0.32)
    for x, y in canvas.around(34, 94):
        garnish.lettuce(canvas, x, y)
    scattered(canvas, toppings, 84)


def soup(canvas: Canvas, fill: str, toppings: Toppings, *, dish: str, cream: bool = True) -> None:
    bowl(canvas, dish)
    canvas.oval(X, Y + 2, 128, fill=darker(fill, 0.16))
    canvas.oval(X, Y + 3, 125, fill=fill)
    canvas.glow(X - 30, Y - 30, 115, 105, lighter(fill, 0.6), 0.5)
    if cream:
        swirl = [on_circle((X + 4, Y + 4), 10 + step * 0.86, step * 7.5 - 40) for step in range(88)]
        canvas.stroke(swirl, 9, lighter(fill, 0.45), 0.7)
        canvas.stroke(swirl[:70], 4, "#fff8e6", 0.85)
    scattered(canvas, toppings, 66, (X - 4, Y + 4))
    canvas.steam(X, Y - 12)


def sections(canvas: Canvas, parts: Toppings, *, dish: str, middle: Toppings = ()) -> None:
    """A bowl filled in sectors, one ingredient each, over rice."""
    bowl(canvas, dish)
    canvas.oval(X, Y + 2, 128, fill="#efe7d6")
    for x, y in canvas.around(170, 124):
        canvas.oval(x, y, 5, 2.6, fill=canvas.dice.choice(("#fffaf0", "#e5dac4", "#f7f0e1")),
                    turn=canvas.angle())  # fmt: skip
    width = 360 / len(parts)
    for index, (part, count) in enumerate(parts):
        for n in range(count):
            reach = 34 + 74 * ((n * 0.618 + 0.2) % 1) ** 0.7
            degrees = index * width - 90 + width * (0.08 + 0.84 * ((n + 0.5) / count))
            part(canvas, *on_circle((X, Y + 1), reach, degrees))
    scattered(canvas, middle, 22)


def pasta(canvas: Canvas, sauce: str, toppings: Toppings, *, dish: str = "#f4efe6") -> None:
    """Long noodles, turned into a nest, with their sauce."""
    bowl(canvas, dish)
    canvas.oval(X, Y + 3, 122, fill="#d59f3f")
    for n in range(120):
        centre = on_circle(CENTRE, canvas.dice.uniform(0, 52), canvas.angle())
        r, start = canvas.dice.uniform(34, 68), canvas.angle()
        strand = [on_circle(centre, r + 3 * sin(a / 21), start + a) for a in range(0, 130, 8)]
        canvas.stroke([(x + 1.5, y + 3) for x, y in strand], 5, "#8a5a1c", 0.4)
        canvas.stroke(strand, 4.6, ("#f0c868", "#f6d987", "#e6b752")[n % 3])
    canvas.blob(X + 2, Y + 6, 72, 62, "#1f0d05", wild=0.14, alpha=0.25)
    canvas.blob(X, Y, 70, 60, darker(sauce, 0.1), wild=0.16)
    canvas.glow(X - 16, Y - 18, 56, 46, lighter(sauce, 0.4), 0.7)
    for x, y in canvas.around(34, 56):
        canvas.blob(x, y, 6, 5, mixed(sauce, "#5d2410", canvas.dice.uniform(0, 0.7)), wild=0.25)
    scattered(canvas, toppings, 44)
    canvas.steam(X, Y - 6)


def risotto(canvas: Canvas, toppings: Toppings) -> None:
    bowl(canvas, "#59636b")
    canvas.oval(X, Y + 3, 125, fill="#e4d2a4")
    for x, y in canvas.around(260, 120):
        canvas.oval(x, y, 6, 3.4, fill=canvas.dice.choice(("#f6ebca", "#dcc48d", "#efe0b6")),
                    turn=canvas.angle())  # fmt: skip
    canvas.glow(X - 35, Y - 35, 100, 95, "#fffaf0", 0.4)
    scattered(canvas, toppings, 84)
    canvas.steam(X, Y - 6)


def on_plate(canvas: Canvas, main: Garnish, sides: Sequence[tuple[Garnish, Point]]) -> None:
    """One large thing, and its sides at chosen places around the middle."""
    plate(canvas, 154)
    fork(canvas, 40)
    for side, (dx, dy) in sides:
        side(canvas, X + dx, Y + dy)
    main(canvas, X, Y)


def schnitzel(canvas: Canvas, x: float, y: float) -> None:
    x, y = x - 14, y + 20
    canvas.blob(x + 5, y + 9, 94, 62, "#1d0e05", wild=0.08, turn=-14, alpha=0.35)
    edge = canvas.blob(x, y, 92, 60, "#b3712a", wild=0.1, turn=-14)
    canvas.polygon([(x + (a - x) * 0.95, y - 2 + (b - y) * 0.94) for a, b in edge], "#dc9c45")
    canvas.glow(x - 22, y - 20, 70, 46, "#ffdc8f", 0.75)
    for a, b in canvas.around(90, 56, (x, y)):
        at = (x + (a - x) * 1.45, y + (b - y) * 0.92)
        shade = canvas.dice.choice(("#c07f31", "#f0c070", "#a8671f", "#f6d28d"))
        canvas.blob(*at, 4, 2.6, shade, wild=0.3, turn=canvas.angle(), alpha=0.75)
    fruit.citrus(canvas, x + 22, y - 6, 27)
    garnish.parsley(canvas, x - 22, y - 4)


def salmon(canvas: Canvas, x: float, y: float) -> None:
    """A grilled fillet."""
    y += 22
    canvas.blob(x + 5, y + 10, 96, 40, "#1d0e05", wild=0.05, turn=-10, alpha=0.38)
    canvas.blob(x, y, 95, 39, "#d5653c", wild=0.05, turn=-10)
    canvas.blob(x - 2, y - 4, 90, 32, "#f28f61", wild=0.05, turn=-10)
    canvas.glow(x - 20, y - 18, 70, 30, "#ffd0ae", 0.8)
    for along in range(-66, 67, 22):
        at = on_circle((x, y), along, -10)
        bow = [
            (at[0] - 7 + 14 * t / 8 + 5 * cos(t / 2.6), at[1] - 27 + 52 * t / 8) for t in range(9)
        ]
        canvas.stroke(bow, 4, "#9c4220", 0.85)
    fruit.citrus(canvas, x + 42, y - 4, 24)
    garnish.parsley(canvas, x - 20, y - 2)
    for at in ((x - 48, y + 4), (x - 36, y + 10), (x - 6, y + 12), (x + 4, y - 14)):
        garnish.chives(canvas, *at)


def basket(canvas: Canvas, fills: tuple[str, str], dip: str) -> None:
    """Fries on a plate of paper with a dip beside."""
    plate(canvas, 154, fill="#3b4148")
    paper = canvas.blob(X - 8, Y + 6, 124, 112, "#f4ecda", wild=0.05, turn=20)
    canvas.polygon([(X + (a - X) * 0.93, Y + (b - Y) * 0.92) for a, b in paper], "#e9ddc2")
    for x, y in canvas.around(74, 88, (X - 12, Y + 10)):
        turn, length = canvas.angle(), canvas.dice.uniform(26, 42)
        ends = [on_circle((x, y), length, turn), on_circle((x, y), length, turn + 180)]
        canvas.stroke([(a + 2, b + 5) for a, b in ends], 11, "#2a1607", 0.28)
        canvas.stroke(ends, 11, fills[0])
        canvas.stroke([(a - 1, b - 2) for a, b in ends], 6, fills[1])
    cup = (X + 78, Y - 62)
    canvas.shadow(oval(*cup, 42), away=(5, 8), blur=6)
    canvas.oval(*cup, 42, fill="#fbf8f1")
    canvas.oval(*cup, 35, fill=darker(dip, 0.25))
    canvas.oval(cup[0] + 1, cup[1] + 2, 33, fill=dip)
    canvas.glow(cup[0] - 9, cup[1] - 10, 24, 20, lighter(dip, 0.7), 0.8)
    garnish.parsley(canvas, cup[0] + 6, cup[1] + 6)
