"""The bot without Telegram: the real turns on a real store, with people who are only names.

For `alongside play`, for the transcripts, and for tests. Everything is synchronous, and time stands still
until it is moved.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow.model import ROLES
from bot.library.render import plain
from bot.runtime import groups, ticker, turn
from bot.runtime.desk import Desk
from bot.runtime.events import (
    AnswerPress,
    Arrived,
    Count,
    Counted,
    Delete,
    Departed,
    Edited,
    Event,
    Heard,
    Keyboard,
    Masked,
    Migrated,
    Outcome,
    Pressed,
    Reach,
    Removed,
    Retold,
    Row,
    Showed,
)
from bot.runtime.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.library.load import Library
    from bot.runtime.clock import MovableClock
    from bot.store.protocol import Message, Person, Run, Work
    from bot.store.sqlite import Heart


@dataclass(slots=True)
class Bubble:
    """One message of the bot, as somebody sees it now."""

    chat: str
    text: str
    rows: list[Row]
    message_id: int
    file: tuple[str, bytes] | None = None
    picture: tuple[str, str] | None = None


@dataclass(slots=True)
class Seen:
    """What an act led to: new messages, and short lines over the chat."""

    bubbles: list[Bubble] = field(default_factory=list)
    toasts: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[tuple[str, int]] = field(default_factory=list)


class NoSuchButtonError(Exception):
    """Nobody could press that: there is no such button to be seen."""


class Simulator:
    """Chats by name; `pair` is the group of the first two."""

    def __init__(self, library: Library, heart: Heart, clock: MovableClock, operator: str = "") -> None:
        """Play with a library on a store."""
        self.heart = heart
        self._numbers = iter(range(1, 1_000_000))
        self.clock = clock
        self._tokens = iter(range(1, 1_000_000))
        self.desk = Desk(
            library,
            clock,
            lambda: f"run{next(self._numbers):08d}",
            operator,
            new_token=lambda: f"token{next(self._tokens):017d}",
        )
        self.desk.itself.username = "alongside_bot"
        self.there = {"ann", "bo"}
        self.chats: dict[str, list[Bubble]] = {}
        self._ids: dict[str, int] = {}
        self.shown: list[tuple[str, int, str, str]] = []
        self._updates = iter(range(1, 1_000_000))

    def number(self, name: str) -> int:
        """Return the chat id that stands for a name."""
        return self._ids.setdefault(name, -1 if name == "pair" else 1001 + len(self._ids))

    # What people do

    def say(self, name: str, text: str, chat: str | None = None) -> Seen:
        """Somebody writes to the bot, or in the pair's group so that the bot gets to read it."""
        private = chat in (None, name)
        where = self.number(name if private else str(chat))
        return self._event(name, Heard(where, self.number(name), private, text, timedelta(), f"@{name}"))

    def show(self, name: str) -> Seen:
        """Somebody sends a photo."""
        number = self.number(name)
        return self._event(name, Showed(number, number, True))  # noqa: FBT003

    def edit(self, name: str) -> Seen:
        """Somebody edits what they wrote."""
        number = self.number(name)
        return self._event(name, Edited(number, number, True))  # noqa: FBT003

    def press(self, name: str, label: str, chat: str | None = None) -> Seen:
        """Somebody presses the newest button with this label in a chat. Raises NoSuchButtonError."""
        chat = chat or name
        for bubble in reversed(self.chats.get(chat, [])):
            for row in bubble.rows:
                for text, payload in row:
                    if text == label:
                        return self.press_payload(name, chat, bubble.message_id, payload)
        raise NoSuchButtonError(label)

    def press_old(self, name: str, label: str) -> Seen:
        """Somebody presses a button from further up, which may long be gone. Raises NoSuchButtonError."""
        for chat, message_id, text, payload in self.shown:
            if chat == name and text == label:
                return self.press_payload(name, chat, message_id, payload)
        raise NoSuchButtonError(label)

    def press_payload(self, name: str, chat: str, message_id: int, payload: str | None) -> Seen:
        """Somebody presses a button that they may have kept from another time."""
        private = chat != "pair"
        return self._event(
            name,
            Pressed(self.number(chat), self.number(name), private, "press", message_id, payload, f"@{name}"),
        )

    def come(self, name: str) -> Seen:
        """Somebody comes into the pair's group."""
        self.there.add(name)
        return self._event(name, Arrived(self.number("pair"), (self.number(name),)))

    def go(self, name: str) -> Seen:
        """Somebody goes from the pair's group."""
        self.there.discard(name)
        return self._event(name, Departed(self.number("pair"), self.number(name)))

    def masked(self) -> Seen:
        """Something is written in the pair's group by nobody in particular."""
        return self._event("pair", Masked(self.number("pair")))

    def removed(self) -> Seen:
        """Take the bot out of the pair's group."""
        return self._event("pair", Removed(self.number("pair")))

    def migrate(self) -> Seen:
        """Make the pair's group a supergroup, with another id."""
        old = self.number("pair")
        self._ids["pair"] = old - 1
        return self._event("pair", Migrated(old, old - 1))

    def block(self, name: str) -> Seen:
        """Somebody blocks the bot."""
        return self._event(name, Reach(self.number(name), reachable=False))

    def _event(self, name: str, event: Event) -> Seen:
        update_id = next(self._updates)
        now = self.clock.now()
        self.heart.do(lambda work: work.take_in(update_id, b"{}", now))
        return self._deliver(name, self.heart.do(lambda work: turn.handle(self.desk, work, update_id, event)))

    # What happens by itself

    def begin(self, flow_id: str, people: dict[str, str], chat: str | None = None) -> Seen:
        """Start a flow for people in roles ({role: name}), in the pair's group when `chat` is `pair`."""
        flow = self.desk.library.flows[flow_id]

        def unit(work: Work) -> Outcome:
            found = {role: work.person_in(self.number(people[role])) for role in ROLES if role in people}
            seats = {role: person for role, person in found.items() if person is not None}
            first = seats["initiator"]
            if len(seats) > 1:
                self._join(work, (first, seats["partner"]), chat)
            scene = Scene(self.desk, work, first.chat_id, first)
            scene.begin(flow, seats, self.number("pair") if chat == "pair" else None)
            return scene.outcome

        return self._deliver(next(iter(people.values())), self.heart.do(unit))

    def _join(self, work: Work, two: tuple[Person, Person], chat: str | None) -> None:
        """Make these two a couple, and the chat their group, as far as they are not."""
        couple = work.couple_of(two[0].id)
        if couple is None:
            labels = (two[0].profile.name, two[1].profile.name)
            couple = work.add_couple(two[0].id, two[1].id, labels, self.clock.now())
        if chat and not couple.bound:
            inside = (replace(couple.one, inside=True), replace(couple.two, inside=True))
            group = self.number(chat)
            work.save_couple(replace(couple, one=inside[0], two=inside[1], group_id=group, alone=True))

    def wait(self, step: timedelta) -> Seen:
        """Let time pass, and what is due happen."""
        self.clock.move(step)
        return self.tick()

    def tick(self) -> Seen:
        """Wake what is due now."""
        seen = Seen()
        timers, schedules, plan_ids = self.heart.do(partial(ticker.due, self.clock.now()))
        for run_id, number in timers:
            self._add(seen, partial(ticker.time_out, self.desk, run_id=run_id, turn=number))
        for schedule in schedules:
            self._add(seen, partial(ticker.wake, self.desk, schedule=schedule))
        for plan_id in plan_ids:
            self._add(seen, partial(ticker.ask_after, self.desk, plan_id=plan_id))
        return seen

    def _add(self, seen: Seen, unit: Callable[[Work], Outcome]) -> None:
        more = self._deliver("", self.heart.do(unit))
        seen.bubbles += more.bubbles
        seen.toasts += more.toasts

    def _deliver(self, name: str, outcome: Outcome) -> Seen:
        """Put everything into the chats, and tell the store that it arrived."""
        seen, counts = Seen(), list[partial[Outcome]]()
        now = self.clock.now()
        for call in outcome.calls:
            if isinstance(call, AnswerPress) and call.text:
                seen.toasts.append((name, call.text))
            elif isinstance(call, Keyboard):
                self._redraw(call)
            elif isinstance(call, Retold):
                self._retell(call)
            elif isinstance(call, Delete):
                self._delete(seen, call)
            elif isinstance(call, Count):
                there = {self.number(one) for one in self.there}
                told = Counted(call.chat_id, len(there) + 1 if there.issuperset(call.with_these) else 0)
                counts.append(partial(groups.happened, self.desk, event=told))
        nudges = self.heart.do(lambda work: work.claim_nudges(now, 1000))
        for message in [*outcome.messages, *nudges]:
            chat = self._name(message.chat_id)
            bubbles = self.chats.setdefault(chat, [])
            rows = [[(label, payload) for label, payload in row] for row in message.body["rows"]]
            bubble = Bubble(
                chat, plain(message.body["text"]), rows, message.id, _file(message), _picture(message)
            )
            if "edit" in message.body:
                bubbles[:] = [one for one in bubbles if one.message_id != message.body["edit"][1]]
            bubbles.append(bubble)
            self.shown += [(chat, message.id, label, payload) for row in rows for label, payload in row]
            seen.bubbles.append(bubble)
            self.heart.do(partial(_sent, message, now))
        for unit in counts:
            self._add(seen, unit)
        return seen

    def _redraw(self, call: Keyboard) -> None:
        for bubble in self.chats.get(self._name(call.chat_id), []):
            if bubble.message_id == call.message_id:
                bubble.rows = call.rows

    def _retell(self, call: Retold) -> None:
        for bubble in self.chats.get(self._name(call.chat_id), []):
            if bubble.message_id == call.message_id:
                bubble.text, bubble.rows = plain(call.text), call.rows

    def _delete(self, seen: Seen, call: Delete) -> None:
        name = self._name(call.chat_id)
        left = [one for one in self.chats.get(name, []) if one.message_id not in call.message_ids]
        seen.deleted.append((name, len(self.chats.get(name, [])) - len(left)))
        self.chats[name] = left

    def _name(self, number: int) -> str:
        return next((name for name, known in self._ids.items() if known == number), str(number))

    def open_runs(self, name: str) -> list[Run]:
        """Return what somebody has open."""
        number = self.number(name)

        def unit(work: Work) -> list[Run]:
            person = work.person_in(number)
            return work.open_runs(person.id) if person else []

        return self.heart.do(unit)

    def labels(self, chat: str) -> Iterator[str]:
        """Go through the buttons of the newest message that has some."""
        for bubble in reversed(self.chats.get(chat, [])):
            if bubble.rows:
                yield from (label for row in bubble.rows for label, _ in row)
                return


def _file(message: Message) -> tuple[str, bytes] | None:
    file = message.body.get("file")
    return (file["name"], b64decode(file["data"])) if file else None


def _picture(message: Message) -> tuple[str, str] | None:
    picture = message.body.get("picture")
    return (picture["name"], picture["svg"]) if picture else None


def _sent(message: Message, now: datetime, work: Work) -> None:
    work.message_sent(message, message.id, now)
