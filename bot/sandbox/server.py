"""The stand-in Bot API server: real HTTP on loopback, `/bot<token>/<method>`, and the page to try it."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

from bot.runtime.clock import MovableClock
from bot.sandbox.api import Api
from bot.sandbox.door import doorkeeper
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Fault, Faults, spoiled
from bot.sandbox.methods import FIELDS
from bot.sandbox.page import Page
from bot.sandbox.params import Params, read_params
from bot.sandbox.polling import Poller
from bot.sandbox.schema import check
from bot.sandbox.uploads import id_in
from bot.sandbox.webhook import Webhook
from bot.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.limits import Limits
    from bot.sandbox.shapes import Json

    OnJump = Callable[[timedelta], Awaitable[None] | None]
    OnStartOver = Callable[[], Awaitable[None]]

TOKEN: Final = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105  (opens nothing but the sandbox)
"""The token that the sandbox's bot has unless told otherwise."""

_LARGEST_BODY: Final = 55 * 2**20
_CALLS_KEPT: Final = 10_000
_HOUR: Final = timedelta(hours=1)
_POLL: Final = "getUpdates"
_HAS_WEBHOOK: Final = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook "
    "first"
)
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(slots=True, frozen=True)
class Call:
    """One call of the Bot API, for tests to look at.

    `status` is what the server decided, 0 when a fault kept it from deciding; `fault` is what happened to
    the call or its reply; `unknown` are parameters that Telegram does not document, which a lenient server
    passes over.
    """

    method: str
    params: Json
    status: int
    description: str = ""
    fault: Fault | None = None
    unknown: tuple[str, ...] = ()


