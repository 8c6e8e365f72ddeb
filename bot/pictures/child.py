"""Draws one picture, SVG in and PNG out, as a process of its own (`press.py`); imports nothing of ours."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import resvg_py

FAMILY = "Manrope"
FACES = ("Manrope-Medium.ttf", "Manrope-Bold.ttf")


def fonts() -> list[str]:
    """Return the font files that pictures are written in; they come with a package. Raises ImportError."""
    spec = find_spec("font_manrope")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("font_manrope")
    folder = Path(spec.submodule_search_locations[0]) / "files"
    return [str(folder / face) for face in FACES]


def png_of(svg: str, width: int | None = None) -> bytes:
    """Return the picture as PNG, with our font and no other. Raises ValueError for what is no SVG."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            skip_system_fonts=True,
            font_files=fonts(),
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(png_of(sys.stdin.buffer.read().decode()))
