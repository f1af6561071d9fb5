"""Cups from above, glasses from the side."""

from collections.abc import Sequence
from math import sin

from config.demo import fruit, garnish
from config.demo.canvas import CENTRE, Canvas, Point, darker, lighter, mixed, on_circle, oval

X, Y = CENTRE


def cup(canvas: Canvas, fill: str, *, china: str = "#f8f4ec", size: float = 1) -> float:
    """A cup of something on its saucer; returns the radius of the drink."""
    saucer, rim = 148 * size, 96 * size
    canvas.shadow(oval(X, Y, saucer))
    canvas.oval(X, Y, saucer, fill=china)
    canvas.ring(X, Y, saucer, 2.4, lighter(china, 0.8))
    canvas.ring(X, Y, saucer * 0.8, 2, darker(china, 0.16))
    canvas.glow(X - 70, Y - 70, 80, 80, "#ffffff", 0.6)
    ear = (X + rim + 14, Y + 22, 32 * size)
    canvas.ring(ear[0] + 5, ear[1] + 8, ear[2], 15, "#20150a", 0.25)
    canvas.ring(*ear, 15, china)
    canvas.ring(ear[0], ear[1], ear[2] - 5, 3, darker(china, 0.1))
    canvas.shadow(oval(X, Y, rim), away=(6, 9), blur=7, alpha=0.4)
    canvas.oval(X, Y, rim, fill=lighter(china, 0.6))
    canvas.oval(X, Y, rim * 0.91, fill=darker(china, 0.2))
    canvas.oval(X + 1, Y + 2, rim * 0.88, fill=darker(fill, 0.25))
    canvas.oval(X + 1, Y + 3, rim * 0.85, fill=fill)
    return rim * 0.85


def spoon(canvas: Canvas) -> None:
    """A small spoon on the saucer."""
    for dx, dy, fill, alpha in (
        (3, 6, "#1a0f08", 0.35),
        (0, 0, "#c9cfd3", 1),
        (-1, -2, "#f2f5f6", 1),
    ):
        thin = 7 if alpha < 1 or fill == "#c9cfd3" else 3
        canvas.stroke([(X - 40 + dx, Y + 128 + dy), (X + 62 + dx, Y + 112 + dy)], thin, fill, alpha)
        canvas.oval(X + 82 + dx, Y + 108 + dy, 26 if thin == 7 else 19, 13 if thin == 7 else 8,
                    fill=fill, turn=-9, alpha=alpha)  # fmt: skip


def beans(canvas: Canvas) -> None:
    for x, y in ((48, 60), (72, 44), (56, 88), (424, 300), (446, 282), (432, 326), (404, 322)):
        fruit.coffee_bean(canvas, x, y)


def espresso(canvas: Canvas) -> None:
    r = cup(canvas, "#8a4f22", size=0.9)
    canvas.glow(X - 14, Y - 14, r * 0.95, r * 0.9, "#d99a52", 0.9)
    canvas.ring(X + 1, Y + 3, r, 5, "#5a2c10", 0.7)
    for x, y in canvas.around(26, r * 0.8):
        canvas.oval(x, y, 2, fill="#eec68c", alpha=0.6)
    beans(canvas)
    spoon(canvas)
    canvas.steam(X, Y - 8)


def cappuccino(canvas: Canvas) -> None:
    r = cup(canvas, "#a2622d", size=1.02)
    canvas.glow(X, Y, r, r, "#c98a4a", 0.8)
    for size, lift in ((62, 2), (47, -9), (31, -19), (16, -28)):
        for scale, fill in ((1, "#fdf3e0"), (0.72, "#bd7c3e")):
            canvas.polygon(heart(X, Y - 2 - lift * 0.5, size * scale + (1 - scale) * 10), fill)
    canvas.polygon(heart(X, Y + 10, 14), "#fdf3e0")
    canvas.glow(X - 30, Y - 34, 40, 34, "#ffffff", 0.35)
    beans(canvas)
    spoon(canvas)


def heart(x: float, y: float, size: float) -> list[Point]:
    """The outline of a heart, its point below."""
    points = []
    for step in range(60):
        a = step * 6.2832 / 60
        wide = 16 * sin(a) ** 3
        high = 13 * sin(a + 1.5708) - 5 * sin(2 * a + 1.5708) - 2 * sin(3 * a + 1.5708)
        points.append((x + size * wide / 17, y - size * (high + 2) / 17))
    return points


def tea(canvas: Canvas) -> None:
    r = cup(canvas, "#a5501a", china="#e9f0ea", size=1.02)
    canvas.glow(X - 18, Y - 18, r, r * 0.95, "#f0a24a", 0.95)
    fruit.citrus(canvas, X + 22, Y + 16, 33)
    fruit.mint(canvas, X - 38, Y - 22)
    fruit.citrus(canvas, 54, 66, 30)
    fruit.mint(canvas, 426, 312)
    canvas.steam(X - 10, Y - 14)


