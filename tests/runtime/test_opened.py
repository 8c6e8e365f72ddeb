"""What one of two gets to see of the other: at each level what its owner chose, nothing before (rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from bot.library.load import load
from bot.library.messages import KEYS
from tests.library.shelf import STORY, TWO, nodes, write
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.library.load import Library
    from bot.simulator import Seen, Simulator
    from bot.store.protocol import Work

LEVELS = {
    "keep": "Keep it",
    "match": "What matches",
    "words": "All of it",
    "home": "About home",
    "people": "About people",
}
OPENED = ("words", "home", "people")
"""What is opened whatever the other has chosen."""

FLOW = nodes(
    """
    words: {say: "In words?", where: private, sealed: true, text: {}, next: many}
    many:
      say: "Which?"
      where: private
      sealed: true
      many: {}
      choices: {tea: Tea, soup: Soup, rice: Rice}
      next: one
    one:
      say: "Which one?"
      where: private
      sealed: true
      choices: {sea: The sea, hill: The hills}
      next: number
    number:
      say: "How much?"
      where: private
      sealed: true
      scale: {low: 1, high: 5, low_words: low, high_words: high}
      next: level
    level:
      say: "How much may {{ other }} see? {{ mine.words }} / {{ mine.many | join('+') }} / {{ mine.one }}"
      where: private
      sealed: true
      shares: [words, many, one, number]
      choices: {keep: Keep it, match: What matches, words: All of it, home: About home, people: About people}
      skip: true
      next: look
    look:
      say: "Soon. {{ theirs.words or 'nothing yet' }}"
      where: private
      sealed: true
      shares: [words, many, one, number]
      choices: {keep: Keep mine closed}
      timeout: {minutes: 1, next: open}
      next: open
    open:
      say: >-
        {{ other }}: {{ theirs.words or '-' }} / {{ theirs.many if theirs.many is string
        else theirs.many | join('+') if theirs.many else '-' }} / {{ theirs.one if theirs.one is string
        else theirs.one | join('+') if theirs.one else '-' }} / {{ theirs.number or '-' }}
      where: private
      reveal: [words, many, one, number]
      next: ask
    ask:
      say: >-
        {{ initiator }}, {{ partner }}: {% for x in opened.words %}{{ x.who }}={{ x.words }};{% endfor %}
        both: {{ both.many | join('+') }}/{{ both.one | join('+') }}.
      who: anyone
      choices: {sure: "Yes", rather_not: "No"}
      next: bye
    bye: {say: "{{ said.ask }} was said."}
    """,
    TWO.replace("start: a", "start: words"),
)


SENTENCES: dict[str, str] = {"button_done": "Done", "button_skip": "Skip", "someone": "the other"}


@cache
def library() -> Library:
    messages = "".join(f"{key}: {SENTENCES.get(key, 'A sentence.')}\n" for key in KEYS)
    with TemporaryDirectory() as folder:
        return load(write(Path(folder), {STORY: FLOW, "messages.yaml": messages}))


@dataclass(frozen=True)
class Wishes:
    """What one of the two answers, and how much of it they open."""

    words: str
    many: tuple[str, ...] = ("Tea", "Soup")
    one: str = "The sea"
    number: str = "2"
    level: str = "keep"


def begun() -> Simulator:
    simulator = simulator_with_people(library())
    simulator.begin("story.two", {"initiator": "ann", "partner": "bo"}, "pair")
    for name in ("ann", "bo"):
        simulator.press(name, "Yes")
    return simulator


def each(simulator: Simulator, wishes: dict[str, Wishes]) -> None:
    """Let both answer all that is sealed; they stand at the last look."""
    for name, wish in wishes.items():
        simulator.say(name, wish.words)
    for name, wish in wishes.items():
        for label in (*wish.many, "Done"):
            simulator.press(name, label)
    for what in ("one", "number"):
        for name, wish in wishes.items():
            simulator.press(name, getattr(wish, what))
    for name, wish in wishes.items():
        simulator.press(name, LEVELS.get(wish.level, "Skip"))


def played(ann: Wishes, bo: Wishes) -> tuple[Simulator, Seen]:
    simulator = begun()
    each(simulator, {"ann": ann, "bo": bo})
    return simulator, simulator.wait(timedelta(minutes=1))


def told(seen: Seen, chat: str) -> str:
    return next(one.text for one in seen.bubbles if one.chat == chat)


ANN = Wishes("canary of ann", level="words")


def seen_of(level: str, other: str) -> list[str]:
    """Return what is to be seen of Bo's four answers by Ann, who has opened hers at `other`."""
    if level == "words":
        return ["canary of bo", "Soup+Rice", "The sea", "5"]
    if level in {"home", "people"}:
        return [LEVELS[level]] * 4
    if level == "match" and other in {"match", "words"}:
        return ["-", "Soup", "The sea", "-"]
    return ["-"] * 4


@pytest.mark.parametrize("level", [*LEVELS, "skip"])
@pytest.mark.parametrize("other", [*LEVELS, "skip"])
def test_the_other_reads_what_its_owner_chose_and_no_more(level: str, other: str) -> None:
    bo = Wishes("canary of bo", ("Soup", "Rice"), number="5", level=level)
    _, seen = played(Wishes("canary of ann", level=other), bo)

    assert told(seen, "ann") == f"bo: {' / '.join(seen_of(level, other))}"


