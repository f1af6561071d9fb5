"""Cheese, meat, fish, pulses and nuts, seen from above. Each is drawn at a place."""

from config.demo.canvas import Canvas, on_circle
from config.demo.garnish import leaf


def feta(canvas: Canvas, x: float, y: float) -> None:
    size = canvas.dice.uniform(9, 13)
    turn = canvas.angle()
    corners = [on_circle((x, y), size, turn + a) for a in (0, 80, 175, 265)]
    canvas.polygon([(a + 2, b + 4) for a, b in corners], "#20150a", 0.28)
    canvas.polygon(corners, "#fbf7ea")
    canvas.polygon([corners[0], corners[1], (x, y)], "#e6dfc9")


def mozzarella(canvas: Canvas, x: float, y: float, r: float = 25) -> None:
    """Molten, with a browned spot."""
    wide, high = r * canvas.dice.uniform(0.85, 1.15), r * canvas.dice.uniform(0.75, 1)
    turn = canvas.angle()
    canvas.blob(x + 1, y + 2, wide + 2, high + 2, "#c9702c", wild=0.16, turn=turn, alpha=0.55)
    canvas.blob(x, y, wide, high, "#fbeec6", wild=0.16, turn=turn)
    canvas.glow(x - 4, y - 4, wide * 0.8, high * 0.8, "#fffdf2", 0.8)
    if canvas.dice.random() < 0.5:
        canvas.glow(x + 5, y + 4, 11, 9, "#b8702c", 0.65)


def shaving(canvas: Canvas, x: float, y: float) -> None:
    """Hard cheese, shaved."""
    turn = canvas.angle()
    canvas.blob(x + 1, y + 3, 17, 6, "#2a1c0a", wild=0.2, turn=turn, alpha=0.25)
    canvas.blob(x, y, 17, 6, "#f6e3a8", wild=0.2, turn=turn)
    canvas.blob(x - 1, y - 1, 13, 3, "#fdf3cf", wild=0.2, turn=turn)


def crumb(canvas: Canvas, x: float, y: float) -> None:
    canvas.blob(x, y, 3.4, 2.6, "#fdf4d8", wild=0.3, turn=canvas.angle())


def seed(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x, y, 3.6, 2, fill="#f8e9c1", turn=canvas.angle())


def salami(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 2, y + 4, 20, fill="#2a0d06", alpha=0.35)
    canvas.oval(x, y, 20, fill="#9f2b22")
    canvas.oval(x, y, 17.5, fill="#c4453a")
    for at in canvas.around(9, 13, (x, y)):
        canvas.blob(*at, 2.2, 1.6, "#eeb7a2", wild=0.2, alpha=0.9)


