"""Dishes seen from the side: burgers and slices of cake; and what is baked round."""

from collections.abc import Callable, Sequence
from math import cos, pi, sin

from config.demo import garnish
from config.demo.canvas import CENTRE, Canvas, Point, darker, lighter, mixed, on_circle, oval

X, Y = CENTRE
Layer = Callable[[Canvas, float], float]


def tray(canvas: Canvas, y: float = 300, fill: str = "#a8713f") -> None:
    """A wooden board seen from the side."""
    canvas.shadow(oval(X, y + 10, 196, 38), away=(4, 12), blur=10, alpha=0.5)
    canvas.oval(X, y + 11, 194, 36, fill=darker(fill, 0.35))
    canvas.oval(X, y, 194, 36, fill=fill)
    for step in range(-3, 4):
        half = 186 * (1 - (step / 4.2) ** 2) ** 0.5
        canvas.stroke(
            [(X - half, y + step * 8), (X + half, y + step * 8)], 1.6, darker(fill, 0.18), 0.6
        )
    canvas.glow(X - 80, y - 10, 120, 26, "#ffe2b8", 0.35)


def dish(canvas: Canvas, y: float = 292) -> None:
    """A plate seen from the side."""
    canvas.shadow(oval(X, y + 8, 190, 44), away=(4, 14), blur=10, alpha=0.45)
    canvas.oval(X, y + 6, 188, 44, fill="#cfc5b6")
    canvas.oval(X, y, 188, 44, fill="#faf6ee")
    canvas.oval(X, y + 3, 142, 29, fill="#e3dacb")
    canvas.oval(X, y + 5, 139, 27, fill="#f4eee3")


def slab(canvas: Canvas, y: float, half: float, height: float, fill: str) -> float:
    """A flat layer with round ends; returns where the next one lies."""
    canvas.box(X - half, y - height, 2 * half, height, height * 0.48, fill)
    canvas.box(X - half + 8, y - height + 2, 2 * half - 40, height * 0.34, height * 0.17,
               lighter(fill, 0.22), 0.8)  # fmt: skip
    canvas.box(X - half + 10, y - height * 0.32, 2 * half - 20, height * 0.3, height * 0.14,
               darker(fill, 0.3), 0.5)  # fmt: skip
    return y - height


def heel(canvas: Canvas, y: float) -> float:
    return slab(canvas, y, 104, 36, "#d2903f") + 2


def patty(canvas: Canvas, y: float) -> float:
    top = slab(canvas, y, 112, 32, "#6b3a20")
    for x, dy in canvas.around(40, 1, (0, 0)):
        at = (X + canvas.dice.uniform(-102, 102) + x, y - 16 + canvas.dice.uniform(-11, 11) + dy)
        canvas.blob(*at, 4, 2.6, canvas.dice.choice(("#4c2612", "#8a5230", "#3d1d0d")), wild=0.3)
    return top + 2


def vegetable_patty(canvas: Canvas, y: float) -> float:
    top = slab(canvas, y, 110, 32, "#f0dca4")
    for step in range(-4, 5):
        canvas.stroke([(X + step * 24 - 6, y - 26), (X + step * 24 + 6, y - 6)], 6, "#b8772c")
    return top + 2


def crispy_patty(canvas: Canvas, y: float) -> float:
    canvas.blob(X, y - 19, 121, 25, "#a9661f", wild=0.07)
    canvas.blob(X - 2, y - 21, 117, 20, "#d9943c", wild=0.07)
    for _ in range(80):
        at = (X + canvas.dice.uniform(-106, 106), y - 20 + canvas.dice.uniform(-15, 14))
        fill = canvas.dice.choice(("#f2c375", "#b26f24", "#e8ab52", "#f8d99a"))
        canvas.blob(*at, 4.4, 3, fill, wild=0.35, turn=canvas.angle())
    return y - 36


def cheese(canvas: Canvas, y: float) -> float:
    drips = [(X - 112, y - 8), (X + 112, y - 8), (X + 112, y), (X + 84, y + 4), (X + 66, y + 26),
             (X + 48, y + 4), (X - 8, y + 3), (X - 34, y + 31), (X - 60, y + 4), (X - 90, y + 3),
             (X - 112, y)]  # fmt: skip
    canvas.polygon([(a + 1, b + 4) for a, b in drips], "#2a1205", 0.3)
    canvas.polygon(drips, "#f4b12d")
    canvas.box(X - 112, y - 9, 224, 7, 3.5, "#ffd069")
    return y - 7


def tomatoes(canvas: Canvas, y: float) -> float:
    for x in (-98, -30, 38):
        canvas.box(X + x, y - 13, 64, 13, 6.5, "#c4301f")
        canvas.box(X + x + 3, y - 12, 58, 5, 2.5, "#ea6a50")
    return y - 11


