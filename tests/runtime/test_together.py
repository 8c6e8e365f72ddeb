"""What two do together: one thing at a time, rest after a no, and nothing of what one types alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.events import Heard
from tests.runtime.story import DAY, ENDED, HOUR, PARTED, Story, labels_of, texts
from tests.runtime.test_group_guests import couple_of
from tests.runtime.test_groups import what
from tests.runtime.test_parting import at_the_gate, at_the_last_look, paused, sealed, speaking, two

if TYPE_CHECKING:
    from collections.abc import Callable

FLOW, OTHER = "two.soft-no", "two.thanks"
MINUTE = timedelta(minutes=1)
NOT_TODAY = "Not today. That is fine."
RESTS = "Something for the two of you has just ended. Let it rest until {}; then you can ask again."
IN_GROUP = "That goes on in your group, where it stands."
BY_VOICE = (
    "Nothing that is typed here reaches the other. "
    "Say it aloud, in the room or on the phone, and use the buttons."
)
BUSY = (
    "Something for the two of you is open already. One at a time: it ends by itself, "
    "within a day of its last question."
)


def shared(story: Story) -> list[str]:
    """Return which exercises for two there ever were."""
    return [run.session.flow for run in story.runs() if len(run.session.roles) > 1]


# From the shelf


def test_from_the_shelf_to_the_question_that_each_is_asked_alone() -> None:
    story = two(group=False)
    story.say("ann", "/together")
    story.press("ann", "No, and limits")
    seen = story.press("ann", next(iter(story.labels("ann"))))
    assert "It goes on in your two chats with me." in texts(seen)[0]
    seen = story.press("ann", "Ask us both")
    assert [(one.chat, labels_of(one.rows)) for one in seen.bubbles] == [
        ("ann", ["Yes, now", "Not now"]),
        ("bo", ["Yes, now", "Not now"]),
    ]


def test_where_there_is_a_group_the_shelf_says_so() -> None:
    story = two(group=True)
    story.say("ann", "/together")
    story.press("ann", "No, and limits")
    seen = story.press("ann", next(iter(story.labels("ann"))))
    assert "It goes on in your group, where both see it." in texts(seen)[0]


def test_somebody_alone_is_told_that_it_is_for_two() -> None:
    story = Story()
    assert texts(story.asks(FLOW)) == [story.desk.library.messages["not_two"]]
    assert shared(story) == []


@pytest.mark.parametrize(
    "page", [(), ("No, and limits",), ("Part ways",)], ids=["shelf", "exercises", "parting"]
)
def test_an_old_page_of_a_couple_that_has_ended_leads_on(page: tuple[str, ...]) -> None:
    story = two(group=False)
    story.say("ann", "/together")
    story.presses("ann", *page)
    label = next(iter(story.labels("ann")))
    story.say("bo", "/unpair")
    assert ("ann", PARTED) in what(story.press("bo", "End it now"))
    for _ in range(3):
        story.press("ann", label)
        label = next(iter(story.labels("ann")))
    assert texts(story.say("ann", "words"))
    assert story.couple() is None
    assert shared(story) == []


# One at a time


@pytest.mark.parametrize("name", ["ann", "bo"])
def test_at_the_gate_whoever_asks_again_is_shown_the_question_again_and_nobody_else(name: str) -> None:
    story = two(group=False)
    question = texts(story.asks(FLOW))
    seen = story.asks(OTHER, name)
    assert [one.chat for one in seen.bubbles] == [name]
    assert texts(seen)[0].partition("\n")[0] in "\n".join(question)
    assert shared(story) == [FLOW]


@pytest.mark.parametrize("name", ["ann", "bo"])
@pytest.mark.parametrize("stage", [at_the_gate, sealed, at_the_last_look, speaking, paused])
def test_there_is_one_exercise_at_a_time(stage: Callable[[Story], None], name: str) -> None:
    story = two(group=False)
    stage(story)
    before = story.run().session
    seen = story.asks(OTHER, name)
    assert {one.chat for one in seen.bubbles} == {name}
    assert shared(story) == [FLOW]
    assert story.run().session == before


def test_who_has_answered_hears_that_something_is_open() -> None:
    story = two(group=False)
    at_the_gate(story)
    assert what(story.asks(OTHER, "ann")) == [("ann", BUSY)]


def test_what_stands_in_the_group_is_not_asked_there_again() -> None:
    story = two(group=True)
    speaking(story)
    for name in ("ann", "bo"):
        assert what(story.asks(OTHER, name)) == [(name, IN_GROUP)]
    assert shared(story) == [FLOW]


# Rest


def test_after_not_today_whoever_asked_lets_it_rest_and_the_other_need_not() -> None:
    story = two(group=False)
    at_the_gate(story)
    story.press("bo", "Not now")
    assert [chat for chat, text in what(story.wait(DAY)) if text == NOT_TODAY] == ["ann", "bo"]
    ((chat, text),) = what(story.asks(OTHER, "ann"))
    assert (chat, text.startswith("Something for the two of you has just ended.")) == ("ann", True)
    story.wait(DAY - MINUTE)
    assert shared(story) == [FLOW]
    story.asks(OTHER, "bo")
    assert shared(story) == [FLOW, OTHER]


@pytest.mark.parametrize("bo", [None, "Not now", "/stop"])
def test_the_rest_is_the_same_whatever_the_other_did(bo: str | None) -> None:
    story = two(group=False)
    at_the_gate(story)
    if bo == "/stop":
        story.say("bo", bo)
    elif bo:
        story.press("bo", bo)
    story.wait(DAY)
    couple = couple_of(story)
    assert couple.of(story.person("ann").id).rest == story.clock.now() + DAY
    assert couple.of(story.person("bo").id).rest is None


@pytest.mark.parametrize("stage", [sealed, at_the_last_look, speaking, paused])
@pytest.mark.parametrize("who", ["ann", "bo"])
@pytest.mark.parametrize("group", [False, True], ids=["two chats", "group"])
def test_after_a_stop_neither_asks_for_three_hours_whoever_stopped(
    stage: Callable[[Story], None],
    who: str,
    group: bool,  # noqa: FBT001
) -> None:
    story = two(group=group)
    stage(story)
    came = what(story.say(who, "/stop"))
    assert ENDED in {text for _, text in came}
    until = f"{story.clock.now() + 3 * HOUR:Monday %H:%M}"
    for name in ("ann", "bo"):
        assert what(story.asks(OTHER, name)) == [(name, RESTS.format(until))]
    story.wait(3 * HOUR)
    story.asks(OTHER, "bo")
    assert shared(story) == [FLOW, OTHER]


def test_after_a_late_end_whoever_asked_lets_it_rest_for_a_day() -> None:
    story = two(group=False)
    speaking(story)
    while story.run().session.status == "active":
        story.wait(HOUR)
    assert story.last("ann") == story.last("bo") == "This one has come to its end. That is fine."
    couple = couple_of(story)
    assert couple.of(story.person("ann").id).rest == story.clock.now() + DAY
    assert couple.of(story.person("bo").id).rest is None


def test_after_a_good_end_nothing_need_rest() -> None:
    story = two(group=False)
    speaking(story)
    story.press("ann", "Pass")
    story.press("bo", "Enough")
    assert story.run().session.status == "done"
    story.asks(OTHER, "ann")
    assert shared(story) == [FLOW, OTHER]


# What is typed


@pytest.mark.parametrize("name", ["ann", "bo"])
@pytest.mark.parametrize("words", ["I am so tired of this", "yes, I heard you", "5", "<b>"])
def test_what_is_typed_beside_a_question_before_both_reaches_nobody(name: str, words: str) -> None:
    story = two(group=False)
    speaking(story)
    before = story.run()
    assert what(story.say(name, words)) == [(name, BY_VOICE)]
    assert story.run() == before
    other = "bo" if name == "ann" else "ann"
    assert story.seen_by(other)[-1][0] != BY_VOICE


def test_a_label_that_is_typed_is_a_press_only_of_who_is_asked() -> None:
    story = two(group=False)
    speaking(story)
    assert what(story.say("bo", "said it")) == [("bo", BY_VOICE)]
    story.say("ann", "said it")
    assert story.run().session.node == "echo_one"


def test_what_is_typed_alone_while_something_stands_in_the_group_stays_alone() -> None:
    story = two(group=True)
    speaking(story)
    before = story.run()
    seen = story.say("bo", "said it")
    assert {one.chat for one in seen.bubbles} == {"bo"}
    assert story.run() == before


@pytest.mark.parametrize("group", [False, True], ids=["two chats", "group"])
@pytest.mark.parametrize("stage", [at_the_gate, at_the_last_look, speaking])
def test_go_on_under_a_card_pings_nobody_but_its_reader(stage: Callable[[Story], None], group: bool) -> None:  # noqa: FBT001
    story = two(group=group)
    stage(story)
    before = story.run().session
    seen = story.say("bo", "I am afraid of her, she hits me")
    assert [(one.chat, "Go on" in labels_of(one.rows)) for one in seen.bubbles] == [("bo", True)]
    seen = story.press("bo", "Go on")
    assert {one.chat for one in seen.bubbles} == {"bo"}
    assert "afraid of her" not in str([story.seen_by(chat) for chat in ("ann", "pair")])
    assert story.run().session == before


def test_the_other_end_of_a_text_that_telegram_has_cut_is_not_taken_for_the_answer() -> None:
    """At a sealed question no time of an act is kept where the other could learn it; one's own is known."""
    story = two(group=False)
    at_the_gate(story)
    story.press("bo", "Yes, now")
    story.clock.move(MINUTE)
    story.say("ann", "x" * 4096)
    seen = story.say("ann", "and this is its end")
    assert texts(seen) == []
    assert "initiator" in story.run().session.waiting
    story.clock.move(MINUTE)
    story.say("ann", "the ferry")
    assert story.run().session.waiting == ("partner",)


