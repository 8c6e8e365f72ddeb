"""Updates are asked for only when those before are on disk. Rule 3 of design.md; faults 9, 12 to 15, 36."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import orjson
import pytest

from bot.sandbox import SandboxServer
from bot.store.protocol import StoreError
from bot.telegram import intake
from bot.telegram.api import Api
from bot.telegram.intake import IntakeStoppedError, poll

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ANN = 1001


class Shelf:
    """Stands for the inbox: keeps what it is given, or fails as often as it is told to."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: list[tuple[int, bytes]] = []
        self.failing = 0

    async def take(self, updates: list[tuple[int, bytes]]) -> None:
        await asyncio.sleep(0)
        if self.failing:
            self.failing -= 1
            raise StoreError("the disk is full")
        self.kept += updates

    @property
    def ids(self) -> list[int]:
        return [number for number, _ in self.kept]

    @property
    def texts(self) -> list[str]:
        return [orjson.loads(raw)["message"]["text"] for _, raw in self.kept]


class Polling:
    """A running intake in front of a sandbox."""

    def __init__(self, server: SandboxServer, shelf: Shelf, task: asyncio.Task[None]) -> None:
        """Wrap what is running."""
        self.server = server
        self.shelf = shelf
        self.task = task

    def say(self, *texts: str) -> None:
        for text in texts:
            self.server.world.say(ANN, text)

    async def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not true():
            if self.task.done():
                self.task.result()
            assert time.monotonic() < end
            await asyncio.sleep(0.005)

    async def heard(self, *texts: str) -> None:
        await self.until(lambda: len(self.shelf.kept) >= len(texts))
        assert self.shelf.texts == list(texts)

    @property
    def offsets(self) -> list[int]:
        """Return the offset of every poll that was answered."""
        return [
            call.params["offset"] for call in self.server.calls if call.method == "getUpdates" and call.params
        ]


@pytest.fixture
async def polling(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Polling]:
    monkeypatch.setattr(intake, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(intake, "LONGEST_PAUSE", 0.05)
    server = SandboxServer()
    await server.start()
    server.world.add_user(ANN, "Ann")
    api = Api(server.token, server.url)
    await api.open()
    stopping, shelf = asyncio.Event(), Shelf()
    task = asyncio.create_task(poll(api, shelf, stopping))  # type: ignore[arg-type]
    yield Polling(server, shelf, task)
    stopping.set()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    await api.close()
    await server.stop()


async def test_rule_3_the_offset_moves_only_when_the_update_is_kept(polling: Polling) -> None:
    polling.shelf.failing = 3
    polling.say("one")
    await polling.heard("one")
    first = polling.shelf.ids[0]
    assert polling.offsets.count(0) >= 4
    assert max(polling.offsets) == 0, "never asked for the next while the disk was full"
    polling.say("two")
    await polling.heard("one", "two")
    assert first + 1 in polling.offsets


async def test_rule_3_what_waits_at_the_start_is_kept(polling: Polling) -> None:
    await polling.until(lambda: polling.server.calls)
    assert polling.server.calls[0].method == "deleteWebhook"
    assert polling.server.calls[0].params == {"drop_pending_updates": False}


async def test_only_the_kinds_that_we_read_are_asked_for(polling: Polling) -> None:
    polling.say("one")
    await polling.heard("one")
    asked = next(
        call.params["allowed_updates"] for call in polling.server.calls if call.method == "getUpdates"
    )
    assert asked == ["message", "edited_message", "callback_query", "my_chat_member"]


@pytest.mark.parametrize(
    "fault", ["lose_request", "lose_reply", "garbage", "truncate", "not_ok", "null_result"]
)
async def test_no_fault_of_the_line_loses_an_update(polling: Polling, fault: str) -> None:
    """A garbled answer of a proxy is no update, and the update behind it is not skipped."""
    await polling.until(lambda: polling.server._poller._waiting)
    getattr(polling.server.faults, fault)("getUpdates", times=4)
    for number in range(6):
        polling.say(str(number))
        await asyncio.sleep(0.02)
    await polling.until(lambda: len(polling.shelf.kept) >= 6)
    # What is given twice has the same id, and is kept once by the store.
    assert list(dict.fromkeys(polling.shelf.texts)) == [str(number) for number in range(6)]


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>Bad Gateway</html>"),
     (500, b'{"ok":false,"description":"Internal Server Error: restart"}'),
     (200, b"<html>Please sign in</html>"), (200, b'{"ok":true,"result":{}}'),
     (200, b'{"ok":true,"result":[7]}'),
     (200, b'{"ok":true,"result":[{"update_id":99,"message":{"text":"half'), (429, b"{}")],
)  # fmt: skip
async def test_an_odd_answer_is_asked_for_again(polling: Polling, status: int, body: bytes) -> None:
    await polling.until(lambda: polling.server._poller._waiting)
    polling.server.faults.answer("getUpdates", status, body, times=3)
    polling.say("one", "two")
    await polling.until(lambda: not polling.server.faults.rules)
    await polling.heard("one", "two")


