"""Ann, Bo and Cy with the real words on a real store, and a clock that stands still: for stories of two."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

from bot.runtime import groups, ticker, turn
from bot.runtime.clock import MovableClock
from bot.runtime.events import Counted, Heard, Outcome, Pressed
from bot.runtime.scene import Scene
from bot.simulator import Bubble, Seen, Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Profile
from tests.play_script import library_in

if TYPE_CHECKING:
    from bot.runtime.events import Event, GroupEvent, Row
    from bot.store.protocol import Couple, Person, Run, Work
    from bot.store.sqlite import Heart

EVENING = datetime(2026, 3, 2, 19, tzinfo=UTC)
LINK = re.compile(r"\?start(?:group)?=([A-Za-z0-9_-]{22})")
NO_LINK = "This link leads nowhere. Links work once, for a day, and only for whom they were made."
PARTED = (
    "You two are not linked here any more. What was opened may still stand in your chats; "
    "what was sealed is destroyed."
)
READY = "Only the two of you and me. What you begin with /together in your own chat now goes on here."
WAITS = "I wait until it is only the two of you and me here. Nothing is lost meanwhile."
ENDED = "The exercise for two has ended. Nothing of it waits for you any more; /menu is there when you like."
SHOWN = (
    "{0} (@{1} in Telegram) asks whether you would do small exercises for two here. "
    "You can say no, and they will not hear of it."
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Story(Simulator):
    """The simulator, with the acts and the looks that stories of two need."""

    def __init__(self, folder: str = "content", heart: Heart | None = None) -> None:
        """Let Ann, Bo and Cy have agreed to be here."""
        clock = MovableClock(frozen_at=EVENING)
        super().__init__(library_in(folder), heart or heart_in_memory(), clock, "Robin")
        for name in ("ann", "bo", "cy"):
            self.settle(name)
        self.number("pair")

    def settle(self, name: str, zone: str = "Europe/Lisbon") -> None:
        """Let somebody agree to be here."""
        number, now = self.number(name), self.clock.now()

        def unit(work: Work) -> None:
            person = work.add_person(number, now)
            work.save_profile(replace(person, profile=Profile(name.title(), "g3", zone)))

        self.heart.do(unit)

    # What people do

    def presses(self, name: str, *labels: str, chat: str | None = None) -> Seen:
        """Let somebody press one button after another; return what the last one led to."""
        seen = Seen()
        for label in labels:
            seen = self.press(name, label, chat)
        return seen

    def as_account(self, name: str, text: str, account: str) -> Seen:
        """Let somebody write from an account that Telegram shows like this."""
        number = self.number(name)
        return self._event(name, Heard(number, number, True, text, timedelta(), account))  # noqa: FBT003

    def invites(self, name: str = "ann", label: str | None = None) -> str:
        """Let somebody make a link for one person; return its token."""
        self.say(name, "/invite")
        if "Make a new one" in self.labels(name):
            self.press(name, "Make a new one")
        self.presses(name, "Go on", "Go on")
        seen = self.press(name, "Skip") if label is None else self.say(name, label)
        return token_in(seen)

    def opens(self, name: str, token: str) -> str:
        """Let somebody press a link; return what they read."""
        return texts(self.say(name, f"/start {token}"))[-1]

    def accepts(self, name: str, token: str, label: str | None = None) -> Seen:
        """Let somebody press a link and agree."""
        self.opens(name, token)
        self.presses(name, "Yes, with them", "Go on")
        return self.press(name, "Skip") if label is None else self.say(name, label)

    def pair(self, one: str = "ann", two: str = "bo") -> None:
        """Let two go the whole way to being a couple."""
        self.accepts(two, self.invites(one))
        self.press(one, "Yes, that is them")

    def group_link(self, name: str = "ann") -> str:
        """Let one of a couple ask for the button that adds the bot to a group; return its token."""
        self.say(name, "/together")
        self.press(name, "Our group")
        seen = self.press(name, "Add me to a group")
        return token_in(seen)

    def bind(self, one: str = "ann", two: str = "bo") -> Seen:
        """Let two of a couple go the whole way to a group of their own."""
        self.say(one, f"/start {self.group_link(one)}", "pair")
        self.press(one, "I am here", "pair")
        return self.press(two, "I am here", "pair")

    def asks(self, flow_id: str, name: str = "ann") -> Seen:
        """Let one of a couple ask for an exercise for two, as the last button of /together does."""

        def unit(work: Work) -> Outcome:
            scene = Scene(self.desk, work, self.number(name), work.person_in(self.number(name)))
            scene.begin_or_resume(self.desk.library.flows[flow_id])
            return scene.outcome

        return self._deliver(name, self.heart.do(unit))

    def both(self, label: str, chat: str | None = None) -> Seen:
        """Let Ann and then Bo press a button."""
        self.press("ann", label, chat)
        return self.press("bo", label, chat)

    def tells(self, event: Event) -> Seen:
        """Let Telegram tell something."""
        return self._event("pair", event)

    def counted(self, number: int, chat: int | None = None) -> Seen:
        """Let Telegram's answer come, how many are in the group."""
        event = Counted(self.number("pair") if chat is None else chat, number)
        return self.hears_of(event)

    def hears_of(self, event: GroupEvent) -> Seen:
        """Let the outbox tell of a group."""
        return self._deliver("pair", self.heart.do(lambda work: groups.happened(self.desk, work, event)))

    def outcome(self, event: Event) -> Outcome:
        """Take an event, and return what is left to do, which nobody does."""
        update_id = next(self._updates)

        def unit(work: Work) -> Outcome:
            work.take_in(update_id, b"{}", self.clock.now())
            return turn.handle(self.desk, work, update_id, event)

        return self.heart.do(unit)

    def woken(self, run_id: str, number: int) -> Outcome:
        """Let the time of a question be over, and return what is left to do, which nobody does."""
        return self.heart.do(partial(ticker.time_out, self.desk, run_id=run_id, turn=number))

    def pressed(self, name: str, payload: str, chat: str | None = None) -> Pressed:
        """Return the press of a button as it reaches a turn."""
        where = self.number(chat or name)
        return Pressed(where, self.number(name), where > 0, "press", 1, payload, f"@{name}")

    # What there is

    def file_of(self, name: str) -> str:
        """Return all that somebody reads in the file of what is kept of them."""
        self.say(name, "/export")
        (content,) = [one.file[1] for one in self.press(name, "Send it").bubbles if one.file]
        with ZipFile(BytesIO(content)) as archive:
            return "".join(archive.read(one).decode() for one in archive.namelist())

    def seen_by(self, name: str) -> list[tuple[str, list[str]]]:
        """Return all that stands in a chat: words and buttons."""
        return [(one.text, labels_of(one.rows)) for one in self.chats.get(name, [])]

    def last(self, chat: str) -> str:
        """Return the newest words in a chat."""
        return self.chats[chat][-1].text

    def person(self, name: str) -> Person:
        """Return somebody who is here."""
        found = self.heart.do(lambda work: work.person_in(self.number(name)))
        assert found is not None
        return found

    def couple(self, name: str = "ann") -> Couple | None:
        """Return the couple that somebody is in."""
        number = self.person(name).id
        return self.heart.do(lambda work: work.couple_of(number))

    def names(self, name: str = "ann") -> tuple[str, str]:
        """Return what the two of a couple are called before each other."""
        couple = self.couple(name)
        assert couple is not None
        return couple.one.label, couple.two.label

    def runs(self, name: str = "ann") -> list[Run]:
        """Return all exercises of somebody."""
        number = self.person(name).id
        return self.heart.do(lambda work: work.runs_of(number))

    def run(self) -> Run:
        """Return the newest exercise for two that Ann has."""
        return [one for one in self.runs() if len(one.session.roles) > 1][-1]

    def tables(self, *without: str) -> dict[str, list[tuple[object, ...]]]:
        """Return everything that is stored, table by table."""
        db = self.heart._db
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
            for name in names
            if name not in without
        }


def texts(seen: Seen, chat: str | None = None) -> list[str]:
    """Return the words of what came, in one chat or in all."""
    return [one.text for one in seen.bubbles if chat in (None, one.chat)]


def labels_of(rows: list[Row]) -> list[str]:
    """Return what stands on buttons."""
    return [label for row in rows for label, _ in row]


def token_in(seen: Seen) -> str:
    """Return the secret of the link that came."""
    found = [LINK.search(one) for bubble in seen.bubbles for one in _places(bubble)]
    return next(one[1] for one in found if one)


def _places(bubble: Bubble) -> list[str]:
    return [bubble.text, *(payload for row in bubble.rows for _, payload in row)]