# What is open, and where it stands


OPEN = "A small rather-not is open for the two of you. One thing at a time. /stop ends it, for both."
ANSWER_IN = (
    "Your answer is in. It goes on by itself, within a day at most; until then you can change it above."
)


def test_together_says_what_is_open_and_leads_back_to_it() -> None:
    story = two(group=False)
    at_the_gate(story)
    for name in ("ann", "bo"):
        assert texts(story.say(name, "/together")) == [OPEN]
    assert what(story.press("ann", "Go on with it")) == [("ann", ANSWER_IN)]
    (asked,) = story.press("bo", "Go on with it").bubbles
    assert labels_of(asked.rows) == ["Yes, now", "Not now"]


def test_together_speaks_of_the_shelves_again_once_it_is_over() -> None:
    story = two(group=False)
    speaking(story)
    story.say("bo", "/stop")
    assert texts(story.say("ann", "/together")) == ["For you and Bo. What would you like to look at?"]


def test_of_what_somebody_has_left_unseen_nothing_speaks_to_them() -> None:
    story = two(group=False)
    at_the_gate(story)
    story.say("bo", "/stop")
    assert texts(story.say("bo", "/together")) == ["For you and Ann. What would you like to look at?"]
    assert texts(story.say("ann", "/together")) == [OPEN]


