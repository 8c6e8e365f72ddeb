"""How each answer of Telegram ends a message (reliability.md a2, faults 8 to 12, 19, 20, 30). Rule 4."""

from __future__ import annotations

from dataclasses import replace
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

from bot.runtime.events import AnswerPress, Count, Delete, Keyboard, Retold
from bot.runtime.sends import Gone, Instead, Later, Moved, NoTopic, Refused, Revoked, SendError, Unknown
from bot.store.protocol import Message
from bot.telegram.buttons import Seals
from bot.telegram.sender import Sender, translate

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer

ANN, BO, CY = 1001, 1002, 1003
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


# In place of a message that stands already (a question in the pair's group)


GROUP, OTHER = -100, -200


def in_group(server: SandboxServer, chat_id: int = GROUP) -> None:
    server.world.add_user(BO, "Bo")
    server.world.create_group(chat_id, "Us", [ANN, BO])


def in_place(message_id: int, text: str, chat_id: int = GROUP, **body: Any) -> Message:  # noqa: ANN401  as `words`
    edit = [chat_id, message_id]
    return Message(2, GROUP, "reply", {"text": text, "rows": [], "edit": edit, **body}, None, "run", 2)


def bot_texts(server: SandboxServer, chat_id: int) -> list[str]:
    """Return what the bot's messages in a group say now."""
    return [one["text"] for one in server.world.messages(chat_id) if one["from"]["is_bot"] and "text" in one]


async def test_the_next_question_takes_the_place_of_the_pressed_one(
    server: SandboxServer, sender: Sender
) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": [[("Yes", "run.1.yes")]]}))
    number = await sender.send(in_place(first, "<b>Two</b>?", rows=[[("No", "run.2.no")]]))
    assert number == first
    assert bot_texts(server, GROUP) == ["Two?"]
    (button,) = server.world.buttons(server.world.last(GROUP))
    assert (button["text"], SEALS.read(GROUP, button["callback_data"])) == ("No", "run.2.no")


async def test_words_without_buttons_take_the_buttons_away(server: SandboxServer, sender: Sender) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": [[("Yes", "run.1.yes")]]}))
    await sender.send(in_place(first, "Good."))
    assert bot_texts(server, GROUP) == ["Good."]
    assert server.world.buttons(server.world.last(GROUP)) == []


async def test_a_message_that_is_put_in_its_place_twice_is_there_once(
    server: SandboxServer, sender: Sender
) -> None:
    """A kill between the call and its mark repeats the call: Telegram says that nothing has changed."""
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": []}))
    for _ in range(3):
        assert await sender.send(in_place(first, "Two?")) == first
    assert bot_texts(server, GROUP) == ["Two?"]


async def test_where_the_old_message_is_gone_the_words_are_sent_anew(
    server: SandboxServer, sender: Sender
) -> None:
    in_group(server)
    number = await sender.send(in_place(4711, "Two?", rows=[[("No", "run.2.no")]]))
    assert number == server.world.last(GROUP)["message_id"] != 4711
    assert bot_texts(server, GROUP) == ["Two?"]


async def test_a_message_of_another_chat_is_never_edited(server: SandboxServer, sender: Sender) -> None:
    """The group has moved: the same number stands for something else there."""
    in_group(server)
    in_group(server, OTHER)
    theirs = await sender.send(Message(1, OTHER, "reply", {"text": "Theirs.", "rows": []}))
    ours = await sender.send(Message(1, GROUP, "reply", {"text": "Ours.", "rows": []}))
    await sender.send(in_place(theirs, "Two?", chat_id=OTHER))
    assert bot_texts(server, OTHER) == ["Theirs."]
    assert bot_texts(server, GROUP) == ["Ours.", "Two?"]
    assert ours


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer(429, "Too Many Requests: retry after 3", retry_after=3), Later),
        (answer(403, "Forbidden: bot was kicked from the group chat"), Gone),
        (answer(400, "Bad Request: group was upgraded", migrate_to_chat_id=-1005), Moved),
        (answer(401, "Unauthorized"), Revoked),
        (answer(500, "Internal Server Error"), Unknown),
    ],
)
async def test_an_edit_that_may_come_later_is_not_sent_as_a_second_message(
    server: SandboxServer, sender: Sender, reply: tuple[int, Any], outcome: type[SendError]
) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": []}))
    server.faults.answer("editMessageText", *reply)
    with pytest.raises(outcome):
        await sender.send(in_place(first, "Two?"))
    assert bot_texts(server, GROUP) == ["One?"]
    assert await sender.send(in_place(first, "Two?")) == first


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply"])
async def test_an_edit_whose_fate_is_unknown_can_be_repeated(
    server: SandboxServer, sender: Sender, fault: str
) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": []}))
    getattr(server.faults, fault)("editMessageText")
    with pytest.raises(Unknown):
        await sender.send(in_place(first, "Two?"))
    assert await sender.send(in_place(first, "Two?")) == first
    assert bot_texts(server, GROUP) == ["Two?"]


async def test_words_that_cannot_be_parsed_still_come_in_place_or_anew(
    server: SandboxServer, sender: Sender
) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One?", "rows": []}))
    await sender.send(in_place(first, "<b>bold</i> <3"))
    assert bot_texts(server, GROUP)[-1] == "bold <3"


