"""How a session finds its way: starting, branching, timing out, acting, and never talking without end."""

from __future__ import annotations

import pytest

from bot.flow.effects import Ack, Begin, CloseKeyboard, Remember, Say, SetTimer
from bot.flow.engine import start
from bot.flow.inbound import Chose, Joined, Said, TimedOut
from bot.flow.model import END, MAX_STEPS, Action, Branch, Node, Pick, Scale, Text, Timeout
from bot.flow.step import FlowError
from tests.flow.stage import ANN, BO, Play, alone, asked, asks, buttons, judge, pair, pick, said, says


def test_a_flow_says_what_comes_before_its_first_question_and_waits() -> None:
    play = Play(alone(says("hello", next="how"), asks("how", pick("well", "badly"))))

    assert play.effects == (
        Say((ANN,), "here", "hello", 0, asks=False),
        Say((ANN,), "here", "how", 1, asks=True),
    )
    assert (play.node, play.session.turn, play.session.waiting) == ("how", 1, (ANN,))
    assert play.session.status == "active"


def test_a_flow_without_a_question_is_done_at_once() -> None:
    play = Play(alone(says("hello", next="bye"), says("bye")))

    assert said(play.effects) == ["hello", "bye"]
    assert (play.session.status, play.session.waiting, play.session.turn) == ("done", (), 0)


def test_a_node_without_words_is_passed_in_silence() -> None:
    play = Play(alone(Node("fork", "", next="how"), asks("how", pick("well"))))

    assert said(play.effects) == ["how"]


def test_an_answer_closes_its_question_and_leaves_the_chosen_button() -> None:
    play = Play(alone(asks("how", pick("well", "badly"), next="bye"), says("bye")))

    assert play.presses(ANN, "badly") == (
        Ack(ANN, ""),
        CloseKeyboard(1, "badly"),
        Say((ANN,), "here", "bye", 1, asks=False),
    )
    assert play.value(ANN, "how") == "badly"
    assert play.session.status == "done"


@pytest.mark.parametrize(
    ("choice", "goes_to"), [("well", "good"), ("badly", "bad"), ("so", "other"), ("skip", "passed")]
)
def test_each_choice_has_its_way_and_the_rest_has_next(choice: str, goes_to: str) -> None:
    way = {"well": "good", "badly": "bad", "skip": "passed"}
    ends = [says(one) for one in ("good", "bad", "other", "passed")]
    play = Play(alone(asks("how", pick("well", "badly", "so"), routes=way, next="other", skip=True), *ends))

    assert said(play.presses(ANN, choice)) == [goes_to]


def test_else_in_the_routes_is_followed_before_next() -> None:
    play = Play(
        alone(
            asks("how", pick("a", "b"), routes={"a": "x", "else": "y"}, next="z"),
            says("x"),
            says("y"),
            says("z"),
        )
    )

    assert said(play.presses(ANN, "b")) == ["y"]


def test_a_number_is_routed_by_its_digits() -> None:
    play = Play(alone(asks("how", Scale(1, 7, "no", "yes"), routes={"7": "top"}), says("top")))

    assert said(play.presses(ANN, "7")) == ["top"]


def test_the_first_branch_that_holds_goes_before_every_route() -> None:
    branches = (
        Branch("anyone_chose how c", "no"),
        Branch("anyone_chose how a", "first"),
        Branch("anyone_chose how a", "no"),
    )
    nodes = (
        asks("how", pick("a", "b", "c"), branches=branches, routes={"a": "no", "b": "by_route"}),
        says("first"),
        says("by_route"),
        says("no"),
    )

    assert said(Play(alone(*nodes)).presses(ANN, "a")) == ["first"]
    assert said(Play(alone(*nodes)).presses(ANN, "b")) == ["by_route"]


def test_a_branch_of_a_silent_node_looks_back_at_earlier_answers() -> None:
    fork = Node("fork", "", branches=(Branch("anyone_chose how well", "good"),), next="bad")
    flow = alone(asks("how", pick("well", "badly"), next="fork"), fork, says("good"), says("bad"))

    assert said(Play(flow).presses(ANN, "well")) == ["good"]
    assert said(Play(flow).presses(ANN, "badly")) == ["bad"]


def test_rule_1_a_circle_of_words_is_bounded() -> None:
    with pytest.raises(FlowError, match=f"more than {MAX_STEPS}"):
        start(alone(says("a", next="b"), says("b", next="a")), judge)


def test_rule_1_the_bound_is_exact() -> None:
    def chain(length: int) -> list[Node]:
        return [says(f"n{one}", next=f"n{one + 1}" if one + 1 < length else END) for one in range(length)]

    assert start(alone(*chain(MAX_STEPS - 1)), judge).session.status == "done"
    with pytest.raises(FlowError):
        start(alone(*chain(MAX_STEPS + 1)), judge)


def test_a_way_to_nowhere_is_an_error_that_names_ids_only() -> None:
    play = Play(alone(asks("how", Text(100), next="nowhere")))

    with pytest.raises(FlowError) as caught:
        play.says(ANN, "my secret")
    assert str(caught.value) == "story.one: no node nowhere"


def test_a_question_that_comes_back_can_be_answered_for_ever() -> None:
    play = Play(alone(asks("more", pick("yes", "enough"), routes={"yes": "more"})))
    for turn in range(1, 3 * MAX_STEPS):
        assert play.session.turn == turn
        play.presses(ANN, "yes")

    assert len(play.session.trail) <= 50
    play.presses(ANN, "enough")
    assert play.session.status == "done"


# Timers (rule 5: a late one of an earlier turn is ignored)