def test_whoever_listens_is_told_whose_turn_it_is_not() -> None:
    story = two(group=False)
    speaking(story)
    story.say("bo", "/together")
    assert texts(story.press("bo", "Go on with it")) == ["It is not your turn just now."]


def test_a_question_that_is_asked_again_stands_once() -> None:
    story = two(group=False)
    at_the_gate(story)
    story.say("bo", "/together")
    story.press("bo", "Go on with it")
    standing = [labels for _, labels in story.seen_by("bo") if "Not now" in labels]
    assert standing == [["Yes, now", "Not now"]]


def test_behind_a_card_nothing_leads_away_from_what_the_two_have_open() -> None:
    story = two(group=False)
    at_the_gate(story)
    story.press("bo", "Yes, now")
    story.say("bo", "I am afraid of her, she hits me")
    assert story.run().session.waiting == ("initiator",)
    assert what(story.press("bo", "Go on")) == [("bo", ANSWER_IN)]


def test_behind_a_card_words_that_were_too_long_are_told_of() -> None:
    story = two(group=False)
    at_the_gate(story)
    story.press("bo", "Yes, now")
    story.say("bo", "I am afraid of her, she hits me. " + "x" * 500)
    hint, question = texts(story.press("bo", "Go on"))
    assert hint.startswith("That is 533 characters")
    assert "Skip" in story.labels("bo")
    assert question == story.chats["bo"][-1].text


def test_on_the_others_phone_a_press_bears_the_name_of_whose_it_was() -> None:
    story = two(group=False)
    speaking(story)
    story.press("ann", "Said it")
    marks = {
        name: [row[0] for _, row in story.seen_by(name) if row and row[0].startswith("✓")]
        for name in ("ann", "bo")
    }
    assert {name: found[-1] for name, found in marks.items()} == {"ann": "✓ Said it", "bo": "✓ Ann: Said it"}


