"""One try at sending a message: drawn if it bears a picture, when there is room, in a body that is taken."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.log import log
from bot.runtime import marks
from bot.runtime.drawing import Easel
from bot.runtime.sends import Instead, Later, NoTopic, SendError, Unknown, without

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from bot.runtime.calls import Calls, Limits
    from bot.runtime.pause import Pause
    from bot.runtime.sends import Sends
    from bot.store.protocol import Message, Work

    Write = Callable[[Callable[[Work], None]], Awaitable[None]]


class Posting:
    """Sends one message at a time for each chat."""

    def __init__(  # noqa: PLR0913  what all chats share
        self,
        sender: Sends,
        *,
        room: asyncio.Semaphore,
        limits: Limits,
        pause: Pause,
        calls: Calls,
        write: Write,
    ) -> None:
        """Share room, limits and pauses with the outbox; `write` notes that a topic is gone."""
        self._sender, self._room, self._limits = sender, room, limits
        self._pause, self._calls, self._write = pause, calls, write
        self._easel = Easel()

    async def send(self, message: Message) -> int | None:
        """Send once. Raises only SendError, also for a row that cannot even be tried.

        What is refused in one body is sent in another; each call has its own place in a group's limit.
        """
        ready = await self._easel.drawn(message)
        while True:
            await self._limits.wait(message.chat_id)
            if "edit" in ready.body:
                await self._calls.make_way(*ready.body["edit"])
            try:
                async with self._room:
                    return await self._sender.send(ready)
            except Later as error:
                self._pause.asked(message.chat_id, error.wait)
                raise
            except Instead as error:
                log.warning("send_instead", fault=str(error), outbox_id=message.id)
                ready = replace(ready, body=error.body)
            except NoTopic:
                if "thread" not in ready.body:
                    # The group's own room is closed: there is no other place to go.
                    raise
                log.warning("topic_gone", outbox_id=message.id)
                await self._write(partial(marks.leave_topic, message.chat_id))
                ready = replace(ready, body=without(ready.body, "thread"))
            except SendError:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, it must not stop the chat
                raise Unknown(type(error).__name__) from None
