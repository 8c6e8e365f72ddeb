"""Weeks to draw, a reader of small PNGs, and how far two pictures are from each other."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from bot.library.load import Library, load

ROOT = Path(__file__).parents[2]
SIGNATURE = b"\x89PNG\r\n\x1a\n"

ANSWERS = {
    "h3_own": ("some", "scraps", "none"),
    "h7_reach": ("turned", "late", "none"),
    "h1_limit": ("mine", "theirs", "none"),
    "h8_kind": ("friend", "sharp", "none"),
    "h4_said": ("said", "held", "none"),
    "h2_heard": ("heard", "fixed", "none"),
    "h6_soft": ("showed", "inside", "none"),
    "h5_part": ("told", "carry", "none"),
    "h9_view": ("moved", "kept", "none"),
}
"""The nine, in the order in which three are asked each week, with the answers they offer."""


@cache
def library() -> Library:
    return load(ROOT / "content")


def week(
    close: int | None, close_wish: int | None, room: int | None, room_wish: int | None, ago: int = 1
) -> dict[str, Any]:
    """Return a check-in, as `past_of` gives it, with three of the nine answered."""
    asked = list(ANSWERS)[ago % 3 * 3 :][:3]
    said: dict[str, str | None] = dict.fromkeys(ANSWERS)
    said |= {name: ANSWERS[name][(ago // 3 + index) % 3] for index, name in enumerate(asked)}
    numbers = {"close_now": close, "close_wish": close_wish, "room_now": room, "room_wish": room_wish}
    return {**said, **numbers, "weeks_ago": ago}


QUARTER = [
    week(close, 5, room, 5, ago)
    for ago, (close, room) in enumerate(
        [(5, 2), (5, 3), (4, 3), (4, 4), (5, 4), (6, 4), (6, 3), (7, 3), (6, 2), (5, 1), (5, 2), (3, 5)], 1
    )
]
CASES: dict[str, list[dict[str, Any]]] = {
    "first": [week(4, 5, 4, 5)],
    "quarter": QUARTER,
    "same": [week(4, 4, 4, 4), week(3, 4, 5, 4, 2)],
    "corner": [week(7, 1, 7, 1)],
    "beside": [week(1, 1, 6, 7)],
    "unwished": [week(4, None, 4, None)],
    "half": [week(4, 6, 2, None), week(None, None, 3, 4, 2)],
}


def svg_of(name: str, weeks: list[dict[str, Any]]) -> str:
    """Fill a drawing in, as a turn does."""
    names = {"past_of": lambda _flow: weeks, "min": min, "max": max}
    return library().renderer.text(library().drawings[name], names)


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and bytes, four a pixel, of a PNG as resvg writes it."""
    assert png.startswith(SIGNATURE)
    at, data, size = len(SIGNATURE), b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
            assert content[8:] == b"\x08\x06\0\0\0", "eight bits, RGBA, plain rows"
        elif kind == b"IDAT":
            data += content
        at += 12 + length
    width, height = size
    return width, height, _rows(zlib.decompress(data), width * 4, height)


def _rows(data: bytes, stride: int, height: int) -> bytes:
    """Undo the five filters of PNG, row by row."""
    out, before = bytearray(), bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for index in range(stride if kind else 0):
            left = line[index - 4] if index >= 4 else 0
            up, corner = before[index], before[index - 4] if index >= 4 else 0
            line[index] = (line[index] + _guess(kind, left, up, corner)) & 255
        out += line
        before = bytes(line)
    return bytes(out)


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        return min((left, up, corner), key=lambda one: abs(left + up - corner - one))
    return (0, left, up, (left + up) // 2)[kind]


def apart(one: bytes, other: bytes) -> float:
    """Return which part of two pictures' bytes differs so that an eye could see it."""
    first, second = pixels(one), pixels(other)
    if first[:2] != second[:2]:
        return 1.0
    return sum(abs(a - b) > 40 for a, b in zip(first[2], second[2], strict=True)) / len(first[2])