def outline(top: float, foot: float, y: float, bottom: float, r: float = 16) -> list[Point]:
    """A tumbler: half its width above and below, where it begins and ends."""
    return [
        (X - top, y), (X + top, y), (X + foot, bottom - r), (X + foot - 4, bottom - 5),
        (X + foot - r, bottom), (X - foot + r, bottom), (X - foot + 4, bottom - 5), (X - foot, bottom - r),
    ]  # fmt: skip


def between(top: float, foot: float, upper: float, lower: float, y: float) -> float:
    """Half the width of such a glass at the height ``y``."""
    return top + (foot - top) * (y - upper) / (lower - upper)


def table(canvas: Canvas, tint: str) -> None:
    """The coaster below a glass, and the light that falls through it."""
    canvas.shadow(oval(X + 16, 322, 96, 20), away=(16, 6), blur=10, alpha=0.45)
    canvas.oval(X, 325, 104, 22, fill="#6d4a2c")
    canvas.oval(X, 321, 104, 22, fill="#b98a58")
    canvas.oval(X, 321, 88, 17, fill="#a87849")
    canvas.glow(X + 70, 328, 80, 20, tint, 0.5)


def glass(
    canvas: Canvas,
    layers: Sequence[tuple[str, float]],
    *,
    top: float = 74,
    foot: float = 56,
    rim: float = 52,
) -> None:
    """A tall glass; ``layers`` are colours and the height at which each begins."""
    bottom = 322.0
    table(canvas, layers[0][0])
    canvas.polygon(outline(top, foot, rim, bottom), "#ffffff", 0.26)
    edges = [*(y for _, y in layers[1:]), bottom - 12]
    for (fill, start), end in zip(layers, edges, strict=True):
        for step in range(24):
            a, b = (start + (end - start) * (step + n) / 24 for n in (0, 1.06))
            wide, next_wide = (between(top, foot, rim, bottom, y) - 6 for y in (a, b))
            shade = mixed(lighter(fill, 0.12), darker(fill, 0.2), step / 23)
            canvas.polygon(
                [(X - wide, a), (X + wide, a), (X + next_wide, b), (X - next_wide, b)], shade
            )
    fill, start = layers[0]
    wide = between(top, foot, rim, bottom, start) - 6
    canvas.oval(X, edges[-1], between(top, foot, rim, bottom, edges[-1]) - 8, 7,
                fill=darker(layers[-1][0], 0.3))  # fmt: skip
    canvas.oval(X, start, wide, 9, fill=lighter(fill, 0.35))
    canvas.oval(X, start + 1, wide - 4, 6.5, fill=lighter(fill, 0.1))


def shine(canvas: Canvas, top: float = 74, foot: float = 56, rim: float = 52) -> None:
    """The glass itself, drawn over what is in it."""
    bottom = 322.0
    wide, low = top - 12, foot - 12
    canvas.polygon([(X - wide, rim + 12), (X - wide + 15, rim + 12), (X - low + 12, 300), (X - low, 300)],
                   "#ffffff", 0.42)  # fmt: skip
    canvas.polygon([(X + wide - 5, rim + 16), (X + wide, rim + 16), (X + low + 1, 296), (X + low - 3, 296)],
                   "#ffffff", 0.3)  # fmt: skip
    for side in (-1, 1):
        canvas.stroke([(X + side * top, rim), (X + side * foot, bottom - 10)], 2.4, "#ffffff", 0.7)
    ring = oval(X, rim, top, 10)
    canvas.stroke([*ring, ring[0]], 2.6, "#ffffff", 0.85)
    canvas.oval(X, bottom - 4, foot - 8, 6, fill="#ffffff", alpha=0.35)


def ice(canvas: Canvas, places: Sequence[Point]) -> None:
    for x, y in places:
        turn = canvas.dice.uniform(-30, 30)
        corners = [on_circle((x, y), 24, turn + a) for a in (45, 135, 225, 315)]
        canvas.polygon(corners, "#f4fbff", 0.5)
        canvas.polygon([corners[2], corners[3], (x, y)], "#ffffff", 0.55)
        canvas.stroke([*corners, corners[0]], 1.6, "#ffffff", 0.75)


def straw(canvas: Canvas, fill: str) -> None:
    canvas.stroke([(X - 6, 250), (X + 44, 18)], 10, fill)
    canvas.stroke([(X - 8, 250), (X + 41, 20)], 3, lighter(fill, 0.6))


