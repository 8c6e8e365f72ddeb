"""Sends what turns have left in the outbox, in order for each chat, and decides what an error means (rule 4).

A reply whose fate is unknown is sent again: a doubled reply is better than silence. A nudge is claimed on
disk before the call and never sent twice: a lost nudge is better than a doubled one. Within a chat nothing
is sent before the message ahead of it is marked as sent, so a kill repeats at most the one in flight.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from bot.log import log
from bot.runtime import marks
from bot.runtime.calls import Calls, Limits
from bot.runtime.events import Migrated, Outcome, Removed
from bot.runtime.pause import Pause
from bot.runtime.posting import Posting
from bot.runtime.sends import Gone, Later, Moved, Refused, Revoked, Unknown, without
from bot.runtime.unsaid import Unsaid
from bot.runtime.where import where_of
from bot.store.protocol import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.clock import Clock
    from bot.runtime.events import GroupEvent
    from bot.runtime.sends import Sends
    from bot.store.protocol import Message, Store, Work

    OnGroup = Callable[[Work, GroupEvent], Outcome]

AT_ONCE = 250
"""Calls under way at the same time; the transport has as many connections."""

NUDGES_A_SECOND = 25
"""Below Telegram's 30 a second for bulk messages, so that replies keep room (performance.md 7)."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LONGEST_WAIT = 3600.0
"""Seconds a message waits at most: the most that Telegram asks for, whatever a wrong clock wrote down."""

MOST_TRIES = 500
"""Tries of one message over a broken line (about eight hours) before it is given up."""

MOST_STRANGE = 5
"""Tries of one message that gets answers nobody understands."""

NEVER_LEFT = frozenset({"Unreached", "Revoked"})
"""Faults that say for certain that nothing was sent."""

NUDGE_WAITS = timedelta(seconds=30)
"""How long a nudge waits for replies in its chat."""

STOP_SECONDS = 4.0
"""With the four seconds that updates in hand get before, well below the ten that a stop may take."""


def _nobody_hears(_work: Work, _event: GroupEvent) -> Outcome:
    return Outcome()


