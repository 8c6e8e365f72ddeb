"""Bad lines, bad answers, bad disks: the real bot over real HTTP, in this process (reliability.md b)."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import methodcaller
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from bot.runtime import flood, turn
from bot.runtime.events import Heard, Outcome
from bot.store.vault import VaultError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.desk import Desk
    from bot.runtime.events import Event
    from bot.sandbox import SandboxServer
    from bot.store.protocol import Work

from tests.faults.conftest import Inside, bot_texts, rows, until

ASK, WHY, THANKS = (
    "How do you feel today, 1 to 5?",
    "What made it so? Write a few words.",
    "Thank you, saved.",
)
ANN, BO = 1001, 1002
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)


def people(server: SandboxServer, *ids: int) -> None:
    for number in ids:
        server.world.add_user(number, f"Person {number}")


async def dialogue(server: SandboxServer, user: int, text: str, choice: str = "3") -> None:
    """Go through the three steps as a person does, each once the question is there."""
    server.world.say(user, "/start")
    await until(lambda: ASK in bot_texts(server, user), "asked")
    server.world.tap(user, choice)
    await until(lambda: WHY in bot_texts(server, user), "asked why")
    server.world.say(user, text)
    await until(lambda: THANKS in bot_texts(server, user), "thanked")


async def prove_kept(inside: Inside, said: dict[int, str]) -> None:
    """Stop the bot and prove that each person's one dialogue is in the database, once, word for word."""
    await inside.idle()
    await inside.stop()
    heart = inside.heart()
    for user, text in said.items():
        person = heart.do(methodcaller("person_in", user))
        assert person is not None
        found = heart.do(methodcaller("past", person.id, "bench.note", MUCH_LATER, 9))
        assert [one.answers["why"].value for one in found] == [text]
    assert rows(heart, "SELECT count(*) FROM inbox WHERE state != 'done'") == [(0,)]
    assert rows(heart, "SELECT count(*) FROM outbox WHERE state != 'sent'") == [(0,)]
    heart.close()


@pytest.mark.parametrize(
    "fault", ["lose_reply", "lose_request", "truncate", "not_ok", "null_result", "garbage"]
)
async def test_a_line_that_fails_now_and_then(inside: Inside, server: SandboxServer, fault: str) -> None:
    """Rule 4, faults 5, 6, 7 and 9: nothing is lost, nobody's next step is decided twice."""
    await inside.start()
    print(f"faults: {server.faults!r}")  # noqa: T201  to repeat a failing run
    for method in ("sendMessage", "getUpdates", "answerCallbackQuery"):
        getattr(server.faults, fault)(method, times=None, chance=0.05)
    said = {3000 + number: f"words of {number}" for number in range(30)}
    people(server, *said)
    await asyncio.gather(*(dialogue(server, user, text) for user, text in said.items()))
    broken = sum(call.fault is not None for call in server.calls if call.method == "sendMessage")
    server.faults.clear()
    await prove_kept(inside, said)
    sent = sum(len(bot_texts(server, user)) for user in said)
    assert 3 * len(said) <= sent <= 3 * len(said) + broken


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_outage_of_telegram(inside: Inside, server: SandboxServer, status: int) -> None:
    """Fault 6: the order in a chat is kept, and nothing is sent twice."""
    await inside.start()
    people(server, ANN)
    server.faults.answer("sendMessage", status, b"<html>nginx</html>", times=12)
    server.faults.answer("getUpdates", status, b"<html>nginx</html>", times=3)
    await dialogue(server, ANN, "words")
    assert bot_texts(server, ANN) == [ASK, WHY, THANKS]
    await prove_kept(inside, {ANN: "words"})


