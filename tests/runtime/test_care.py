"""The word about safety comes to everybody alike, rarely, and never against somebody's wish."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from datetime import datetime

    from bot.simulator import Simulator
    from bot.store.protocol import Work

SAFETY = "A short note, the same for everybody."


def with_a_weekly_question(simulator: Simulator) -> Simulator:
    """Let Ann ask for one, on Sundays."""
    simulator.say("ann", "/settings")
    for label in ("Weekly question", "Yes", "Sunday", "18:00", "Every week"):
        simulator.press("ann", label)
    return simulator


def days_of_the_card(simulator: Simulator, days: int) -> list[datetime]:
    """Let days pass; return the moments at which the card came."""
    found = []
    for _ in range(days * 4):
        seen = simulator.wait(timedelta(hours=6))
        found += [simulator.clock.now() for bubble in seen.bubbles if bubble.text == SAFETY]
        if any(bubble.rows for bubble in seen.bubbles):
            simulator.press("ann", "Skip this one")
    return found


def test_it_comes_at_most_once_in_four_weeks() -> None:
    simulator = with_a_weekly_question(simulator_with_people("content"))
    moments = days_of_the_card(simulator, 120)
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(moments)]
    assert len(moments) >= 3
    assert min(gaps) >= 28
    assert max(gaps) <= 36


def test_whoever_wants_no_question_gets_no_card_either() -> None:
    simulator = with_a_weekly_question(simulator_with_people("content"))
    simulator.say("ann", "/settings")
    simulator.press("ann", "Weekly question")
    simulator.press("ann", "Turn it off")
    assert days_of_the_card(simulator, 70) == []


def test_at_the_start_and_later_it_is_the_same_card() -> None:
    flows = simulator_with_people("content").desk.library.flows
    assert flows["welcome.about-you"].nodes["safe"].say == flows["care.safety"].nodes["card"].say


def test_what_arrives_by_itself_names_no_topic() -> None:
    flow = simulator_with_people("content").desk.library.flows["care.safety"]
    assert flow.nodes[flow.start].say == SAFETY


def test_a_strangers_country_is_shown_and_not_kept() -> None:
    simulator = simulator_with_people("content")
    simulator.say("dora", "/help")
    simulator.press("dora", "My country")
    seen = simulator.press("dora", "Ireland")
    assert "Emergency (Ireland)" in seen.bubbles[0].text
    again = simulator.say("dora", "/help")
    assert "Ireland" not in again.bubbles[0].text
    assert simulator.heart.do(lambda work: work.person_in(simulator.number("dora"))) is None


def test_an_old_button_of_somebody_who_is_gone_stores_nothing() -> None:
    simulator = simulator_with_people("content")
    simulator.begin("care.solo", {"initiator": "ann"})

    def erase(work: Work) -> None:
        person = work.person_in(simulator.number("ann"))
        assert person is not None
        work.erase_person(person.id)

    simulator.heart.do(erase)
    simulator.press("ann", "A kind sentence")
    assert simulator.heart.do(lambda work: work.how_it_ends()).startswith("nothing stored")


def test_a_country_that_is_none_changes_nothing() -> None:
    simulator = simulator_with_people("content")
    simulator.say("ann", "/settings")
    seen = simulator.press("ann", "Country")
    payload = seen.bubbles[0].rows[0][0][1].rsplit(".", maxsplit=1)[0] + ".atlantis"
    simulator.press_payload("ann", "ann", seen.bubbles[0].message_id, payload)
    person = simulator.heart.do(lambda work: work.person_in(simulator.number("ann")))
    assert person is not None
    assert not person.profile.country


def test_help_stays_one_tap_away_in_an_exercise() -> None:
    simulator = simulator_with_people("content")
    assert "/help" in simulator.say("ann", "/checkin").bubbles[0].text
    simulator.press("ann", "Begin")
    simulator.say("ann", "/help")
    seen = simulator.press("ann", "More lines")
    seen = simulator.press("ann", "Japan")
    seen = simulator.press("ann", "Go on")
    assert seen.bubbles[0].text.startswith("Two circles")
