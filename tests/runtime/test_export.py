"""The file with everything: all of one's own, and of the other's only what they opened. Faults 49 and 28."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.flow.session import Answer
from bot.store.protocol import Invite, Partner
from bot.store.protocol.fields import FIELDS
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Bubble, Simulator
    from bot.store.protocol import Work

WORDS = "<script>alert('hi')</script> \u202e & {{ me }}"


def file_of(simulator: Simulator, name: str) -> Bubble:
    """Let somebody ask for everything; return the message with the file."""
    simulator.say(name, "/export")
    (bubble,) = simulator.press(name, "Send it").bubbles
    assert bubble.file is not None
    assert bubble.file[0] == "notes.zip"
    return bubble


def read(bubble: Bubble) -> tuple[str, dict[str, Any]]:
    """Return the page and the data in a file."""
    assert bubble.file is not None
    with zipfile.ZipFile(io.BytesIO(bubble.file[1])) as archive:
        assert archive.namelist() == ["notes.html", "notes.json"]
        return archive.read("notes.html").decode(), json.loads(archive.read("notes.json"))


def checked_in(simulator: Simulator, note: str) -> None:
    """Let Ann go through the check-in and write this wherever words are asked."""
    simulator.say("ann", "/checkin")
    for _ in range(40):
        labels = list(simulator.labels("ann"))
        if not simulator.open_runs("ann"):
            break
        node = simulator.open_runs("ann")[0].session.node
        if node in {"note", "plan"}:
            simulator.say("ann", note)
        else:
            simulator.press("ann", labels[0])


def test_own_words_stand_beside_the_question_asked_and_can_do_no_harm() -> None:
    simulator = simulator_with_people("content")
    checked_in(simulator, WORDS)
    page, data = read(file_of(simulator, "ann"))
    assert "Weekly check-in" in page
    assert "Two circles: one is you, one is your partner." in page
    assert "&lt;script&gt;alert(&#39;hi&#39;)&lt;/script&gt;" in page
    assert "<script" not in page
    checkin = next(one for one in data["exercises"] if one["flow"] == "checkin.weekly")
    answers = {one["node"]: one for one in checkin["answers"]}
    assert answers["note"]["value"] == WORDS
    assert answers["close_now"]["value"] == 1
    assert answers["close_now"]["shown"] == "1 (1: apart, side by side, 7: nearly one circle)"
    assert data["profile"]["name"] == "ann"


def together(simulator: Simulator) -> None:
    """Let Ann and Bo be a couple with a group, and Ann have a link out that Cy wants to accept."""
    numbers = {name: simulator.number(name) for name in ("ann", "bo", "cy")}

    def unit(work: Work) -> None:
        found = {name: work.person_in(number) for name, number in numbers.items()}
        ann, bo, cy = (one.id if one else 0 for one in found.values())
        now = simulator.desk.clock.now()
        couple = work.add_couple(ann, bo, ("canary of ann", "canary of bo"), now)
        bos = Partner(bo, "canary of bo", inside=True, rest=now)
        couple = replace(couple.with_partner(bos), word="pause", group_id=-100777, thread_id=5, alone=True)
        work.save_couple(couple)
        work.keep_invite(
            Invite(b"h" * 32, "group", ann, now, "canary of ann", cy, "canary of cy", "canary_cy")
        )

    simulator.heart.do(unit)


def test_of_a_couple_nothing_tells_what_the_other_did() -> None:
    simulator = simulator_with_people("content")
    together(simulator)
    _, anns = read(file_of(simulator, "ann"))
    _, bos = read(file_of(simulator, "bo"))
    _, cys = read(file_of(simulator, "cy"))
    (row,) = anns["rows"]["couples"]
    assert row.keys() == {"id", "made_at"}
    assert [one["pause_word"] for one in (anns, bos, cys)] == ["pause", "pause", ""]
    assert [one.keys() for one in anns["rows"]["invites"]] == [{"expires_at"}]
    assert bos["rows"]["couples"] == [row], "both read the same"
    assert "invites" not in bos["rows"]
    assert not {"couples", "invites"} & cys["rows"].keys(), "who asked does not see what became of it"
    told = str((anns["rows"], bos["rows"], cys["rows"]))
    assert "canary" not in told
    assert "-100777" not in told


def test_every_field_that_is_exported_is_there() -> None:
    simulator = simulator_with_people("content")
    checked_in(simulator, "a line")
    simulator.begin("solo.mine", {"initiator": "ann"})
    simulator.say("ann", "the piano")
    for label in ("This week", "Saturday"):
        simulator.press("ann", label)
    simulator.say("ann", "/settings")
    simulator.press("ann", "Weekly question")
    simulator.press("ann", "Yes")
    for label in ("Sunday", "18:00", "Every week"):
        simulator.press("ann", label)
    simulator.wait(timedelta(days=7))
    together(simulator)
    _, data = read(file_of(simulator, "ann"))
    there = {(table, column) for table, rows in data["rows"].items() for row in rows for column in row}
    assert there == {(one.table, one.column) for one in FIELDS if one.exported and not one.sealed}
    opened = {(one.table, one.column) for one in FIELDS if one.exported and one.sealed}
    assert opened == {
        ("people", "sealed"),
        ("sessions", "sealed"),
        ("answers", "sealed"),
        ("plans", "sealed"),
        ("couples", "word_sealed"),
    }
    assert [plan["words"] for plan in data["plans"]] == ["If ten minutes come free, then: the piano"]


@pytest.mark.parametrize(
    ("share", "seen"), [("Keep it", None), ("Only: time", "Only: time"), ("My words", "canary of bo")]
)
def test_of_the_other_only_what_was_opened(share: str, seen: str | None) -> None:
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
    for name in ("ann", "bo"):
        simulator.press(name, "Yes, now")
    simulator.say("bo", "canary of bo")
    simulator.say("ann", "words of ann")
    simulator.press("ann", "My words")
    simulator.press("bo", share)
    assert "canary" not in str(read(file_of(simulator, "ann"))), "nothing is open yet"
    simulator.wait(timedelta(minutes=1))
    page, data = read(file_of(simulator, "ann"))
    (one,) = data["exercises"]
    assert [(told["node"], told["value"]) for told in one["opened"]] == ([("small", seen)] if seen else [])
    assert ("canary of bo" in page + str(data)) == (seen == "canary of bo")
    assert "words of ann" in page
    assert "(you opened this)" in page
    cys = str(read(file_of(simulator, "cy")))
    assert "canary" not in cys
    assert "words of ann" not in cys


@pytest.mark.parametrize("match", ["match", "words"])
def test_what_both_picked_is_in_the_file_of_both(match: str) -> None:
    """Whatever level somebody chose, they get their file."""
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"})
    run = simulator.open_runs("ann")[0]
    mine = {"small": Answer("words of ann", match)}  # type: ignore[arg-type]
    after = replace(run, session=replace(run.session, answers={"initiator": mine}))
    assert simulator.heart.do(lambda work: work.save_run(run, after))
    _, data = read(file_of(simulator, "ann"))
    (one,) = data["exercises"][0]["answers"]
    assert one["shared"] == "", "a level was chosen, and nothing opened yet"
    revealed = replace(after.session, revealed=(("initiator", "small"),))
    opened = replace(after, session=revealed)
    assert simulator.heart.do(lambda work: work.save_run(replace(after, version=1), opened))
    _, data = read(file_of(simulator, "ann"))
    (one,) = data["exercises"][0]["answers"]
    assert one["shared"]


ASKED = [("ann", "Yes, now")]
BEGUN = [*ASKED, ("bo", "Yes, now")]
WRITTEN = [*BEGUN, ("ann", "words of ann"), ("bo", "words of bo")]
CHOSEN = [*WRITTEN, ("ann", "My words"), ("bo", "My words")]
MEANWHILE = {
    "says not now": (ASKED, ["Not now"]),
    "says it twice": (ASKED, ["Not now", "Not now"]),
    "leaves at the gate": (ASKED, ["/stop"]),
    "writes": (BEGUN, ["his words"]),
    "writes anew": (BEGUN, ["his words", "other words"]),
    "skips": (BEGUN, ["Skip"]),
    "opens": (WRITTEN, ["My words"]),
    "opens, and keeps it": (WRITTEN, ["My words", "Keep it"]),
    "closes at the last look": (CHOSEN, ["Keep mine closed"]),
}


@pytest.mark.parametrize("story", MEANWHILE)
def test_rule_8_the_file_does_not_tell_what_the_other_does_meanwhile(story: str) -> None:
    """Neither that, nor when: a file that is asked for again and again stays the same."""
    before, meanwhile = MEANWHILE[story]

    def file_after(deeds: list[tuple[str, str]]) -> object:
        simulator = simulator_with_people("tests/fixtures/two")
        simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
        for number, (name, deed) in enumerate([*before, *deeds]):
            simulator.clock.move(timedelta(minutes=1) if number < len(before) else timedelta(seconds=1))
            does = simulator.press if deed in simulator.labels(name) else simulator.say
            does(name, deed)
        simulator.clock.move(timedelta(minutes=7) - timedelta(seconds=len(deeds)))
        return read(file_of(simulator, "ann"))

    assert file_after([("bo", deed) for deed in meanwhile]) == file_after([])


def test_an_exercise_that_is_gone_from_the_content_is_still_in_the_file() -> None:
    simulator = simulator_with_people("content")
    checked_in(simulator, "a line from before")
    flows = dict(simulator.desk.library.flows)
    del flows["checkin.weekly"]
    whole = simulator.desk.library
    library = replace(whole, flows=flows)
    simulator.desk = replace(simulator.desk, library=library)
    page, _ = read(file_of(simulator, "ann"))
    assert "a line from before" in page
