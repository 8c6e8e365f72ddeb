"""How each answer of Telegram ends a message (reliability.md a2, faults 8 to 12, 19, 20, 30). Rule 4."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.runtime.events import AnswerPress, Delete, Keyboard
from bot.runtime.sends import Gone, Later, Moved, Refused, Revoked, SendError, Unknown
from bot.store.protocol import Message
from bot.telegram.buttons import Seals
from bot.telegram.sender import Sender, translate

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

ANN = 1001
SEALS = Seals(b"k" * 32)


def answer(code: int, text: str, **parameters: int) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": text}
    return code, {**body, "parameters": parameters} if parameters else body


TABLE: list[tuple[tuple[int, Any], type[SendError], str]] = [
    (answer(429, "Too Many Requests: retry after 3", retry_after=3), Later, "asked to wait"),
    (answer(429, "Too Many Requests: retry after 9"), Later, "asked to wait"),
    (answer(429, "Too Many Requests"), Unknown, "NetworkError"),
    (answer(403, "Forbidden: bot was blocked by the user"), Gone, "forbidden"),
    (answer(403, "Forbidden: user is deactivated"), Gone, "forbidden"),
    (answer(403, "Forbidden: bot was kicked from the supergroup chat"), Gone, "forbidden"),
    (answer(403, "Forbidden: bot can't initiate conversation with a user"), Gone, "forbidden"),
    (answer(400, "Bad Request: chat not found"), Gone, "chat not found"),
    (answer(400, "Bad Request: PEER_ID_INVALID"), Gone, "chat not found"),
    (answer(400, "Bad Request: user is deactivated"), Gone, "chat not found"),
    (answer(400, "Bad Request: group was upgraded", migrate_to_chat_id=-1005), Moved, "the chat has moved"),
    (answer(400, "Bad Request: message is not modified: specified new message"), Refused, "not modified"),
    (answer(400, "Bad Request: message to edit not found"), Refused, "bad request"),
    (answer(400, "Bad Request: message can't be edited"), Refused, "bad request"),
    (answer(400, "Bad Request: query is too old and response timeout expired"), Refused, "bad request"),
    (answer(400, "Bad Request: message is too long"), Refused, "bad request"),
    (answer(400, "Bad Request: can't parse entities: unsupported tag"), Refused, "can't parse entities"),
    (answer(401, "Unauthorized"), Revoked, ""),
    (answer(404, "Not Found"), Revoked, ""),
    (answer(409, "Conflict: terminated"), Unknown, "Conflict"),
    (answer(500, "Internal Server Error: restart"), Unknown, "NetworkError"),
    ((502, b"<html>Bad Gateway</html>"), Unknown, "NetworkError"),
    ((503, b""), Unknown, "NetworkError"),
    ((200, b"<html>Please sign in</html>"), Unknown, "UnreadableAnswerError"),
    ((200, b""), Unknown, "UnreadableAnswerError"),
    ((200, b'{"ok":true,"result":{"message_'), Unknown, "UnreadableAnswerError"),
    ((200, b'[{"ok":true}]'), Unknown, "UnreadableAnswerError"),
    ((200, {"ok": False}), Unknown, "KeyError"),
    ((200, {"ok": True, "result": None}), Unknown, "NoMessage"),
    ((200, {"ok": True, "result": True}), Unknown, "NoMessage"),
]  # fmt: skip


def words(text: str, **body: Any) -> Message:  # noqa: ANN401  a message's body
    return Message(1, ANN, "reply", {"text": text, "rows": [], **body})


@pytest.mark.parametrize(("reply", "outcome", "said"), TABLE)
async def test_what_each_answer_means(
    server: SandboxServer, sender: Sender, reply: tuple[int, Any], outcome: type[SendError], said: str
) -> None:
    server.faults.answer("sendMessage", *reply, times=None)
    with pytest.raises(outcome) as caught:
        await sender.send(words("private words"))
    assert str(caught.value) == said
    assert caught.value.__cause__ is None


async def test_how_long_to_wait_and_where_to_go(server: SandboxServer, sender: Sender) -> None:
    for reply, wait in ((TABLE[0][0], 3), (TABLE[1][0], 9)):
        server.faults.answer("sendMessage", *reply)
        with pytest.raises(Later) as caught:
            await sender.send(words("x"))
        assert caught.value.wait == timedelta(seconds=wait)
    server.faults.answer("sendMessage", *answer(400, "Bad Request: upgraded", migrate_to_chat_id=-1005))
    with pytest.raises(Moved) as moved:
        await sender.send(words("x"))
    assert moved.value.chat_id == -1005


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply"])
async def test_a_broken_line_leaves_the_outcome_unknown(
    server: SandboxServer, sender: Sender, fault: str
) -> None:
    getattr(server.faults, fault)("sendMessage")
    with pytest.raises(Unknown, match="NetworkError"):
        await sender.send(words("x"))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(TimedOut(), Unknown), (NetworkError("x"), Unknown), (TelegramError("x"), Unknown),
     (Forbidden("x"), Gone),
     (InvalidToken(), Revoked), (BadRequest("x"), Refused), (RetryAfter(timedelta(seconds=1)), Later),
     (AttributeError("private words"), Unknown), (ValueError("private words"), Unknown)],
)  # fmt: skip
def test_every_error_becomes_an_outcome_without_its_text(error: Exception, outcome: type[SendError]) -> None:
    translated = translate(error)
    assert type(translated) is outcome
    assert "private" not in str(translated)


async def test_a_message_arrives_with_its_buttons(server: SandboxServer, sender: Sender) -> None:
    message_id = await sender.send(
        words("<b>1 &lt; 2</b>", rows=[[("Yes", "run.1.yes"), ("No", "run.1.no")]])
    )
    shown = server.world.last(ANN)
    assert (shown["message_id"], shown["text"]) == (message_id, "1 < 2")
    assert [one["text"] for one in server.world.buttons(shown)] == ["Yes", "No"]
    assert SEALS.read(ANN, server.world.buttons(shown)[0]["callback_data"]) == "run.1.yes"


async def test_words_matter_more_than_their_looks(server: SandboxServer, sender: Sender) -> None:
    """Fault 30: what Telegram cannot parse is sent without markup, and nothing a person wrote is lost."""
    await sender.send(words("<b>bold</i> 1 &lt; 2 &lt;b&gt; <a href='x'>link</a> <3"))
    shown = server.world.last(ANN)
    assert shown["text"] == "bold 1 < 2 <b> link <3"
    assert "entities" not in shown


async def test_calls_of_a_turn(server: SandboxServer, sender: Sender) -> None:
    message_id = await sender.send(words("?", rows=[[("Yes", "run.1.yes")]]))
    press = server.world.tap(ANN, "Yes")["callback_query"]["id"]
    await sender.make(AnswerPress(press, "Noted"))
    assert server.world.presses[press].answer == {"text": "Noted", "alert": False}
    with pytest.raises(Refused):
        await sender.make(AnswerPress(press))
    await sender.make(Keyboard(ANN, message_id, []))
    assert server.world.buttons(server.world.last(ANN)) == []
    with pytest.raises(Refused, match="not modified"):
        await sender.make(Keyboard(ANN, message_id, []))


async def test_words_are_taken_out_of_the_chat(server: SandboxServer, sender: Sender) -> None:
    gone = [await sender.send(words(text)) for text in ("one", "two")]
    await sender.send(words("soup"))
    await sender.make(Delete(ANN, (*gone, 4711)))
    assert [shown["text"] for shown in server.world.chats[ANN].messages.values()] == ["/start", "soup"]


async def test_a_discreet_message_cannot_be_forwarded(server: SandboxServer, sender: Sender) -> None:
    await sender.send(words("x", protect=True))
    assert server.world.last(ANN)["has_protected_content"] is True


async def test_a_file_goes_out_protected_under_its_neutral_name(
    server: SandboxServer, sender: Sender
) -> None:
    file = {"name": "notes.zip", "data": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}
    body = {"text": "Here it is &amp; all of it.", "rows": [], "file": file}
    number = await sender.send(Message(1, ANN, "reply", body, 1))
    shown = server.world.chats[ANN].messages[number]
    assert shown["document"]["file_name"] == "notes.zip"
    assert shown["document"]["file_size"] == 22
    assert shown["caption"] == "Here it is & all of it."
    assert shown["has_protected_content"]