async def test_a_pause_that_telegram_asked_for_survives_a_restart(
    inside: Inside, server: SandboxServer
) -> None:
    """Fault 8: nothing to that chat before its time, others go on."""
    await inside.start()
    people(server, ANN, BO)
    server.faults.fail("sendMessage", 429, "Too Many Requests: retry after 3600", retry_after=3600)
    server.world.say(ANN, "/start")
    await until(lambda: not server.faults.rules)
    await dialogue(server, BO, "words")
    await inside.stop()
    await inside.start()
    server.world.say(ANN, "/start")
    await asyncio.sleep(0.2)
    assert bot_texts(server, ANN) == []
    await inside.stop()
    server.clock.move(timedelta(hours=1))
    await inside.start()
    await until(lambda: bot_texts(server, ANN) == [ASK, ASK])


async def test_rule_3_an_update_given_again_is_handled_once(inside: Inside, server: SandboxServer) -> None:
    """Fault 13: in the same batch, later, and after a restart."""
    people(server, ANN)
    update = server.world.say(ANN, "/start")
    server.world.inject(update)
    server.world.inject(update)
    await inside.start()
    await until(lambda: bot_texts(server, ANN))
    for _ in range(2):
        server.world.inject(update)
        await asyncio.sleep(0.05)
    await inside.stop()
    await inside.start()
    server.world.inject(update)
    server.world.tap(ANN, "4")
    await until(lambda: WHY in bot_texts(server, ANN))
    await inside.stop()
    assert bot_texts(server, ANN) == [ASK, WHY]


async def test_ids_that_begin_again_lower(inside: Inside, server: SandboxServer) -> None:
    """Fault 14."""
    await inside.start()
    people(server, ANN)
    server.world.say(ANN, "/start")
    await until(lambda: ASK in bot_texts(server, ANN))
    await until(lambda: server._poller._waiting)
    server.world.updates.next_id = 5
    server.world.tap(ANN, "2")
    await until(lambda: WHY in bot_texts(server, ANN))


