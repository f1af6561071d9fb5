"""A small drawing board: shapes with soft edges, light from the upper left, warm shadows.

Coordinates are those of the finished picture, 480 by 360. Everything is drawn twice as
large and reduced at the end, which makes the edges smooth.
"""

import io
from collections.abc import Iterable, Sequence
from math import cos, pi, radians, sin
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

WIDTH, HEIGHT = 480, 360
CENTRE = (WIDTH / 2, HEIGHT / 2)
SCALE = 2
GLOW = ImageChops.invert(Image.radial_gradient("L"))

ROUND = [(cos(2 * pi * step / 72), sin(2 * pi * step / 72)) for step in range(72)]
SMALL = ROUND[::3]

Point = tuple[float, float]
Colour = tuple[int, ...]


def colour(text: str, alpha: float = 1) -> Colour:
    """``#rrggbb`` with an opacity of 0 to 1."""
    return (*ImageColor.getrgb(text)[:3], round(255 * alpha))


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies ``share`` of the way from one to the other."""
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darker(text: str, share: float = 0.25) -> str:
    return mixed(text, "#1a0f08", share)


def lighter(text: str, share: float = 0.3) -> str:
    return mixed(text, "#fffdf5", share)


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0) -> list[Point]:
    """The outline of an ellipse, turned by ``turn`` degrees."""
    ry, angle = rx if ry is None else ry, radians(turn)
    c, s = cos(angle), sin(angle)
    return [
        (x + rx * dx * c - ry * dy * s, y + rx * dx * s + ry * dy * c)
        for dx, dy in (ROUND if rx + ry > 30 else SMALL)
    ]


def on_circle(centre: Point, radius: float, degrees: float) -> Point:
    return centre[0] + radius * cos(radians(degrees)), centre[1] + radius * sin(radians(degrees))


class Canvas:
    """One picture being drawn. ``dice`` falls the same way each time for the same ``seed``."""

    def __init__(self, ground: tuple[str, str], seed: str) -> None:
        self.dice = Random(seed)  # noqa: S311 - decoration, no secret
        light, dark = ground
        slope = Image.linear_gradient("L").rotate(24, resample=Image.Resampling.BICUBIC)
        slope = slope.crop((40, 40, 216, 216)).resize((WIDTH * SCALE, HEIGHT * SCALE))
        self.image = Image.new("RGB", slope.size, light)
        self.image.paste(Image.new("RGB", slope.size, dark), mask=slope)
        self.pen = ImageDraw.Draw(self.image, "RGBA")
        self.glow(150, 70, 300, 230, "#ffffff", 0.16)

    def polygon(self, points: Iterable[Point], fill: str, alpha: float = 1) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour(fill, alpha))

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float | None = None,
        *,
        fill: str,
        turn: float = 0,
        alpha: float = 1,
    ) -> None:
        self.polygon(oval(x, y, rx, ry, turn), fill, alpha)

    def ring(self, x: float, y: float, r: float, width: float, fill: str, alpha: float = 1) -> None:
        box = [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE]
        self.pen.ellipse(box, outline=colour(fill, alpha), width=round(width * SCALE))

    def box(
        self, x: float, y: float, w: float, h: float, r: float, fill: str, alpha: float = 1
    ) -> None:
        """A rectangle with round corners; ``x`` and ``y`` are its upper left one."""
        place = [x * SCALE, y * SCALE, (x + w) * SCALE, (y + h) * SCALE]
        self.pen.rounded_rectangle(place, radius=r * SCALE, fill=colour(fill, alpha))

    def stroke(self, points: Sequence[Point], width: float, fill: str, alpha: float = 1) -> None:
        """A line with round ends."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(scaled, fill=colour(fill, alpha), width=round(width * SCALE), joint="curve")
        if alpha == 1:
            for x, y in (points[0], points[-1]):
                self.oval(x, y, width / 2, fill=fill)

    def blob(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        fill: str,
        *,
        wild: float = 0.08,
        turn: float = 0,
        alpha: float = 1,
    ) -> list[Point]:
        """A rounded shape that nobody cut with a compass; returns its outline."""
        waves = [(n, self.dice.uniform(0, 2 * pi), wild / n**0.5) for n in (2, 3, 5, 7)]
        angle, points = radians(turn), []
        for step in range(90):
            a = 2 * pi * step / 90
            swell = 1 + sum(size * sin(n * a + phase) for n, phase, size in waves)
            dx, dy = rx * swell * cos(a), ry * swell * sin(a)
            points.append(
                (x + dx * cos(angle) - dy * sin(angle), y + dx * sin(angle) + dy * cos(angle))
            )
        self.polygon(points, fill, alpha)
        return points

    def glow(self, x: float, y: float, rx: float, ry: float, fill: str, alpha: float) -> None:
        """Light or shade that fades out towards its edge."""
        size = (round(2 * rx * SCALE), round(2 * ry * SCALE))
        mask = GLOW.resize(size).point(lambda value: round(max(0, value - 74) * alpha * 1.4))
        place = (round((x - rx) * SCALE), round((y - ry) * SCALE))
        self.image.paste(colour(fill)[:3], (*place, place[0] + size[0], place[1] + size[1]), mask)

    def shadow(self, points: Iterable[Point], *, away: Point = (7, 11), blur: float = 8,
               alpha: float = 0.42) -> None:  # fmt: skip
        """What a thing with this outline throws on the table."""
        small = Image.new("L", (WIDTH // 2, HEIGHT // 2), 0)
        moved = [((x + away[0]) / 2, (y + away[1]) / 2) for x, y in points]
        ImageDraw.Draw(small).polygon(moved, fill=round(255 * alpha))
        self.stain(small.filter(ImageFilter.GaussianBlur(blur / 2)), "#150b06")

    def stain(self, mask: Image.Image, fill: str) -> None:
        """Colour the picture where a smaller mask of the whole of it says."""
        box = mask.getbbox()
        if box is None:
            return
        times = WIDTH * SCALE // mask.width
        left, top, right, bottom = (edge * times for edge in box)
        grown = mask.crop(box).resize((right - left, bottom - top))
        self.image.paste(colour(fill)[:3], (left, top, right, bottom), grown)

    def steam(self, x: float, y: float) -> None:
        """Three wisps above something hot."""
        small = Image.new("L", (WIDTH, HEIGHT), 0)
        pen = ImageDraw.Draw(small)
        for offset, height in ((-26, 62), (0, 84), (27, 66)):
            wisp = [
                (x + offset + 8 * sin(step / 5.2 + offset), y - height * step / 24)
                for step in range(25)
            ]
            pen.line(wisp, fill=150, width=7, joint="curve")
        self.stain(small.filter(ImageFilter.GaussianBlur(5)), "#ffffff")

    def around(self, count: int, radius: float, centre: Point = CENTRE) -> list[Point]:
        """``count`` places spread evenly, yet not in rows, over a disc."""
        places, start = [], self.angle()
        for n in range(count):
            r = radius * ((n + 0.5) / count) ** 0.5
            x, y = on_circle(centre, r, start + n * 137.508 + self.dice.uniform(-9, 9))
            places.append((x + self.dice.uniform(-4, 4), y + self.dice.uniform(-4, 4)))
        return places

    def angle(self) -> float:
        return self.dice.uniform(0, 360)

    def webp(self) -> bytes:
        """The finished picture."""
        file = io.BytesIO()
        self.image.reduce(SCALE).save(file, "WEBP", quality=68, method=4)
        return file.getvalue()