def onions(canvas: Canvas, y: float) -> float:
    for x in (-92, -44, 6, 50):
        canvas.box(X + x, y - 8, 46, 8, 4, "#a9578c")
        canvas.box(X + x + 2, y - 6, 42, 3.4, 1.7, "#f1d7e6")
    return y - 7


def salad(canvas: Canvas, y: float) -> float:
    for fill, lift, phase in (("#3f7f2c", 0, 0.0), ("#6fb13c", -5, 1.1)):
        frill = [
            (X - 122 + 244 * t / 60, y + lift + 5 + 7 * sin(t * 0.92 + phase)) for t in range(61)
        ]
        canvas.polygon([(X - 116, y - 15 + lift), *frill, (X + 116, y - 15 + lift)], fill)
    canvas.stroke([(X - 104, y - 13), (X + 60, y - 13)], 3, "#a9d672")
    return y - 15


def bacon(canvas: Canvas, y: float) -> float:
    for lift, fill in ((0, "#8f2f22"), (-5, "#e0a48f"), (-9, "#b0402d")):
        wave = [(X - 122 + 244 * t / 40, y + lift - 3 + 4 * sin(t * 0.8)) for t in range(41)]
        canvas.stroke(wave, 7, fill)
    return y - 12


def crown(canvas: Canvas, y: float) -> float:
    """The upper half of the bun, with sesame."""

    def dome(rx: float, ry: float, dx: float = 0, dy: float = 0) -> list[Point]:
        return [
            (X + dx + rx * cos(pi * t / 40), y + dy - ry * sin(pi * t / 40) ** 0.75)
            for t in range(41)
        ]

    canvas.polygon([*dome(112, 84), (X - 108, y + 7), (X + 108, y + 7)], "#b26d25")
    canvas.polygon(dome(110, 83, 0, -3), "#d8933f")
    canvas.glow(X - 30, y - 52, 96, 50, "#ffd591", 0.85)
    canvas.glow(X + 78, y - 18, 50, 40, "#8a4d14", 0.4)
    canvas.box(X - 106, y - 3, 212, 8, 4, "#f3d79c")
    for n in range(36):
        a, reach = pi * (0.12 + 0.76 * ((n * 0.618) % 1)), 0.5 + 0.44 * ((n * 0.37) % 1)
        at = (X + 108 * reach * cos(a), y - 5 - 78 * reach * sin(a))
        canvas.oval(at[0] + 0.8, at[1] + 1.4, 4.4, 2.7, fill="#8a4d14", turn=a * 57, alpha=0.5)
        canvas.oval(*at, 4.2, 2.5, fill="#fbeecb", turn=a * 57)
    return y - 84


def burger(canvas: Canvas, layers: Sequence[Layer]) -> None:
    tray(canvas)
    canvas.shadow(oval(X, 296, 112, 20), away=(8, 6), blur=8, alpha=0.5)
    for x, y in ((78, 294), (92, 304), (392, 302)):
        garnish.cherry_tomato(canvas, x, y)
    garnish.leaf(canvas, 380, 290, 40, 20, "#4c9a3a")
    y: float = 304
    for layer in (heel, *layers, crown):
        y = layer(canvas, y)


def slice_of_cake(
    canvas: Canvas,
    bands: Sequence[tuple[str, float]],
    *,
    top: str,
    back: str,
    decoration: Sequence[tuple[garnish.Garnish, Point]],
) -> None:
    """A wedge on a plate; ``bands`` are its layers from the top, as colours and heights."""
    dish(canvas, 288)
    tip, far, near = (112.0, 192.0), (322.0, 118.0), (374.0, 186.0)
    height = sum(size for _, size in bands)
    foot = [
        (tip[0], tip[1] + height),
        (near[0], near[1] + height),
        (near[0] + 14, near[1] + height - 22),
    ]
    canvas.shadow([*foot, (far[0], far[1] + height)], away=(10, 10), blur=9, alpha=0.45)
    canvas.polygon([far, near, foot[1], (far[0], far[1] + height)], darker(back, 0.12))
    y = 0.0
    for fill, size in bands:
        corners = [(tip[0], tip[1] + y), (near[0], near[1] + y),
                   (near[0], near[1] + y + size), (tip[0], tip[1] + y + size)]  # fmt: skip
        canvas.polygon(corners, fill)
        if size > 12:
            for _ in range(int(size * 2.2)):
                share, dy = canvas.dice.random(), canvas.dice.uniform(4, size - 4)
                at = (tip[0] + (near[0] - tip[0]) * share, tip[1] - 6 * share + y + dy)
                canvas.blob(*at, 2.8, 1.7, mixed(fill, "#5d3414", 0.24), wild=0.4, alpha=0.6)
        y += size
    canvas.polygon(
        [tip, near, (near[0], near[1] + height), (tip[0], tip[1] + height)], "#fff2dc", 0.07
    )
    canvas.polygon([tip, far, near], top)
    canvas.polygon(
        [tip, far, (far[0] - 10, far[1] + 18), (tip[0] + 30, tip[1] - 4)], lighter(top, 0.3), 0.6
    )
    canvas.stroke([tip, near], 3, lighter(top, 0.35))
    for piece, at in decoration:
        piece(canvas, *at)