class SandboxServer:
    """A Bot API server with one bot, on loopback only. May be stopped and started again on its port.

    It refuses parameters that Telegram does not document, at any depth, because a misspelt one is a mistake
    that nobody sees otherwise: Telegram silently ignores them, and so does a `lenient` server.
    """

    def __init__(  # noqa: PLR0913  (all by name)
        self,
        *,
        world: World | None = None,
        clock: MovableClock | None = None,
        token: str = TOKEN,
        faults: Faults | None = None,
        limits: Limits | None = None,
        lenient: bool = False,
        webhook_pause: float = 0.5,
    ) -> None:
        """Serve `world`, or a new one; either runs by `clock`. `limits` switches Telegram's limits on.

        `webhook_pause` is the first pause in seconds of a webhook that does not take its update.
        """
        self.token = token
        self.clock = clock or _movable(world)
        self.world = world or World(self.clock, bot_id=_bot_id(token))
        self.world.clock = self.clock
        self.faults = faults or Faults()
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.on_jump: list[OnJump] = []
        self.on_start_over: list[OnStartOver] = []
        self.api = Api(self.world, limits)
        self.port = 0
        self._lenient = lenient
        self._poller = Poller(self.world)
        self._webhook = Webhook(self.world, self._carry_out, webhook_pause)
        self.api.add("setWebhook", self._set_webhook)
        self.api.add("deleteWebhook", self._webhook.delete)
        self.api.add("getWebhookInfo", self._webhook.info)
        self.world.updates.trouble = lambda: self.faults.trouble()  # noqa: PLW0108  (faults may be replaced)
        self.page = Page(self.world, self.api.profile, self.jump, self.start_over)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address without a slash at the end; a bot's base URL is this and `/bot`."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port` of 127.0.0.1, any free one for 0; OSError when it is taken."""
        app = web.Application(middlewares=[doorkeeper], client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self.page.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._webhook.start()

    async def stop(self) -> None:
        """Let waiting polls go, close the pages and the port. The world stays as it is."""
        self._poller.close()
        await self._webhook.close()
        await self.page.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def jump(self, step: timedelta) -> None:
        """Move the clock by `step`, tell everybody in `on_jump` on the way, and show the pages the time.

        What is due on the way happens on the way: a week that was jumped at once would be an outage. A bot
        with a glass says when it will next do something; any other one is told of each hour.
        """
        while step > timedelta():
            part = await self._next_part(step)
            step -= part
            self.clock.move(part)
            self.page.record.jumped()
            for callback in self.on_jump:
                done = callback(part)
                if inspect.isawaitable(done):
                    await done
            self.page.show_time()

    async def _next_part(self, step: timedelta) -> timedelta:
        if self.page.glass is None:
            return min(step, _HOUR)
        due = await self.page.glass.next_wake()
        ahead = due - self.clock.now() if due else step
        return min(step, ahead) if ahead > timedelta() else min(step, _HOUR)

    async def start_over(self) -> None:
        """Forget everybody and everything said, return to the present, and tell those in `on_start_over`."""
        self.world.start_over()
        self.clock.reset()
        for callback in self.on_start_over:
            await callback()
        self.page.begin_again()

    def end_poll(self) -> None:
        """Let a waiting poll return: the bot that asked is gone, and its line closed without a word."""
        self._poller.close()

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        plan = self.faults.plan(name)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        if plan.fault is Fault.LOSE_REQUEST:
            self._log(Call(name, {}, 0, fault=plan.fault))
            return _hang_up(request)
        if plan.rule is not None and plan.fault is Fault.ANSWER:
            self._log(Call(name, {}, plan.rule.status, fault=plan.fault))
            return web.Response(status=plan.rule.status, body=plan.rule.body, headers=_JSON)
        status, body = await self._decide(request, name, plan.fault)
        if plan.fault is Fault.LOSE_REPLY:
            return _hang_up(request)
        return web.Response(status=status, body=spoiled(plan.fault, body), headers=_JSON)

    async def _file(self, request: web.Request) -> web.Response:
        stored = self.world.files.get(id_in(request.match_info["path"]))
        if request.match_info["token"] != self.token or stored is None:
            return web.Response(status=404, body=_refusal_body(ApiError(404, "Not Found")), headers=_JSON)
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def _decide(self, request: web.Request, name: str, fault: Fault | None) -> tuple[int, bytes]:
        params = Params()
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")  # noqa: TRY301  (refused where all refusals are written)
            params = await read_params(request, lenient=self._lenient)
        except ApiError as refusal:
            return self._refuse(name, params, refusal, fault)
        return await self._run(name, params, fault)

    async def _carry_out(self, name: str, fields: Json) -> None:
        """Do what the reply of a webhook asks for; nobody is told how it went."""
        await self._run(name, Params(fields, lenient=self._lenient), None)

    async def _run(self, name: str, params: Params, fault: Fault | None) -> tuple[int, bytes]:
        try:
            name = self._documented(name)
            result = await self._work(name, params)
        except ApiError as refusal:
            return self._refuse(name, params, refusal, fault)
        self._log(Call(name, params.fields, 200, "", fault, tuple(params.unknown)))
        return 200, b'{"ok":true,"result":' + result + b"}"

    def _documented(self, name: str) -> str:
        return _POLL if name.lower() == _POLL.lower() else self.api.find(name).name

    async def _work(self, name: str, params: Params) -> bytes:
        check(params, FIELDS[name])
        if name != _POLL:
            return orjson.dumps(self.api.find(name).run(params))
        if self._webhook.url:
            raise ApiError(409, _HAS_WEBHOOK)
        return await self._poller.get_updates(params)

    def _refuse(self, name: str, params: Params, refusal: ApiError, fault: Fault | None) -> tuple[int, bytes]:
        self._log(Call(name, params.fields, refusal.code, refusal.description, fault, tuple(params.unknown)))
        return refusal.code, _refusal_body(refusal)

    def _log(self, call: Call) -> None:
        self.calls.append(call)
        self.page.show_call(call)

    def _set_webhook(self, params: Params) -> object:
        done = self._webhook.set(params)
        if self._webhook.url:
            self._poller.end("Conflict: terminated by setWebhook request")
        return done


def _movable(world: World | None) -> MovableClock:
    clock = world.clock if world else None
    return clock if isinstance(clock, MovableClock) else MovableClock(clock)


def _bot_id(token: str) -> int:
    number = token.partition(":")[0]
    return int(number) if number.isdecimal() else 1


def _refusal_body(refusal: ApiError) -> bytes:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return orjson.dumps(body)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    # aiohttp wants a response; nobody is there any more to read this one.
    return web.Response(status=500)
