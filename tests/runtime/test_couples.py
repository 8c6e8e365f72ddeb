"""Becoming two: two yeses, each for the one who was shown, and one couple for everybody at most."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.runtime import turn
from bot.runtime.events import Heard
from tests.runtime.story import DAY, NO_LINK, SHOWN, Story, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.events import Outcome
    from bot.store.protocol import Work

JOINED = (
    "You and {} are here together now. Nothing that you wrote before is shared, and nothing is by itself. "
    "/together shows what two can do, /unpair ends it."
)


# The whole way


def test_two_yeses_make_two_and_each_is_told_at_the_same_moment() -> None:
    story = Story()
    token = story.invites()
    assert story.opens("bo", token) == SHOWN.format("Ann", "ann")
    seen = story.accepts("bo", token)
    assert texts(seen, "ann") == [
        "Your link was used by @bo. They want to be called “Bo” here. Is that the person you mean?"
    ]
    assert story.couple() is None
    seen = story.press("ann", "Yes, that is them")
    assert texts(seen, "ann") == [JOINED.format("Bo")]
    assert texts(seen, "bo") == [JOINED.format("Ann")]
    assert story.names() == ("Ann", "Bo")
    assert story.couple() == story.couple("bo")
    assert story.tables()["invites"] == []


def test_each_is_called_what_they_chose_and_nothing_of_their_profile_is_shown() -> None:
    story = Story()
    token = story.invites(label="Nutmeg")
    assert "Ann" not in story.opens("bo", token)
    seen = story.accepts("bo", token, "Pepper")
    assert "“Pepper”" in texts(seen, "ann")[0]
    story.press("ann", "Yes, that is them")
    assert story.names() == ("Nutmeg", "Pepper")
    assert "For you and Pepper." in texts(story.say("ann", "/together"))[0]


# Which link, which account


def test_a_new_link_kills_the_old_one_and_the_question_about_it() -> None:
    story = Story()
    story.accepts("cy", story.invites())
    fresh = story.invites()
    seen = story.press_old("ann", "Yes, that is them")
    assert seen.toasts == [("ann", "This button belongs to an earlier question.")]
    assert story.couple() is None
    story.accepts("bo", fresh)
    assert "@bo" in story.last("ann")


def test_the_second_yes_is_for_the_account_that_was_shown() -> None:
    story = Story()
    story.accepts("cy", story.invites())
    story.accepts("bo", story.invites())
    for label in ("Yes, that is them", "No"):
        story.press_old("ann", label)
        assert story.couple() is None
    story.press("ann", "Yes, that is them")
    assert story.couple() == story.couple("bo")
    assert story.couple("cy") is None


def test_the_first_yes_is_for_the_invitation_that_was_shown() -> None:
    story = Story()
    shown, other = story.invites("ann"), story.invites("cy", label="Ann")
    story.opens("bo", shown)
    story.presses("bo", "Yes, with them", "Go on")
    story.opens("bo", other)
    story.say("bo", "Bo")
    assert not any("Your link was used" in text for chat in ("ann", "cy") for text, _ in story.seen_by(chat))
    story.presses("bo", "Yes, with them", "Go on", "Skip")
    assert "Your link was used by @bo." in story.last("cy")


def test_a_no_kills_the_link_and_tells_nobody() -> None:
    story = Story()
    token = story.invites()
    story.accepts("cy", token)
    before = story.seen_by("cy")
    story.press("ann", "No")
    assert story.seen_by("cy") == before
    assert story.opens("bo", token) == NO_LINK
    assert story.tables()["invites"] == []


def test_a_yes_can_be_taken_back_until_it_is_confirmed() -> None:
    story = Story()
    story.accepts("bo", story.invites())
    before = story.seen_by("ann")
    story.say("bo", "/unpair")
    assert texts(story.press("bo", "Take it back")) == ["Taken back. That link leads nowhere now."]
    assert story.seen_by("ann") == before
    assert texts(story.press("ann", "Yes, that is them")) == [NO_LINK]
    assert story.couple() is None


def test_another_yes_takes_the_place_of_the_first() -> None:
    story = Story()
    story.accepts("bo", story.invites("ann"))
    story.accepts("bo", story.invites("cy"))
    assert texts(story.press("ann", "Yes, that is them")) == [NO_LINK]
    story.press("cy", "Yes, that is them")
    assert story.couple("bo") == story.couple("cy")


def test_a_second_yes_that_comes_after_a_day_is_too_late() -> None:
    story = Story()
    story.accepts("bo", story.invites())
    story.wait(DAY)
    seen = story.press("ann", "Yes, that is them")
    assert [(one.chat, one.text) for one in seen.bubbles] == [("ann", NO_LINK)]
    assert story.couple() is None


# One couple each


def test_of_two_who_accept_at_once_one_is_asked_about() -> None:
    story = Story()
    token = story.invites()
    for name in ("bo", "cy"):
        story.opens(name, token)
        story.presses(name, "Yes, with them", "Go on")
    numbers = {name: story.number(name) for name in ("bo", "cy")}

    def unit(name: str) -> Callable[[Work], Outcome]:
        def take(work: Work) -> Outcome:
            work.take_in(9000 + numbers[name], b"{}", story.clock.now())
            event = Heard(numbers[name], numbers[name], True, name.title(), timedelta(), f"@{name}")  # noqa: FBT003
            return turn.handle(story.desk, work, 9000 + numbers[name], event)

        return take

    first, second = (result for _, result in story.heart.together([unit("bo"), unit("cy")]))
    assert ["Your link was used by" in one.body["text"] for one in first.messages] == [False, True]
    assert [one.body["text"] for one in second.messages] == [NO_LINK]


def test_somebody_is_in_one_couple_at_most() -> None:
    story = Story()
    story.accepts("ann", story.invites("cy"))
    story.pair("ann", "bo")
    assert texts(story.press("cy", "Yes, that is them")) == [NO_LINK]
    assert story.couple("cy") is None
    assert story.names() == ("Ann", "Bo")
    assert "are here together already" in texts(story.say("ann", "/invite"))[0]


# A newcomer


def test_an_invitation_waits_until_a_newcomer_has_taken_the_first_steps() -> None:
    story = Story()
    token = story.invites()
    story.say("dora", f"/start {token}")
    for label in ("I am an adult and I agree", "Skip", "Skip", "Skip", "Go on"):
        seen = story.press("dora", label)
        assert not any("Ann" in one.text for one in seen.bubbles)
    seen = story.press("dora", "Another time")
    assert texts(seen)[-1] == SHOWN.format("Ann", "ann")


def test_an_invitation_waits_for_the_first_check_in_too() -> None:
    story = Story()
    story.say("dora", f"/start {story.invites()}")
    story.presses("dora", "I am an adult and I agree", "Skip", "Skip", "Skip", "Go on")
    seen = story.press("dora", "The first check-in")
    assert not any("Ann" in one.text for one in seen.bubbles)
    assert texts(story.say("dora", "/stop"))[-1] == SHOWN.format("Ann", "ann")


def test_who_slips_away_is_not_asked_anything() -> None:
    story = Story()
    story.say("dora", f"/start {story.invites()}")
    story.presses("dora", "I am an adult and I agree", "Skip")
    seen = story.say("dora", "/exit")
    assert texts(seen) == [story.desk.library.messages["exit"]]


def test_a_stranger_who_says_no_leaves_no_trace() -> None:
    story = Story()
    token = story.invites()
    before = story.tables("inbox")
    story.say("dora", f"/start {token}")
    story.press("dora", "No, thank you")
    assert story.tables("inbox") == before
    assert story.opens("bo", token) == SHOWN.format("Ann", "ann")


# Typed, and what was open from before


def test_an_answer_to_an_invitation_can_be_typed() -> None:
    story = Story()
    story.opens("bo", story.invites())
    told = texts(story.say("bo", "ok sure"))
    assert told == [
        "A button is the answer here. I will show you the question again.",
        SHOWN.format("Ann", "ann"),
    ]
    assert texts(story.say("bo", "yes, with them"))[0].startswith("One thing, told to everybody")


def test_after_a_no_nothing_asks_again_and_it_can_still_become_a_yes() -> None:
    story = Story()
    story.opens("bo", story.invites())
    story.say("bo", "not now")
    assert "No question is open right now" in texts(story.say("bo", "hello"))[0]
    story.presses("bo", "Yes, with them", "Go on")
    story.say("bo", "Bo")
    story.press("ann", "Yes, that is them")
    assert story.couple() is not None


def test_what_was_left_open_from_before_does_not_speak_for_the_two() -> None:
    """Ann has looked at /together, and asked what became of her link, before Bo said yes."""
    story = Story()
    token = story.invites()
    for command in ("/together", "/invite"):
        story.say("ann", command)
    story.accepts("bo", token)
    story.press("ann", "Yes, that is them")
    (shelves,) = story.say("ann", "/together").bubbles
    assert shelves.text == "For you and Bo. What would you like to look at?"
    assert texts(story.say("ann", "/invite"))[0].startswith("You and Bo are here together already")
    stale = {label for _, rows in story.seen_by("ann") for label in rows}
    assert not stale & {"Invite somebody", "Make a new one"}


def test_a_page_that_is_asked_for_begins_at_its_top_and_stands_once() -> None:
    story = Story()
    story.pair()
    story.say("ann", "/together")
    story.press("ann", "Light and warm")
    (shelves,) = story.say("ann", "/together").bubbles
    assert shelves.text == "For you and Bo. What would you like to look at?"
    standing = [rows for _, rows in story.seen_by("ann") if "Something else" in rows or "Back" in rows]
    assert standing == []
