"""What another's act says at night makes no sound, whatever it is; and what is changed never does."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.runtime.dates import FILE_NAME
from bot.store.protocol import Message
from bot.telegram.buttons import Seals
from bot.telegram.sender import Sender

ANN, GROUP = 1001, -4001
FILE = {"name": FILE_NAME, "data": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}
BODIES: dict[str, dict[str, Any]] = {
    "sendMessage": {},
    "sendDocument": {"file": FILE},
    "sendPhoto": {"photo": ["map", b"png"]},
}


class Written:
    """Writes down what Telegram would be asked for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, method: str, parameters: dict[str, Any], _files: object = None) -> dict[str, int]:
        self.calls.append((method, parameters))
        return {"message_id": 5}


async def asked(chat_id: int, **body: Any) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401  a message's body
    """Return what is asked of Telegram to send a message."""
    written = Written()
    sender = Sender(cast("Any", written), Seals(b"k" * 32))
    await sender.send(Message(1, chat_id, "reply", {"text": "x", "rows": [], **body}))
    return written.calls


@pytest.mark.parametrize("method", BODIES)
async def test_what_is_to_make_no_sound_makes_none(method: str) -> None:
    ((asked_for, parameters),) = await asked(ANN, silent=True, **BODIES[method])
    assert (asked_for, parameters["disable_notification"]) == (method, True)


@pytest.mark.parametrize("method", BODIES)
async def test_everything_else_may_be_heard(method: str) -> None:
    ((_, parameters),) = await asked(ANN, **BODIES[method])
    assert "disable_notification" not in parameters


async def test_an_edit_bears_nothing_that_telegram_would_refuse() -> None:
    ((method, parameters),) = await asked(GROUP, silent=True, thread=7, protect=True, edit=[GROUP, 5])
    assert (method, parameters["message_id"]) == ("editMessageText", 5)
    assert not {"disable_notification", "message_thread_id", "protect_content"} & parameters.keys()


async def test_an_edit_of_another_chat_is_a_message_of_its_own() -> None:
    ((method, parameters),) = await asked(GROUP, edit=[-4002, 5])
    assert (method, parameters["chat_id"]) == ("sendMessage", GROUP)
