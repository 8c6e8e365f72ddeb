"""A walk that nobody thought of: random people in random flows never break the engine (rules 1, 7 and 8)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flow.effects import Ack, Begin, Redraw, Reveal, Say, SetTimer
from bot.flow.engine import resume, start
from bot.flow.inbound import Chose, Inbound, Joined, Left, Paused, Resumed, Said, TimedOut
from bot.flow.model import (
    END,
    MAX_DRAFT,
    MAX_STEPS,
    MAX_TRAIL,
    Action,
    Ask,
    Branch,
    Flow,
    Node,
    Pick,
    PickMany,
    Rank,
    Role,
    Scale,
    Text,
    Timeout,
    Who,
)
from bot.flow.session import Session, to_data
from bot.flow.step import FlowError, Step
from tests.flow.stage import (
    ABOUT,
    ANN,
    BO,
    BOTH,
    asks,
    buttons,
    judge,
    pair,
    pick,
    reaching,
    says,
    through_json,
)

ABC = buttons("a", "b", "c")
IDS = ("n0", "n1", "n2", "n3", "n4")

if TYPE_CHECKING:
    from random import Random

# What people do


@dataclass(frozen=True)
class Deed:
    """Something done; `late` is how far its turn lies from the present one."""

    kind: Literal["press", "say", "more", "timer", "join", "leave"]
    role: Role
    words: str = ""
    late: int = 0

    def at(self, session: Session) -> Inbound:
        turn = session.turn + self.late
        match self.kind:
            case "press":
                return Chose(self.role, turn, self.words)
            case "say" | "more":
                return Said(self.role, self.words, more=self.kind == "more")
            case "timer":
                return TimedOut(turn)
            case "join":
                return Joined(self.role)
            case "leave":
                return Left(self.role)


WORDS = st.sampled_from(["a", "ok", "", "  ", "x" * 30, "y" * 50_000, "\x00", "\u202e"]) | st.text(
    max_size=40
)
CHOICES = (
    st.sampled_from(
        [
            "a",
            "b",
            "c",
            "1",
            "2",
            "3",
            "done",
            "again",
            "back",
            "skip",
            "else",
            "end",
            "keep",
            "theme",
            "words",
            "menu",
        ]
    )
    | st.text(max_size=12)
    | st.sampled_from(["9" * 6000, "z" * 50_000, "-1", "¹"])
)
LATE = st.sampled_from([0, 0, 0, 0, 0, 0, -1, -2, 1, 10**12, -(10**12)])
DEEDS = st.one_of(
    st.builds(Deed, st.just("press"), st.sampled_from(BOTH), CHOICES, LATE),
    st.builds(Deed, st.just("press"), st.sampled_from(BOTH), CHOICES),
    st.builds(Deed, st.sampled_from(["say", "more"]), st.sampled_from(BOTH), WORDS),
    st.builds(Deed, st.sampled_from(["timer", "join"]), st.sampled_from(BOTH), late=LATE),
)
LEAVING = st.builds(Deed, st.just("leave"), st.sampled_from(BOTH))
WALKS = st.lists(DEEDS, max_size=60) | st.lists(DEEDS | LEAVING, max_size=60)

# Flows


@st.composite
def nodes(draw: st.DrawFn, index: int, count: int, roles: tuple[Role, ...], *, talks_on: bool) -> Node:
    """Draw a node that may ask; a mere saying leads onward only, unless `talks_on` lets it go in circles."""
    kinds: list[Ask | None] = [
        None,
        pick("a", "b"),
        PickMany(ABC, 1, 2),
        Rank(ABC),
        Scale(1, 3, "no", "yes"),
        Text(20),
        Pick(source="x"),
    ]
    ask = draw(st.sampled_from(kinds))
    ahead = [*(IDS[:count] if ask or talks_on else IDS[index + 1 : count]), END]
    to = st.sampled_from(ahead)
    who: tuple[Who, ...] = (*roles, "anyone", "everyone")
    condition = st.sampled_from(["everyone_chose n0 a", "anyone_chose n1 b", "everyone_answered n0"])
    keys = ["a", "b", "1", "skip", "menu", "else"]
    return Node(
        id=IDS[index],
        say=draw(st.sampled_from(["Words.", ""])) if ask is None else "Question?",
        ask=ask,
        who=draw(st.sampled_from(who)),
        where=draw(st.sampled_from(["here", "private", "pair"])),
        sealed=draw(st.booleans()),
        branches=tuple(draw(st.lists(st.builds(Branch, condition, to), max_size=2))),
        routes=draw(st.dictionaries(st.sampled_from(keys), to, max_size=3)) if ask else {},
        next=draw(to),
        timeout=draw(st.none() | st.builds(Timeout, st.just(60), to)) if ask else None,
        then=tuple(
            draw(
                st.lists(
                    st.sampled_from([Action("remember", "stage", "x"), Action("start", "other.flow")]),
                    max_size=2,
                )
            )
        ),
        skip=draw(st.booleans()),
        back=draw(st.booleans()),
        reveal=tuple(draw(st.lists(st.sampled_from(IDS[:count]), max_size=2, unique=True))),
        shares=draw(st.just(()) | st.sampled_from(IDS[:count]).map(lambda one: (one,))),
        footer=draw(st.sampled_from([(), buttons("menu")])),
    )


@st.composite
def flows(draw: st.DrawFn, *, talks_on: bool = False) -> Flow:
    roles = draw(st.sampled_from([(ANN,), BOTH]))
    count = draw(st.integers(1, len(IDS)))
    drawn = [draw(nodes(index, count, roles, talks_on=talks_on)) for index in range(count)]
    return Flow("walk.any", ABOUT, roles, IDS[0], {node.id: node for node in drawn})


def everything() -> Flow:
    """Return a flow for two in which each feature of the language has its place."""
    both = {"who": "everyone", "where": "private", "sealed": True}
    late = Timeout(3600, "open")
    return pair(
        says("hello", who="everyone", next="ready"),
        asks(
            "ready",
            pick("a", "b"),
            timeout=late,
            next="number",
            branches=(Branch("anyone_chose ready b", "bye"),),
            **both,
        ),
        asks(
            "number",
            Scale(1, 3, "no", "yes"),
            who="everyone",
            back=True,
            skip=True,
            footer=buttons("menu"),
            next="many",
        ),
        asks("many", PickMany(ABC, 1, 2), who="everyone", back=True, next="rank"),
        asks("rank", Rank(ABC), who="partner", back=True, next="place"),
        asks(
            "place",
            Pick(source="x"),
            who="anyone",
            where="pair",
            then=(Action("remember", "zone"),),
            next="small",
        ),
        asks("small", Text(20), timeout=late, skip=True, next="level", **both),
        asks("level", pick("keep", "theme", "words"), shares=("small",), next="theme", **both),
        asks("theme", pick("a", "b"), next="open", **both),
        says("open", who="everyone", where="private", reveal=("small",), next="again"),
        asks("again", pick("a", "b"), who="initiator", routes={"a": "ready"}, next="bye"),
        says("bye", who="everyone", then=(Action("start", "other.flow"),)),
    )


def opening() -> Flow:
    """Return a flow for two that shares and opens, again and again."""
    both: dict[str, Any] = {"who": "everyone", "where": "private", "sealed": True}
    return pair(
        asks("small", Text(20), next="level", **both),
        asks("level", pick("keep", "theme", "words"), shares=("small",), next="picks", **both),
        asks("picks", PickMany(ABC, 1, 2), next="open", **both),
        says("open", who="everyone", where="private", reveal=("small",), next="again"),
        asks("again", pick("a", "b", "c"), who="anyone", routes={"a": "small", "b": "level"}, next="bye"),
        says("bye", who="everyone"),
    )


# What must hold


def check_rest(flow: Flow, step: Step) -> None:
    """Hold a session to what is true of it between two things that happen."""
    session = step.session
    assert through_json(session) == session
    assert json.loads(json.dumps(to_data(session))) == to_data(session)
    assert len(session.trail) <= MAX_TRAIL
    if session.status == "active":
        node = flow.nodes[session.node]
        assert node.ask is not None
        # Nobody is waited for only where a refusal must look like silence: the timer is what goes on.
        assert session.waiting or (node.sealed and node.timeout)
        assert session.turn > 0
        wanted = [one for one in session.roles if node.who in {one, "anyone", "everyone"}]
        assert set(session.waiting) <= set(wanted)
        assert [one for one in session.roles if one in session.waiting] == list(session.waiting)
        assert all(session.final(one, node.id) for one in wanted if one not in session.waiting)
    else:
        assert session.waiting == ()
    for of, asked in session.revealed:
        answer = session.answer(of, asked)
        assert answer is not None
        assert answer.final
        assert answer.share != "keep"
    for answers in session.answers.values():
        for answer in answers.values():
            assert not isinstance(answer.value, str) or len(answer.value) <= max(MAX_DRAFT, 50_000)
    assert len(step.effects) <= 8 * MAX_STEPS
    assert sum(isinstance(one, Say) and one.asks for one in step.effects) <= 1


def check_step(flow: Flow, before: Session, inbound: Inbound, step: Step) -> None:
    """Hold one step to its bounds."""
    after = step.session
    check_rest(flow, step)
    assert after.turn - before.turn in {0, 1}
    assert (after.flow, after.roles) == (before.flow, before.roles)
    if before.status != "active":
        assert after == before
        assert step.effects == ((Ack(inbound.role, "old"),) if isinstance(inbound, Chose) else ())
        return
    if isinstance(inbound, Left):
        assert after.status == "left"
    if isinstance(inbound, Chose | TimedOut) and inbound.turn != before.turn:
        assert after == before
    if isinstance(inbound, Joined):
        assert after == before
    check_effects(inbound, step)
    if (
        after.turn == before.turn
        and after.status == "active"
        and not isinstance(inbound, TimedOut | Paused | Resumed)
    ):
        check_stayed(before, inbound.role, step)


def check_effects(inbound: Inbound, step: Step) -> None:
    """Hold what is to happen to what did happen."""
    after = step.session
    for effect in step.effects:
        match effect:
            case Ack(role=role):
                assert isinstance(inbound, Chose | Said)
                assert role == inbound.role
            case Say(node=node, turn=turn, asks=True):
                assert (node, turn) == (after.node, after.turn)
            case Redraw(role=role, turn=turn):
                assert (role, turn) == (getattr(inbound, "role", None), after.turn)
            case Reveal(of=of, to=to, node=node):
                assert of != to
                assert (of, node) in after.revealed
            case SetTimer(turn=turn):
                assert turn == after.turn
            case _:
                pass


def check_stayed(before: Session, doer: Role, step: Step) -> None:
    """Hold a step that moved nothing on to this: it is nobody's business but the doer's (rule 8)."""
    other = BO if doer == ANN else ANN
    assert reaching(step.effects, other) == []
    assert not any(isinstance(one, Begin | SetTimer | Reveal) for one in step.effects)
    assert step.session.answers.get(other) == before.answers.get(other)


def walk(flow: Flow, deeds: list[Deed]) -> Session:
    step = start(flow, judge)
    check_rest(flow, step)
    for deed in deeds:
        before = through_json(step.session)
        inbound = deed.at(before)
        step = resume(flow, before, inbound, judge)
        check_step(flow, before, inbound, step)
    return step.session


@given(flow=flows(), deeds=WALKS)
@settings(max_examples=250, deadline=None)
def test_rule_1_a_walk_through_any_flow_ends_or_waits(flow: Flow, deeds: list[Deed]) -> None:
    walk(flow, deeds)


@given(deeds=WALKS)
@settings(max_examples=150, deadline=None)
def test_rule_1_a_walk_through_a_flow_with_everything_ends_or_waits(deeds: list[Deed]) -> None:
    walk(everything(), deeds)


def moves(flow: Flow, session: Session) -> list[Inbound]:
    """Return what the people could sensibly do now, also those who only change their mind."""
    node = flow.nodes[session.node]
    found: list[Inbound] = []
    for role in session.roles:
        match node.ask:
            case Text():
                found += [Said(role, "fine words"), Said(role, "far too many words for this question")]
            case Scale(low=low, high=high):
                found += [Chose(role, session.turn, str(one)) for one in range(low, high + 1)]
            case Pick(source=str()):
                found.append(Chose(role, session.turn, "kyiv"))
            case Pick(choices=choices) | PickMany(choices=choices) | Rank(choices=choices):
                found += [Chose(role, session.turn, one.id) for one in choices]
            case _:
                pass
        if isinstance(node.ask, PickMany):
            found += [Chose(role, session.turn, "done")] * 2
        if node.back:
            found.append(Chose(role, session.turn, "back"))
    return found


@given(flow=st.sampled_from([everything(), opening()]), seed=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_two_people_who_mean_well_come_far_and_never_get_stuck(flow: Flow, seed: Random) -> None:
    step = start(flow, judge)
    for _ in range(100):
        if step.session.status != "active":
            return
        before = through_json(step.session)
        possible = moves(flow, before)
        assert possible
        inbound = seed.choice(possible)
        step = resume(flow, before, inbound, judge)
        check_step(flow, before, inbound, step)
    assert step.session.status != "active" or can_go_on(flow, step.session)


def can_go_on(flow: Flow, here: Session) -> bool:
    """Say whether some answers lead on from here: nobody is stuck in a question."""
    seen, ahead = {json.dumps(to_data(here))}, [here]
    while ahead:
        session = ahead.pop(0)
        for inbound in moves(flow, session):
            after = resume(flow, session, inbound, judge).session
            if after.turn > here.turn or after.status == "done":
                return True
            key = json.dumps(to_data(after))
            if key not in seen:
                seen.add(key)
                ahead.append(after)
    return False


@given(flow=flows(talks_on=True), deeds=WALKS)
@settings(max_examples=100, deadline=None)
def test_rule_1_even_a_flow_that_talks_in_circles_is_bounded(flow: Flow, deeds: list[Deed]) -> None:
    try:
        walk(flow, deeds)
    except FlowError as error:
        assert f"more than {MAX_STEPS}" in str(error)  # noqa: PT017  the only fault allowed


@given(flow=flows(), deeds=st.lists(DEEDS, max_size=30), changed=flows(), more=WALKS)
@settings(max_examples=100, deadline=None)
def test_rule_6_a_session_survives_any_change_of_its_flow(
    flow: Flow, deeds: list[Deed], changed: Flow, more: list[Deed]
) -> None:
    session = walk(flow, deeds)
    changed = replace(changed, roles=session.roles, moved={"n3": "n0", "n4": "n1"})
    for deed in more:
        before = session
        session = resume(changed, before, deed.at(before), judge).session
        assert session.turn >= before.turn
        assert session == through_json(session)
        if before.status != "active":
            assert session == before
    assert resume(changed, session, Left(ANN), judge).session.status != "active"
