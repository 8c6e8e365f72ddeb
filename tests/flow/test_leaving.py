"""Leaving always works (rule 7), coming back shows the open question, renamed nodes are found (rule 6)."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flow.effects import Ack, CloseKeyboard, Hint, Say
from bot.flow.engine import resume
from bot.flow.inbound import Chose, Joined, Left, Paused, Resumed, Said, TimedOut
from bot.flow.model import PAUSE, STOP, Branch, PickMany, Rank, Role, Scale, Text, Timeout
from bot.flow.session import Answer
from tests.flow.stage import (
    ANN,
    BO,
    BOTH,
    Play,
    alone,
    asked,
    asks,
    buttons,
    judge,
    pair,
    pick,
    reaching,
    said,
    says,
)

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
        | st.builds(Said, st.sampled_from(BOTH), st.sampled_from(["x", "x" * 20]))
        | st.builds(Paused, st.booleans())
        | st.just(Chose(ANN, 1, PAUSE)),
        max_size=4,
    ),
    button=st.booleans(),
)
def test_rule_7_anyone_leaves_from_any_node_at_once(  # noqa: PLR0913  all that could stand in the way
    kind: object,
    who: str,
    *,
    sealed: bool,
    roles: tuple[Role, ...],
    leaver: Role,
    first: list[Chose | Said | Paused],
    button: bool,
) -> None:
    nodes = (asks("q", kind, who=who, sealed=sealed, next="r"), asks("r", pick("a"), who="everyone"))  # type: ignore[arg-type]
    play = Play(replace(pair(*nodes), roles=roles))
    for inbound in first:
        play.take(inbound)
    turn, answers = play.session.turn, play.session.answers

    # The button may be one from further up, or one that an edit has not taken away in time.
    assert play.take(Chose(leaver, 0, STOP) if button else Left(leaver)) == (CloseKeyboard(turn, None),)
    assert (play.session.status, play.session.waiting) == ("left", ())
    assert play.session.answers == answers

    after = play.session
    for late in (Said(ANN, "x"), Joined(BO), TimedOut(turn), Left(leaver), Paused(), Resumed()):
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

    assert play.joins(BO) == (Say((BO,), "private", "q", 1, asks=True, again=True),)
    assert play.session == before


def test_who_is_not_waited_for_hears_nothing() -> None:
    play = Play(pair(asks("q", pick("a"), who="everyone")))
    play.presses(ANN, "a")

    assert play.joins(ANN) == ()
    assert asked(play.joins(BO)) == "q"


# Leaving unseen, where it has hardly begun (rule 8)


def at_the_gate() -> Play:
    late = Timeout(3600, "not_today")
    gate = asks(
        "gate", pick("now", "later"), who="everyone", where="private", sealed=True, quiet=True, timeout=late,
        branches=(Branch("everyone_chose gate now", "q"),), next="not_today",
    )  # fmt: skip
    not_today = says("not_today", who="everyone", where="private")
    return Play(pair(gate, not_today, asks("q", pick("a"), who="everyone", where="pair", timeout=late)))


@pytest.mark.parametrize("answers", list(itertools.product(["", "now", "later"], repeat=2)))
@pytest.mark.parametrize("by", ["command", "button"])
def test_rule_8_who_leaves_at_the_gate_looks_like_no_answer(answers: tuple[str, str], by: str) -> None:
    """Whatever both had pressed: Bo's side of it is the same as if Ann had given no answer."""
    anns, bos = answers
    with_ann, without = at_the_gate(), at_the_gate()
    for play in (with_ann, without):
        if bos:
            play.presses(BO, bos)
    if anns and (anns, bos) != ("now", "now"):
        with_ann.presses(ANN, anns)

    effects = with_ann.take(Left(ANN) if by == "command" else Chose(ANN, 1, STOP))
    assert effects == (CloseKeyboard(1, None, ANN),)
    assert reaching(effects, BO) == []
    assert (with_ann.session.status, with_ann.session.gone) == ("active", (ANN,))
    assert with_ann.session.waiting == (() if bos else (BO,))
    for choice in ("later", "now"):
        assert with_ann.presses(BO, choice) == without.presses(BO, choice)
    assert with_ann.joins(BO) == without.joins(BO)
    mine, his = with_ann.times_out(), without.times_out()
    assert reaching(mine, BO) == [replace(one, to=(BO,)) if isinstance(one, Say) else one for one in his]
    assert [one for one in mine if not isinstance(one, CloseKeyboard)] == [
        Say((BO,), "private", "not_today", 1, asks=False)
    ]
    assert with_ann.session.status == without.session.status == "done"


def test_who_is_gone_can_neither_answer_nor_come_back() -> None:
    play = at_the_gate()
    play.leaves(ANN)
    before = play.session

    assert play.presses(ANN, "now") == (Ack(ANN, "old"),)
    assert play.says(ANN, "yes, now") == ()
    assert play.joins(ANN) == ()
    assert play.session == before
    assert play.leaves(ANN) == (CloseKeyboard(1, None, ANN),)
    assert play.session == before


def test_both_leave_and_nobody_hears_anything_more() -> None:
    play = at_the_gate()
    play.leaves(ANN)
    play.leaves(BO)
    assert (play.session.gone, play.session.waiting, play.session.status) == (BOTH, (), "active")

    assert not any(isinstance(one, Say) and one.to for one in play.times_out())
    assert play.session.status == "done"


def test_behind_the_gate_leaving_ends_it_for_both() -> None:
    play = at_the_gate()
    for role in BOTH:
        play.presses(role, "now")

    assert play.leaves(ANN) == (CloseKeyboard(2, None),)
    assert play.session.status == "left"


def test_somebody_alone_leaves_a_quiet_node_as_any_other() -> None:
    play = Play(alone(asks("gate", pick("now"), quiet=True)))

    assert play.leaves(ANN) == (CloseKeyboard(1, None),)
    assert play.session.status == "left"


def test_nothing_is_said_to_who_is_gone_when_the_flow_has_changed_meanwhile() -> None:
    play = at_the_gate()
    play.leaves(ANN)
    play.flow = pair(asks("other", pick("a")))

    assert play.presses(BO, "now") == (CloseKeyboard(1, None), Hint(BO, "changed"))


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
