"""Nobody can tell a "not now" from no answer: not by words, buttons, or the hour at which something comes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator

Trace = list[object]

YES, NO = "Yes, now", "Not now"
BO = {
    "does not answer": (),
    "says not now": (NO,),
    "says it twice": (NO, NO),
    "says yes, then not now": (YES, NO),
    "leaves": ("/stop",),
    "says yes, then leaves": (YES, "/stop"),
    "says not now, then leaves": (NO, "/stop"),
    "leaves, and presses what still stands": ("/stop", YES),
    "leaves in a hurry": ("/exit",),
    "writes something": ("I would rather not tell", "/menu"),
}
FLOWS = ("two.gated", "two.soft-no")


class Evening(NamedTuple):
    """Who looks, and when they answer what. `ann` is whoever began it, or the other."""

    flow: str
    first: bool
    answer: str
    ann: str
    place: str | None


def what_ann_sees(evening: Evening, deeds: tuple[str, ...]) -> Trace:
    """Play one evening and a day; return all that Ann and the group can see, with its hour."""
    ann, answer = evening.ann, evening.answer
    simulator = simulator_with_people("tests/fixtures/two")
    trace: Trace = []

    def look() -> None:
        for chat in (ann, "pair"):
            for bubble in simulator.chats.get(chat, []):
                labels = [label for row in bubble.rows for label, _ in row]
                trace.append((chat, bubble.text, labels))
        trace.append(simulator.clock.now())

    def answers() -> None:
        simulator.press(ann, answer)
        look()

    simulator.begin(evening.flow, {"initiator": "ann", "partner": "bo"}, evening.place)
    look()
    if evening.first:
        answers()
    for deed in as_it_can_be(evening, deeds):
        bo_does(simulator, "bo" if ann == "ann" else "ann", deed)
        look()
    if not evening.first:
        answers()
    for act in (answer, "hello?", "/menu"):
        seen = simulator.press(ann, answer) if act == answer else simulator.say(ann, act)
        trace.append(seen.toasts)
        look()
    for _ in range(26):
        simulator.wait(timedelta(hours=1))
        look()
    return trace


def as_it_can_be(evening: Evening, deeds: tuple[str, ...]) -> tuple[str, str]:
    """Return two deeds of Bo's. Two yeses would go on: where Ann has said hers, he means no."""
    said = evening.first and evening.answer == YES
    left = deeds[:1] == ("/stop",)
    one, two = (NO if said and deed == YES and not left else deed for deed in (*deeds, "", "")[:2])
    return one, two


def bo_does(simulator: Simulator, bo: str, deed: str) -> None:
    if deed in {YES, NO}:
        simulator.press_old(bo, deed)
    elif deed:
        simulator.say(bo, deed)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("first", [True, False], ids=["ann first", "bo first"])
@pytest.mark.parametrize("answer", [YES, NO])
@pytest.mark.parametrize("bo", BO)
@pytest.mark.parametrize("ann", ["ann", "bo"], ids=["she asked", "she was asked"])
@pytest.mark.parametrize("place", ["pair", None], ids=["in a group", "in private"])
def test_rule_8_a_no_looks_like_silence(  # noqa: PLR0913, PLR0917  all that could tell
    flow: str,
    first: bool,  # noqa: FBT001
    answer: str,
    bo: str,
    ann: str,
    place: str | None,
) -> None:
    evening = Evening(flow, first, answer, ann, place)
    assert what_ann_sees(evening, BO[bo]) == what_ann_sees(evening, ())


def test_two_yeses_go_on_at_once() -> None:
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.gated", {"initiator": "ann", "partner": "bo"}, "pair")
    simulator.press("ann", "Yes, now")
    seen = simulator.press("bo", "Yes, now")
    assert seen.bubbles[-1].text == "Say one limit out loud."


def test_what_comes_after_comes_to_both_alike() -> None:
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.gated", {"initiator": "ann", "partner": "bo"}, "pair")
    simulator.press("bo", "Not now")
    seen = simulator.wait(timedelta(hours=24))
    told = {name: [one.text for one in seen.bubbles if one.chat == name] for name in ("ann", "bo", "pair")}
    assert told["ann"] == told["bo"] == ["Not today. That is fine.", "One minute only for you?"]
    assert told["pair"] == []


def test_a_gate_is_not_asked_twice_in_a_row() -> None:
    """One exercise leads to the next behind the same gate: the answer of a minute ago still holds."""
    simulator = simulator_with_people("content")
    simulator.begin("no.firm", {"initiator": "ann"})
    simulator.press("ann", "Yes, now")
    simulator.press("ann", "Something private")
    simulator.say("ann", "my diary")
    for label in ("Little", "Mine alone", "Close and kind", "A calm one", "A day's time first"):
        simulator.press("ann", label)
    (run,) = simulator.open_runs("ann")
    assert run.session.flow == "no.pause"
    assert run.session.node == "where"
