"""PTB's transport, on aiohttp: one pooled session, where PTB's own httpx takes five sixths of a send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest
from yarl import URL

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput
    from telegram.request import RequestData

CONNECTIONS = 256
"""Requests under way at once; further ones wait their turn."""

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
LONG_POLL_EXTRA = 10.0
"""How much longer than its own timeout a long poll may take before it counts as lost."""


JSON = {"Content-Type": "application/json"}


class UnreadableAnswerError(TelegramError):
    """An answer that is not a JSON object."""


class JsonBody:
    """The parameters of one call, as far as `do_request` needs a `RequestData`: plain JSON, no files."""

    __slots__ = ("json_payload",)
    contains_files = False

    def __init__(self, parameters: dict[str, Any]) -> None:
        """Write the parameters as JSON at once."""
        self.json_payload = orjson.dumps(parameters)


Files = dict[str, tuple[str, bytes, str]]
"""Parts of an upload, by parameter: (file name, content, media type)."""


class FileBody:
    """The parameters of one call with files in it, as far as `do_request` needs a `RequestData`."""

    __slots__ = ("json_parameters", "multipart_data")
    contains_files = True

    def __init__(self, parameters: dict[str, Any], files: Files) -> None:
        """Write each parameter as Telegram reads it from a form: a text as it is, the rest as JSON."""
        self.json_parameters = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in parameters.items()
        }
        self.multipart_data = files


class AiohttpRequest(BaseRequest):
    """`telegram.request.BaseRequest` over one aiohttp session; errors become PTB's, without the address."""

    __slots__ = ("_connections", "_session", "_urls")

    def __init__(self, connections: int = CONNECTIONS) -> None:
        """Prepare; the session is opened by `initialize`."""
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer, unless the caller names another time."""
        return ANSWER_SECONDS

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401  PTB's own signature, in effect
        """Read an answer. Raises TelegramError when it is not a JSON object; says nothing of its content."""
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise UnreadableAnswerError("the answer is not a JSON object") from None
        return answer

    async def initialize(self) -> None:
        """Open the session, once."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(
                connector=connector, skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding")
            )

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0913, PLR0917  PTB's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = DEFAULT_NONE,
        write_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: ODVInput[float] = DEFAULT_NONE,
        pool_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Make one request; return status and body. Raises TimedOut and NetworkError."""
        if self._session is None:
            raise NetworkError("the connection is closed")
        answer = read_timeout if isinstance(read_timeout, int | float) else ANSWER_SECONDS
        connect = connect_timeout if isinstance(connect_timeout, int | float) else CONNECT_SECONDS
        timeout = aiohttp.ClientTimeout(total=answer + connect, sock_connect=connect)
        body, headers = _body(request_data)
        try:
            async with self._session.request(
                method, self._url(url), data=body, headers=headers, timeout=timeout
            ) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            # The text of aiohttp's errors can name the address, and the token is part of it.
            raise NetworkError(type(error).__name__) from None

    def _url(self, url: str) -> URL:
        """Parse an address once: there is one for each method of the API."""
        known = self._urls.get(url)
        if known is None:
            known = self._urls[url] = URL(url, encoded=True)
        return known


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:
        return data.json_payload, JSON
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, {}
