"""Herbs, leaves and vegetables, seen from above. Each is drawn at a place, in its usual size."""

from collections.abc import Callable
from math import cos, pi, sin

from config.demo.canvas import Canvas, Point, darker, lighter, mixed, on_circle

Garnish = Callable[[Canvas, float, float], None]

GREENS = ("#5f9a35", "#7cb342", "#4c8a34", "#93c15a", "#3f7a32")


def leaf(canvas: Canvas, x: float, y: float, size: float, turn: float, fill: str) -> None:
    """A pointed leaf with its rib."""
    half = [(t / 10, 0.36 * sin(pi * (t / 10) ** 0.8)) for t in range(11)]
    outline = half + [(t, -w) for t, w in reversed(half)]
    a = turn * pi / 180

    def laid(points: list[Point], dx: float = 0, dy: float = 0) -> list[Point]:
        return [
            (x + dx + size * ((t - 0.5) * cos(a) - w * sin(a)),
             y + dy + size * ((t - 0.5) * sin(a) + w * cos(a)))
            for t, w in points
        ]  # fmt: skip

    canvas.polygon(laid(outline, 2, 3), "#1c1408", 0.28)
    canvas.polygon(laid(outline), fill)
    canvas.polygon(laid([*half, (0, 0)]), lighter(fill, 0.16))
    canvas.stroke(laid([(0, 0), (0.92, 0)]), 1.3, darker(fill, 0.22))


