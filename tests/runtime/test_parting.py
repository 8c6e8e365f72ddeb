"""Parting: at once, by one alone, at any moment; what was opened stays as far as it was opened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.events import Heard
from bot.runtime.outbox import Outbox
from tests.faults.conftest import until
from tests.faults.test_outbox import Memory, Told
from tests.runtime.story import DAY, ENDED, NO_LINK, PARTED, Story, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.flow.model import Role
    from bot.flow.session import Answer

MINUTE = timedelta(minutes=1)
LIFT, DINNER = "driving to the airport at five", "dinner with the tall neighbours"
WAYS = {"/unpair": "End it now", "/forget": "Erase everything"}


def two(*, group: bool) -> Story:
    story = Story()
    story.pair()
    if group:
        story.bind()
    return story


def leaves(story: Story, name: str = "bo", how: str = "/unpair") -> list[tuple[str, str]]:
    """Let somebody part or erase everything; return what came, and where."""
    story.say(name, how)
    return [(one.chat, one.text) for one in story.press(name, WAYS[how]).bubbles]


# At every stage


def at_the_gate(story: Story) -> None:
    story.asks("two.soft-no")
    story.press("ann", "Yes, now")


def sealed(story: Story) -> None:
    at_the_gate(story)
    story.press("bo", "Yes, now")
    story.say("ann", LIFT)


def at_the_last_look(story: Story) -> None:
    sealed(story)
    story.say("bo", DINNER)
    story.both("My words")


def speaking(story: Story) -> None:
    at_the_last_look(story)
    story.wait(MINUTE)


def paused(story: Story) -> None:
    speaking(story)
    story.say("bo", "/pause")


def done(story: Story) -> None:
    speaking(story)
    where = "pair" if story.run().pair_chat else None
    story.press("ann", "Pass", where)
    story.press("bo", "Enough", where)


STAGES: dict[Callable[[Story], None], bool] = {
    at_the_gate: False, sealed: True, at_the_last_look: True, speaking: True, paused: True, done: False,
}  # fmt: skip
"""What two can be in the middle of, and whether its end is told beside the parting."""


@pytest.mark.parametrize("group", [False, True], ids=["two chats", "group"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("who", ["ann", "bo"])
@pytest.mark.parametrize("how", WAYS)
def test_it_ends_at_once_for_both_and_nothing_goes_on(
    stage: Callable[[Story], None],
    who: str,
    how: str,
    group: bool,  # noqa: FBT001
) -> None:
    story, other = two(group=group), "ann" if who == "bo" else "bo"
    stage(story)
    came = leaves(story, who, how)
    to_other = [text for chat, text in came if chat == other]
    assert to_other == [PARTED] if group else [ENDED, PARTED][not STAGES[stage] :]
    assert [text for chat, text in came if chat == "pair"] == ([ENDED] if group and STAGES[stage] else [])
    assert story.couple(other) is None
    assert all(len(run.session.roles) == 1 for run in story.open_runs(other))
    for chat in ("ann", "bo", "pair"):
        for text, labels in story.seen_by(chat):
            assert not {"Yes, now", "Not now", "Keep mine closed", "Said it", "Pause"} & set(labels), text
    assert [one.text for one in story.wait(2 * DAY).bubbles] == []
    assert texts(story.asks("two.soft-no", other)) == [story.desk.library.messages["not_two"]]


def test_before_a_yes_there_is_nobody_to_part_from_and_a_link_of_ones_own_stays() -> None:
    story = Story()
    story.invites()
    seen = story.say("ann", "/unpair")
    assert texts(seen) == ["Nobody is linked with you here."]
    assert len(story.tables()["invites"]) == 1


def test_a_button_from_before_the_parting_does_nothing() -> None:
    for stage, label in ((at_the_gate, "Not now"), (sealed, "Skip"), (at_the_last_look, "Keep mine closed")):
        story = two(group=False)
        stage(story)
        leaves(story)
        before = story.tables("inbox", "outbox")
        seen = story.press_old("ann", label)
        assert texts(seen) == []
        assert story.tables("inbox", "outbox") == before


def test_a_second_parting_from_an_old_page_says_nothing_to_a_new_couple() -> None:
    story = two(group=False)
    story.say("bo", "/unpair")
    story.press("bo", "End it now")
    story.pair("bo", "cy")
    story.press_old("bo", "End it now")
    assert story.couple("bo") == story.couple("cy")
    assert story.couple("cy") is not None


def test_who_only_looks_at_it_changes_nothing() -> None:
    story = two(group=False)
    at_the_gate(story)
    before, seen = story.couple(), story.seen_by("ann")
    story.say("bo", "/unpair")
    story.press("bo", "Leave it")
    assert story.couple() == before
    assert story.seen_by("ann") == seen


# Gone for good looks the same


@pytest.mark.parametrize("group", [False, True], ids=["two chats", "group"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_other_cannot_tell_parting_from_erasing(stage: Callable[[Story], None], group: bool) -> None:  # noqa: FBT001
    worlds = []
    for how in WAYS:
        story = two(group=group)
        stage(story)
        leaves(story, "bo", how)
        for words in ("/together", "words", "/practice", "/resume"):
            story.say("ann", words)
        story.wait(3 * DAY)
        worlds.append((story.seen_by("ann"), story.seen_by("pair")))
    assert worlds[0] == worlds[1]


# What stays


def answers(story: Story, role: Role) -> dict[str, Answer]:
    return dict(story.run().session.answers.get(role, {}))


@pytest.mark.parametrize("stage", [sealed, at_the_last_look])
def test_what_is_still_sealed_is_destroyed(stage: Callable[[Story], None]) -> None:
    story = two(group=False)
    stage(story)
    assert answers(story, "initiator")["small"].value == LIFT
    leaves(story)
    assert answers(story, "initiator") == answers(story, "partner") == {}


def test_opened_words_stay_and_nothing_else_of_the_answers() -> None:
    story = two(group=False)
    speaking(story)
    leaves(story)
    assert answers(story, "initiator").keys() == answers(story, "partner").keys() == {"small"}
    assert answers(story, "partner")["small"].value == DINNER


@pytest.mark.parametrize("last", [None, "Keep mine closed"])
def test_of_a_theme_only_the_theme_stays_and_of_what_was_closed_nothing(last: str | None) -> None:
    story = two(group=False)
    sealed(story)
    story.say("bo", DINNER)
    story.press("ann", "Keep it")
    story.press("bo", "It is about people")
    if last:
        story.press("bo", last)
    story.wait(MINUTE)
    leaves(story)
    kept = answers(story, "partner")
    assert answers(story, "initiator") == {}
    assert {key: one.value for key, one in kept.items()} == (
        {} if last else {"small": None, "how_much": "people"}
    )


def test_of_what_both_might_pick_only_what_both_picked_stays() -> None:
    story = two(group=False)
    story.asks("two.new-thing")
    story.both("Yes, now")
    for name, second in (("ann", "The night sky"), ("bo", "Feet in water")):
        story.presses(name, "Read aloud", second, "Done")
    story.both("What both took")
    story.wait(MINUTE)
    assert "Here you met: Read aloud." in story.last("ann")
    leaves(story)
    for role in ("initiator", "partner"):
        assert {key: one.value for key, one in answers(story, role).items()} == {"ideas": ("aloud",)}


@pytest.mark.parametrize("name", ["ann", "bo"])
def test_no_link_to_a_group_outlives_a_parting(name: str) -> None:
    """Else who parted and comes back would be in a group that was meant for another time."""
    story = two(group=False)
    token = story.group_link(name)
    leaves(story)
    assert story.tables()["invites"] == []
    story.pair()
    seen = story.say(name, f"/start {token}", "pair")
    assert [(one.chat, one.text) for one in seen.bubbles] == [(name, NO_LINK)]


def test_words_that_stay_still_grow_old() -> None:
    story = two(group=False)
    speaking(story)
    leaves(story)
    number, run_id = story.person("ann").id, story.run().id
    old = story.heart.do(lambda work: work.wordy_answers(number, story.clock.now() + 400 * DAY))
    assert [sorted(left) for found, _, left in old if found == run_id] == [["small"]]


def test_exercises_with_somebody_else_are_left_alone() -> None:
    story = two(group=False)
    speaking(story)
    leaves(story)
    story.pair("ann", "cy")
    story.asks("two.soft-no")
    story.press("ann", "Yes, now")
    story.press("cy", "Yes, now")
    story.say("ann", "the ferry")
    leaves(story, "cy")
    first, second = (run for run in story.runs() if len(run.session.roles) == 2)
    assert first.session.answers["initiator"]["small"].value == LIFT
    assert second.session.answers.get("initiator", {}) == {}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("stage", STAGES)
def test_a_rest_never_lands_on_another_couple(stage: Callable[[Story], None], how: str) -> None:
    story = two(group=False)
    stage(story)
    leaves(story, "bo", how)
    story.pair("ann", "cy")
    story.wait(25 * timedelta(hours=1))
    couple = story.couple()
    assert couple is not None
    assert (couple.one.rest, couple.two.rest) == (None, None)


def test_no_name_is_told_across_couples() -> None:
    story = two(group=False)
    speaking(story)
    leaves(story)
    story.accepts("cy", story.invites("ann", label="Anouk"), "Cyprian")
    story.press("ann", "Yes, that is them")
    file = story.file_of("bo")
    assert DINNER in file
    assert not any(name in file for name in ("Anouk", "Cyprian"))


# What is on its way


@pytest.mark.parametrize(("how", "arrives"), [("/unpair", True), ("/forget", False)])
async def test_what_was_opened_by_the_erased_and_still_waits_is_not_sent(how: str, arrives: bool) -> None:  # noqa: FBT001
    memory, told = Memory(), Told()
    story = Story(heart=memory.heart)
    story.pair()
    at_the_last_look(story)
    outbox = Outbox(memory, told, story.clock, lambda: None)
    told.gate.clear()
    number = story.number("ann")
    outbox.take(story.outcome(Heard(number, number, True, "/menu", timedelta())))  # noqa: FBT003
    story.clock.move(MINUTE)
    for run_id, turn in story.heart.do(lambda work: work.due_timers(story.clock.now(), 9)):
        outbox.take(story.woken(run_id, turn))
    story.say("bo", how)
    (payload,) = [
        payload for row in story.chats["bo"][-1].rows for label, payload in row if label == WAYS[how]
    ]
    outbox.take(story.outcome(story.pressed("bo", payload)))
    waiting = story.heart.do(lambda work: work.waiting_messages())
    told.gate.set()
    await until(lambda: outbox.idle, "idle", 5)
    await outbox.stop()
    assert any(DINNER in text for text in told.sent) == arrives
    assert any(DINNER in one.body["text"] for one in waiting) == arrives
    assert PARTED in told.sent


# While it is being thought about


@pytest.mark.parametrize("how", WAYS)
def test_what_was_about_to_open_stays_closed_from_the_moment_that_somebody_asks(how: str) -> None:
    """The last minute must not overtake who thinks of parting; to the other it is one who keeps theirs."""
    story, keeps = two(group=False), two(group=False)
    for one in (story, keeps):
        at_the_last_look(one)
    story.say("bo", how)
    keeps.press("bo", "Keep mine closed")
    for one in (story, keeps):
        one.wait(MINUTE)
    assert DINNER not in str(story.seen_by("ann"))
    assert story.seen_by("ann") == keeps.seen_by("ann")


@pytest.mark.parametrize("how", WAYS)
def test_what_is_open_already_stays_open_and_the_exercise_goes_on(how: str) -> None:
    story = two(group=False)
    speaking(story)
    story.say("bo", how)
    story.press("bo", "Leave it" if how == "/unpair" else "Leave it as it is")
    story.press("ann", "Said it")
    assert story.run().session.node == "echo_one"
    assert DINNER in str(story.seen_by("ann"))


def test_after_a_parting_no_groups_number_stays_with_an_exercise() -> None:
    story = two(group=True)
    speaking(story)
    assert story.run().pair_chat is not None
    leaves(story)
    assert story.run().pair_chat is None
    assert str(story.number("pair")) not in str(story.tables("outbox", "inbox"))