async def test_each_call_is_one_for_the_limit_of_a_group(server: SandboxServer, sender: Sender) -> None:
    """What is refused is not tried again at once: the outbox waits for room before the other body."""
    in_group(server)
    lost = in_place(4711, "<b>bold</i> <3")
    with pytest.raises(Instead, match="edit refused") as anew:
        await Sender.send(sender, lost)
    assert anew.value.body == {"text": "<b>bold</i> <3", "rows": []}
    with pytest.raises(Instead, match="can't parse") as plainly:
        await Sender.send(sender, replace(lost, body=anew.value.body))
    assert bot_texts(server, GROUP) == []
    await Sender.send(sender, replace(lost, body=plainly.value.body))
    assert bot_texts(server, GROUP) == ["bold <3"]


async def test_a_turn_to_speak_is_retold_with_its_buttons(server: SandboxServer, sender: Sender) -> None:
    in_group(server)
    first = await sender.send(Message(1, GROUP, "reply", {"text": "One", "rows": [[("Done", "run.1.did")]]}))
    await sender.make(Retold(GROUP, first, "Two <b>now</b>", [[("Done", "run.1.did")]]))
    assert bot_texts(server, GROUP) == ["Two now"]
    assert [one["text"] for one in server.world.buttons(server.world.last(GROUP))] == ["Done"]
    with pytest.raises(Refused, match="not modified"):
        await sender.make(Retold(GROUP, first, "Two <b>now</b>", [[("Done", "run.1.did")]]))


# Buttons that lead somewhere


async def test_a_button_with_an_address_opens_it_and_bears_no_seal(
    server: SandboxServer, sender: Sender
) -> None:
    address = "https://t.me/alongside_bot?startgroup=" + "t" * 22
    await sender.send(words("Where?", rows=[[("Add me", address)], [("No", "run.1.no")]]))
    link, plain_one = server.world.buttons(server.world.last(ANN))
    assert (link["text"], link["url"]) == ("Add me", address)
    assert "callback_data" not in link
    assert SEALS.read(ANN, plain_one["callback_data"]) == "run.1.no"


async def test_how_many_are_in_a_group_is_asked(server: SandboxServer, sender: Sender) -> None:
    in_group(server)
    assert await sender.make(Count(GROUP)) == 3
    server.world.add_user(CY, "Cy")
    server.world.join(CY, GROUP)
    assert await sender.make(Count(GROUP)) == 4


async def test_three_others_are_not_the_two(server: SandboxServer, sender: Sender) -> None:
    """Both news of it can be lost, that one has gone and that another has come: the number stays the same."""
    in_group(server)
    assert await sender.make(Count(GROUP, (ANN, BO))) == 3
    server.world.add_user(CY, "Cy")
    server.world.join(CY, GROUP)
    server.world.leave(BO, GROUP)
    assert await sender.make(Count(GROUP)) == 3
    assert await sender.make(Count(GROUP, (ANN, BO))) == 0


async def test_what_a_group_does_not_tell_is_held_against_nobody(
    server: SandboxServer, sender: Sender
) -> None:
    in_group(server)
    for _ in range(2):
        server.faults.answer("getChatMember", *answer(400, "Bad Request: CHAT_ADMIN_REQUIRED"))
    assert await sender.make(Count(GROUP, (ANN, BO))) == 3


# Topics


def forum_of(server: SandboxServer) -> tuple[int, int]:
    """Return a forum and a topic in it."""
    in_group(server)
    forum = server.world.make_forum(ANN, GROUP)
    return forum, server.world.open_topic(ANN, forum, "Evenings")


async def test_what_is_said_in_a_topic_stays_in_it(server: SandboxServer, sender: Sender) -> None:
    forum, topic = forum_of(server)
    body = {"text": "Here?", "rows": [[("Yes", "run.1.yes")]], "thread": topic}
    first = await sender.send(Message(1, forum, "reply", body))
    assert server.world.last(forum)["message_thread_id"] == topic
    await sender.send(Message(2, forum, "reply", {**body, "text": "And here?", "edit": [forum, first]}))
    shown = server.world.last(forum)
    assert (shown["message_id"], shown["text"], shown["message_thread_id"]) == (first, "And here?", topic)


@pytest.mark.parametrize("fate", ["close_topic", "delete_topic"])
@pytest.mark.parametrize("kind", ["words", "in place", "file"])
async def test_a_topic_that_is_closed_or_gone_is_told_apart(
    server: SandboxServer, sender: Sender, fate: str, kind: str
) -> None:
    """So that the outbox can go on in the group itself; nothing is sent to a place where nobody looks."""
    forum, topic = forum_of(server)
    body: dict[str, Any] = {"text": "Here?", "rows": [], "thread": topic}
    if kind == "in place":
        body["edit"] = [forum, 4711]
    if kind == "file":
        body["file"] = {"name": "date.ics", "data": "QkVHSU46VkNBTEVOREFSDQo="}
    getattr(server.world, fate)(ANN, forum, topic)
    with pytest.raises(NoTopic):
        await sender.send(Message(1, forum, "reply", body))
    assert bot_texts(server, forum) == []
    del body["thread"]
    body.pop("edit", None)
    await sender.send(Message(1, forum, "reply", body))
    assert "message_thread_id" not in server.world.last(forum)


async def test_a_date_goes_out_as_a_calendar_file_that_may_be_kept(
    server: SandboxServer, sender: Sender
) -> None:
    file = {"name": "date.ics", "data": "QkVHSU46VkNBTEVOREFSDQo="}
    await sender.send(words("The date.", file=file))
    shown = server.world.last(ANN)
    assert (shown["document"]["file_name"], shown["document"]["mime_type"]) == ("date.ics", "text/calendar")
    assert not shown.get("has_protected_content")