def late_flow() -> Play:
    late = Timeout(3600, "late")
    return Play(
        alone(
            asks("one", pick("a"), timeout=late, next="two"),
            asks("two", pick("a"), timeout=Timeout(60, "late"), next=END),
            says("late"),
        )
    )


def test_a_question_with_a_timeout_sets_a_timer_that_names_its_turn() -> None:
    assert SetTimer(1, 3600) in late_flow().effects


def test_a_timer_that_runs_out_closes_the_question_and_goes_on() -> None:
    play = late_flow()

    assert play.times_out() == (CloseKeyboard(1, None), Say((ANN,), "here", "late", 1, asks=False))
    assert play.session.status == "done"
    assert play.session.answer(ANN, "one") is None


def test_a_late_timer_of_an_earlier_turn_changes_nothing() -> None:
    play = late_flow()
    assert SetTimer(2, 60) in play.presses(ANN, "a")
    before = play.session

    for turn in (0, 1, 3, 999):
        assert play.times_out(turn) == ()
        assert play.session == before
    assert said(play.times_out(2)) == ["late"]


def test_a_timer_of_a_question_that_has_lost_its_timeout_changes_nothing() -> None:
    play = Play(alone(asks("one", pick("a"))))
    before = play.session

    assert play.times_out() == ()
    assert play.session == before


def test_a_timer_that_comes_after_the_end_changes_nothing() -> None:
    play = late_flow()
    play.times_out()
    before = play.session

    assert play.times_out(1) == ()
    assert play.session == before


# then:


def test_then_remembers_the_answer_or_a_value_and_starts_another_flow_at_the_end() -> None:
    then = (
        Action("remember", "stage"),
        Action("remember", "quiet", "{{ 1 }}"),
        Action("start", "other.flow"),
    )
    play = Play(alone(asks("stage", pick("g1"), then=then, next="bye"), says("bye")))

    assert play.presses(ANN, "g1") == (
        Ack(ANN, ""),
        Remember(ANN, "stage", "stage", None),
        Remember(ANN, "quiet", "stage", "{{ 1 }}"),
        CloseKeyboard(1, "g1"),
        Begin("other.flow"),
        Say((ANN,), "here", "bye", 1, asks=False),
    )


def test_then_of_a_saying_acts_for_everybody_it_speaks_to() -> None:
    then = (Action("remember", "quiet", "x"), Action("start", "other.flow"))
    play = Play(pair(says("hello", who="everyone", then=then)))

    assert play.effects[1:] == (
        Remember(ANN, "quiet", "hello", "x"),
        Remember(BO, "quiet", "hello", "x"),
        Begin("other.flow"),
    )


def test_then_of_a_question_for_two_remembers_for_each_and_starts_once() -> None:
    then = (Action("remember", "stage"), Action("start", "other.flow"))
    play = Play(pair(asks("q", pick("a"), who="everyone", then=then)))

    first = play.presses(BO, "a")
    assert Remember(BO, "stage", "q", None) in first
    assert Begin("other.flow") not in first
    second = play.presses(ANN, "a")
    assert Remember(ANN, "stage", "q", None) in second
    assert second.count(Begin("other.flow")) == 1


# Old turns, double taps, and what comes after the end


def test_a_press_of_an_earlier_turn_is_told_so_and_changes_nothing() -> None:
    play = Play(alone(asks("one", pick("a", "b"), next="two"), asks("two", pick("a", "b"))))
    play.presses(ANN, "a")
    before = play.session

    assert play.presses(ANN, "b", turn=1) == (Ack(ANN, "old"),)
    assert play.presses(ANN, "b", turn=3) == (Ack(ANN, "old"),)
    assert play.session == before


def test_a_double_tap_takes_no_second_step() -> None:
    play = Play(
        alone(
            asks("one", pick("a"), next="two"), asks("two", pick("a"), next="three"), asks("three", pick("a"))
        )
    )
    play.presses(ANN, "a", turn=1)

    assert play.presses(ANN, "a", turn=1) == (Ack(ANN, "old"),)
    assert play.node == "two"


def test_who_has_answered_is_told_done_while_the_other_is_waited_for() -> None:
    play = Play(pair(asks("q", pick("a", "b"), who="everyone")))
    play.presses(ANN, "a")
    before = play.session

    assert play.presses(ANN, "b") == (Ack(ANN, "done"),)
    assert play.session == before


def test_a_button_that_the_question_does_not_have_is_old() -> None:
    play = Play(alone(asks("q", pick("a"))))
    before = play.session

    for choice in ("b", "", "skip", "back", "done", "again", "else", "end", "a" * 10_000):
        assert play.presses(ANN, choice) == (Ack(ANN, "old"),)
        assert play.session == before


def test_words_and_joins_and_presses_after_the_end_change_nothing() -> None:
    play = Play(alone(says("bye")))
    before = play.session

    assert play.take(Said(ANN, "hello?")) == ()
    assert play.take(Joined(ANN)) == ()
    assert play.take(TimedOut(0)) == ()
    assert play.take(Chose(ANN, 0, "a")) == (Ack(ANN, "old"),)
    assert play.session == before


def test_a_list_made_at_run_time_takes_any_of_its_ids_but_no_reserved_one() -> None:
    play = Play(
        alone(asks("city", Pick(source="cities(clock)"), footer=buttons("none"), routes={"none": "city"}))
    )

    for choice in ("skip", "done", "again", "else", "end"):
        assert play.presses(ANN, choice) == (Ack(ANN, "old"),)
    assert asked(play.presses(ANN, "none")) == "city"
    play.presses(ANN, "sao-paulo")
    assert play.value(ANN, "city") == "sao-paulo"
    assert play.session.status == "done"
