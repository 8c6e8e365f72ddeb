"""Leaving always works (rule 7), coming back shows the open question, renamed nodes are found (rule 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flow.effects import Ack, CloseKeyboard, Hint, Say
from bot.flow.engine import resume
from bot.flow.inbound import Chose, Joined, Left, Said, TimedOut
from bot.flow.model import Branch, PickMany, Rank, Role, Scale, Text
from bot.flow.session import Answer
from tests.flow.stage import ANN, BO, BOTH, Play, alone, asked, asks, buttons, judge, pair, pick, said, says

ABC = buttons("a", "b", "c")
KINDS = (pick("a"), PickMany(ABC, 1, 2), Rank(ABC), Scale(1, 7, "no", "yes"), Text(10))


@given(
    kind=st.sampled_from(KINDS),
    who=st.sampled_from(["initiator", "partner", "anyone", "everyone"]),
    sealed=st.booleans(),
    roles=st.sampled_from([(ANN,), BOTH]),
    leaver=st.sampled_from(BOTH),
    first=st.lists(
        st.builds(Chose, st.sampled_from(BOTH), st.just(1), st.sampled_from(["a", "b", "3", "done"]))
        | st.builds(Said, st.sampled_from(BOTH), st.sampled_from(["x", "x" * 20])),
        max_size=4,
    ),
)
def test_rule_7_anyone_leaves_from_any_node_at_once(  # noqa: PLR0913  all that could stand in the way
    kind: object, who: str, *, sealed: bool, roles: tuple[Role, ...], leaver: Role, first: list[Chose | Said]
) -> None:
    nodes = (asks("q", kind, who=who, sealed=sealed, next="r"), asks("r", pick("a"), who="everyone"))  # type: ignore[arg-type]
    play = Play(replace(pair(*nodes), roles=roles))
    for inbound in first:
        play.take(inbound)
    turn, answers = play.session.turn, play.session.answers

    assert play.leaves(leaver) == (CloseKeyboard(turn, None),)
    assert (play.session.status, play.session.waiting) == ("left", ())
    assert play.session.answers == answers

    after = play.session
    for late in (Said(ANN, "x"), Joined(BO), TimedOut(turn), Left(leaver)):
        assert play.take(late) == ()
        assert play.session == after
    assert play.take(Chose(ANN, turn, "a")) == (Ack(ANN, "old"),)
    assert play.session == after


def test_rule_7_leaving_works_where_the_node_is_gone_from_the_flow() -> None:
    play = Play(alone(asks("one", pick("a"))))
    play.flow = alone(asks("other", pick("a")))

    play.leaves(ANN)
    assert play.session.status == "left"


def test_a_session_that_is_over_cannot_be_left() -> None:
    play = Play(alone(says("bye")))

    assert play.leaves(ANN) == ()
    assert play.session.status == "done"


# Coming back


def test_who_comes_back_hears_the_open_question_again_under_the_same_turn() -> None:
    play = Play(pair(asks("q", pick("a"), who="everyone", where="private")))
    before = play.session

    assert play.joins(BO) == (Say((BO,), "private", "q", 1, asks=True),)
    assert play.session == before


def test_who_is_not_waited_for_hears_nothing() -> None:
    play = Play(pair(asks("q", pick("a"), who="everyone")))
    play.presses(ANN, "a")

    assert play.joins(ANN) == ()
    assert asked(play.joins(BO)) == "q"


# Renamed and vanished (rule 6)


def test_rule_6_a_renamed_node_is_found_where_the_session_stands() -> None:
    play = Play(alone(asks("old", pick("a"), next="bye"), says("bye")))
    play.flow = alone(asks("new", pick("a"), next="bye"), says("bye"), moved={"old": "new"})

    assert said(play.presses(ANN, "a")) == ["bye"]
    assert play.session.answer(ANN, "new") == Answer("a")


def test_rule_6_answers_drafts_and_the_way_back_move_with_a_renamed_node() -> None:
    one = asks("one", pick("a", "b"), back=True, next="two")
    two = asks("two", Text(10), back=True)
    play = Play(alone(one, two))
    play.presses(ANN, "a")
    play.says(ANN, "too long for a note")
    renamed = (
        replace(one, id="uno", next="due"),
        replace(two, id="due", branches=(Branch("anyone_chose uno a", "yes"),)),
    )
    play.flow = alone(*renamed, says("yes"), moved={"one": "uno", "two": "due"})

    play.says(ANN, " indeed", more=True)
    assert play.session.answers == {
        ANN: {"uno": Answer("a"), "due": Answer("too long for a note indeed", final=False)}
    }
    assert said(play.says(ANN, "short")) == ["yes"]
    assert play.session.trail == ("uno", "due")


def test_rule_6_what_was_shown_stays_shown_under_the_new_name() -> None:
    play = Play(alone(asks("q", pick("a"))))
    play.session = replace(play.session, revealed=((ANN, "was"),))
    play.flow = alone(asks("q", pick("a")), says("is"), moved={"was": "is"})

    play.joins(ANN)
    assert play.session.revealed == ((ANN, "is"),)


@pytest.mark.parametrize(
    "inbound",
    [Said(BO, "words"), Chose(ANN, 1, "a"), TimedOut(1), Joined(ANN)],
    ids=lambda one: type(one).__name__,
)
def test_rule_6_a_session_whose_node_is_gone_ends_gently_for_both(
    inbound: Said | Chose | TimedOut | Joined,
) -> None:
    session = Play(pair(asks("gone", Text(10), who="everyone"))).session

    step = resume(pair(asks("other", pick("a"))), session, inbound, judge)
    assert step.effects == (CloseKeyboard(1, None), Hint(ANN, "changed"), Hint(BO, "changed"))
    assert (step.session.status, step.session.waiting) == ("changed", ())


def test_rule_6_a_question_that_became_a_saying_ends_gently_too() -> None:
    session = Play(alone(asks("q", pick("a")))).session

    assert resume(alone(says("q")), session, Joined(ANN), judge).session.status == "changed"


def test_rule_6_back_to_a_node_that_is_gone_stays_here() -> None:
    play = Play(alone(asks("one", pick("a"), next="two"), asks("two", pick("a"), back=True)))
    play.presses(ANN, "a")
    play.flow = alone(asks("two", pick("a"), back=True))

    assert play.presses(ANN, "back") == (Ack(ANN, "old"),)
    assert (play.node, play.session.status) == ("two", "active")