@pytest.mark.parametrize("level", [*LEVELS, "skip"])
@pytest.mark.parametrize("other", [*LEVELS, "skip"])
def test_before_both_stands_what_each_has_opened_and_what_both_picked(level: str, other: str) -> None:
    bo = Wishes("canary of bo", ("Soup", "Rice"), level=level)
    _, seen = played(Wishes("canary of ann", level=other), bo)

    shown = {"words": "canary of {}", "home": "About home", "people": "About people"}
    lines = [
        f"{who}={shown[one].format(who)};" for who, one in (("ann", other), ("bo", level)) if one in OPENED
    ]
    match = "Soup/The sea" if {level, other} <= {"match", "words"} else "/"
    assert told(seen, "pair").replace("\n", " ") == f"ann, bo: {''.join(lines)} both: {match}."


def test_a_match_of_nothing_is_nothing() -> None:
    ann = Wishes("canary of ann", ("Tea",), "The sea", level="match")
    bo = Wishes("canary of bo", ("Rice",), "The hills", level="words")
    _, seen = played(ann, bo)

    assert told(seen, "bo") == "ann: - / - / - / -"
    assert "both: /." in told(seen, "pair")


@pytest.mark.parametrize("level", [*LEVELS, "skip"])
def test_nothing_is_seen_before_the_opening_in_any_chat(level: str) -> None:
    simulator = begun()
    bo = Wishes("canary of bo", ("Soup", "Rice"), number="5", level=level)
    each(simulator, {"ann": ANN, "bo": bo})

    assert simulator.open_runs("ann")[0].session.node == "look"
    for chat, other in (("ann", "canary of bo"), ("bo", "canary of ann"), ("pair", "canary")):
        assert not any(other in bubble.text for bubble in simulator.chats.get(chat, []))
    assert "nothing yet" in simulator.chats["ann"][-1].text
    assert simulator.chats.get("pair", []) == []


@pytest.mark.parametrize("level", ["match", "words", "home", "people"])
def test_what_is_closed_at_the_last_look_reads_like_what_was_kept(level: str) -> None:
    def anns_side(level: str, *, closes: bool) -> tuple[str, str]:
        simulator = begun()
        each(simulator, {"ann": ANN, "bo": Wishes("canary of bo", level=level)})
        if closes:
            simulator.press("bo", "Keep mine closed")
        seen = simulator.wait(timedelta(minutes=1))
        return told(seen, "ann"), told(seen, "pair")

    assert anns_side(level, closes=True) == anns_side("keep", closes=False)


@pytest.mark.parametrize("silent", ["words", "level"])
def test_who_says_nothing_more_opens_nothing_and_is_told_of_nothing(silent: str) -> None:
    """Bo stops answering: when the time is over it ends, and none of it is open, Ann's neither."""
    simulator = begun()
    simulator.say("ann", "canary of ann")
    if silent == "level":
        simulator.say("bo", "canary of bo")
        for name in ("ann", "bo"):
            for label in ("Tea", "Done"):
                simulator.press(name, label)
        for label in ("The sea", "2"):
            for name in ("ann", "bo"):
                simulator.press(name, label)
        simulator.press("ann", "All of it")
    simulator.wait(timedelta(hours=24))

    (run,) = simulator.heart.do(lambda work: work.runs_of(1))
    assert (run.session.status, run.session.revealed) == ("done", ())
    for chat, other in (("ann", "canary of bo"), ("bo", "canary of ann"), ("pair", "canary")):
        assert not any(other in bubble.text for bubble in simulator.chats.get(chat, []))


def test_one_reads_ones_own_answers_in_words() -> None:
    simulator = begun()
    simulator.say("ann", "canary of ann")
    simulator.say("bo", "x")
    for name in ("ann", "bo"):
        for label in ("Soup", "Tea", "Done"):
            simulator.press(name, label)
    for label in ("The hills", "3"):
        for name in ("ann", "bo"):
            simulator.press(name, label)

    assert simulator.chats["ann"][-1].text.endswith("canary of ann / Tea+Soup / The hills")


def test_what_was_pressed_before_both_can_be_said_back_to_both() -> None:
    simulator, _ = played(ANN, Wishes("canary of bo"))
    seen = simulator.press("bo", "No", "pair")

    assert [(one.chat, one.text) for one in seen.bubbles] == [("pair", "No was said.\n\nA sentence.")]


def test_words_that_look_like_markup_or_turn_the_text_can_do_no_harm_to_the_other() -> None:
    nasty = "<b>{{ me.name }}</b> \u202e & </i>"
    _, seen = played(ANN, Wishes(nasty, level="words"))

    shown = told(seen, "ann")
    assert "<b>{{ me.name }}</b>" in shown
    assert "&amp;" not in shown


def test_who_is_no_couple_any_more_has_no_name_before_the_other() -> None:
    simulator = begun()
    each(simulator, {"ann": ANN, "bo": Wishes("canary of bo", level="words")})

    def part(work: Work) -> None:
        couple = work.couple_in(-1)
        assert couple is not None
        work.end_couple(couple.id)

    simulator.heart.do(part)
    seen = simulator.wait(timedelta(minutes=1))
    assert told(seen, "ann").startswith(f"{library().messages['someone']}: canary of bo")
