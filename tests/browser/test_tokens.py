"""Ink can be read on its ground, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: pair for name, *pair in PAIR.findall(TOKENS.read_text())}

TEXT = [
    ("ink", ["ground", "surface", "raised", "sunken", "accent-soft"]),
    ("ink-soft", ["ground", "surface", "raised", "sunken"]),
    ("on-accent", ["accent", "accent-strong"]),
    ("accent-ink", ["accent-soft", "surface", "ground"]),
    ("on-danger", ["danger"]),
    ("danger-ink", ["danger-soft", "surface"]),
    ("warn-ink", ["warn-soft"]),
    ("info-ink", ["info-soft"]),
    ("ground", ["ink"]),
]
SHAPES = [
    ("line-strong", ["surface", "ground"]),
    ("focus", ["surface", "ground", "sunken"]),
    ("accent", ["surface", "ground"]),
    ("danger", ["surface", "danger-soft"]),
    *((f"dot-{n}", [f"tint-{n}"]) for n in range(1, 9)),
]


def light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_colours_stand_out_from_what_they_lie_on(pairs, least, scheme):
    weak = [
        (ink, ground, round(found, 2))
        for ink, grounds in pairs
        for ground in grounds
        if (found := contrast(COLOURS[ink][scheme], COLOURS[ground][scheme])) < least
    ]
    assert weak == []
