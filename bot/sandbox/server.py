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
from bot.sandbox.page import Page
from bot.sandbox.params import Params, read_params
from bot.sandbox.polling import POLL_FIELDS, Poller
from bot.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.limits import Limits
    from bot.sandbox.shapes import Json

    OnJump = Callable[[timedelta], Awaitable[None] | None]

TOKEN: Final = "7000000001:sandbox-token-for-this-machine-only"  # noqa: S105  (opens nothing but the sandbox)
"""The token that the sandbox's bot has unless told otherwise."""

_LARGEST_BODY: Final = 55 * 2**20
_CALLS_KEPT: Final = 10_000
_HOUR: Final = timedelta(hours=1)
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(slots=True, frozen=True)
class Call:
    """One call of the Bot API, for tests to look at.

    `status` is what the server decided, 0 when a fault kept it from deciding; `fault` is what happened to
    the call or its reply; `unknown` are parameters that Telegram does not document (and ignores).
    """

    method: str
    params: Json
    status: int
    description: str = ""
    fault: Fault | None = None
    unknown: tuple[str, ...] = ()


class SandboxServer:
    """A Bot API server with one bot, on loopback only. May be stopped and started again on its port."""

    def __init__(
        self,
        *,
        world: World | None = None,
        clock: MovableClock | None = None,
        token: str = TOKEN,
        faults: Faults | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Serve `world`, or a new one; either runs by `clock`. `limits` switches Telegram's limits on."""
        self.token = token
        self.clock = clock or _movable(world)
        self.world = world or World(self.clock, bot_id=_bot_id(token))
        self.world.clock = self.clock
        self.faults = faults or Faults()
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.on_jump: list[OnJump] = []
        self.api = Api(self.world, limits)
        self.port = 0
        self._poller = Poller(self.world)
        self._page = Page(self.world, self.api.profile, self.jump)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address without a slash at the end; a bot's base URL is this and `/bot`."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port` of 127.0.0.1, any free one for 0; OSError when it is taken."""
        app = web.Application(middlewares=[doorkeeper], client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._page.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let waiting polls go, close the pages and the port. The world stays as it is."""
        self._poller.close()
        await self._page.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def jump(self, step: timedelta) -> None:
        """Move the clock by `step`, an hour at a time, and tell everybody in `on_jump` after each, in order.

        What is due on the way happens on the way: a week that was jumped at once would be an outage.
        """
        while step > timedelta():
            hour = min(step, _HOUR)
            step -= hour
            self.clock.move(hour)
            for callback in self.on_jump:
                done = callback(hour)
                if inspect.isawaitable(done):
                    await done
            self._page.show_time()

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        plan = self.faults.plan(name)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        if plan.fault is Fault.LOSE_REQUEST:
            self.calls.append(Call(name, {}, 0, fault=plan.fault))
            return _hang_up(request)
        if plan.rule is not None and plan.fault is Fault.ANSWER:
            self.calls.append(Call(name, {}, plan.rule.status, fault=plan.fault))
            return web.Response(status=plan.rule.status, body=plan.rule.body, headers=_JSON)
        status, body = await self._decide(request, name, plan.fault)
        if plan.fault is Fault.LOSE_REPLY:
            return _hang_up(request)
        return web.Response(status=status, body=spoiled(plan.fault, body), headers=_JSON)

    async def _decide(self, request: web.Request, name: str, fault: Fault | None) -> tuple[int, bytes]:
        params = Params()
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")  # noqa: TRY301  (refused where all refusals are written)
            params = await read_params(request)
            name, known, result = await self._work(name, params)
        except ApiError as refusal:
            self.calls.append(Call(name, params.fields, refusal.code, refusal.description, fault))
            return refusal.code, _refusal_body(refusal)
        unknown = tuple(field for field in params.fields if field not in known)
        self.calls.append(Call(name, params.fields, 200, "", fault, unknown))
        return 200, b'{"ok":true,"result":' + result + b"}"

    async def _work(self, name: str, params: Params) -> tuple[str, frozenset[str], bytes]:
        if name.lower() == "getupdates":
            return "getUpdates", POLL_FIELDS, await self._poller.get_updates(params)
        method = self.api.find(name)
        return method.name, method.fields, orjson.dumps(method.run(params))


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