async def test_an_answer_of_nothing_is_not_asked_for_in_a_hurry(polling: Polling) -> None:
    await polling.until(lambda: polling.server._poller._waiting)
    polling.server.faults.null_result("getUpdates", times=None)
    polling.say("one")
    await asyncio.sleep(0.2)
    assert len(polling.server.calls) < 25
    polling.server.faults.clear()
    await polling.heard("one")


async def test_rule_3_an_update_that_no_parser_reads_is_kept_by_its_number(polling: Polling) -> None:
    world = polling.server.world
    polling.say("before")
    number = world.inject(
        b'{"update_id": %d, "message": {"text": "half a \\ud83d letter"}}' % world.updates.next_id
    )
    polling.say("after")
    await polling.until(lambda: len(polling.shelf.kept) >= 3)
    assert polling.shelf.ids == [number - 1, number, number + 1]
    assert b"half a" in polling.shelf.kept[1][1]
    assert orjson.loads(polling.shelf.kept[2][1])["message"]["text"] == "after"


async def test_many_updates_before_one_that_no_parser_reads(polling: Polling) -> None:
    """Each is kept without a pause of its own."""
    polling.server.faults.lose_request("getUpdates", times=3)
    world = polling.server.world
    polling.say(*(str(number) for number in range(60)))
    world.inject(b'{"update_id": %d, "message": nonsense}' % world.updates.next_id)
    polling.say("after")
    began = time.monotonic()
    await polling.until(lambda: len(polling.shelf.kept) >= 62)
    assert time.monotonic() - began < 1
    assert len(set(polling.shelf.ids)) == 62


async def test_poison_is_not_passed_over_before_it_is_kept(polling: Polling) -> None:
    world = polling.server.world
    polling.shelf.failing = 3
    number = world.inject(b'{"update_id": %d, "message": nonsense}' % world.updates.next_id)
    polling.say("after")
    await polling.until(lambda: len(polling.shelf.kept) >= 2)
    assert polling.shelf.ids == [number, number + 1]


async def test_ids_that_begin_again_lower_after_a_quiet_week(polling: Polling) -> None:
    """Fault 14: the next id is chosen randomly then, and may be below the offset that we asked with."""
    polling.say("one")
    await polling.heard("one")
    polling.server.world.updates.next_id = 17
    await polling.until(lambda: polling.server._poller._waiting)
    polling.say("two")
    await polling.heard("one", "two")
    assert polling.shelf.ids[1] == 17


async def test_ids_with_gaps_and_ids_that_are_none(polling: Polling) -> None:
    world = polling.server.world
    good = {"message": {"text": "one"}}
    for number in ("x", True, None, 2**63, -1):
        world.inject(orjson.dumps({**good, "update_id": number}))
    world.inject({**good, "update_id": world.updates.next_id + 1000})
    await polling.heard("one")


async def test_a_token_that_is_not_known_stops_the_intake(polling: Polling) -> None:
    """Fault 12."""
    polling.server.faults.fail("getUpdates", 401, "Unauthorized")
    with pytest.raises(IntakeStoppedError, match="BOT_TOKEN") as caught:
        await asyncio.wait_for(polling.task, 5)
    assert "\n" not in str(caught.value)


async def test_a_second_poller_stops_the_intake(polling: Polling) -> None:
    """Fault 12: the sandbox ends the older poll with 409 when a newer one comes, as Telegram does."""
    await polling.until(lambda: polling.server._poller._waiting)
    other = Api(polling.server.token, polling.server.url)
    await other.open()
    await other.get_updates(0, 0, [])
    with pytest.raises(IntakeStoppedError, match="another program") as caught:
        await asyncio.wait_for(polling.task, 5)
    assert "\n" not in str(caught.value)
    await other.close()


async def test_a_flood_answer_is_waited_for(polling: Polling) -> None:
    await polling.until(lambda: polling.server._poller._waiting)
    polling.server.faults.fail("getUpdates", 429, "Too Many Requests: retry after 1", retry_after=1)
    polling.say("one")
    await polling.until(lambda: not polling.server.faults.rules)
    began = time.monotonic()
    polling.server.calls.clear()
    await asyncio.sleep(0.25)
    assert not polling.server.calls, f"asked again after {time.monotonic() - began} s"


async def test_stopping_does_not_wait_for_the_long_poll(polling: Polling) -> None:
    await polling.until(lambda: polling.server._poller._waiting)
    polling.task.cancel()
    await asyncio.wait([polling.task], timeout=1)
    assert polling.task.done()
