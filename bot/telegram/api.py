"""The Bot API as we call it: PTB's `Bot` for the rare calls, and one plain way for the frequent ones.

`call` hands a dictionary to PTB's transport and gets the raw `result` back, with PTB's errors, but without
building PTB's objects: they cost more than the rest of a turn (performance.md 3, ADR 0005).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from telegram import Bot
from telegram.constants import ParseMode

from bot.telegram.request import LONG_POLL_EXTRA, AiohttpRequest, FileBody, JsonBody

if TYPE_CHECKING:
    from telegram.request import RequestData

    from bot.telegram.request import Files

TELEGRAM = "https://api.telegram.org"
HTML = ParseMode.HTML.value


class Api:
    """A Bot API server and a token."""

    def __init__(self, token: str, server: str | None) -> None:
        """Prepare; `initialize` opens the connections."""
        base = (server or TELEGRAM).rstrip("/")
        self.request = AiohttpRequest()
        self.polling = AiohttpRequest(connections=1)
        self.bot = Bot(token, base_url=f"{base}/bot", request=self.request, get_updates_request=self.polling)

    async def open(self) -> None:
        """Open both sessions. Makes no call."""
        await self.request.initialize()
        await self.polling.initialize()

    async def close(self) -> None:
        """Close both sessions."""
        await self.request.shutdown()
        await self.polling.shutdown()

    async def call(self, method: str, parameters: dict[str, Any], files: Files | None = None) -> Any:  # noqa: ANN401  the API's `result`
        """Make one call. Raises what PTB raises, and KeyError for an answer that is none."""
        body = cast("RequestData", FileBody(parameters, files) if files else JsonBody(parameters))
        return await self.request.post(f"{self.bot.base_url}/{method}", body)

    async def get_updates(self, offset: int, seconds: int, allowed: list[str]) -> list[dict[str, Any]]:
        """Wait for updates, raw. Raises as `call`."""
        parameters = {"offset": offset, "timeout": seconds, "limit": 100, "allowed_updates": allowed}
        body = cast("RequestData", JsonBody(parameters))
        url = f"{self.bot.base_url}/getUpdates"
        found = await self.polling.post(url, body, read_timeout=seconds + LONG_POLL_EXTRA)
        return cast("list[dict[str, Any]]", found)

    async def one_raw_update(self, offset: int) -> bytes:
        """Return the answer with the next update alone, unread, or nothing when there was no good answer."""
        parameters = {"offset": offset, "timeout": 0, "limit": 1}
        body = cast("RequestData", JsonBody(parameters))
        status, payload = await self.polling.do_request(f"{self.bot.base_url}/getUpdates", "POST", body)
        return payload if status == HTTPStatus.OK else b""
