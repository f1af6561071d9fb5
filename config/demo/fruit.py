"""Fruit, berries and coffee beans, seen from above. Each is drawn at a place."""

from config.demo.canvas import Canvas, lighter, on_circle
from config.demo.garnish import leaf


def citrus(
    canvas: Canvas, x: float, y: float, r: float = 24, rind: str = "#f0b21e", flesh: str = "#f9d75a"
) -> None:
    """A slice of lemon; other rinds and flesh make it orange or lime."""
    canvas.oval(x + 3, y + 5, r, fill="#20150a", alpha=0.3)
    canvas.oval(x, y, r, fill=rind)
    canvas.oval(x, y, r * 0.89, fill="#fff6dc")
    for degrees in range(0, 360, 45):
        wedge = [on_circle((x, y), r * 0.08, degrees + 22)]
        wedge += [on_circle((x, y), r * 0.8, degrees + a) for a in range(3, 43, 6)]
        canvas.polygon(wedge, flesh)
        canvas.polygon([wedge[0], *wedge[2:5]], lighter(flesh, 0.35))


def lime(canvas: Canvas, x: float, y: float, r: float = 22) -> None:
    citrus(canvas, x, y, r, "#5f9c2e", "#b9d96b")


def orange(canvas: Canvas, x: float, y: float, r: float = 26) -> None:
    citrus(canvas, x, y, r, "#ea7f16", "#f9a53c")


def strawberry(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.dice.uniform(-25, 25)
    canvas.blob(x + 3, y + 5, 15, 19, "#2a0d06", wild=0.05, turn=turn, alpha=0.3)
    canvas.blob(x, y, 15, 19, "#d42b32", wild=0.05, turn=turn)
    canvas.glow(x - 4, y - 5, 12, 14, "#ff8577", 0.75)
    for at in canvas.around(11, 14, (x, y + 2)):
        canvas.oval(*at, 1.3, 1.9, fill="#fbd98a")
    for degrees in (200, 235, 270, 305, 340):
        leaf(canvas, *on_circle((x, y - 15), 6, degrees), 14, degrees, "#4c9a3a")


def raspberry(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 2, y + 4, 12, fill="#2a0510", alpha=0.3)
    canvas.oval(x, y, 12, fill="#b51f4b")
    for at in canvas.around(13, 11, (x, y)):
        canvas.oval(*at, 3.4, fill="#d53a66")
        canvas.oval(at[0] - 1, at[1] - 1, 1.3, fill="#f79ab5")


def blueberry(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x + 2, y + 3, 8.5, fill="#0a0a1c", alpha=0.35)
    canvas.oval(x, y, 8.5, fill="#39457f")
    canvas.glow(x - 2, y - 3, 8, 8, "#8d9bd4", 0.9)
    canvas.oval(x + 1, y + 1, 2.6, fill="#222a55")


def mint(canvas: Canvas, x: float, y: float) -> None:
    for turn in (-25, 100, 215):
        leaf(canvas, *on_circle((x, y), 10, turn), 24, turn, "#4fae5a")


def coffee_bean(canvas: Canvas, x: float, y: float) -> None:
    turn = canvas.angle()
    canvas.oval(x + 2, y + 3, 9.5, 6.6, fill="#100804", turn=turn, alpha=0.4)
    canvas.oval(x, y, 9.5, 6.6, fill="#57311a", turn=turn)
    canvas.oval(x - 1, y - 1.6, 7, 3.6, fill="#7a4a2a", turn=turn)
    canvas.stroke([on_circle((x, y), 8, turn), on_circle((x, y), 8, turn + 180)], 1.8, "#2e170a")
