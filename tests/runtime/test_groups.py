"""How a group becomes that of two, and what is heard there: presses, commands, and who they are from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.runtime.events import Heard, Raised, Showed
from tests.runtime.story import DAY, ENDED, NO_LINK, READY, WAITS, Story, labels_of, texts
from tests.runtime.test_parting import at_the_gate, paused, sealed, speaking, two

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator import Seen

HELLO = "I am here for two people who asked me in."
ELSEWHERE = "That is for your own chat with me."
OTHER = -77


def what(seen: Seen) -> list[tuple[str, str]]:
    return [(one.chat, one.text) for one in seen.bubbles]


def in_group(story: Story, name: str, text: str, chat: int = -1, thread: int | None = None) -> Seen:
    """Let somebody write in a group, perhaps in one of its topics."""
    number = story.number(name)
    return story._event(name, Heard(chat, number, False, text, timedelta(), f"@{name}", thread))  # noqa: FBT003


# Becoming theirs


def test_a_group_is_theirs_once_both_have_pressed_and_only_three_are_there() -> None:
    story = two(group=False)
    seen = story.say("ann", f"/start {story.group_link()}", "pair")
    assert [(one.chat, labels_of(one.rows)) for one in seen.bubbles] == [("pair", ["I am here"])]
    assert texts(seen)[0].startswith(HELLO)
    assert not any(name in texts(seen)[0] for name in ("Ann", "Bo"))
    assert what(story.press("ann", "I am here", "pair")) == []
    assert what(story.press("ann", "I am here", "pair")) == []
    assert what(story.press("bo", "I am here", "pair")) == [("pair", READY)]
    couple = story.couple()
    assert couple is not None
    assert (couple.group_id, couple.bound, couple.alone) == (-1, True, True)
    assert "I am here" not in {label for _, labels in story.seen_by("pair") for label in labels}


@pytest.mark.parametrize("name", ["cy", "eve"])
def test_the_press_of_somebody_else_is_not_counted(name: str) -> None:
    story = two(group=False)
    story.say("ann", f"/start {story.group_link()}", "pair")
    story.press("ann", "I am here", "pair")
    seen = story.press(name, "I am here", "pair")
    assert (what(seen), seen.toasts) == ([], [(name, "This button is for someone else.")])
    couple = story.couple()
    assert couple is not None
    assert not couple.bound


def test_with_a_fourth_it_waits_and_looks_again_when_asked_to() -> None:
    story = two(group=False)
    story.there.add("cy")
    assert what(story.bind()) == [("pair", WAITS)]
    story.asks("two.soft-no")
    assert story.run().pair_chat is None
    story.say("ann", "/stop")
    assert what(story.press("bo", "We are alone", "pair")) == [("pair", WAITS)]
    story.there.discard("cy")
    assert what(story.press("bo", "We are alone", "pair")) == [("pair", READY)]


def test_a_group_link_works_once_for_a_day_and_only_for_who_made_it() -> None:
    story = two(group=False)
    for name in ("bo", "cy"):
        assert what(story.say(name, f"/start {story.group_link()}", "pair")) == [(name, NO_LINK)]
    token = story.group_link()
    story.clock.move(DAY)
    assert what(story.say("ann", f"/start {token}", "pair")) == [("ann", NO_LINK)]
    token = story.group_link()
    story.say("ann", f"/start {token}", "pair")
    assert what(in_group(story, "ann", f"/start {token}", OTHER)) == [("ann", NO_LINK)]
    couple = story.couple()
    assert couple is not None
    assert couple.group_id == -1


def test_a_stranger_with_a_link_hears_nothing_and_a_pair_link_opens_no_group() -> None:
    story = Story()
    token = story.invites()
    story.accepts("bo", token)
    assert what(story.say("bo", f"/start {token}", "pair")) == [("bo", NO_LINK)]
    story.press("ann", "Yes, that is them")
    group = story.group_link()
    assert what(story.say("eve", f"/start {group}", "pair")) == []
    assert story.opens("bo", group) == NO_LINK
    assert what(story.say("ann", f"/start {group}", "pair"))[0][0] == "pair"


def test_the_group_of_two_does_not_become_that_of_another_couple() -> None:
    story = two(group=True)
    story.settle("dora")
    story.pair("cy", "dora")
    assert what(story.say("cy", f"/start {story.group_link('cy')}", "pair")) == [("cy", NO_LINK)]
    couple = story.couple("cy")
    assert couple is not None
    assert couple.group_id is None


def test_the_bot_says_what_it_sees_there() -> None:
    for reads_all, words in (
        (False, "nothing else of what you write"),
        (True, "all that is written here reaches me"),
    ):
        story = two(group=False)
        story.desk.itself.reads_all = reads_all
        assert words in texts(story.say("ann", f"/start {story.group_link()}", "pair"))[0]


def test_made_an_administrator_it_says_that_now_it_sees_everything() -> None:
    story = two(group=True)
    (told,) = what(story.tells(Raised(-1)))
    assert told[0] == "pair"
    assert "all that is written here reaches me" in told[1]
    assert what(story.tells(Raised(OTHER))) == []


# A second group


@pytest.mark.parametrize(
    ("stage", "goes_on", "told"),
    [(at_the_gate, True, []), (sealed, False, ["ann", "bo"]), (speaking, False, ["ann", "bo"])],
)
def test_a_new_group_lets_the_old_one_go(
    stage: Callable[[Story], None],
    goes_on: bool,  # noqa: FBT001  a story has it or not
    told: list[str],
) -> None:
    story = two(group=True)
    stage(story)
    seen = in_group(story, "ann", f"/start {story.group_link()}", OTHER)
    heard = [chat for chat, text in what(seen) if text == ENDED]
    assert sorted(heard) == told
    assert (story.run().session.status == "active") == goes_on
    assert what(story.say("bo", "/pause", "pair")) == []
    assert what(story.come("cy")) == []
    if goes_on:
        assert story.run().pair_chat is None
        assert {one.chat for one in story.press("bo", "Yes, now").bubbles} == {"ann", "bo"}


# Commands


@pytest.mark.parametrize(
    "word", ["/together", "/help", "/export", "/unpair", "/forget", "/nonsense", "/exit"]
)
def test_a_command_in_the_group_leads_to_ones_own_chat(word: str) -> None:
    story = two(group=True)
    seen = story.say("bo", word, "pair")
    assert what(seen) == [("pair", ELSEWHERE)]
    assert labels_of(seen.bubbles[0].rows) == ["Open my chat"]
    assert story.couple() is not None


@pytest.mark.parametrize("name", ["cy", "eve"])
@pytest.mark.parametrize("word", ["/stop", "/pause", "/together", "/start", "pause", "words"])
def test_what_somebody_else_writes_there_is_passed_over(name: str, word: str) -> None:
    story = two(group=True)
    speaking(story)
    before = story.tables("inbox")
    assert what(story.say(name, word, "pair")) == []
    assert story.tables("inbox") == before


@pytest.mark.parametrize("word", ["/stop", "/stop@alongside_bot", "/STOP@Alongside_Bot", "/stop now"])
def test_stop_ends_it_for_both_where_they_are(word: str) -> None:
    story = two(group=True)
    speaking(story)
    assert what(story.say("bo", word, "pair")) == [("pair", ENDED)]
    assert story.run().session.status == "left"


@pytest.mark.parametrize("word", ["/stop@otherbot", "/pause@otherbot", "/together@otherbot"])
def test_a_command_for_another_bot_is_for_another_bot(word: str) -> None:
    story = two(group=True)
    speaking(story)
    before = story.run()
    assert what(story.say("bo", word, "pair")) == []
    assert story.run() == before


@pytest.mark.parametrize("word", ["/pause", "/pause@alongside_bot", "pause", "Pause.", "PAUSE!"])
def test_pause_is_a_command_and_a_word(word: str) -> None:
    story = two(group=True)
    speaking(story)
    ((chat, text),) = what(story.say("bo", word, "pair"))
    assert chat == "pair"
    assert text.startswith("Pause. Nobody has to explain anything.")
    assert story.run().session.paused == "time"
    again = what(story.say("ann", word, "pair"))
    assert again == [("pair", "There is a pause just now. I ask again when it is over.")]
    assert story.run().session.paused == "time"


def test_their_own_word_breaks_off_too() -> None:
    story = two(group=True)
    couple = story.couple()
    assert couple is not None
    story.heart.do(lambda work: work.save_couple(replace(couple, word="Rhubarb")))
    speaking(story)
    story.say("ann", "rhubarb!", "pair")
    assert story.run().session.paused == "time"


def test_stop_works_in_a_pause_too() -> None:
    story = two(group=True)
    paused(story)
    assert what(story.say("ann", "/stop", "pair")) == [("pair", ENDED)]


# What is spoken


def test_three_voice_messages_are_three_messages_and_none_is_fetched() -> None:
    story = two(group=True)
    speaking(story)
    number = story.number("ann")
    voice = Showed(-1, number, False)  # noqa: FBT003
    other = replace(voice, user_id=story.number("bo"))
    for one in (voice, other, other, other, replace(voice, user_id=story.number("cy")), voice):
        assert what(story.tells(one)) == []
    seen = story.tells(voice)
    assert texts(seen)[0] == "That is three messages; let us hear the echo."
    assert story.run().session.node == "echo_one"


def test_words_and_voice_are_counted_alike() -> None:
    story = two(group=True)
    speaking(story)
    story.say("ann", "This week I would rather not", "pair")
    story.tells(Showed(-1, story.number("ann"), False))  # noqa: FBT003
    story.say("ann", "drive so early", "pair")
    assert story.run().session.node == "echo_one"
    assert "drive so early" not in str(story.run().session)


# Topics


def test_in_a_group_with_topics_it_speaks_where_it_was_asked_in() -> None:
    story = two(group=False)
    seen = in_group(story, "ann", f"/start {story.group_link()}", thread=7)
    assert [chat for chat, _ in what(seen)] == ["pair"]
    assert threads(story, "/help") == [7]
    story.presses("ann", "I am here", chat="pair")
    story.press("bo", "I am here", "pair")
    in_group(story, "bo", "/help", thread=9)
    assert threads(story, "/help") == [7]
    in_group(story, "bo", "/together", thread=9)
    assert threads(story, "/help") == [9]
    in_group(story, "bo", "/together")
    assert threads(story, "/help") == [None]


def threads(story: Story, text: str) -> list[int | None]:
    """Return the topics of what Ann's words lead to."""
    event = Heard(-1, story.number("ann"), False, text, timedelta(), "", 3)  # noqa: FBT003
    return [one.body.get("thread") for one in story.outcome(event).messages]
