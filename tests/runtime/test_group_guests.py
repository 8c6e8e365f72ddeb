"""Who may be in the group of two: whoever comes makes it wait, and nobody takes the place of one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.events import Arrived, Masked
from tests.runtime.story import DAY, ENDED, READY, WAITS, Story, labels_of, texts
from tests.runtime.test_groups import what
from tests.runtime.test_parting import at_the_gate, sealed, speaking, two

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.protocol import Couple

GROUP = -1
MINUTE = timedelta(minutes=1)


def couple_of(story: Story) -> Couple:
    couple = story.couple()
    assert couple is not None
    return couple


# Somebody comes


def test_who_comes_in_the_middle_makes_it_wait_and_who_goes_lets_it_go_on() -> None:
    story = two(group=True)
    speaking(story)
    question = story.last("pair")
    seen = story.come("cy")
    assert what(seen) == [("pair", WAITS)]
    assert labels_of(seen.bubbles[0].rows) == ["We are alone"]
    assert story.run().session.paused == "others"
    assert what(story.say("ann", "This week I would rather not", "pair")) == []
    assert texts(story.go("cy")) == [READY, question]
    assert story.run().session.paused == ""


def test_who_comes_while_each_is_alone_with_a_question_makes_it_wait_too() -> None:
    story = two(group=True)
    sealed(story)
    assert what(story.come("cy")) == [("pair", WAITS)]
    before = story.run()
    story.say("bo", "the stairs")
    assert story.run().session == before.session


def test_who_comes_at_the_gate_sends_it_into_the_two_chats() -> None:
    story = two(group=True)
    at_the_gate(story)
    assert what(story.come("cy")) == []
    story.press("bo", "Yes, now")
    assert story.run().pair_chat is None
    for name in ("ann", "bo"):
        story.say(name, "the stairs")
    story.both("My words")
    seen = story.wait(MINUTE)
    assert {one.chat for one in seen.bubbles} == {"ann", "bo"}
    assert what(story.go("cy")) == [("pair", READY)]
    assert story.run().pair_chat is None


def test_who_came_unseen_is_counted_before_something_begins() -> None:
    story = two(group=True)
    story.there.add("cy")
    at_the_gate(story)
    assert not couple_of(story).alone
    story.press("bo", "Yes, now")
    assert story.run().pair_chat is None


def test_two_who_come_at_once_are_told_of_once() -> None:
    story = two(group=True)
    speaking(story)
    story.there |= {"cy", "dora"}
    seen = story.tells(Arrived(GROUP, (story.number("cy"), story.number("dora"))))
    assert what(seen) == [("pair", WAITS)]
    assert what(story.tells(Masked(GROUP))) == []


@pytest.mark.parametrize("stage", [sealed, speaking])
def test_what_is_held_up_ends_in_a_day(stage: Callable[[Story], None]) -> None:
    story = two(group=True)
    stage(story)
    story.come("cy")
    assert what(story.wait(DAY - MINUTE)) == []
    assert what(story.wait(MINUTE)) == [("pair", ENDED)]
    assert story.run().session.status == "expired"
    assert what(story.go("cy")) == [("pair", READY)]


BACK = "The pause is over. Nobody has to be ready: Pause takes another twenty minutes, Stop ends it."


def test_a_pause_of_their_own_goes_on_only_when_it_is_over_and_they_are_alone() -> None:
    for over_first in (True, False):
        story = two(group=True)
        speaking(story)
        question = story.last("pair")
        story.say("ann", "/pause", "pair")
        assert what(story.come("cy")) == [("pair", WAITS)]
        if over_first:
            assert what(story.wait(20 * MINUTE)) == []
            assert texts(story.go("cy")) == [READY, question]
        else:
            assert texts(story.go("cy")) == [READY]
            assert texts(story.wait(20 * MINUTE)) == [BACK, question]


def test_somebody_behind_a_mask_makes_it_wait_and_a_press_asks_again() -> None:
    story = two(group=True)
    speaking(story)
    question = story.last("pair")
    assert what(story.masked()) == [("pair", WAITS)]
    seen = story.press("bo", "We are alone", "pair")
    assert seen.toasts == [("bo", "I look who is here.")]
    assert texts(seen) == [READY, question]


def test_where_nothing_goes_on_a_mask_is_nothing() -> None:
    story = two(group=True)
    assert what(story.masked()) == []
    assert couple_of(story).alone


@pytest.mark.parametrize("name", ["cy", "eve"])
def test_somebody_else_cannot_say_that_the_two_are_alone(name: str) -> None:
    story = two(group=True)
    speaking(story)
    story.come(name)
    story.there.discard(name)
    assert story.press(name, "We are alone", "pair").toasts == [(name, "This button is for someone else.")]
    assert story.run().session.paused == "others"


# Somebody in the place of one of the two


def test_three_are_not_the_three_when_one_of_the_two_has_gone() -> None:
    story = two(group=True)
    speaking(story)
    assert what(story.come("cy")) == [("pair", WAITS)]
    assert what(story.go("bo")) == []
    assert not couple_of(story).bound
    assert what(story.press("ann", "We are alone", "pair")) == []
    assert what(story.counted(3)) == []
    assert story.run().session.paused == "others"
    story.come("bo")
    story.go("cy")
    assert not couple_of(story).bound
    assert story.run().session.paused == "others"


def test_it_is_the_same_when_the_one_goes_before_the_other_comes() -> None:
    story = two(group=True)
    speaking(story)
    assert what(story.go("bo")) == [("pair", WAITS)]
    assert what(story.come("cy")) == []
    assert what(story.press("ann", "We are alone", "pair")) == []
    assert story.run().session.paused == "others"


def test_who_comes_back_is_one_of_the_two_once_they_press() -> None:
    story = two(group=True)
    speaking(story)
    question = story.last("pair")
    story.go("bo")
    assert labels_of(story.come("bo").bubbles[-1].rows) == ["I am here"]
    assert story.run().session.paused == "others"
    assert texts(story.press("bo", "I am here", "pair")) == [READY, question]
    assert couple_of(story).alone


def test_what_is_begun_without_one_of_the_two_goes_to_the_two_chats() -> None:
    story = two(group=True)
    story.go("bo")
    story.come("cy")
    at_the_gate(story)
    assert story.run().pair_chat is None


def test_what_the_one_who_has_gone_answers_alone_still_waits() -> None:
    story = two(group=True)
    sealed(story)
    story.go("bo")
    before = story.run().session
    story.say("bo", "the stairs")
    assert story.run().session == before
    assert what(story.say("bo", "/stop"))[-1][0] == "bo"
    assert story.run().session.status == "left"
