"""Pictures on their way: filled in when the turn renders its words, drawn when they are sent.

The words come first. Where a picture cannot be filled in or drawn, they go alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from bot.log import log
from bot.pictures import CannotDrawError, draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.model import Node
    from bot.library.load import Library
    from bot.store.protocol import Message

AT_ONCE = 2
"""Pictures drawn at the same time: each is a process of some 20 MB for a tenth of a second."""


def filled_in(library: Library, node: Node, names: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return a node's picture as its name and its SVG, or None when it has none, or none that works."""
    source = library.drawings.get(node.picture or "")
    if node.picture is None or source is None:
        return None
    try:
        return node.picture, library.renderer.text(source, names)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        log.error("picture_not_filled_in", fault=type(error).__name__, node=node.id)
        return None


class Easel:
    """Draws what messages carry, in threads, a few at a time."""

    def __init__(self) -> None:
        """Stand ready."""
        self._room = asyncio.Semaphore(AT_ONCE)

    async def drawn(self, message: Message) -> Message:
        """Return the message with its picture as PNG in place of the SVG, or without it when that fails."""
        if "picture" not in message.body:
            return message
        body = dict(message.body)
        picture = body.pop("picture")
        try:
            async with self._room:
                body["photo"] = (picture["name"], await asyncio.to_thread(draw, picture["svg"]))
        except CannotDrawError as error:
            log.warning("picture_not_drawn", fault=str(error), outbox_id=message.id)
        return replace(message, body=body)
