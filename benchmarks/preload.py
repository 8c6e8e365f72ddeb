"""Fills a data folder through the real store and vault, so that a bot can be started on it.

    preload.py FOLDER PEOPLE

Each has a key of their own, a profile, a weekly invitation, an earlier note, and an open question.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import files_of
from bot.flow.session import Answer, Session
from bot.settings import read_settings
from bot.store.protocol import Profile, Run, Schedule
from bot.store.sqlite import open_heart

if TYPE_CHECKING:
    from bot.store.protocol import Work

FIRST_CHAT = 10_000_000
AT_ONCE = 2000
NOTE = "bench.note"


def settle(now: datetime, numbers: range, work: Work) -> None:
    """Make the people of these numbers."""
    due = now + timedelta(days=5)
    for number in numbers:
        person = work.add_person(FIRST_CHAT + number, now)
        profile = Profile(f"Person {number}", "G2", "Europe/Lisbon")
        work.save_profile(type(person)(person.id, person.chat_id, now, profile=profile))
        work.save_schedule(Schedule(person.id, 6, 18 * 60, "Europe/Lisbon", slot=due, wanted=due, due_at=due))
        words = Answer(f"note {number} about an ordinary day at work")
        before = Session(
            NOTE, "why", ("initiator",), 1, "done", (), ("why",), (), {"initiator": {"why": words}}
        )
        asked = Session(NOTE, "why", ("initiator",), 1, "active", ("initiator",))
        for name, session in (("before", before), ("open", asked)):
            work.add_run(Run(f"{name}{number:09}", session, {"initiator": person.id}, now, now))


def main() -> None:
    """Fill the folder, in transactions of a few thousand people."""
    folder, people = Path(sys.argv[1]), int(sys.argv[2])
    heart = open_heart(files_of(read_settings(data_dir=folder)))
    now = datetime.now(UTC)
    for first in range(0, people, AT_ONCE):
        heart.do(partial(settle, now, range(first, min(first + AT_ONCE, people))))
    heart.close()


main()
