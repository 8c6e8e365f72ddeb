"""What the words for one reader can contain (rule 8), and what it costs to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow.model import SHARES, Share
from bot.runtime.names import judge_for, names_for
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.store.protocol import Past, Person, Run, Work


def test_rule_8_what_its_owner_keeps_is_neither_words_nor_theme() -> None:
    """Even for an answer that counts as opened: the last guard does not lean on the engine's."""
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
    steps = (("Yes, now", "Yes, now"), ("dinner", "driving"), ("My words", "Only: people"))
    for mine, theirs in steps:
        for name, what in (("ann", mine), ("bo", theirs)):
            if what in simulator.labels(name):
                simulator.press(name, what)
            else:
                simulator.say(name, what)

    simulator.wait(timedelta(minutes=1))

    def seen(level: Share, work: Work) -> object:
        run = work.run("run00000001")
        assert run is not None
        answer = run.session.answer("partner", "small")
        assert answer is not None
        # Put there past the engine, which closes what its owner takes back.
        his = {**run.session.answers["partner"], "small": replace(answer, share=level)}
        session = replace(run.session, answers={**run.session.answers, "partner": his})
        flow = simulator.desk.library.flows["two.soft-no"]
        ann = work.person_in(simulator.number("ann"))
        names = names_for(simulator.desk, work, flow, replace(run, session=session), "initiator", person=ann)
        return names["theirs"]["small"]

    shown = [simulator.heart.do(partial(seen, level)) for level in reversed(SHARES)]
    assert shown == ["driving", None, "Only: people", None], "of words there is nothing that both picked"


def test_the_conditions_of_one_node_read_the_past_once() -> None:
    simulator = simulator_with_people("content")
    simulator.begin("nudge.like", {"initiator": "ann"})
    (run,) = simulator.open_runs("ann")
    asked: list[str] = []

    class Counting:
        def past(self, *_: object) -> list[Past]:
            asked.append("past")
            return []

    def judge_twice(person: Person, run: Run) -> None:
        flow = simulator.desk.library.flows["nudge.like"]
        judge = judge_for(simulator.desk, Counting(), flow, run, person)  # type: ignore[arg-type]
        assert not judge("past", run.session)
        assert judge("not past", run.session)

    ann = simulator.heart.do(lambda work: work.person_in(simulator.number("ann")))
    assert ann is not None
    judge_twice(ann, run)
    assert asked == ["past"]