def rosette(canvas: Canvas, x: float, y: float, fill: str = "#fdf6e6") -> None:
    """A dab of whipped cream."""
    canvas.oval(x + 4, y + 8, 27, 16, fill="#1a0f08", alpha=0.28)
    for step in range(4):
        shade = mixed(fill, "#c7a27c", 0.28 - step * 0.09)
        canvas.oval(x, y + 2 - step * 9, 27 - step * 6.4, 15 - step * 3, fill=shade)
    canvas.oval(x - 3, y - 34, 3.4, 7, fill=fill, turn=14)
    canvas.glow(x - 8, y - 9, 16, 16, "#ffffff", 0.8)


def pie(canvas: Canvas) -> None:
    """An apple pie under a lattice."""
    canvas.shadow(oval(X, Y, 150))
    canvas.oval(X, Y, 150, fill="#7c8a93")
    canvas.ring(X, Y, 149, 3, "#b9c4ca")
    canvas.oval(X, Y, 138, fill="#b5732b")
    for x, y in canvas.around(70, 112):
        canvas.blob(x, y, 19, 9, canvas.dice.choice(("#e9b552", "#d99a3a", "#f2cf7d")), wild=0.2,
                    turn=canvas.angle())  # fmt: skip
    for turn in (35, 125):
        for step in range(-3, 4):
            middle = on_circle(CENTRE, step * 37, turn + 90)
            half = (max(0, 126**2 - (step * 37) ** 2)) ** 0.5
            ends = [on_circle(middle, half, turn), on_circle(middle, half, turn + 180)]
            canvas.stroke([(a + 2, b + 5) for a, b in ends], 19, "#3f1f08", 0.35)
            canvas.stroke(ends, 19, "#c98436")
            canvas.stroke([(a - 1, b - 2) for a, b in ends], 12, "#e8b365")
    for degrees in range(0, 360, 15):
        at = on_circle(CENTRE, 132, degrees)
        canvas.oval(*at, 19, 13, fill="#b9742b", turn=degrees + 60)
        canvas.oval(at[0] - 1, at[1] - 2, 16, 9.5, fill="#e3a653", turn=degrees + 60)
    for x, y in canvas.around(60, 120):
        canvas.oval(x, y, 1.7, fill="#fff8e6", alpha=0.8)


def waffle(canvas: Canvas, x: float = X, y: float = Y) -> None:
    canvas.blob(x + 5, y + 10, 112, 112, "#1d0e05", wild=0.02, alpha=0.35)
    canvas.blob(x, y, 112, 112, "#b8732b", wild=0.02)
    canvas.blob(x - 1, y - 3, 108, 107, "#dfa24d", wild=0.02)
    for row in range(-3, 4):
        for column in range(-3, 4):
            if row * row + column * column > 11:
                continue
            at = (x + column * 30 - 12, y + row * 30 - 14)
            canvas.box(*at, 24, 24, 5, "#a9651f")
            canvas.box(at[0] + 2, at[1] + 4, 22, 20, 5, "#c98836")
    canvas.glow(x - 40, y - 45, 80, 70, "#ffe3a3", 0.55)


def bun(canvas: Canvas) -> None:
    """A cinnamon bun under icing."""
    canvas.blob(X + 5, Y + 10, 122, 118, "#1d0e05", wild=0.03, alpha=0.4)
    canvas.blob(X, Y, 122, 118, "#b9762f", wild=0.03)
    for turn in range(220):
        r, a = 8 + turn * 0.475, turn * 5.6
        canvas.oval(*on_circle(CENTRE, r, a), 15, fill=mixed("#e3aa5c", "#d39447", (turn % 9) / 9))
    spiral = [on_circle(CENTRE, 4 + step * 0.475, step * 5.6 + 60) for step in range(222)]
    canvas.stroke(spiral, 8, "#6d3512")
    canvas.glow(X - 35, Y - 40, 90, 80, "#ffe3a3", 0.6)
    for n in range(9):
        a = X - 96 + n * 24
        half = (max(0, 112**2 - (a - X) ** 2)) ** 0.5 * 0.9
        ribbon = [
            (a + 26 - 52 * t / 16 + 5 * sin(t * 0.5), Y - half + 2 * half * t / 16)
            for t in range(17)
        ]
        canvas.stroke(ribbon, 5, "#fffaf0", 0.94)
