"""Long polling, offsets, two pollers, expiry, and what privacy mode hides."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import HumanError, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import aiohttp

    Caller = Callable[..., Coroutine[Any, Any, Any]]

ANN, BO, PAIR = 1001, 1002, -500


async def fetched(call: Caller, **params: object) -> list[dict[str, Any]]:
    status, reply = await call("getUpdates", **params)
    assert status == 200
    result: list[dict[str, Any]] = reply["result"]
    return result


async def test_offered_again_until_confirmed(server: SandboxServer, call: Caller) -> None:
    ids = [server.world.say(ANN, word)["update_id"] for word in ("one", "two", "three")]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert [u["update_id"] for u in await fetched(call)] == ids
    assert [u["update_id"] for u in await fetched(call, limit=2)] == ids[:2]
    assert [u["message"]["text"] for u in await fetched(call, offset=ids[1])] == ["two", "three"]
    assert [u["update_id"] for u in await fetched(call)] == ids[1:]
    assert await fetched(call, offset=ids[2] + 1) == []
    assert (await call("getWebhookInfo"))[1]["result"]["pending_update_count"] == 0


async def test_a_negative_offset_forgets_the_earlier(server: SandboxServer, call: Caller) -> None:
    for word in ("one", "two", "three"):
        server.world.say(ANN, word)
    assert [u["message"]["text"] for u in await fetched(call, offset=-1)] == ["three"]
    assert len(await fetched(call)) == 1


async def test_at_most_a_hundred(server: SandboxServer, call: Caller) -> None:
    for number in range(101):
        server.world.say(ANN, str(number))
    assert len(await fetched(call, limit=500)) == 100


async def test_a_waiting_poll_wakes_at_once(server: SandboxServer, call: Caller) -> None:
    began = time.monotonic()
    poll = asyncio.create_task(fetched(call, timeout=50))
    await asyncio.sleep(0.05)
    server.world.say(ANN, "now")
    assert [u["message"]["text"] for u in await poll] == ["now"]
    assert time.monotonic() - began < 1


async def test_stopping_lets_a_waiting_poll_go(server: SandboxServer, call: Caller) -> None:
    poll = asyncio.create_task(fetched(call, timeout=50))
    await asyncio.sleep(0.05)
    await server.stop()
    assert await poll == []


async def test_the_older_of_two_pollers_gets_409(server: SandboxServer, call: Caller) -> None:
    older = asyncio.create_task(call("getUpdates", timeout=50))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(fetched(call, timeout=50))
    status, reply = await older
    assert status == 409
    assert reply["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    server.world.say(ANN, "still here")
    assert len(await newer) == 1


async def test_updates_expire_as_telegram_lets_them(server: SandboxServer, call: Caller) -> None:
    server.world.say(ANN, "hello")
    await call("sendMessage", chat_id=ANN, text="?", reply_markup={
        "inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]],
    })  # fmt: skip
    server.world.tap(ANN, "Yes")
    assert len(await fetched(call)) == 2
    await server.jump(timedelta(seconds=150))
    assert ["message" in u for u in await fetched(call)] == [True]
    await server.jump(timedelta(days=1))
    assert await fetched(call) == []


async def test_a_press_is_answered_once_and_in_time(server: SandboxServer, call: Caller) -> None:
    server.world.say(ANN, "hello")
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    await call("sendMessage", chat_id=ANN, text="?", reply_markup=keyboard)
    first, late = (server.world.tap(ANN, "Yes")["callback_query"] for _ in range(2))
    assert first["data"] == "y"
    assert first["message"]["reply_markup"] == keyboard
    assert (await call("answerCallbackQuery", callback_query_id=first["id"], text="Noted"))[0] == 200
    assert server.world.presses[first["id"]].answer == {"text": "Noted", "alert": False}
    again, reply = await call("answerCallbackQuery", callback_query_id=first["id"])
    assert again == 400
    assert "query is too old" in reply["description"]
    await server.jump(timedelta(seconds=151))
    assert (await call("answerCallbackQuery", callback_query_id=late["id"]))[0] == 400


async def test_a_press_under_a_deleted_message_is_inaccessible(server: SandboxServer, call: Caller) -> None:
    server.world.say(ANN, "hello")
    _, sent = await call("sendMessage", chat_id=ANN, text="?")
    await call("deleteMessage", chat_id=ANN, message_id=sent["result"]["message_id"])
    press = server.world.press(ANN, sent["result"]["message_id"], "any data")
    assert press["callback_query"]["message"]["date"] == 0
    with pytest.raises(HumanError, match="sees no buttons"):
        server.world.press(BO if BO in server.world.people else ANN, 1, "x", chat_id=77)


async def test_only_asked_for_kinds_are_queued(server: SandboxServer, call: Caller) -> None:
    await fetched(call, allowed_updates=["message"])
    said = server.world.say(ANN, "hello")["message"]
    assert "update_id" not in server.world.edit(ANN, said["message_id"], "hello!")
    assert ["message" in u for u in await fetched(call)] == [True]


async def test_every_kind_of_message(server: SandboxServer, call: Caller) -> None:
    kinds = ["photo", "voice", "sticker", "location", "contact", "document"]
    for kind in kinds:
        server.world.send_media(ANN, kind)
    assert [next(k for k in kinds if k in u["message"]) for u in await fetched(call)] == kinds
    with pytest.raises(HumanError, match="nobody can send a hologram"):
        server.world.send_media(ANN, "hologram")


async def test_poison_and_repeats(server: SandboxServer, http: aiohttp.ClientSession, call: Caller) -> None:
    said = server.world.say(ANN, "hello")
    server.world.inject({"some_future_kind": {"x": 1}})
    server.world.inject({"message": {"message_id": "no number"}})
    updates = await fetched(call)
    assert [u["update_id"] - said["update_id"] for u in updates] == [0, 1, 2]
    await fetched(call, offset=said["update_id"] + 3)
    server.world.inject(said)
    assert await fetched(call, offset=said["update_id"] + 3) == [said]
    assert await fetched(call, offset=said["update_id"] + 3) == []
    server.world.inject(b'{"update_id": oops')
    async with http.get(f"/bot{server.token}/getUpdates") as reply:
        assert await reply.read() == b'{"ok":true,"result":[{"update_id": oops]}'


async def test_privacy_mode_in_a_group(server: SandboxServer, call: Caller) -> None:
    world = server.world
    world.add_user(BO, "Bo")
    world.create_group(PAIR, "Ann and Bo", [ANN, BO])
    _, sent = await call("sendMessage", chat_id=PAIR, text="A question")
    assert "update_id" not in world.say(BO, "between us", PAIR)
    assert "update_id" not in world.say(BO, "/start@other_bot", PAIR)
    assert "update_id" not in world.send_media(BO, "photo", PAIR)
    assert "update_id" in world.say(BO, "/start", PAIR)
    assert "update_id" in world.say(BO, "/start@sandbox_bot now", PAIR)
    assert "update_id" in world.say(BO, "an answer", PAIR, reply_to=sent["result"]["message_id"])
    status, reply = await call("sendMessage", chat_id=BO, text="psst")
    assert (status, reply["description"]) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    assert "update_id" in world.leave(BO, PAIR)
    with pytest.raises(HumanError, match="is not in chat"):
        world.say(BO, "/start", PAIR)
    assert "update_id" in world.join(BO, PAIR)
    world.kick_bot(ANN, PAIR)
    status, reply = await call("sendMessage", chat_id=PAIR, text="still there?")
    assert (status, reply["description"]) == (403, "Forbidden: bot was kicked from the group chat")


def test_people_cannot_do_the_impossible(server: SandboxServer) -> None:
    world = server.world
    for words in ("", "  ", "x" * 4097):
        with pytest.raises(HumanError):
            world.say(ANN, words)
    with pytest.raises(HumanError, match="nobody has the id"):
        world.say(5, "hi")
    with pytest.raises(HumanError, match="no text 9 to edit"):
        world.edit(ANN, 9, "x")
    with pytest.raises(HumanError, match="no button 'Yes'"):
        world.tap(ANN, "Yes")
    world.say(ANN, "hi")
    world.block(ANN)
    with pytest.raises(HumanError, match="unblock first"):
        world.say(ANN, "hi")
    with pytest.raises(LookupError):
        world.last(77)
