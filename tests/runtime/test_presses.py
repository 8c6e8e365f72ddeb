"""Who may press, and what else works when a button is out of reach (rules 11 and 12)."""

from __future__ import annotations

from tests.test_walk import simulator_with_people


def test_rule_11_a_strangers_press_in_the_group_changes_nothing() -> None:
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
    before = simulator.open_runs("ann")
    _, message_id, _, payload = next(one for one in simulator.shown if one[0] == "ann")
    seen = simulator.press_payload("cy", "pair", message_id, payload)
    assert simulator.open_runs("ann") == before
    assert seen.bubbles == []
    assert seen.toasts == [("cy", "That one is not for you.")]


def test_rule_12_what_a_button_does_can_be_typed() -> None:
    """A press is kept for 150 seconds only; words wait for a day."""
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    simulator.say("ann", "begin")
    simulator.say("ann", "5")
    (run,) = simulator.open_runs("ann")
    assert run.session.node == "close_wish"
    simulator.say("ann", "back")
    (run,) = simulator.open_runs("ann")
    assert run.session.node == "close_now"