def basil(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    leaf(canvas, x, y, 36, turn, "#3e8e3a")
    leaf(canvas, *on_circle((x, y), 15, turn + 130), 27, turn + 95, "#4ba046")


def rocket(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    fill = canvas.dice.choice(("#3c7d2c", "#4f9436"))
    canvas.stroke([on_circle((x, y), 17, turn + 180), on_circle((x, y), 17, turn)], 3, fill)
    for along, side in ((-9, 62), (-3, -62), (4, 58), (10, -55)):
        at = on_circle((x, y), along, turn)
        leaf(canvas, *on_circle(at, 6, turn + side), 15, turn + side, fill)
    leaf(canvas, *on_circle((x, y), 17, turn), 20, turn, fill)


def parsley(canvas: Canvas, x: float, y: float) -> None:
    for degrees in range(0, 360, 72):
        at = on_circle((x, y), 5, degrees + canvas.dice.uniform(0, 40))
        canvas.blob(*at, 5, 5, canvas.dice.choice(GREENS), wild=0.3)


def chives(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    ends = [on_circle((x, y), 7, turn), on_circle((x, y), 7, turn + 180)]
    canvas.stroke(ends, 3.2, canvas.dice.choice(GREENS))


def lettuce(canvas: Canvas, x: float, y: float) -> None:
    fill, turn = canvas.dice.choice(GREENS), canvas.angle()
    canvas.blob(x + 2, y + 4, 34, 25, "#18260c", wild=0.3, turn=turn, alpha=0.22)
    canvas.blob(x, y, 34, 25, fill, wild=0.3, turn=turn)
    canvas.blob(x - 2, y - 3, 22, 14, lighter(fill, 0.28), wild=0.25, turn=turn)
    rib = [on_circle((x, y), 24, turn + 180), (x, y), on_circle((x, y), 22, turn + 8)]
    canvas.stroke(rib, 2, lighter(fill, 0.5))


def tomato(canvas: Canvas, x: float, y: float, r: float = 21) -> None:
    """A slice of tomato."""
    canvas.oval(x + 2, y + 4, r, fill="#2a0d06", alpha=0.3)
    canvas.oval(x, y, r, fill="#c62f22")
    canvas.oval(x, y, r * 0.86, fill="#e2513d")
    turn = canvas.angle()
    for degrees in range(0, 360, 72):
        at = on_circle((x, y), r * 0.48, turn + degrees)
        canvas.oval(*at, r * 0.3, r * 0.2, fill="#f08a5d", turn=turn + degrees + 90)
        for side in (-20, 20):
            seed = on_circle((x, y), r * 0.5, turn + degrees + side)
            canvas.oval(*seed, r * 0.07, fill="#f9dfa3")


def cherry_tomato(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 3, y + 5, 15, fill="#2a0d06", alpha=0.3)
    canvas.oval(x, y, 15, fill="#cf2e22")
    canvas.glow(x - 2, y - 3, 14, 14, "#ff8d6b", 0.7)
    canvas.oval(x - 5, y - 6, 4, 2.6, fill="#fff3ea", turn=-40, alpha=0.85)


def cucumber(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 2, y + 4, 19, fill="#10200a", alpha=0.3)
    canvas.oval(x, y, 19, fill="#3f7f34")
    canvas.oval(x, y, 16.5, fill="#cfe6a4")
    canvas.oval(x, y, 10, fill="#e4f2c4")
    for degrees in range(0, 360, 45):
        canvas.oval(*on_circle((x, y), 7, degrees), 2.6, 1.2, fill="#b5d585", turn=degrees)


def onion(canvas: Canvas, x: float, y: float) -> None:
    """Rings of red onion."""
    for r, fill in ((20, "#8e3f73"), (15, "#b56a9a")):
        canvas.ring(x, y, r, 3.6, fill)
        canvas.ring(x, y, r - 1.6, 1.6, "#f3dcea")


def olive(canvas: Canvas, x: float, y: float, fill: str = "#2e2530") -> None:
    canvas.oval(x + 2, y + 3, 9.5, fill="#120a05", alpha=0.35)
    canvas.oval(x, y, 9.5, fill=fill)
    canvas.oval(x, y, 4, fill=mixed(fill, "#000000", 0.45))
    canvas.oval(x - 3.5, y - 4.5, 2.8, 1.6, fill="#ffffff", turn=-40, alpha=0.6)


def mushroom(canvas: Canvas, x: float, y: float) -> None:
    """A slice of mushroom."""
    turn = canvas.angle()
    foot = on_circle((x, y), 11, turn + 90)
    canvas.oval(x + 2, y + 5, 19, 14, fill="#20150a", turn=turn, alpha=0.28)
    canvas.stroke([(x, y), foot], 9, "#e9dcc4")
    canvas.oval(x, y, 18, 11, fill="#b5977a", turn=turn)
    canvas.oval(x, y, 16, 9, fill="#f0e6d2", turn=turn)
    canvas.oval(*on_circle((x, y), 4, turn + 90), 10, 3.4, fill="#a58a6d", turn=turn)


def pepper(canvas: Canvas, x: float, y: float) -> None:
    """A strip of bell pepper."""
    fill = canvas.dice.choice(("#d93a2b", "#f0a422", "#5a9c3a"))
    turn = canvas.angle()
    bow = [on_circle((x, y + 12), 21, a + turn) for a in range(-60, 61, 12)]
    canvas.stroke([(a + 2, b + 3) for a, b in bow], 7, "#20120a", 0.3)
    canvas.stroke(bow, 7, fill)
    canvas.stroke(bow[1:-1], 2, lighter(fill, 0.45))


def chilli(canvas: Canvas, x: float, y: float) -> None:
    canvas.ring(x + 1, y + 2, 8, 3.4, "#2a0d06", 0.35)
    canvas.ring(x, y, 8, 3.4, "#d3271c")
    for degrees in (40, 160, 280):
        canvas.oval(*on_circle((x, y), 3, degrees), 1.4, fill="#fbe6b0")


def avocado(canvas: Canvas, x: float, y: float) -> None:
    """A slice of avocado."""
    turn = canvas.angle()
    bow = [on_circle((x, y + 14), 26, turn + a) for a in range(-55, 56, 10)]
    canvas.stroke([(a + 2, b + 4) for a, b in bow], 12, "#10200a", 0.3)
    canvas.stroke(bow, 12, "#5d8a2f")
    canvas.stroke([on_circle((x, y + 14), 24.6, turn + a) for a in range(-52, 53, 8)], 9, "#cfe08a")
    canvas.stroke([on_circle((x, y + 14), 22.6, turn + a) for a in range(-48, 49, 8)], 4, "#eef0b8")


def carrot(canvas: Canvas, x: float, y: float) -> None:
    """Grated carrot."""
    for _ in range(6):
        turn, at = canvas.angle(), (x + canvas.dice.uniform(-9, 9), y + canvas.dice.uniform(-9, 9))
        bow = [on_circle(at, 15, turn + 180), (at[0] + 3, at[1] - 3), on_circle(at, 15, turn)]
        canvas.stroke(bow, 3.4, canvas.dice.choice(("#ee8425", "#f6a047", "#d96d17")))


def cabbage(canvas: Canvas, x: float, y: float) -> None:
    """Red cabbage, cut fine."""
    for _ in range(6):
        turn, at = canvas.angle(), (x + canvas.dice.uniform(-9, 9), y + canvas.dice.uniform(-9, 9))
        bow = [on_circle(at, 14, turn + 180), (at[0] + 4, at[1] - 4), on_circle(at, 14, turn)]
        canvas.stroke(bow, 3.6, canvas.dice.choice(("#7d3576", "#a3579b", "#d9aed6")))


def edamame(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 1, y + 3, 9, 6.4, fill="#10200a", turn=30, alpha=0.3)
    turn = canvas.angle()
    canvas.oval(x, y, 9, 6.4, fill="#86b944", turn=turn)
    canvas.oval(x - 2, y - 2, 4, 2.4, fill="#c6e48f", turn=turn)


def corn(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x, y, 5.6, 4.6, fill="#f0b92c", turn=canvas.angle())
    canvas.oval(x - 1.4, y - 1.4, 2, 1.4, fill="#fde79a")


def beetroot(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 2, y + 4, 20, fill="#1c0510", alpha=0.35)
    canvas.oval(x, y, 20, fill="#7d1740")
    for r, fill in ((15, "#a12a5a"), (9, "#8a1c49"), (4.5, "#b23c6b")):
        canvas.oval(x, y, r, fill=fill)


def bean(canvas: Canvas, x: float, y: float) -> None:
    """A green bean."""
    turn = canvas.angle()
    bow = [on_circle((x, y + 30), 36, turn + a) for a in range(-42, 43, 12)]
    canvas.stroke([(a + 1, b + 3) for a, b in bow], 7, "#10200a", 0.3)
    canvas.stroke(bow, 6.4, "#4f8a33")
    canvas.stroke(bow[1:-1], 1.8, "#8fc263")


def potato(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    canvas.blob(x + 3, y + 6, 23, 17, "#20120a", wild=0.08, turn=turn, alpha=0.3)
    canvas.blob(x, y, 23, 17, "#d9a441", wild=0.08, turn=turn)
    canvas.glow(x - 5, y - 5, 18, 13, "#f8dd8f", 0.95)
    parsley_bits = canvas.around(4, 12, (x, y))
    for at in parsley_bits:
        canvas.blob(*at, 2.6, 1.8, "#4f8a33", wild=0.3)
