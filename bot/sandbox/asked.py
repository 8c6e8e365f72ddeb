"""Values that many methods ask for, read with the refusals Telegram gives for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.shapes import Json


def chat_id_in(params: Params) -> int:
    """Return `chat_id`; ApiError 400 when it is missing or no number (nobody here has a public name)."""
    wanted = params.text("chat_id")
    if not wanted:
        raise bad_request("chat_id is empty")
    if not wanted.removeprefix("-").isdecimal():
        raise bad_request("chat not found")
    return int(wanted)


def message_id_in(params: Params) -> int:
    """Return `message_id`; ApiError 400 when it is missing."""
    number = params.integer("message_id")
    if number <= 0:
        raise bad_request("message identifier is not specified")
    return number


def whole_numbers(params: Params, name: str) -> list[int]:
    """Return an array of message ids, [] when it is missing; ApiError 400 when it is none."""
    given: Any = params.structure(name, name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request("expected an Array of message identifiers")
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        raise bad_request("message identifier must be a Number")
    if not all(one > 0 for one in given):
        raise bad_request("invalid message identifier specified")
    return given


def entities_in(params: Params, name: str) -> list[Json]:
    """Return ready-made entities, [] when there are none; ApiError 400 when it is no array of objects."""
    given: Any = params.structure(name, "entities")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(entity, dict) for entity in given):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return given
