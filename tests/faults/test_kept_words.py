"""Words that were not to be kept, or were erased, are nowhere: not in a byte of a file, not behind a key.

Half of the looking is done with the keys in hand: what the bot itself could still open counts as kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.clock import MovableClock
from bot.simulator import Simulator
from bot.store.folder import Files
from bot.store.protocol import Profile, Work
from bot.store.sqlite import Heart, open_heart
from bot.store.vault import THE_BOT, VaultError
from tests.faults.conftest import everything_in, rows
from tests.faults.test_canary import prove_nothing
from tests.play_script import library_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 19, tzinfo=UTC)
CANARY, NAME = "canarywords of hers 🐤", "Kanarienname"
PLACES = (
    ("people", "SELECT id, id, sealed FROM people"),
    ("sessions", "SELECT id, owner, sealed FROM sessions"),
    ("answers", "SELECT session_id, person_id, sealed FROM answers"),
    ("outbox", "SELECT id, coalesce(person_id, 0), sealed FROM outbox WHERE sealed IS NOT NULL"),
    ("inbox", f"SELECT update_id, {THE_BOT}, sealed FROM inbox WHERE sealed IS NOT NULL"),  # noqa: S608
)


def opened(heart: Heart) -> Iterator[tuple[str, str]]:
    """Open everything that the bot can open: (table, what it says)."""
    for table, query in PLACES:
        for row, owner, sealed in rows(heart, query):
            try:
                clear = heart._vault.open(owner, f"{table}|{row}", sealed)
            except VaultError:
                continue
            yield table, clear.decode()


def tables_with(heart: Heart, word: str) -> set[str]:
    """Return the tables in which the bot itself could still read a word."""
    return {table for table, clear in opened(heart) if word in clear}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "data" / "alongside.db", tmp_path / "data" / "keys.db", tmp_path / "data.key")


@pytest.fixture
def heart(files: Files) -> Iterator[Heart]:
    opened_heart = open_heart(files)
    yield opened_heart
    opened_heart.close()


def played(heart: Heart, *, keep_words: bool, folder: str = "content") -> Simulator:
    """Let Ann and Bo be there; `keep_words` is Ann's choice."""
    simulator = Simulator(library_in(folder), heart, MovableClock(frozen_at=NOW))
    for name in ("ann", "bo"):
        number, keep = simulator.number(name), keep_words or name == "bo"

        def settle(work: Work, number: int = number, keep: bool = keep) -> None:  # noqa: FBT001
            person = work.add_person(number, NOW)
            work.save_profile(replace(person, profile=Profile(NAME, "g3", "Europe/Lisbon", keep_words=keep)))

        heart.do(settle)
    return simulator


def write(simulator: Simulator) -> None:
    """Let Ann write the canary as an answer, once too long and once in good length."""
    simulator.begin("nudge.like", {"initiator": "ann"})
    simulator.press("ann", "I knew and said “you choose”")
    simulator.say("ann", CANARY * 200)
    simulator.clock.move(timedelta(minutes=1))
    seen = simulator.say("ann", CANARY)
    assert CANARY in seen.bubbles[0].text, "the reply says it back all the same"


def test_words_not_to_be_kept_are_nowhere_though_the_reply_quotes_them(heart: Heart, files: Files) -> None:
    write(played(heart, keep_words=False))
    assert tables_with(heart, "canary") == set()
    prove_nothing(everything_in(files.database.parent), ("canarywords",))
    clear = dict(opened(heart))
    assert '"p1_like":["hid"' in clear["answers"], "the choice is kept"
    assert '"p1_line":[null,"keep",true]' in clear["answers"], "and that there was an answer"


def test_the_search_does_find_words_that_are_kept(heart: Heart) -> None:
    write(played(heart, keep_words=True))
    assert tables_with(heart, "canary") == {"answers"}
    assert tables_with(heart, NAME) == {"people"}


def test_the_rest_of_a_cut_message_is_not_taken_for_the_answer_when_no_words_are_kept(heart: Heart) -> None:
    simulator = played(heart, keep_words=False)
    simulator.begin("nudge.like", {"initiator": "ann"})
    simulator.press("ann", "I knew and said “you choose”")
    simulator.say("ann", "canary" * 682)
    simulator.say("ann", "the end of it")
    (run,) = simulator.open_runs("ann")
    answer = run.session.answer("initiator", "p1_line")
    assert answer is not None
    assert not answer.final
    assert set(str(answer.value)) == {"\u00b7"}


def test_after_forget_neither_words_nor_key_nor_number_are_in_any_byte(heart: Heart, files: Files) -> None:
    simulator = played(heart, keep_words=True)
    write(simulator)
    sealed = [row[0] for row in rows(heart, "SELECT sealed FROM answers")]
    wrapped = heart._vault._wrapped(1)
    assert wrapped is not None
    heart._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert any(one in content for one in sealed for content in everything_in(files.database.parent).values())
    simulator.say("ann", "/forget")
    simulator.press("ann", "Erase everything")
    simulator.say("ann", "/forget")
    assert tables_with(heart, "canary") == set()
    for name, content in everything_in(files.database.parent).items():
        for secret in (*sealed, wrapped, b"canary", NAME.encode()):
            assert secret not in content, name
    assert rows(heart, "SELECT id FROM people") == [(2,)]


def test_one_of_two_goes_and_the_other_keeps_their_own(heart: Heart) -> None:
    simulator = played(heart, keep_words=True, folder="tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
    for name in ("ann", "bo"):
        simulator.press(name, "Yes, now")
    simulator.say("bo", "words of bo")
    simulator.say("ann", CANARY)
    for name in ("ann", "bo"):
        simulator.press(name, "My words")
    simulator.wait(timedelta(minutes=1))
    assert CANARY in simulator.chats["bo"][-1].text
    simulator.say("ann", "/forget")
    simulator.press("ann", "Erase everything")
    assert simulator.chats["pair"][-1].text == "the exercise has ended"
    assert simulator.chats["bo"][-1].text == simulator.desk.library.messages["parted"]
    assert tables_with(heart, "canary") == set()
    assert tables_with(heart, "words of bo") == {"answers"}
    simulator.say("bo", "/export")
    (bubble,) = simulator.press("bo", "Send it").bubbles
    assert bubble.file is not None
    simulator.say("bo", "/forget")
    simulator.press("bo", "Erase everything")
    for table in ("people", "sessions", "answers", "timers", "schedules", "fired", "couples", "invites"):
        assert rows(heart, f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608


def test_the_file_waits_sealed_and_is_dropped_once_sent(heart: Heart, files: Files) -> None:
    simulator = played(heart, keep_words=True)
    write(simulator)
    simulator.say("ann", "/export")
    with pytest.MonkeyPatch.context() as unsent:
        unsent.setattr("bot.simulator._sent", lambda *_: None)
        simulator.press("ann", "Send it")
        assert any('"file"' in clear for table, clear in opened(heart) if table == "outbox")
        prove_nothing(everything_in(files.database.parent), ("canarywords", "notes.html", "UEsDBBQAAAAI"))
    for message in heart.do(lambda work: work.waiting_messages()):
        heart.do(lambda work, one=message: work.message_sent(one, 5, NOW))  # type: ignore[misc]
    assert not any('"file"' in clear for table, clear in opened(heart) if table == "outbox")
