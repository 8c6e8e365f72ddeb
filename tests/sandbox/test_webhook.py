"""Updates sent to the bot's own address: in order, with the secret, until it takes them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from bot.sandbox import ANN, SandboxServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    Caller = Callable[..., Coroutine[Any, Any, Any]]


@dataclass
class Bot:
    """A bot with a webhook. `answers` are given first, in order; then 200."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return self.answers.pop(0) if self.answers else web.Response()

    def words(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]

    async def has(self, number: int) -> None:
        """Wait until so many updates came."""
        async with asyncio.timeout(5):
            while len(self.got) < number:  # noqa: ASYNC110  (an event for each number would say less)
                await asyncio.sleep(0.01)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    made = Bot()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture(autouse=True)
def quick(server: SandboxServer) -> None:
    server._webhook._first_pause = 0.01


async def settled(call: Caller) -> dict[str, Any]:
    """Wait until nothing waits for the webhook; return what Telegram says of it."""
    async with asyncio.timeout(5):
        while True:
            info: dict[str, Any] = (await call("getWebhookInfo"))[1]["result"]
            if not info["pending_update_count"]:
                return info
            await asyncio.sleep(0.01)


async def test_what_waited_and_what_comes_is_delivered_in_order(
    server: SandboxServer, call: Caller, bot: Bot
) -> None:
    server.world.say(ANN, "one")
    server.world.say(ANN, "two")
    assert (await call("setWebhook", url=bot.url, secret_token="s-1_"))[0] == 200
    await bot.has(2)
    server.world.say(ANN, "three")
    await bot.has(3)
    assert bot.words() == ["one", "two", "three"]
    assert set(bot.secrets) == {"s-1_"}
    assert await settled(call) == {
        "url": bot.url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 40,
        "ip_address": "127.0.0.1",
    }


async def test_an_update_is_offered_until_it_is_taken(server: SandboxServer, call: Caller, bot: Bot) -> None:
    bot.answers = [web.Response(status=500), web.Response(status=404), web.Response(status=302)]
    await call("setWebhook", url=bot.url)
    server.world.say(ANN, "one")
    server.world.say(ANN, "two")
    await bot.has(5)
    assert bot.words() == ["one"] * 4 + ["two"]
    info = await settled(call)
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert info["last_error_date"] == int(server.world.now())


async def test_nobody_at_home(server: SandboxServer, call: Caller) -> None:
    await call("setWebhook", url="http://127.0.0.1:1/hook")
    server.world.say(ANN, "one")
    await asyncio.sleep(0.05)
    info = (await call("getWebhookInfo"))[1]["result"]
    assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)


async def test_a_reply_may_ask_for_a_method(server: SandboxServer, call: Caller, bot: Bot) -> None:
    asked = {"method": "sendMessage", "chat_id": ANN, "text": "So it is"}
    wrong = {"method": "sendMessage", "chat_id": ANN}
    bot.answers = [web.json_response(asked), web.json_response(wrong), web.Response(text="[no json")]
    await call("setWebhook", url=bot.url)
    for words in ("one", "two", "three", "four"):
        server.world.say(ANN, words)
    await bot.has(4)
    assert [one["text"] for one in server.world.messages(ANN) if one["from"]["is_bot"]] == ["So it is"]
    assert [(one.method, one.status) for one in server.calls if one.method == "sendMessage"] == [
        ("sendMessage", 200),
        ("sendMessage", 400),
    ]


async def test_polling_and_a_webhook_exclude_each_other(
    server: SandboxServer, call: Caller, bot: Bot
) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=50))
    await asyncio.sleep(0.05)
    await call("setWebhook", url=bot.url)
    status, reply = await poll
    assert (status, reply["description"]) == (409, "Conflict: terminated by setWebhook request")
    status, reply = await call("getUpdates")
    assert (status, reply["description"]) == (
        409,
        (
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        ),
    )
    await call("deleteWebhook")
    server.world.say(ANN, "by hand")
    assert len((await call("getUpdates"))[1]["result"]) == 1
    assert bot.got == []


async def test_what_waits_can_be_dropped_and_kinds_chosen(
    server: SandboxServer, call: Caller, bot: Bot
) -> None:
    server.world.say(ANN, "dropped")
    allowed = ["message", "callback_query"]
    await call("setWebhook", url=bot.url, drop_pending_updates=True, allowed_updates=allowed)
    said = server.world.say(ANN, "one")["message"]
    server.world.edit(ANN, said["message_id"], "one!")
    server.world.say(ANN, "two")
    await bot.has(2)
    assert bot.words() == ["one", "two"]
    assert (await settled(call))["allowed_updates"] == sorted(allowed)
    await call("setWebhook", url="")
    assert (await call("getWebhookInfo"))[1]["result"]["url"] == ""


async def test_it_goes_on_after_a_restart_of_the_server(
    server: SandboxServer, call: Caller, bot: Bot
) -> None:
    await call("setWebhook", url=bot.url)
    port = server.port
    await server.stop()
    server.world.say(ANN, "meanwhile")
    await server.start(port)
    await bot.has(1)


async def test_faults_of_updates_reach_a_webhook(server: SandboxServer, call: Caller, bot: Bot) -> None:
    server.faults.duplicate()
    server.faults.reorder()
    server.world.say(ANN, "one")
    server.world.say(ANN, "two")
    server.faults.poison()
    server.world.say(ANN, "three")
    await call("setWebhook", url=bot.url)
    await bot.has(5)
    first = min(update["update_id"] for update in bot.got)
    assert sorted(update["update_id"] - first for update in bot.got) == [0, 0, 1, 2, 3]
    assert bot.got[0]["update_id"] == bot.got[1]["update_id"] == first
