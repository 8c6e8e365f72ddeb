"""The parameters of one call, from whichever of the four ways the Bot API takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.scene import StoredFile

if TYPE_CHECKING:
    from aiohttp import web

    from bot.sandbox.shapes import Json

_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0", ""})


@dataclass(slots=True)
class Params:
    """What was asked: `fields` by name (strings, or JSON values), and uploaded `files` by part name.

    `unknown` are names that Telegram does not document; only `lenient` parameters may have any.
    """

    fields: Json = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    lenient: bool = False
    unknown: list[str] = field(default_factory=list)

    def unexpected(self, name: str) -> None:
        """Note an undocumented name; ApiError 400 unless lenient."""
        if not self.lenient:
            raise bad_request(f"unknown parameter {name}")
        self.unknown.append(name)

    def text(self, name: str) -> str:
        """Return a string parameter, "" when absent; ApiError 400 for an object or array."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, int | float):
            return str(value)
        raise bad_request(f'field "{name}" must be of type String')

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number given as such or as digits; ApiError 400 for anything else."""
        value = self.fields.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                value = None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise bad_request(f'field "{name}" must be of type Number')

    def flag(self, name: str) -> bool:
        """Return a yes-or-no parameter; ApiError 400 for what is neither, unless lenient.

        Telegram takes everything it cannot read for a no.
        """
        value = self.fields.get(name)
        word = "" if value is None else str(value).lower()
        if word not in _NO | _YES and not self.lenient:
            raise bad_request(f'field "{name}" must be of type Boolean')
        return word in _YES

    def structure(self, name: str, what: str) -> Any:  # noqa: ANN401  (it is whatever JSON was sent)
        """Return a nested parameter, decoded when it came as a JSON string; None when absent.

        ApiError 400 "can't parse `what` JSON object" when it is not JSON.
        """
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {what} JSON object") from None


async def read_params(request: web.Request, *, lenient: bool = False) -> Params:
    """Read query string and body (JSON, urlencoded or multipart); ApiError 400 when the body is broken."""
    params = Params(dict(request.query), lenient=lenient)
    if not request.can_read_body:
        return params
    kind = request.content_type
    if kind == "application/json":
        params.fields.update(_json_object(await request.read()))
    elif kind == "application/x-www-form-urlencoded":
        body = (await request.read()).decode("utf-8", "replace")
        params.fields.update(parse_qsl(body, keep_blank_values=True))
    elif kind == "multipart/form-data":
        await _read_multipart(request, params)
    return params


def _json_object(body: bytes) -> Json:
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse request JSON object")
    return value


async def _read_multipart(request: web.Request, params: Params) -> None:
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            params.fields[name] = value
        elif isinstance(value, bytes | bytearray):
            params.fields[name] = bytes(value).decode("utf-8", "replace")
        else:
            content = value.file.read()
            params.files[name] = StoredFile(value.filename, value.content_type, content)
