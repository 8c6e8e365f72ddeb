"""What the sandbox's drawer shows of a group: how it lies on the disk, and not what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.glass import _view
from tests.runtime.test_parting import DINNER, LIFT, leaves, speaking, two

if TYPE_CHECKING:
    from tests.runtime.story import Story


def shown(story: Story, chat_id: int) -> dict[str, Any]:
    return story.heart.do(lambda work: _view(work, story.desk.library, chat_id))


def test_of_the_group_of_two_it_shows_the_couple_and_what_goes_on_there() -> None:
    story = two(group=True)
    speaking(story)
    view = shown(story, story.number("pair"))
    assert [card["title"] for card in view["stored"]] == ["couples", "sessions"]
    assert [card["title"] for card in view["stands"]] == ["A small rather-not (two.soft-no)"]
    assert not any(words in str(view) for words in (DINNER, LIFT, "Bo", "Ann"))


def test_of_a_group_that_is_nobodys_it_shows_nothing() -> None:
    story = two(group=True)
    speaking(story)
    leaves(story)
    for chat_id in (story.number("pair"), -77):
        assert shown(story, chat_id) == {"stands": [], "coming": [], "stored": []}
