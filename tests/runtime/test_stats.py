"""What the operator can learn: how many, when there are enough to hide among, and never what."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, get_type_hints

import pytest
from typer.main import get_command

from bot.console import app
from bot.flow.session import Session
from bot.store.protocol import Run, Stats
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Simulator
    from bot.store.protocol import Work

OPERATOR = "cy"


@pytest.fixture
def simulator() -> Simulator:
    made = simulator_with_people("content")
    made.desk = replace(made.desk, operator_id=made.number(OPERATOR))
    return made


def crowd(simulator: Simulator, count: int, flow: str) -> None:
    """Let more people be there, each with a finished run."""

    def unit(work: Work) -> None:
        now = simulator.clock.now()
        for number in range(count):
            one = work.add_person(9000 + number, now)
            session = replace(Session(flow, "n", ("initiator",)), status="done")
            began, ended = now - timedelta(days=2), now - timedelta(days=1)
            work.add_run(Run(f"{flow}{number}", session, {"initiator": one.id}, began, ended))
            work.mark_fired(one.id, now.date(), 0)
            work.take_in(50_000 + number, b"words", now)
            work.park_update(50_000 + number, "failed")

    simulator.heart.do(unit)


def told(simulator: Simulator, name: str, text: str) -> list[str]:
    return [bubble.text for bubble in simulator.say(name, text).bubbles]


def test_few_are_not_counted(simulator: Simulator) -> None:
    crowd(simulator, 1, "checkin.weekly")
    (text,) = told(simulator, OPERATOR, "/stats")
    assert text.count("fewer than 5") == 4
    assert not any(letter.isdigit() and letter != "5" for letter in text)


def test_many_are(simulator: Simulator) -> None:
    crowd(simulator, 6, "checkin.weekly")
    (text,) = told(simulator, OPERATOR, "/stats")
    assert "People: 9" in text
    assert "Active in the last seven days: 6" in text
    assert "Asked in the last seven days: 6" in text
    assert "Updates set aside: 6" in text
    title = simulator.desk.library.flows["checkin.weekly"].about.title
    assert text.endswith(f"{title}: 6")


def test_being_asked_is_not_being_active(simulator: Simulator) -> None:
    def unit(work: Work) -> None:
        for number in range(6):
            now = simulator.clock.now()
            one = work.add_person(9000 + number, now)
            work.add_run(
                Run(f"r{number}", Session("a.b", "n", ("initiator",)), {"initiator": one.id}, now, now)
            )

    simulator.heart.do(unit)
    assert "Active in the last seven days: fewer" in told(simulator, OPERATOR, "/stats")[0]


@pytest.mark.parametrize("name", ["ann", "dee"])
def test_nobody_else_learns_that_there_is_such_a_command(simulator: Simulator, name: str) -> None:
    """For somebody who is here and for a stranger, it is like a word that nobody knows."""
    told(simulator, name, "/start")
    assert told(simulator, name, "/stats") == told(simulator, name, "/statz")
    assert "stats" not in dict(simulator.desk.library.commands())


def test_without_a_setting_nobody_is_the_operator() -> None:
    simulator = simulator_with_people("content")
    assert told(simulator, OPERATOR, "/stats") == told(simulator, OPERATOR, "/statz")


def test_there_is_no_room_for_content_in_it() -> None:
    hints = get_type_hints(Stats, localns={"Mapping": dict})
    kinds = {one.name: hints[one.name] for one in fields(Stats)}
    assert kinds.pop("finished") == dict[str, int]
    assert set(kinds.values()) == {int}


def test_no_command_shows_what_somebody_wrote() -> None:
    """A new command must be looked at with this in mind before it may stand here."""
    commands = getattr(get_command(app), "commands", {})
    harmless = {"run", "try", "check", "coverage", "graph", "play", "schema"}
    keeping = {"backup", "doctor", "forget", "keys", "restore"}
    assert set(commands) - harmless - keeping <= {"guard", "feedback"}
