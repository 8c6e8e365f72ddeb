"""Pictures on their way: filled in by the turn, drawn off the event loop; or the words go alone."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.log import Log
from bot.pictures import CannotDrawError
from bot.runtime import drawing as module
from bot.runtime.clock import MovableClock
from bot.runtime.drawing import Easel
from bot.simulator import Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Message, Profile
from tests.library.shelf import STORY, nodes, sound, write

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.protocol import Work

MESSAGE = Message(
    1, 1001, "reply", {"text": "Words.", "rows": [], "picture": {"name": "moon", "svg": "<svg/>"}}
)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    lines: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(Log, "_write", lambda _log, _level, event, fields: lines.append((event, fields)))
    return lines


async def test_drawing_happens_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def draw(svg: str) -> bytes:
        threads.append(threading.current_thread())
        return svg.encode()

    monkeypatch.setattr(module, "draw", draw)
    ready = await Easel().drawn(MESSAGE)
    assert ready.body == {"text": "Words.", "rows": [], "photo": ("moon", b"<svg/>")}
    assert threads != [threading.current_thread()]
    # The row itself stays as it was stored: a second try draws again.
    assert "picture" in MESSAGE.body


async def test_what_has_no_picture_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "draw", lambda _svg: pytest.fail("nothing to draw"))
    plain = Message(1, 1001, "reply", {"text": "Words.", "rows": []})
    assert await Easel().drawn(plain) is plain


async def test_a_drawing_that_fails_leaves_the_words(
    monkeypatch: pytest.MonkeyPatch, logged: list[tuple[str, dict[str, object]]]
) -> None:
    def fail(_svg: str) -> bytes:
        raise CannotDrawError("TimeoutExpired")

    monkeypatch.setattr(module, "draw", fail)
    assert (await Easel().drawn(MESSAGE)).body == {"text": "Words.", "rows": []}
    assert logged == [("picture_not_drawn", {"fault": "TimeoutExpired", "outbox_id": 1})]


def played(tmp_path: Path, drawing: str) -> Any:  # noqa: ANN401  a message's body
    """Let Ann meet a picture in a story, and return the stored body and what she sees."""
    story = nodes(
        """
        a:
          say: Your word?
          text: {limit: 200}
          next: b
        b:
          say: Here it is.
          picture: moon
          choices: {x: X}
        """
    )
    library = sound(write(tmp_path, {STORY: story, "pictures/moon.svg.j2": drawing}))
    simulator = Simulator(library, heart_in_memory(), MovableClock(frozen_at=NOW))

    def settle(work: Work) -> None:
        person = work.add_person(simulator.number("ann"), NOW)
        work.save_profile(replace(person, profile=Profile("Ann", "g3", "Europe/Lisbon")))

    simulator.heart.do(settle)
    simulator.begin("story.one", {"initiator": "ann"})
    simulator.clock.move(timedelta(seconds=20))
    return simulator.say("ann", 'fish & "chips" <b>').bubbles[-1]


def test_own_words_in_a_picture_are_only_words(tmp_path: Path) -> None:
    bubble = played(tmp_path, "<svg><text>{{ a }}</text></svg>")

    assert bubble.picture == ("moon", "<svg><text>fish &amp; &#34;chips&#34; &lt;b&gt;</text></svg>")
    assert bubble.text == "Here it is."


@pytest.mark.parametrize("drawing", ["{{ 1 / 0 }}", "{{ a.nothing }}", "{{ a[0][0]['x'] }}", "{{ a + 1 }}"])
def test_a_picture_that_cannot_be_filled_in_leaves_the_words(
    drawing: str, tmp_path: Path, logged: list[tuple[str, dict[str, object]]]
) -> None:
    bubble = played(tmp_path, drawing)

    assert (bubble.picture, bubble.text) == (None, "Here it is.")
    assert [label for row in bubble.rows for label, _ in row][:1] == ["X"]
    assert [event for event, _ in logged] == ["picture_not_filled_in"]
    assert logged[0][1].keys() == {"fault", "node"}
