"""Nobody can tell a "not now" from no answer: not by words, buttons, or the hour at which something comes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator

Trace = list[object]

BO = {
    "does not answer": (),
    "says not now": ("Not now",),
    "says it twice": ("Not now", "Not now"),
    "says yes, then not now": ("Yes, now", "Not now"),
}
FLOWS = ("two.gated", "two.soft-no")
YES = {"two.gated": "Yes, now", "two.soft-no": "Yes"}
NO = {"two.gated": "Not now", "two.soft-no": "Not today"}


def what_ann_sees(flow: str, presses: tuple[str, ...], *, first: bool, answer: str) -> Trace:
    """Play one evening and a day; return all that Ann and the group can see, with its hour."""
    simulator = simulator_with_people("tests/fixtures/two")
    trace: Trace = []

    def look(simulator: Simulator) -> None:
        for chat in ("ann", "pair"):
            for bubble in simulator.chats.get(chat, []):
                labels = [label for row in bubble.rows for label, _ in row]
                trace.append((chat, bubble.text, labels))
        trace.append(simulator.clock.now())

    simulator.begin(flow, {"initiator": "ann", "partner": "bo"}, "pair")
    look(simulator)
    if first:
        simulator.press("ann", answer)
        look(simulator)
    for label in presses:
        simulator.press("bo", YES[flow] if label == "Yes, now" and first is False else NO[flow])
        look(simulator)
    for _ in range(2 - len(presses)):
        look(simulator)
    if not first:
        simulator.press("ann", answer)
        look(simulator)
    for act in (answer, "hello?", "/menu"):
        seen = simulator.press("ann", answer) if act == answer else simulator.say("ann", act)
        trace.append(seen.toasts)
        look(simulator)
    for _ in range(26):
        simulator.wait(timedelta(hours=1))
        look(simulator)
    return trace


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("first", [True, False], ids=["ann first", "bo first"])
@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("bo", BO)
def test_rule_8_a_no_looks_like_silence(flow: str, first: bool, answer: str, bo: str) -> None:  # noqa: FBT001
    label = YES[flow] if answer == "yes" else NO[flow]
    silent = what_ann_sees(flow, (), first=first, answer=label)
    assert what_ann_sees(flow, BO[bo], first=first, answer=label) == silent


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
    assert told["ann"] == told["bo"] == ["Not this time. That is fine.", "One minute only for you?"]
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
