"""SVG to PNG, so that a picture looks the same on every server, with or without fonts of its own."""

from __future__ import annotations

from bot.pictures.press import CannotDrawError, draw

__all__ = ["CannotDrawError", "draw"]