def sizes(story: Story) -> list[tuple[object, ...]]:
    """Return how much is sealed about an exercise, row by row."""
    db = story.heart._db
    of_run = db.execute("SELECT length(sealed) FROM sessions WHERE id = ?", (story.run().id,)).fetchall()
    of_each = "SELECT person_id, length(sealed) FROM answers WHERE session_id = ? ORDER BY person_id"
    return [*of_run, *db.execute(of_each, (story.run().id,)).fetchall()]


@pytest.mark.parametrize("act", ["Yes, now", "Not now", None])
def test_at_the_gate_no_size_on_the_disk_tells_who_has_answered(act: str | None) -> None:
    story = two(group=False)
    story.asks("two.soft-no")
    before = sizes(story)
    if act is not None:
        story.press("bo", act)
    assert sizes(story) == before


@pytest.mark.parametrize("words", ["no", "a line about the ferry, and the car on it", None])
def test_nor_does_it_at_a_question_for_words(words: str | None) -> None:
    story = two(group=False)
    at_the_gate(story)
    story.press("bo", "Yes, now")
    before = sizes(story)
    if words is not None:
        story.say("bo", words)
    assert sizes(story) == before


# At night


@pytest.mark.parametrize(
    ("hours", "silent"),
    [(2, False), (3, True), (12, True), (13, False)],
    ids=["21:00", "22:00", "7:00", "8:00"],
)
def test_in_the_quiet_hours_of_the_other_nothing_rings(hours: int, silent: bool) -> None:  # noqa: FBT001
    story = two(group=False)
    speaking(story)
    story.clock.move(hours * HOUR - MINUTE)
    number = story.number("ann")
    outcome = story.outcome(Heard(number, number, True, "/stop", timedelta()))  # noqa: FBT003
    rings = {one.chat_id: not one.body.get("silent") for one in outcome.messages}
    assert rings == {number: True, story.number("bo"): not silent}


@pytest.mark.parametrize("hours", [4, 14], ids=["at night", "by day"])
def test_what_time_brings_rings_for_neither_at_night(hours: int) -> None:
    """Not today comes by itself: were it to ring for one of them alone, that would say who had asked."""
    story = two(group=False)
    story.clock.move(hours * HOUR)
    at_the_gate(story)
    story.clock.move(DAY)
    run = story.run()
    outcome = story.woken(run.id, run.session.turn)
    rings = {(one.chat_id, bool(one.body.get("silent"))) for one in outcome.messages}
    assert rings == {(story.number(name), hours == 4) for name in ("ann", "bo")}


@pytest.mark.parametrize("asleep", ["nobody", "ann", "bo"])
def test_in_their_group_nothing_rings_while_one_of_them_sleeps(asleep: str) -> None:
    story = two(group=True)
    if asleep != "nobody":
        person = story.person(asleep)
        at_night = replace(person, profile=replace(person.profile, quiet=(19 * 60, 20 * 60)))
        story.heart.do(lambda work: work.save_profile(at_night))
    outcome = story.outcome(Heard(-1, story.number("bo"), False, "/help", timedelta()))  # noqa: FBT003
    assert [bool(one.body.get("silent")) for one in outcome.messages] == [asleep != "nobody"]


def test_who_is_asked_whether_it_is_them_is_not_woken() -> None:
    story = Story()
    token = story.invites()
    story.clock.move(5 * HOUR)
    story.opens("bo", token)
    story.presses("bo", "Yes, with them", "Go on")
    number = story.number("bo")
    outcome = story.outcome(Heard(number, number, True, "Bo", timedelta(), "@bo"))  # noqa: FBT003
    rings = {one.chat_id: not one.body.get("silent") for one in outcome.messages}
    assert rings == {number: True, story.number("ann"): False}


def test_ones_own_night_does_not_silence_what_one_asks_for() -> None:
    story = two(group=False)
    story.clock.move(5 * HOUR)
    number = story.number("ann")
    outcome = story.outcome(Heard(number, number, True, "/together", timedelta()))  # noqa: FBT003
    assert [one.body.get("silent") for one in outcome.messages] == [None]
