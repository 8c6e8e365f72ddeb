"""Pictures at the edge: sent with the words under them, covered for the discreet, and never in their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.pictures.child import png_of
from bot.runtime.events import Keyboard
from bot.runtime.sends import Gone, Later
from bot.store.protocol import Message
from bot.telegram.buttons import Seals

if TYPE_CHECKING:
    from bot.sandbox import SandboxServer
    from bot.telegram.sender import Sender

ANN = 1001
SEALS = Seals(b"k" * 32)
PNG = png_of('<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"/>')


def photo(text: str = "<b>Now</b> &amp; wished", **body: Any) -> Message:  # noqa: ANN401  a message's body
    rows = [[("By theme", "run.1.x")]]
    return Message(1, ANN, "reply", {"text": text, "rows": rows, "photo": ("map", PNG), **body})


async def test_the_words_stand_under_the_picture_with_their_buttons(
    server: SandboxServer, sender: Sender
) -> None:
    number = await sender.send(photo())
    shown = server.world.last(ANN)
    assert (shown["message_id"], shown["caption"]) == (number, "Now & wished")
    assert (shown["photo"][0]["width"], shown["photo"][0]["height"]) == (60, 40)
    assert server.world.files[shown["photo"][0]["file_id"]].content == PNG
    assert [one["text"] for one in server.world.buttons(shown)] == ["By theme"]
    assert "has_media_spoiler" not in shown
    await sender.make(Keyboard(ANN, number, []))
    assert server.world.buttons(server.world.last(ANN)) == []


async def test_for_a_discreet_person_it_is_covered_and_stays(server: SandboxServer, sender: Sender) -> None:
    await sender.send(photo(protect=True))
    shown = server.world.last(ANN)
    assert (shown["has_media_spoiler"], shown["has_protected_content"]) == (True, True)


@pytest.mark.parametrize(
    "refusal",
    ["IMAGE_PROCESS_FAILED", "not enough rights to send photos to the chat", "PHOTO_INVALID_DIMENSIONS"],
)
async def test_a_refused_picture_leaves_the_words(
    server: SandboxServer, sender: Sender, refusal: str
) -> None:
    body = {"ok": False, "error_code": 400, "description": f"Bad Request: {refusal}"}
    server.faults.answer("sendPhoto", 400, body)
    await sender.send(photo())
    shown = server.world.last(ANN)
    assert (shown["text"], "photo" in shown) == ("Now & wished", False)
    assert [one["text"] for one in server.world.buttons(shown)] == ["By theme"]


async def test_words_too_long_for_a_caption_go_alone(server: SandboxServer, sender: Sender) -> None:
    await sender.send(photo("word " * 250))
    assert "text" in server.world.last(ANN)


async def test_words_that_cannot_be_parsed_go_alone_and_plain(server: SandboxServer, sender: Sender) -> None:
    await sender.send(photo("<b>bold</i> 1 &lt; 2"))
    assert server.world.last(ANN)["text"] == "bold 1 < 2"


@pytest.mark.parametrize(
    ("code", "description", "outcome"),
    [(403, "Forbidden: bot was blocked by the user", Gone), (429, "Too Many Requests: retry after 3", Later)],
)
async def test_any_other_answer_means_what_it_always_means(
    server: SandboxServer, sender: Sender, code: int, description: str, outcome: type[Exception]
) -> None:
    server.faults.answer("sendPhoto", code, {"ok": False, "error_code": code, "description": description})
    with pytest.raises(outcome):
        await sender.send(photo())
    assert "photo" not in server.world.last(ANN)
