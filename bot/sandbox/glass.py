"""The one small interface through which the drawer sees the bot from inside. A bot may offer none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.shapes import Json


class Glass(Protocol):
    """What a bot shows of itself. The words are the bot's own; the page only lays them out.

    A view is `{"stands": [card …], "coming": [[name, value] …], "stored": [card …]}`, and a card is
    `{"title": str, "rows": [[name, value, sealed] …]}` with text values; `sealed` is true where the value
    only says how much lies there unreadable.
    """

    async def look(self, chat_id: int) -> Json:
        """Return the view of one chat."""
        ...

    async def next_wake(self) -> datetime | None:
        """Return when the bot will next do something by itself, if it knows."""
        ...

    async def how_it_ends(self) -> str:
        """Return the closing line of a transcript, without the `=`."""
        ...