POISON = [
    b'{"update_id": %d, "message": {"text": "canary \\ud83d"}}', b'{"update_id": %d, "message": nonsense}',
    b'{"update_id": %d, "message": {"chat": {"id": "1001"}, "text": "canary"}}',
    b'{"update_id": %d, "callback_query": {"id": 5}}', b'{"update_id": %d, "message": "canary"}',
    b'{"update_id": %d, "a": ' + b"[" * 3000 + b"]" * 3000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
async def test_rule_3_an_unreadable_update_is_parked_and_the_others_go_on(
    inside: Inside, server: SandboxServer, poison: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """Fault 15."""
    await inside.start()
    people(server, ANN)
    server.world.say(ANN, "/start")
    number = server.world.inject(poison % server.world.updates.next_id)
    await until(lambda: ASK in bot_texts(server, ANN))
    server.world.tap(ANN, "1")
    await until(lambda: WHY in bot_texts(server, ANN))
    await inside.stop()
    heart = inside.heart()
    parked = rows(heart, "SELECT update_id, reason FROM inbox WHERE state = 'parked'")
    assert parked == [(number, "unreadable")]
    assert rows(heart, "SELECT count(*) FROM inbox WHERE state = 'done'") == [(2,)]
    heart.close()
    assert "canary" not in "".join(capfd.readouterr())


def poisoned(monkeypatch: pytest.MonkeyPatch, raising: Callable[[str], Exception | None]) -> list[str]:
    """Let the handler raise for some words; return the list of those it was asked to handle."""
    real, seen = turn.handle, []

    def handle(desk: Desk, work: Work, update_id: int, event: Event) -> Outcome:
        outcome = real(desk, work, update_id, event)
        if isinstance(event, Heard):
            seen.append(event.text)
            if error := raising(event.text):
                raise error
        return outcome

    monkeypatch.setattr(turn, "handle", handle)
    return seen


@pytest.mark.parametrize("error", [ValueError, RecursionError, VaultError, KeyError, sqlite3.IntegrityError])
async def test_a_poison_turn_is_parked_after_three_tries(
    inside: Inside, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Fault 52: told once, nothing of it is kept, the others and the next one are served."""
    seen = poisoned(monkeypatch, lambda text: error(text) if text == "poison" else None)
    await inside.start()
    people(server, ANN, BO)
    server.world.say(ANN, "/start")
    await until(lambda: ASK in bot_texts(server, ANN))
    server.world.tap(ANN, "1")
    await until(lambda: WHY in bot_texts(server, ANN))
    server.world.say(ANN, "poison")
    server.world.say(ANN, "good words")
    await dialogue(server, BO, "of Bo")
    await until(lambda: THANKS in bot_texts(server, ANN))
    assert seen.count("poison") == 3
    assert bot_texts(server, ANN) == [ASK, WHY, "failed", THANKS]
    await inside.stop()
    heart = inside.heart()
    assert rows(heart, "SELECT tries, reason FROM inbox WHERE state = 'parked'") == [(3, "failed")]
    heart.close()


async def test_somebody_who_blocks_the_bot_and_comes_back(inside: Inside, server: SandboxServer) -> None:
    """Faults 10 and 33: nothing is sent in vain for ever, others are served, and the way back is open."""
    await inside.start()
    people(server, ANN, BO)
    server.world.say(ANN, "/start")
    await until(lambda: ASK in bot_texts(server, ANN))
    server.world.tap(ANN, "1")
    await until(lambda: WHY in bot_texts(server, ANN))
    server.faults.delay("sendMessage", 0.1)
    server.world.say(ANN, "words")
    server.world.block(ANN)
    await dialogue(server, BO, "words")
    await inside.idle()
    tries = [call for call in server.calls if call.method == "sendMessage" and call.status == 403]
    assert len(tries) <= 1
    app = inside.app
    assert app is not None
    ann = await app.store.run(lambda work: work.person_in(ANN))
    assert ann is not None
    assert not ann.reachable
    server.world.unblock(ANN)
    server.world.say(ANN, "/start")
    await until(lambda: len(bot_texts(server, ANN)) > 2)
    back = await app.store.run(lambda work: work.person_in(ANN))
    assert back is not None
    assert back.reachable
    await prove_kept_answer(inside, ANN, "words")


async def prove_kept_answer(inside: Inside, user: int, text: str) -> None:
    await inside.stop()
    heart = inside.heart()
    ann = heart.do(lambda work: work.person_in(user))
    assert ann is not None
    found = heart.do(lambda work: work.past(ann.id, "bench.note", MUCH_LATER, 9))
    assert [one.answers["why"].value for one in found] == [text]
    heart.close()


async def test_a_flood_from_one_leaves_the_others_in_peace(
    inside: Inside, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 32."""
    monkeypatch.setattr(flood, "SECONDS_EACH", 0.02)
    await inside.start()
    people(server, ANN, BO)
    server.world.say(ANN, "/start")
    await until(lambda: ASK in bot_texts(server, ANN))
    server.world.tap(ANN, "1")
    await until(lambda: WHY in bot_texts(server, ANN))
    server.faults.delay("sendMessage", 0.02, times=None)
    for number in range(200):
        server.world.say(ANN, f"word {number}")
    await dialogue(server, BO, "of Bo")
    assert len(bot_texts(server, ANN)) < 150, "Bo did not wait for Ann's two hundred"
    server.faults.clear()
    await inside.idle()
    told = bot_texts(server, ANN)
    assert told.count("slowly") == 1
    assert flood.AT_ONCE + flood.MOST_WAITING < len(told) < 200, "what was too much is passed over"
    await prove_kept_answer(inside, ANN, "word 0")


class FullDisk:
    """A connection whose commits fail while the disk is full."""

    def __init__(self, real: sqlite3.Connection) -> None:
        """Begin full."""
        self._real = real
        self.full = True

    def execute(self, sql: str, *values: Any) -> Any:  # noqa: ANN401  a cursor
        if self.full and sql == "COMMIT":
            raise sqlite3.OperationalError("database or disk is full")
        return self._real.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a connection has
        return getattr(self._real, name)


async def test_rule_3_a_full_disk_moves_no_offset_and_mends_by_itself(
    inside: Inside, server: SandboxServer
) -> None:
    """Fault 36."""
    app = await inside.start()
    people(server, ANN)
    disk = FullDisk(app.store._heart._db)
    app.store._heart._db = disk  # type: ignore[assignment]
    server.world.say(ANN, "/start")
    asked = len(server.calls)
    await until(lambda: len(server.calls) > asked + 5)
    assert len(server.world.updates) == 1, "Telegram still has it"
    assert bot_texts(server, ANN) == []
    disk.full = False
    await until(lambda: ASK in bot_texts(server, ANN))
    server.world.tap(ANN, "1")
    await until(lambda: WHY in bot_texts(server, ANN))
    disk.full = True
    server.world.say(ANN, "words")
    await asyncio.sleep(0.1)
    assert THANKS not in bot_texts(server, ANN), "no thanks for what is not on disk"
    disk.full = False
    await until(lambda: THANKS in bot_texts(server, ANN))
    await prove_kept(inside, {ANN: "words"})
    assert bot_texts(server, ANN) == [ASK, WHY, THANKS]


async def test_a_disk_that_fills_between_sending_and_noting_it(inside: Inside, server: SandboxServer) -> None:
    """Rule 4: the message is noted as sent once that is possible again, and is not sent twice."""
    app = await inside.start()
    people(server, ANN)
    disk = FullDisk(app.store._heart._db)
    disk.full = False
    app.store._heart._db = disk  # type: ignore[assignment]
    server.faults.delay("sendMessage", 0.1)
    server.world.say(ANN, "/start")
    await asyncio.sleep(0.05)
    disk.full = True
    await until(lambda: ASK in bot_texts(server, ANN))
    await asyncio.sleep(0.1)
    disk.full = False
    await inside.idle()
    assert bot_texts(server, ANN) == [ASK]


def more_than(server: SandboxServer, count: int) -> bool:
    return len(bot_texts(server, ANN)) > count


async def test_commands_that_cannot_be_registered_stop_nothing(inside: Inside, server: SandboxServer) -> None:
    for fault in (server.faults.not_ok, server.faults.garbage, server.faults.lose_reply):
        server.faults.clear()
        fault("setMyCommands", times=None)
        await inside.start()
        people(server, ANN)
        server.world.say(ANN, "/start")
        count = len(bot_texts(server, ANN))
        await until(partial(more_than, server, count))
        assert not inside.ended
        await inside.stop()


async def test_odd_people_and_odd_chats_make_no_account(inside: Inside, server: SandboxServer) -> None:
    """Fault 26."""
    await inside.start()
    base = {"message_id": 1, "date": 1, "text": "/start"}
    group = {"id": -100, "type": "supergroup", "title": "x"}
    for writer in (1087968824, 777000, 136817688):
        server.world.inject({"message": {**base, "chat": group, "from": {"id": writer, "is_bot": False}}})
        server.world.inject(
            {"message": {**base, "chat": {"id": writer, "type": "private"}, "from": {"id": writer}}}
        )
    server.world.inject({"message": {**base, "chat": group, "from": {"id": 5, "is_bot": True}}})
    server.world.inject(orjson.dumps({"update_id": server.world.updates.next_id, "telepathy": {"text": "x"}}))
    people(server, ANN)
    server.world.say(ANN, "/start")
    await until(lambda: ASK in bot_texts(server, ANN))
    assert all(call.params["chat_id"] == ANN for call in server.calls if call.method == "sendMessage")
    await inside.stop()
    heart = inside.heart()
    assert rows(heart, "SELECT count(*) FROM people") == [(0,)]
    assert rows(heart, "SELECT count(*) FROM outbox") == [(0,)], "refusing consent stores nothing"
    heart.close()