def bubbles(canvas: Canvas, count: int, upper: float = 120) -> None:
    for _ in range(count):
        x, y = X + canvas.dice.uniform(-46, 46), canvas.dice.uniform(upper, 300)
        r = canvas.dice.uniform(1.4, 3.4)
        canvas.oval(x, y, r, fill="#ffffff", alpha=0.55)


def cold(
    canvas: Canvas, fill: str, *, stalk: str, edge: garnish.Garnish, inside: garnish.Garnish | None = None,
    sparkling: int = 0,
) -> None:  # fmt: skip
    """Something cold with ice, a straw and fruit at the rim."""
    glass(canvas, [(fill, 92)])
    straw(canvas, stalk)
    canvas.polygon([(X - 58, 150), (X + 58, 150), (X + 50, 310), (X - 50, 310)], fill, 0.5)
    ice(canvas, [(X - 28, 118), (X + 24, 124), (X - 6, 164), (X + 30, 186), (X - 32, 206)])
    if inside:
        inside(canvas, X + 14, 232)
        inside(canvas, X - 26, 262)
    bubbles(canvas, sparkling or 8)
    shine(canvas)
    edge(canvas, X - 70, 56)


def latte(canvas: Canvas) -> None:
    layers = [("#fbf3e4", 84), ("#7a4420", 132), ("#b98352", 158), ("#ecd9bd", 232)]
    glass(canvas, layers, top=66, foot=50)
    canvas.glow(X, 132, 64, 18, "#d9b58a", 0.8)
    canvas.glow(X, 230, 60, 26, "#d9b58a", 0.7)
    canvas.oval(X, 82, 58, 15, fill="#fffaf0")
    for x, y in canvas.around(18, 30, (X, 82)):
        canvas.oval(x, 82 + (y - 82) * 0.25, 2, 1.3, fill="#8a5427", alpha=0.8)
    shine(canvas, 66, 50)
    beans(canvas)


def lager(canvas: Canvas) -> None:
    top, foot, rim = 82.0, 62.0, 60.0
    glass(canvas, [("#f2b632", 104)], top=top, foot=foot, rim=rim)
    bubbles(canvas, 46, 130)
    canvas.box(X - 82, 70, 162, 44, 20, "#fffaf0")
    for x in range(-70, 71, 28):
        canvas.oval(X + x, 66 + 5 * sin(x), 22, 17, fill="#fffdf6")
        canvas.glow(X + x + 6, 88, 16, 12, "#e4cfa0", 0.4)
    canvas.oval(X - 60, 116, 12, 16, fill="#fffaf0")
    canvas.oval(X + 34, 118, 15, 13, fill="#fffaf0")
    shine(canvas, top, foot, rim + 16)


def water(canvas: Canvas) -> None:
    glass(canvas, [("#cfe6f2", 96)])
    ice(canvas, [(X - 26, 122), (X + 26, 128), (X, 168)])
    fruit.citrus(canvas, X + 10, 222, 30)
    bubbles(canvas, 46)
    shine(canvas)
    fruit.mint(canvas, X - 62, 60)


def coupe(canvas: Canvas, scoops: Sequence[tuple[str, Point]]) -> None:
    """Ice cream in a footed bowl."""
    canvas.shadow(oval(X + 10, 328, 84, 16), away=(10, 4), blur=9, alpha=0.45)
    canvas.oval(X, 326, 72, 15, fill="#dfe8ea")
    canvas.oval(X, 323, 62, 11, fill="#f6fafb")
    canvas.polygon([(X - 10, 254), (X + 10, 254), (X + 16, 322), (X - 16, 322)], "#e6eef0")
    for fill, (dx, dy) in scoops:
        at = (X + dx, 158 + dy)
        canvas.oval(*at, 60, fill=darker(fill, 0.1))
        canvas.blob(at[0], at[1] - 2, 59, 58, fill, wild=0.02)
        canvas.glow(at[0] - 18, at[1] - 22, 40, 38, "#ffffff", 0.75)
        for x, y in canvas.around(16, 46, at):
            canvas.blob(x, y, 5, 2.2, darker(fill, 0.14), wild=0.4, turn=canvas.angle(), alpha=0.6)
    body = [
        (X - 128, 172),
        (X + 128, 172),
        (X + 104, 224),
        (X + 58, 256),
        (X - 58, 256),
        (X - 104, 224),
    ]
    canvas.polygon(body, "#f2f8fa", 0.8)
    canvas.polygon([(X - 118, 180), (X - 96, 180), (X - 72, 226), (X - 90, 222)], "#ffffff", 0.8)
    canvas.stroke([(X - 128, 172), (X + 128, 172)], 5, "#ffffff")
