"""The webhook: updates sent to the bot's own address, in order, until it takes them."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.updates import read_allowed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.params import Params
    from bot.sandbox.scene import Scene
    from bot.sandbox.shapes import Json
    from bot.sandbox.updates import Entry

    CarryOut = Callable[[str, Json], Awaitable[None]]

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a name)
"""The header by which the bot knows that it is Telegram who knocks."""

_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_SECRET: Final = 256
_MOST_CONNECTIONS: Final = 100
_USUAL_CONNECTIONS: Final = 40
_LONGEST_PAUSE: Final = 60.0
_LONGEST_ASKED_PAUSE: Final = 3600
_PATIENCE: Final = aiohttp.ClientTimeout(total=60)


@dataclass(slots=True)
class _Settings:
    url: str = ""
    secret: str = ""
    connections: int = _USUAL_CONNECTIONS
    address: str = ""


class Webhook:
    """Delivers one update at a time and asks again after growing pauses while the bot does not take it."""

    def __init__(self, scene: Scene, carry_out: CarryOut, first_pause: float) -> None:
        """Deliver the updates of `scene`; `carry_out` does what a reply asks for.

        The first repetition comes at once, the next after `first_pause` seconds, then twice as many each
        time, up to a minute.
        """
        self._scene = scene
        self._carry_out = carry_out
        self._first_pause = first_pause
        self._settings = _Settings()
        self._error: Json = {}
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        scene.updates.on_put.append(self._arrived.set)

    @property
    def url(self) -> str:
        """Where updates are sent; "" while there is no webhook."""
        return self._settings.url

    def set(self, params: Params) -> object:
        """Carry out setWebhook; an empty address takes the webhook away."""
        url = params.text("url")
        if not url:
            return self.delete(params)
        if "certificate" in params.files or params.text("certificate"):
            raise bad_request("bad webhook: the sandbox takes no certificates")
        _check_address(url)
        wanted = _Settings(url, _secret(params), _connections(params), _ip(params))
        allowed = read_allowed(params)
        if allowed is not None:
            self._scene.updates.allow(allowed)
        if params.flag("drop_pending_updates"):
            self._scene.updates.clear()
        self._settings = wanted
        self._error = {}
        self.stop()
        self.start()
        return True

    def delete(self, params: Params) -> object:
        """Carry out deleteWebhook."""
        if params.flag("drop_pending_updates"):
            self._scene.updates.clear()
        self._settings = _Settings()
        self._error = {}
        self.stop()
        return True

    def info(self, _: Params) -> object:
        """Carry out getWebhookInfo."""
        settings, allowed = self._settings, self._scene.updates.allowed
        shown: Json = {
            "url": settings.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._scene.updates),
            **self._error,
        }
        if settings.url:
            shown |= {"max_connections": settings.connections, "ip_address": settings.address or "127.0.0.1"}
        return shown | ({"allowed_updates": sorted(allowed)} if allowed else {})

    def start(self) -> None:
        """Begin to deliver, if there is an address."""
        if self.url and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._deliver())

    def stop(self) -> None:
        """Deliver nothing more; an update under way is offered again later."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """Stop, and wait until the last request is over. The address is kept for the next start."""
        task = self._task
        self.stop()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _deliver(self) -> None:
        updates, failures = self._scene.updates, 0
        async with aiohttp.ClientSession(timeout=_PATIENCE) as http:
            while True:
                self._arrived.clear()
                entry = updates.first(self._scene.now())
                if entry is None:
                    await self._arrived.wait()
                    continue
                asked_pause = await self._post(http, entry)
                if asked_pause is None:
                    failures = 0
                    continue
                failures += 1
                await asyncio.sleep(asked_pause or self._pause(failures))

    def _pause(self, failures: int) -> float:
        growing = self._first_pause * 2.0 ** min(failures - 2, 20)
        return 0.0 if failures == 1 else min(growing, _LONGEST_PAUSE)

    async def _post(self, http: aiohttp.ClientSession, entry: Entry) -> int | None:
        """Offer one update; return None when it was taken, else the seconds that the bot asks to wait."""
        headers = {"Content-Type": "application/json"}
        if self._settings.secret:
            headers[SECRET_HEADER] = self._settings.secret
        try:
            async with http.post(
                self.url, data=entry.raw, headers=headers, allow_redirects=False, ssl=False
            ) as reply:
                body = await reply.read()
                status, reason, wait = reply.status, reply.reason, reply.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            words = "Read timeout expired" if isinstance(error, TimeoutError) else "Connection refused"
            self._failed(words)
            return 0
        if not 200 <= status < 300:  # noqa: PLR2004  (HTTP's own numbers)
            self._failed(f"Wrong response from the webhook: {status} {reason}")
            return min(int(wait), _LONGEST_ASKED_PAUSE) if wait.isdecimal() else 0
        self._scene.updates.remove(entry)
        await self._do_what_it_asks(body)
        return None

    def _failed(self, words: str) -> None:
        self._error = {"last_error_date": int(self._scene.now()), "last_error_message": words}

    async def _do_what_it_asks(self, body: bytes) -> None:
        try:
            asked: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        if isinstance(asked, dict) and isinstance(asked.get("method"), str):
            await self._carry_out(asked.pop("method"), asked)


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        ours = False
    if parts.scheme not in {"http", "https"} or not ours:
        raise bad_request("bad webhook: the sandbox delivers to this machine only, such as http://127.0.0.1")


def _secret(params: Params) -> str:
    secret = params.text("secret_token")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if len(secret) > _LONGEST_SECRET or (not secret and "secret_token" in params.fields):
        raise bad_request("secret token must be 1-256 characters long")
    return secret


def _connections(params: Params) -> int:
    asked = params.integer("max_connections", _USUAL_CONNECTIONS)
    fitting = min(max(asked, 1), _MOST_CONNECTIONS)
    if asked != fitting and not params.lenient:
        # Telegram takes the nearest that it allows.
        raise bad_request("bad webhook: max_connections must be 1-100")
    return fitting


def _ip(params: Params) -> str:
    given = params.text("ip_address")
    try:
        fine = not given or ipaddress.ip_address(given).is_loopback
    except ValueError:
        fine = False
    if not fine:
        raise bad_request("bad webhook: the sandbox delivers to this machine only, such as 127.0.0.1")
    return given
