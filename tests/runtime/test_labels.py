"""What somebody is called before the other: one line that can be read, and cannot pass for somebody else."""

from __future__ import annotations

import orjson
import pytest

from bot.runtime.couples import label_of
from bot.runtime.events import Heard
from bot.telegram.buttons import Seals
from bot.telegram.incoming import parse
from tests.runtime.story import EVENING, Story, texts

NAMES = {
    "Ann": "Ann",
    "  Ann   Marie ": "Ann Marie",
    "Änn 🌿": "Änn 🌿",
    "🌿": "🌿",
    "安": "安",
    "Ann\nis not here": "Ann is not here",
    "\u202eoB": "oB",
    "Bo\u2066x\u2069": "Bo x",
    "A\u200bnn": "A nn",
    "\ufeffBo\u200d": "Bo",
    "Ａｎｎ": "Ann",  # noqa: RUF001  wide letters
    "@bo": "bo",
    "＠bo": "bo",  # noqa: RUF001
    "Bo (@bo in Telegram)": "Bo bo in Telegram",
    "t.me/bo": "t.me bo",
    "x" * 4096: "x" * 40,
    "x" * 39 + " y": "x" * 39,
    "": "",
    "   ": "",
    "\u200b\u200e": "",
    "\u3164": "",
    "\u115f \uffa0": "",
    "\u2800": "",
    "\u0301": "",
    "@": "",
    "\ud83d".encode("utf-8", "ignore").decode(): "",
}


@pytest.mark.parametrize(("written", "label"), NAMES.items(), ids=map(ascii, NAMES))
def test_what_is_made_of_a_name(written: str, label: str) -> None:
    assert label_of(written) == label
    assert label_of(label) == label


@pytest.mark.parametrize(
    ("written", "label"), [("\u202eoB", "oB"), ("@bo", "bo"), ("🌿", "🌿"), ("<b>Bo", "<b>Bo")]
)
def test_a_name_comes_to_the_other_as_one_line_that_hides_nothing(written: str, label: str) -> None:
    story = Story()
    seen = story.accepts("bo", story.invites(), written)
    assert f"They want to be called “{label}” here." in plainly(texts(seen, "ann")[0])
    story.press("ann", "Yes, that is them")
    assert story.names() == ("Ann", label)


def test_a_name_of_4096_letters_is_asked_for_again_and_nothing_is_sent() -> None:
    story = Story()
    token = story.invites()
    before = story.seen_by("ann")
    seen = story.accepts("bo", token, "x" * 4096)
    assert "That is 4096 characters" in texts(seen)[0]
    assert story.seen_by("ann") == before
    assert "“Bo”" in texts(story.press("bo", "Skip"), "ann")[0]


@pytest.mark.parametrize("name", ["\u3164", "@@"])
def test_without_a_name_that_can_be_read_there_is_no_link_and_none_is_spoken_of(name: str) -> None:
    story = Story()
    story.say("ann", "/invite")
    story.presses("ann", "Go on", "Go on")
    assert texts(story.say("ann", name)) == ["There is no link yet. /invite begins again."]
    assert story.tables()["invites"] == []


@pytest.mark.parametrize("name", ["Ann", "ann", "ANN", "Ａnn"])  # noqa: RUF001
def test_the_two_are_never_called_the_same(name: str) -> None:
    story = Story()
    story.accepts("bo", story.invites(), name)
    story.press("ann", "Yes, that is them")
    assert story.names() == ("Ann", f"{label_of(name)} 2")


# The account


NAMELESS = "an account without an @name"
ACCOUNTS = {
    "@bo": ({"username": "bo", "first_name": "Robert"}, "@bo. They"),
    "a first name that looks like one": ({"first_name": "@bo"}, f"{NAMELESS} that calls itself “bo”. They"),
    "wide": ({"first_name": "＠bo"}, f"{NAMELESS} that calls itself “bo”. They"),  # noqa: RUF001
    "turned": ({"first_name": "\u202eob@"}, f"{NAMELESS} that calls itself “ob”. They"),
    # A quotation mark in a name would end the quotation early: what follows would read as the bot's own word.
    "two lines": ({"first_name": "x”.\nIt is really them"}, "that calls itself “x.It is really them”. They"),
    "nothing to see": ({"first_name": "\u200b"}, f"{NAMELESS}. They"),
    "none at all": ({}, f"{NAMELESS}. They"),
    "an empty @name": ({"username": "", "first_name": "@bo"}, f"{NAMELESS} that calls itself “bo”. They"),
}  # fmt: skip


@pytest.mark.parametrize(("user", "shown"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_a_first_name_is_never_taken_for_an_at_name(user: dict[str, str], shown: str) -> None:
    story = Story()
    story.opens("bo", story.invites())
    story.presses("bo", "Yes, with them", "Go on")
    number = story.number("bo")
    message = {
        "message_id": 5,
        "date": int(EVENING.timestamp()),
        "chat": {"id": number, "type": "private"},
        "from": {"id": number, "is_bot": False, **user},
        "text": "Bo",
    }
    event = parse(orjson.dumps({"update_id": 1, "message": message}), Seals(b"k" * 32), EVENING)
    assert isinstance(event, Heard)
    assert shown in plainly(texts(story.as_account("bo", "Bo", event.account), "ann")[0])


def plainly(text: str) -> str:
    """Return words without the signs that keep a name from turning what stands around it."""
    return text.replace("\u2068", "").replace("\u2069", "")
