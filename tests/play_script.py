"""Reads a transcript, plays what the people in it do, and writes down what they see.

    # title                                   clock 2026-03-02 19:00 Europe/Lisbon
    # person ann Ann g3 Europe/Lisbon         (somebody who has been here for a while)
    # content tests/fixtures/two              (another content folder than the real one)
    ann>  /checkin                            she writes
    ann>  (Begin)                             she presses
    ann>  (old: Begin)                        she presses a button from further up
    ann>  [photo]    ann>  [edits]            she sends a photo; she edits a message
    ann@pair>  (Yes)                          she presses in the group of the two
    ann@pair>  words                          she answers the bot there
    ---   +7 days                             time passes, and what is due happens
    ---   until sunday 18:00                  the same, up to a wall time where the clock hangs
    ---   to 2026-03-08 18:00                 the same, up to a date
    ---   begin two.soft-no ann bo pair       an exercise for two begins in their group
    ---   in the pair's group: cy comes       or: cy goes, it moves, a mask writes, the bot is put out
    ---   bo blocks the bot                   Telegram says so
    bot<  …   [Button]                        what she sees; `bot@bo<` is what Bo sees
    bot<  [file: notes.zip]                   a file, with the words under it
    bot<  [picture: map]                      a picture, with the words under it
    bot~  …                                   a short line over the chat
    bot-  5 messages                          what she had seen is taken out of the chat
    = session done, turn 2, timers 0, outbox 0

Everything but people's acts is written by the bot.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.flow.schedule import Weekly, next_weekly
from bot.library.load import Library, load
from bot.runtime.clock import MovableClock
from bot.sandbox.record import wrapped
from bot.simulator import Seen, Simulator
from bot.store.protocol import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.protocol import Work
    from bot.store.sqlite import Heart

ROOT = Path(__file__).parent.parent
ACT = re.compile(r"^(?P<who>[a-z]+)(?:@(?P<chat>[a-z]+))?>\s+(?P<what>.*)$")
CLOCK = re.compile(r"clock (\d{4}-\d\d-\d\d \d\d:\d\d) (\S+)")
STEP = re.compile(r"^---\s+\+(\d+) (minutes?|hours?|days?|weeks?)$")
UNTIL = re.compile(r"^---\s+until (monday|tuesday|wednesday|thursday|friday|saturday|sunday) (\d\d):(\d\d)$")
TO = re.compile(r"^---\s+to (\d{4}-\d\d-\d\d \d\d:\d\d)$")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BEGIN = re.compile(r"^---\s+begin (\S+) (\w+)(?: (\w+))?(?: (pair))?$")
GROUP = re.compile(
    r"^---\s+in the pair's group: (?:(\w+) (comes|goes)|(it moves|a mask writes|the bot is put out))$"
)
BLOCKS = re.compile(r"^---\s+(\w+) blocks the bot$")
PERSON = re.compile(r"^# person (\w+) (\S+) (g\d) (\S+)")
CONTENT = re.compile(r"^# content (\S+)")
LETTERS = re.compile(r"(.+)\.\.\. \((\d+) letters\)")
A_MOMENT = timedelta(seconds=20)
TELEGRAM_CUTS = 4096


@cache
def library_in(folder: str) -> Library:
    """Load a content folder, once."""
    return load(ROOT / folder)


def is_input(line: str) -> bool:
    """Say whether a line is written by an author rather than by the bot."""
    return not line or line.startswith(("#", "---")) or (bool(ACT.match(line)) and not line.startswith("bot"))


class Player:
    """Plays one transcript on a store that `open_heart` gives; it may be another one at each act."""

    def __init__(self, text: str, heart: Heart, reopen: Callable[[Heart], Heart] | None = None) -> None:
        """Read the head of the transcript and set the scene."""
        self._lines = text.splitlines()
        self._reopen = reopen
        clock = CLOCK.search(text)
        assert clock, "the first line must say: clock 2026-03-02 19:00 Europe/Lisbon"
        self.zone = ZoneInfo(clock[2])
        moment = datetime.strptime(clock[1], "%Y-%m-%d %H:%M").replace(tzinfo=self.zone)
        folder = next((found[1] for line in self._lines if (found := CONTENT.match(line))), "content")
        self.clock = MovableClock(frozen_at=moment.astimezone(ZoneInfo("UTC")))
        self.simulator = Simulator(library_in(folder), heart, self.clock, "Robin")
        self._cut = False

    def play(self) -> str:
        """Play every act and return the transcript as it really went."""
        written: list[str] = []
        for line in self._lines:
            if not is_input(line):
                continue
            written.append(line)
            seen = self._act(line)
            if seen is not None:
                written += self._show(seen, line)
                if self._reopen is not None:
                    self.simulator.heart = self._reopen(self.simulator.heart)
        return "\n".join([*written, self._end()]) + "\n"

    def _act(self, line: str) -> Seen | None:  # noqa: PLR0911  one a kind of line
        if person := PERSON.match(line):
            self._settle(person[1], Profile(person[2], person[3], person[4]))
            return None
        if step := STEP.match(line):
            unit = step[2] if step[2].endswith("s") else step[2] + "s"
            return self.simulator.wait(timedelta(**{unit: int(step[1])}))
        if until := UNTIL.match(line):
            weekly = Weekly(DAYS.index(until[1]), int(until[2]) * 60 + int(until[3]))
            return self.simulator.wait(next_weekly(weekly, self.zone, self.clock.now()) - self.clock.now())
        if to := TO.match(line):
            moment = datetime.strptime(to[1], "%Y-%m-%d %H:%M").replace(tzinfo=self.zone)
            return self.simulator.wait(moment - self.clock.now())
        if begin := BEGIN.match(line):
            people = {"initiator": begin[2], **({"partner": begin[3]} if begin[3] else {})}
            return self.simulator.begin(begin[1], people, begin[4])
        if group := GROUP.match(line):
            return self._in_group(group[1], group[2] or group[3])
        if blocks := BLOCKS.match(line):
            return self.simulator.block(blocks[1])
        found = ACT.match(line)
        return self._act_of(found["who"], found["chat"], found["what"].strip()) if found else None

    def _in_group(self, name: str | None, what: str) -> Seen:
        simulator = self.simulator
        if name is not None:
            return simulator.come(name) if what == "comes" else simulator.go(name)
        happens = {"it moves": simulator.migrate, "a mask writes": simulator.masked}
        return happens.get(what, simulator.removed)()

    def _act_of(self, who: str, chat: str | None, what: str) -> Seen:
        """Let somebody do something, a moment after the last thing."""
        if repeat := LETTERS.fullmatch(what):
            what = (repeat[1] * int(repeat[2]))[: int(repeat[2])]
        if not self._cut:
            self.clock.move(A_MOMENT)
        # The rest of a text that Telegram has cut arrives with its beginning.
        self._cut = len(what) == TELEGRAM_CUTS
        if what == "[photo]":
            return self.simulator.show(who)
        if what == "[edits]":
            return self.simulator.edit(who)
        if what.startswith("(old: "):
            return self.simulator.press_old(who, what[6:-1])
        if what.startswith("(") and what.endswith(")"):
            return self.simulator.press(who, what[1:-1], chat)
        return self.simulator.say(who, what, chat)

    def _settle(self, name: str, profile: Profile) -> None:
        number, now = self.simulator.number(name), self.clock.now()

        def unit(work: Work) -> None:
            person = work.add_person(number, now)
            work.save_profile(replace(person, profile=profile))

        self.simulator.heart.do(unit)

    def _show(self, seen: Seen, line: str) -> list[str]:
        act = ACT.match(line)
        first = act["who"] if act else next(iter(self.simulator.chats), "")
        shown = []
        for bubble in seen.bubbles:
            speaker = "bot<  " if bubble.chat == first and not self._two() else f"bot@{bubble.chat}<  "
            buttons = " ".join(f"[{label}]" for row in bubble.rows for label, _ in row)
            lines = [part for part in bubble.text.splitlines() if part.strip()]
            if bubble.file:
                lines.insert(0, f"[file: {bubble.file[0]}]")
            if bubble.picture:
                lines.insert(0, f"[picture: {bubble.picture[0]}]")
            shown += wrapped(speaker, lines, buttons)
        for name, toast in seen.toasts:
            shown.append(f"bot~  {toast}" if name == first and not self._two() else f"bot@{name}~  {toast}")
        for name, count in seen.deleted:
            mark = "bot-" if name == first and not self._two() else f"bot@{name}-"
            shown.insert(0, f"{mark}  {count} messages")
        return shown

    def _two(self) -> bool:
        return any(
            (BEGIN.match(line) and " pair" in line) or (PERSON.match(line) and " bo " in line)
            for line in self._lines
        )

    def _end(self) -> str:
        return "= " + self.simulator.heart.do(lambda work: work.how_it_ends())