class Outbox:
    """The queues of what is to be sent, one for each chat."""

    def __init__(
        self,
        store: Store,
        sender: Sends,
        clock: Clock,
        on_revoked: Callable[[], None],
        on_group: OnGroup = _nobody_hears,
    ) -> None:
        """Send with `sender`; `on_revoked` hears of a bad token, `on_group` what is told of a group."""
        self._store = store
        self._sender = sender
        self._clock = clock
        self._on_revoked, self._on_group = on_revoked, on_group
        self._queues: dict[int, deque[Message]] = defaultdict(deque)
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._nudger: asyncio.Task[None] | None = None
        self._more_nudges = False
        self._unsaid = Unsaid()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._limits = Limits()
        self._calls = Calls(sender, self._room, self._limits, on_revoked, self._hear)
        self._nudge_limit = AsyncLimiter(NUDGES_A_SECOND, 1)
        self._pause = Pause(clock)
        self._posting = Posting(
            sender,
            room=self._room,
            limits=self._limits,
            pause=self._pause,
            calls=self._calls,
            write=self._write,
        )
        self._stopping = asyncio.Event()

    async def recover(self) -> None:
        """Take up what an earlier life left unsent."""
        for message in await self._store.run(lambda work: work.waiting_messages()):
            self._queue(message)
        self.poke_nudges()

    def take(self, outcome: Outcome) -> None:
        """Send what a turn left to do. Returns at once."""
        self._unsaid.add(outcome)
        if outcome.withdrawn is not None:
            self._withdraw(outcome.withdrawn)
        for message in outcome.messages:
            self._queue(message)
        for call in outcome.calls:
            self._calls.begin(call)
        if outcome.nudges:
            self.poke_nudges()

    def poke_nudges(self) -> None:
        """Look for nudges that may be sent now."""
        self._more_nudges = True
        if self._nudger is None or self._nudger.done():
            self._nudger = asyncio.create_task(self._send_nudges())

    @property
    def idle(self) -> bool:
        """Say whether nothing is under way."""
        nudging = self._nudger is not None and not self._nudger.done()
        return not self._workers and not self._calls.tasks and not nudging

    async def stop(self) -> None:
        """Finish what is in hand, within seconds; what is not sent stays in the store."""
        self._stopping.set()
        tasks = [*self._workers.values(), *self._calls.tasks, *([self._nudger] if self._nudger else [])]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # Replies

    def _queue(self, message: Message) -> None:
        self._queues[message.chat_id].append(message)
        if message.chat_id not in self._workers:
            self._workers[message.chat_id] = asyncio.create_task(self._work_off(message.chat_id))

    def _withdraw(self, chat_id: int) -> None:
        """Send no more of what is sensitive; the first in the queue may be on its way already."""
        queue = self._queues.get(chat_id)
        if queue:
            first, *others = queue
            queue.clear()
            queue.extend([first, *(one for one in others if not one.sensitive)])

    async def _work_off(self, chat_id: int) -> None:
        """Send a chat's messages one after another."""
        queue = self._queues[chat_id]
        try:
            while queue and not self._stopping.is_set():
                if await self._deliver(queue[0]):
                    queue.popleft()
        finally:
            self._workers.pop(chat_id, None)
            if not queue:
                self._queues.pop(chat_id, None)

    async def _deliver(self, message: Message) -> bool:
        """Send one message, as often as it takes; False when stopped before it was done."""
        pause, strange, tries = FIRST_PAUSE, 0, 0
        left = (message.not_before - self._clock.now()).total_seconds() if message.not_before else 0
        if not await self._sleep(min(left, LONGEST_WAIT)):
            return False
        while not self._unsaid.covers(message):
            if left := self._pause.left():
                if not await self._sleep(left):
                    return False
                continue
            try:
                await self._attempt(message)
            except Later as error:
                until = self._clock.now() + error.wait
                await self._write(partial(marks.later, message, until))
                pause, wait = FIRST_PAUSE, error.wait.total_seconds()
            except Unknown as error:
                tries += 1
                strange += str(error) not in {"NetworkError", "TimedOut", *NEVER_LEFT}
                if tries >= MOST_TRIES or strange >= MOST_STRANGE:
                    await self._park(message, str(error))
                    return True
                log.warning("send_unknown", fault=str(error), outbox_id=message.id, tries=tries)
                wait, pause = pause, min(pause * 2, LONGEST_PAUSE)
            else:
                return True
            if not await self._sleep(wait):
                return False
        return True

    async def _follow(self, message: Message, chat_id: int) -> None:
        """Send a message to where its group has gone; what asks has been asked there again already."""
        if message.run_id is not None:
            await self._park(message, "moved")
            return
        await self._write(partial(marks.move, message.chat_id, chat_id))
        self._queue(replace(message, chat_id=chat_id, body=without(message.body, "edit", "thread")))

    async def _attempt(self, message: Message) -> None:
        """Send once and note the end; raises only what is worth another try."""
        try:
            message_id = await self._posting.send(message)
        except (Gone, Refused) as error:
            await self._park(message, str(error))
            if isinstance(error, Gone) and message.chat_id < 0:
                await self._hear(Removed(message.chat_id))
            elif isinstance(error, Gone):
                await self._write(partial(marks.unreachable, message.chat_id))
            return
        except Moved as error:
            log.warning("chat_moved", outbox_id=message.id, fault=str(error))
            await self._hear(Migrated(message.chat_id, error.chat_id))
            await self._follow(message, error.chat_id)
            return
        except Revoked:
            self._on_revoked()
            if message.kind == "reply":
                await self._sleep(LONGEST_PAUSE)
            raise Unknown("Revoked") from None
        now = self._clock.now()
        # Nothing else is sent to this chat before the mark is on disk, so it may wait for the next commit.
        alone = len(self._queues.get(message.chat_id, ())) <= 1
        await self._write(lambda work: work.message_sent(message, message_id, now), patient=alone)

    async def _park(self, message: Message, reason: str) -> None:
        log.warning("send_parked", fault=reason, outbox_id=message.id)
        await self._write(lambda work: work.park_message(message, reason))

    async def _write(self, unit: Callable[[Work], None], *, patient: bool = False) -> None:
        """Write the end of a message down, waiting for a store that cannot write just now."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._store.run(unit, patient=patient)
            except StoreError as error:
                log.error("store_failed", fault=type(error).__name__)
                if not await self._sleep(pause):
                    return
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    async def _sleep(self, seconds: float) -> bool:
        """Wait; False when the bot is stopping."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                return True
        return not self._stopping.is_set()

    async def _hear(self, event: GroupEvent) -> None:
        """Let a turn hear of a group; one that fails is asked for at the next chance."""
        try:
            self.take(await self._store.run(lambda work: self._on_group(work, event)))
        except Exception as error:  # noqa: BLE001  a conflict, a full disk: nothing hangs on it
            log.error("group_failed", fault=type(error).__name__, where=where_of(error))

    # Nudges

    async def _send_nudges(self) -> None:
        """Claim and send nudges, slowly, and never while their chat has a reply waiting."""
        while self._more_nudges and not self._stopping.is_set() and not self._pause.left():
            self._more_nudges = False
            # Claimed one by one, right before the call: what is claimed and not sent is lost.
            await self._nudge_limit.acquire()
            now = self._clock.now()
            try:
                claimed = await self._store.run(lambda work: work.claim_nudges(now, 1))  # noqa: B023
            except StoreError as error:
                log.error("store_failed", fault=type(error).__name__)
                return
            self._more_nudges = bool(claimed)
            for message in claimed:
                if message.chat_id in self._workers:
                    # Replies first: this one is looked at again at a later tick.
                    await self._write(partial(marks.later, message, now + NUDGE_WAITS))
                    continue
                await self._nudge(message)

    async def _nudge(self, message: Message) -> None:
        try:
            await self._attempt(message)
        except Later as error:
            until = self._clock.now() + error.wait
            await self._write(partial(marks.later, message, until))
        except Unknown as error:
            if str(error) in NEVER_LEFT:
                await self._write(partial(marks.later, message, self._clock.now() + NUDGE_WAITS))
            else:
                await self._park(message, str(error))