def ham(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    canvas.blob(x + 2, y + 4, 26, 14, "#3b120c", wild=0.25, turn=turn, alpha=0.3)
    canvas.blob(x, y, 26, 14, "#d9756f", wild=0.25, turn=turn)
    canvas.blob(x - 2, y - 1, 20, 8, "#ee9e95", wild=0.3, turn=turn)
    canvas.stroke([on_circle((x, y), 18, turn + 180), on_circle((x, y), 16, turn)], 2, "#f9d5cd")


def tuna(canvas: Canvas, x: float, y: float) -> None:
    for at in canvas.around(4, 9, (x, y)):
        canvas.blob(*at, 9, 6, canvas.dice.choice(("#d9b595", "#c79d7c", "#e7cbb0")), wild=0.3)


def egg(canvas: Canvas, x: float, y: float) -> None:
    """Half a boiled egg."""
    turn = canvas.angle()
    canvas.oval(x + 3, y + 5, 25, 19, fill="#20150a", turn=turn, alpha=0.3)
    canvas.oval(x, y, 25, 19, fill="#fdfaf2", turn=turn)
    canvas.oval(x, y, 22, 16, fill="#f4ecdc", turn=turn)
    canvas.oval(x, y, 12, fill="#f3a52c")
    canvas.glow(x - 3, y - 3, 10, 10, "#ffd574", 0.9)


def chicken(canvas: Canvas, x: float, y: float) -> None:
    """A strip of grilled chicken."""
    turn = canvas.angle()
    canvas.blob(x + 2, y + 5, 27, 12, "#20120a", wild=0.12, turn=turn, alpha=0.32)
    canvas.blob(x, y, 27, 12, "#c98a45", wild=0.12, turn=turn)
    canvas.blob(x, y - 2, 24, 8, "#e6b878", wild=0.12, turn=turn)
    for along in (-13, -2, 9):
        at = on_circle((x, y), along, turn)
        bar = [on_circle(at, 7, turn + 70), on_circle(at, 7, turn + 250)]
        canvas.stroke(bar, 3, "#8a4f20")


def salmon_cube(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    corners = [on_circle((x, y), 14, turn + a) for a in (0, 88, 182, 268)]
    canvas.polygon([(a + 2, b + 5) for a, b in corners], "#2a0d06", 0.3)
    canvas.polygon(corners, "#f0764a")
    canvas.polygon([on_circle((x - 1, y - 2), 11, turn + a) for a in (0, 88, 182, 268)], "#f8956b")
    canvas.stroke([on_circle((x, y), 8, turn + 20), on_circle((x, y), 8, turn + 160)], 2, "#fcc9ab")


def prawn(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    bow = [on_circle((x, y), 17, turn + a) for a in range(0, 231, 12)]
    canvas.stroke([(a + 3, b + 5) for a, b in bow], 15, "#2a0d06", 0.28)
    for step, at in enumerate(bow):
        r = 9.5 - step * 0.26
        canvas.oval(*at, r, fill="#e8744a" if step % 3 else "#f7a37c")
        canvas.oval(at[0] - 1.6, at[1] - 2, r * 0.5, fill="#fbc3a3", alpha=0.8)
    tip = bow[-1]
    for side in (-28, 28):
        leaf(canvas, *on_circle(tip, 8, turn + 320 + side), 18, turn + 320 + side, "#d9542f")


def falafel(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 4, y + 7, 22, fill="#180d05", alpha=0.35)
    canvas.blob(x, y, 22, 21, "#8a5a24", wild=0.06)
    canvas.glow(x - 5, y - 6, 18, 17, "#cf9a4d", 0.9)
    for at in canvas.around(16, 18, (x, y)):
        canvas.blob(*at, 2.2, 1.6, canvas.dice.choice(("#6b4318", "#b9813a", "#6f8a35")), wild=0.3)


def crouton(canvas: Canvas, x: float, y: float) -> None:
    turn, size = canvas.angle(), canvas.dice.uniform(10, 13)
    corners = [on_circle((x, y), size, turn + a) for a in (0, 90, 180, 270)]
    canvas.polygon([(a + 2, b + 4) for a, b in corners], "#2a1607", 0.32)
    canvas.polygon(corners, "#c98a3e")
    canvas.polygon([on_circle((x - 1, y - 2), size * 0.76, turn + a) for a in (0, 90, 180, 270)],
                   "#e8b865")  # fmt: skip


def walnut(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    canvas.blob(x + 1, y + 3, 11, 9, "#180d05", wild=0.2, turn=turn, alpha=0.3)
    canvas.blob(x, y, 11, 9, "#a9743c", wild=0.2, turn=turn)
    canvas.stroke([on_circle((x, y), 8, turn), on_circle((x, y), 8, turn + 180)], 2, "#7c4f22")
    for side in (60, 240):
        canvas.oval(*on_circle((x, y), 4.5, turn + side), 4, 2, fill="#cf9c5f", turn=turn)


def chickpea(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 1, y + 3, 8, fill="#20150a", alpha=0.3)
    canvas.oval(x, y, 8, 7.2, fill="#dcae62", turn=canvas.angle())
    canvas.oval(x - 2.4, y - 2.4, 3, 2, fill="#f5dca4")
