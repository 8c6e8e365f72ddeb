"""What the page can do, by name: people's acts, the clock, and starting over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.cast import add_stranger
from bot.sandbox.errors import HumanError
from bot.sandbox.links import brings_into_group, open_alone, open_in_group
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
        match what:
            case "say":
                reply_to = int(act["reply_to"]) if act.get("reply_to") else None
                for piece in pieces(str(act["text"])):
                    world.say(user, piece, chat, reply_to, _topic(act))
            case "edit":
                world.edit(user, int(act["message_id"]), str(act["text"]), chat)
            case "press":
                world.press(user, int(act["message_id"]), str(act["data"]), chat)
            case "media":
                world.send_media(user, str(act["kind"]), chat, topic=_topic(act))
            case "link":
                self._open_link(user, chat, act)
            case "block" | "unblock":
                getattr(world, what)(user)
                self._note(what, user)
            case other:
                self._in_group(other, user, chat, act)

    def _in_group(self, what: str, user: int, chat: int, act: Json) -> None:
        """Do what can be done with a group; HumanError for what cannot."""
        world = self._world
        match what:
            case "join" | "leave" | "kick_bot" | "upgrade" | "make_forum" | "make_bot_admin" | "add_bot":
                getattr(world, what)(user, chat)
            case "kick":
                world.kick(user, int(act["other"]), chat)
            case "new_group":
                world.new_group(user, map(int, act["others"]))
            case "open_topic":
                world.open_topic(user, chat, str(act["title"]))
            case "close_topic" | "reopen_topic" | "delete_topic":
                getattr(world, what)(user, chat, int(act["topic"]))
            case "say_anonymously":
                if not world.chat_of(user, chat).administered_by(user):
                    raise HumanError("only administrators can write without their name")
                world.say_anonymously(chat, str(act["text"]), _topic(act))
            case other:
                raise HumanError(f"nobody can {other} here")
        self._note(what, user)

    def _open_link(self, user: int, chat: int, act: Json) -> None:
        """Follow a link: into the group `chat`, or a new one with `others`, where it leads into a group."""
        world, url = self._world, str(act["url"])
        if not brings_into_group(world, url):
            open_alone(world, user, url)
            return
        if "others" in act:
            chat = world.new_group(user, map(int, act["others"]))
        self._note("add_bot", user)
        open_in_group(world, user, url, chat)

    def _note(self, what: str, user: int) -> None:
        name = self._world.person(user).shape["first_name"].lower()
        self._record.note(f"{name} does this: {what.replace('_', ' ')}")


def _topic(act: Json) -> int | None:
    return int(act["topic"]) if act.get("topic") else None
