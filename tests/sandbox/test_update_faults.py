"""Updates that come twice, late or poisoned; and the one seed that repeats them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import telegram

from bot.sandbox import ANN, Fault, Faults, SandboxServer
from bot.sandbox.poison import POISONS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.sandbox.faults import Trouble

    Caller = Callable[..., Coroutine[Any, Any, Any]]


async def polled(call: Caller, limit: int = 100) -> list[list[str]]:
    """Poll as a careful bot does until nothing comes; return each reply's words ("" for poison)."""
    offset, replies = 0, []
    while updates := (await call("getUpdates", offset=offset, limit=limit))[1]["result"]:
        offset = max(offset, *(update["update_id"] + 1 for update in updates))
        replies.append([_words(update) for update in updates])
    return replies


def _words(update: dict[str, Any]) -> str:
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    return str(message["text"]) if message and chat and chat["id"] == ANN else ""


async def test_an_update_comes_twice(server: SandboxServer, call: Caller) -> None:
    server.faults.duplicate()
    server.world.say(ANN, "one")
    server.world.say(ANN, "two")
    assert await polled(call) == [["one", "two"], ["one"]]


async def test_neighbours_change_places(server: SandboxServer, call: Caller) -> None:
    server.faults.reorder()
    for words in ("one", "two", "three"):
        server.world.say(ANN, words)
    assert await polled(call) == [["two", "one", "three"]]


async def test_what_is_late_is_never_lost(server: SandboxServer, call: Caller) -> None:
    server.faults.reorder(times=None)
    for words in ("one", "two", "three", "four"):
        server.world.say(ANN, words)
    assert await polled(call, limit=3) == [["two", "one", "three"], ["four"]]


async def test_the_last_one_has_nobody_to_let_pass(server: SandboxServer, call: Caller) -> None:
    server.faults.reorder()
    server.world.say(ANN, "one")
    assert await polled(call) == [["one"]]


async def test_poison_comes_before_the_good(server: SandboxServer, call: Caller) -> None:
    server.faults.poison(times=2)
    for words in ("one", "two", "three"):
        server.world.say(ANN, words)
    ids = [update["update_id"] for update in (await call("getUpdates"))[1]["result"]]
    assert ids == list(range(ids[0], ids[0] + 5))
    assert [[bool(words) for words in reply] for reply in await polled(call)] == [
        [False, True, False, True, True]
    ]


@pytest.mark.parametrize("poison", POISONS)
async def test_poison_is_unreadable_or_belongs_to_no_chat(
    server: SandboxServer, poison: dict[str, Any]
) -> None:
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as bot:
        try:
            update = telegram.Update.de_json({"update_id": 1, **poison}, bot)
        except (KeyError, TypeError, AttributeError, ValueError):
            return
        assert update.effective_chat is None


def run(seed: int, *, calls: int = 0) -> list[Trouble]:
    faults = Faults(seed)
    for add in (faults.duplicate, faults.reorder, faults.poison):
        add(times=None, chance=0.2)
    faults.lose_reply(times=None, chance=0.5)
    for _ in range(calls):
        faults.plan("sendMessage")
    return [faults.trouble() for _ in range(500)]


def test_one_seed_repeats_it_whatever_the_bot_does_meanwhile() -> None:
    assert run(7) == run(7) == run(7, calls=30)
    assert run(7) != run(8)
    hits = run(7)
    for one in ("poison", "twice", "late"):
        assert 60 < sum(bool(getattr(trouble, one)) for trouble in hits) < 140
    assert "seed=7" in repr(Faults(7))


def test_rules_about_updates_leave_calls_alone() -> None:
    faults = Faults(7)
    faults.duplicate(times=None)
    assert faults.plan("getUpdates").fault is None
    faults.lose_request("*")
    assert not faults.trouble().late
    assert faults.plan("getUpdates").fault is Fault.LOSE_REQUEST
