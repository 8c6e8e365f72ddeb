"""Reading updates: only what is needed, trusting nothing (reliability.md, faults 15, 23, 26, 28)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.runtime.events import (
    Arrived,
    Departed,
    Edited,
    Event,
    Heard,
    Masked,
    Migrated,
    Nothing,
    Pressed,
    Raised,
    Reach,
    Removed,
    Showed,
)
from bot.telegram.buttons import Seals
from bot.telegram.incoming import UnreadableError, parse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DATE = int(NOW.timestamp())
SEALS = Seals(b"k" * 32)
ANN, GROUP = 1001, -1001234
PRIVATE = {"id": ANN, "type": "private"}
WRITER = {"id": ANN, "is_bot": False, "first_name": "Ann"}
MESSAGE: dict[str, Any] = {
    "message_id": 5,
    "date": DATE - 7,
    "chat": PRIVATE,
    "from": WRITER,
    "text": "Hello",
}
IN_GROUP = {**MESSAGE, "chat": {"id": GROUP, "type": "supergroup", "title": "Us"}}
PRESS: dict[str, Any] = {
    "id": "77", "from": WRITER, "message": {**MESSAGE, "from": {"id": 7, "is_bot": True}},
    "chat_instance": "1", "data": SEALS.seal(ANN, "run.1.yes"),
}  # fmt: skip
CHANGE: dict[str, Any] = {
    "chat": PRIVATE, "from": WRITER, "date": DATE, "old_chat_member": {"status": "member"},
    "new_chat_member": {"status": "kicked", "user": {"id": 7}},
}  # fmt: skip
SECONDS = timedelta(seconds=7)
HEARD = Heard(ANN, ANN, private=True, text="Hello", age=SECONDS, account="Ann")
PRESSED = Pressed(ANN, ANN, private=True, press_id="77", message_id=5, payload="run.1.yes", account="Ann")
US = IN_GROUP["chat"]
SERVED = {key: value for key, value in IN_GROUP.items() if key != "text"}


def read(**update: Any) -> Event:  # noqa: ANN401  an update's one field
    return parse(orjson.dumps({"update_id": 1, **update}), SEALS, NOW)


def without(source: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key not in names}


UPDATES: list[tuple[str, dict[str, Any], Event]] = [
    ("words", {"message": MESSAGE}, HEARD),
    ("words in a group", {"message": IN_GROUP}, Heard(GROUP, ANN, False, "Hello", SECONDS, "Ann")),  # noqa: FBT003
    ("a clock behind Telegram's", {"message": {**MESSAGE, "date": DATE + 99}},
     Heard(ANN, ANN, True, "Hello", timedelta(), "Ann")),  # noqa: FBT003
    ("NUL", {"message": {**MESSAGE, "text": "a\0b"}}, Heard(ANN, ANN, True, "ab", SECONDS, "Ann")),  # noqa: FBT003
    ("a photo", {"message": {**without(MESSAGE, "text"), "photo": [{}]}}, Showed(ANN, ANN, private=True)),
    (
        "a caption",
        {"message": {**without(MESSAGE, "text"), "photo": [{}], "caption": "look"}},
        Showed(ANN, ANN, private=True, text="look"),
    ),
    ("a sticker", {"message": {**without(MESSAGE, "text"), "sticker": {}}}, Showed(ANN, ANN, private=True)),
    ("a service message", {"message": {**without(MESSAGE, "text"), "pinned_message": {}}}, Nothing()),
    ("an edit", {"edited_message": MESSAGE}, Edited(ANN, ANN, private=True, text="Hello")),
    ("a press", {"callback_query": PRESS}, PRESSED),
    ("a press on a message out of reach",
     {"callback_query": {**PRESS, "message": {"chat": PRIVATE, "message_id": 5, "date": 0}}}, PRESSED),
    ("a press without its message", {"callback_query": without(PRESS, "message")}, Nothing()),
    ("a press of a game", {"callback_query": {**without(PRESS, "data"), "game_short_name": "x"}},
     Pressed(ANN, ANN, True, "77", 5, None, "Ann")),  # noqa: FBT003
    ("a forged press", {"callback_query": {**PRESS, "data": "run.1.yes.AAAAAAAAAAA"}},
     Pressed(ANN, ANN, True, "77", 5, None, "Ann")),  # noqa: FBT003
    ("blocked", {"my_chat_member": CHANGE}, Reach(ANN, reachable=False)),
    ("taken back", {"my_chat_member": {**CHANGE, "new_chat_member": {"status": "member"}}},
     Reach(ANN, reachable=True)),
    ("put out of a group", {"my_chat_member": {**CHANGE, "chat": IN_GROUP["chat"]}}, Removed(GROUP)),
    ("made an admin",
     {"my_chat_member": {**CHANGE, "chat": US, "new_chat_member": {"status": "administrator"}}},
     Raised(GROUP)),
    ("added to a group", {"my_chat_member": {**CHANGE, "chat": US, "new_chat_member": {"status": "member"}}},
     Nothing()),
    ("somebody comes", {"message": {**SERVED, "new_chat_members": [{"id": 3}, {"id": 4}]}},
     Arrived(GROUP, (3, 4))),
    ("somebody goes", {"message": {**SERVED, "left_chat_member": {"id": 3}}}, Departed(GROUP, 3)),
    ("a group moves", {"message": {**SERVED, "migrate_to_chat_id": -100}}, Migrated(GROUP, -100)),
    ("where it came from", {"message": {**SERVED, "migrate_from_chat_id": -7}}, Migrated(-7, GROUP)),
    ("in a topic", {"message": {**IN_GROUP, "message_thread_id": 9, "is_topic_message": True}},
     Heard(GROUP, ANN, False, "Hello", SECONDS, "Ann", 9)),  # noqa: FBT003
    ("an answer outside topics", {"message": {**IN_GROUP, "message_thread_id": 9}},
     Heard(GROUP, ANN, False, "Hello", SECONDS, "Ann")),  # noqa: FBT003
    ("an anonymous admin", {"message": {**IN_GROUP, "from": {"id": 1087968824, "is_bot": True}}},
     Masked(GROUP)),
    ("Telegram itself", {"message": {**MESSAGE, "from": {"id": 777000, "is_bot": False}}}, Nothing()),
    ("a channel", {"message": {**IN_GROUP, "from": {"id": 136817688, "is_bot": True}}}, Masked(GROUP)),
    ("nobody", {"message": without(IN_GROUP, "from")}, Masked(GROUP)),
    ("another bot", {"message": {**IN_GROUP, "from": {"id": 8, "is_bot": True}}}, Masked(GROUP)),
    ("an anonymous edit", {"edited_message": {**IN_GROUP, "from": {"id": 1087968824}}}, Nothing()),
    ("a channel post", {"channel_post": MESSAGE}, Nothing()),
    ("business", {"business_message": MESSAGE}, Nothing()),
    ("a kind of tomorrow", {"telepathy": {"thought": "x"}}, Nothing()),
    ("nothing at all", {}, Nothing()),
]  # fmt: skip


@pytest.mark.parametrize(("update", "event"), [one[1:] for one in UPDATES], ids=[one[0] for one in UPDATES])
def test_what_an_update_means(update: dict[str, Any], event: Event) -> None:
    assert read(**update) == event


@pytest.mark.parametrize(
    ("user", "account"),
    [
        ({"username": "bo_real", "first_name": "Bo"}, "@bo_real"),
        ({"first_name": "Bo"}, "Bo"),
        ({"first_name": "@bo_real"}, "bo_real"),
        ({"first_name": "\uff20bo_real"}, "bo_real"),
        ({"first_name": "Bo\u202e\u200b\nIt is really them."}, "BoIt is really them."),
        ({"first_name": "B" * 4096}, "B" * 64),
        ({"first_name": 7}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_a_name_never_looks_like_an_address(user: dict[str, Any], account: str) -> None:
    heard = read(message={**MESSAGE, "from": {"id": ANN, **user}})

    assert isinstance(heard, Heard)
    assert heard.account == account


BROKEN: list[dict[str, Any]] = [
    {"message": "words"}, {"message": [1]}, {"message": 7}, {"message": without(MESSAGE, "chat")},
    {"message": {**MESSAGE, "chat": "x"}}, {"message": {**MESSAGE, "chat": {"id": "1", "type": "private"}}},
    {"message": {**MESSAGE, "chat": {"id": True, "type": "private"}}}, {"message": {**MESSAGE, "date": None}},
    {"message": {**MESSAGE, "chat": {"id": 2**63, "type": "private"}}}, {"message": {**MESSAGE, "from": [1]}},
    {"message": {**MESSAGE, "date": -(2**60)}}, {"callback_query": without(PRESS, "from")},
    {"callback_query": {**PRESS, "id": 5}}, {"callback_query": {**PRESS, "message": "gone"}},
    {"my_chat_member": {**CHANGE, "new_chat_member": {"status": {}}}},
    {"my_chat_member": without(CHANGE, "chat")},
]  # fmt: skip


@pytest.mark.parametrize("update", BROKEN)
def test_a_wrong_shape_is_unreadable(update: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(**update)
    assert "words" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"nonsense", b"null", b"[]", b'"x"', b"17", b"\xff\xfe",
     b'{"message":' + b"[" * 5000 + b"]" * 5000 + b"}",
     b'{"update_id":1,"message":{"text":"half a \\ud83d letter"}}'],
)  # fmt: skip
def test_what_is_no_update_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse(raw, SEALS, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "type", "chat", "from", "text", "date", "status", "is_bot", "message_id", "photo"]
    ), inner, max_size=4), max_leaves=12,
)  # fmt: skip
KINDS = {"message": MESSAGE, "edited_message": IN_GROUP, "callback_query": PRESS, "my_chat_member": CHANGE}


@st.composite
def distorted(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a good update of which one field, perhaps a deep one, is any JSON value, or is missing."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    update = orjson.loads(orjson.dumps({"update_id": 1, kind: KINDS[kind]}))
    target = update
    while True:
        name = draw(st.sampled_from(sorted(target)))
        if not isinstance(target[name], dict) or not target[name] or draw(st.booleans()):
            break
        target = target[name]
    if draw(st.booleans()):
        target[name] = draw(JSON)
    else:
        del target[name]
    return dict(update)


@given(distorted())
@example({"update_id": 1, "message": {**MESSAGE, "from": {"id": 10**18, "is_bot": 0}}})
def test_any_value_in_any_field_is_read_or_unreadable(update: dict[str, Any]) -> None:
    try:
        event = parse(orjson.dumps(update), SEALS, NOW)
    except UnreadableError:
        return
    for name in ("chat_id", "user_id"):
        number = getattr(event, name, 0)
        assert type(number) is int
        assert -(2**63) <= number < 2**63
    assert isinstance(getattr(event, "text", ""), str)
    assert "\0" not in getattr(event, "text", "")


@given(st.binary(max_size=200) | JSON.map(orjson.dumps))
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    try:
        parse(raw, SEALS, NOW)
    except UnreadableError:
        return


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_words_come_through_unchanged_but_for_nul(text: str) -> None:
    event = read(message={**MESSAGE, "text": text})
    assert isinstance(event, Heard)
    assert event.text == text.replace("\0", "")
