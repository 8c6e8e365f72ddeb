"""What the page can do, by name: people's acts, the clock, and starting over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.cast import add_stranger
from bot.sandbox.errors import HumanError
from bot.sandbox.shapes import pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.glass import Glass
    from bot.sandbox.record import Record
    from bot.sandbox.shapes import Json
    from bot.sandbox.world import World

LONGEST_JUMP: Final = 92 * 86_400
"""Seconds that the clock can be moved at once; a question every eight weeks is nearer than that."""

A_MOMENT: Final = timedelta(seconds=1)


class Acts:
    """Carries acts out. One that makes no sense raises HumanError, KeyError, TypeError or ValueError."""

    def __init__(
        self,
        world: World,
        record: Record,
        jump: Callable[[timedelta], Awaitable[None]],
        start_over: Callable[[], Awaitable[None]],
    ) -> None:
        """Act in `world`; `jump` moves time and `start_over` begins everything anew."""
        self._world = world
        self._record = record
        self._jump = jump
        self._start_over = start_over
        self.glass: Glass | None = None

    async def do(self, act: Any) -> None:  # noqa: ANN401  (it is whatever JSON was sent)
        """Carry out one act, `{"do": …, "as": user id, "chat": chat id, …}`."""
        match act["do"]:
            case "jump":
                await self._forward(float(act["seconds"]))
            case "next":
                await self._to_next_wake()
            case "start_over":
                await self._start_over()
            case "stranger":
                add_stranger(self._world)
            case other:
                self._person_does(other, int(act["as"]), int(act["chat"]), act)

    async def _forward(self, seconds: float) -> None:
        if not 0 < seconds <= LONGEST_JUMP:
            raise HumanError("time jumps forward, by at most three months")
        await self._jump(timedelta(seconds=seconds))

    async def _to_next_wake(self) -> None:
        due = await self.glass.next_wake() if self.glass else None
        if due is None:
            raise HumanError("Nothing is planned: the bot does not mean to write by itself.")
        ahead = due.timestamp() - self._world.now() + A_MOMENT.total_seconds()
        await self._forward(max(ahead, A_MOMENT.total_seconds()))

    def _person_does(self, what: str, user: int, chat: int, act: Json) -> None:
        world = self._world
        topic = int(act["topic"]) if act.get("topic") else None
        match what:
            case "say":
                reply_to = int(act["reply_to"]) if act.get("reply_to") else None
                for piece in pieces(str(act["text"])):
                    world.say(user, piece, chat, reply_to, topic)
            case "edit":
                world.edit(user, int(act["message_id"]), str(act["text"]), chat)
            case "press":
                world.press(user, int(act["message_id"]), str(act["data"]), chat)
            case "media":
                world.send_media(user, str(act["kind"]), chat)
            case "link":
                self._open_link(user, chat, str(act["url"]))
            case "block" | "unblock" | "join" | "leave" | "kick_bot" | "upgrade" | "make_forum":
                self._note(what, user)
                (getattr(world, what)(user) if chat == user else getattr(world, what)(user, chat))
            case "add_bot":
                self._note("add_bot", user)
                world.add_bot(user, chat)
            case "open_topic":
                world.open_topic(user, chat, str(act["title"]))
            case other:
                raise HumanError(f"nobody can {other} here")

    def _open_link(self, user: int, group: int, url: str) -> None:
        """Follow a link to the bot: `?start=` speaks to it alone, `?startgroup=` brings it into a group."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query, keep_blank_values=True)
        name = self._world.bot["username"].lower()
        if parts.hostname != "t.me" or parts.path.strip("/").lower() != name:
            raise HumanError("This link leads away from this machine, so it is not opened here.")
        if "startgroup" in asked:
            self._note("add_bot", user)
            self._world.add_bot(user, group, asked["startgroup"][0])
        else:
            start = asked.get("start", [""])[0]
            self._world.say(user, f"/start {start}".strip(), user)

    def _note(self, what: str, user: int) -> None:
        name = self._world.person(user).shape["first_name"].lower()
        self._record.note(f"{name} does this: {what.replace('_', ' ')}")
