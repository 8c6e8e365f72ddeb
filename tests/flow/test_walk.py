"""A walk that nobody thought of: random people in random flows never break the engine (rules 1, 7 and 8)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flow.effects import (
    Ack,
    Begin,
    CloseKeyboard,
    Do,
    Hint,
    Note,
    Redraw,
    Remember,
    Reveal,
    Say,
    SetTimer,
)
from bot.flow.engine import resume, start
from bot.flow.inbound import Chose, Inbound, Joined, Left, Paused, Resumed, Said, TimedOut
from bot.flow.model import (
    END,
    HELD_SECONDS,
    MAX_DRAFT,
    MAX_STEPS,
    MAX_TRAIL,
    OVER,
    PAUSE,
    PAUSE_SECONDS,
    STOP,
    Action,
    Ask,
    Branch,
    Clock,
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

    kind: Literal["press", "say", "more", "timer", "join", "leave", "pause", "wait", "resume"]
    role: Role
    words: str = ""
    late: int = 0

    def at(self, session: Session) -> Inbound:  # noqa: PLR0911  one a kind
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
            case "pause" | "wait":
                return Paused(alone=self.kind == "pause")
            case "resume":
                return Resumed()


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
            "match",
            "words",
            "menu",
            OVER,
            PAUSE,
            STOP,
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
BREAKS = st.builds(Deed, st.sampled_from(["pause", "wait", "resume"]), st.just(ANN))
WALKS = (
    st.lists(DEEDS, max_size=60)
    | st.lists(DEEDS | BREAKS, max_size=60)
    | st.lists(DEEDS | BREAKS | LEAVING, max_size=60)
)

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
    keys = ["a", "b", "1", "skip", "menu", "else", OVER]
    # What is sealed asks everyone, and a clock runs for one: the checks of content see to it.
    sealed = draw(st.booleans())
    node = Node(
        id=IDS[index],
        say=draw(st.sampled_from(["Words.", ""])) if ask is None else "Question?",
        ask=ask,
        who="everyone" if sealed else draw(st.sampled_from(who)),
        where=draw(st.sampled_from(["here", "private", "pair"])),
        sealed=sealed,
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
        shares=tuple(draw(st.lists(st.sampled_from(IDS[:count]), max_size=2, unique=True))),
        clock=draw(st.sampled_from([None, Clock(180, 2), Clock(60, 3)])) if ask and not sealed else None,
        reply=draw(st.sampled_from([None, None, "a"])) if ask else None,
        footer=draw(st.sampled_from([(), buttons("menu")])),
    )
    if ask and draw(st.sampled_from([False, False, True])):
        late = node.timeout or Timeout(60, draw(to))
        node = replace(
            node, who="everyone", where="private", sealed=True, quiet=True, back=False, timeout=late,
            clock=None, reply=None,
        )  # fmt: skip
    return node


@st.composite
def flows(draw: st.DrawFn, *, talks_on: bool = False) -> Flow:
    """Draw a flow; where one can go unseen, each question has its time, as the checks demand of two."""
    roles = draw(st.sampled_from([(ANN,), BOTH]))
    count = draw(st.integers(1, len(IDS)))
    drawn = [draw(nodes(index, count, roles, talks_on=talks_on)) for index in range(count)]
    if any(one.quiet for one in drawn):
        late = Timeout(60, END)
        drawn = [replace(one, timeout=one.timeout or late) if one.ask else one for one in drawn]
    return Flow("walk.any", ABOUT, roles, IDS[0], {node.id: node for node in drawn})


def everything(behind: str = "number") -> Flow:
    """Return a flow for two in which each feature of the language has its place, `behind` a gate."""
    late = Timeout(3600, "open")
    both: dict[str, Any] = {"who": "everyone", "where": "private", "sealed": True, "timeout": late}
    seen: dict[str, Any] = {"where": "pair", "timeout": Timeout(86_400, "bye")}
    return pair(
        says("hello", who="everyone", next="ready"),
        asks(
            "ready",
            pick("a", "b"),
            next="not_now",
            quiet=True,
            branches=(Branch("everyone_chose ready a", behind),),
            **{**both, "timeout": Timeout(3600, "not_now")},
        ),
        says("not_now", who="everyone", where="private", then=(Action("start", "other.flow"),)),
        asks(
            "number",
            Scale(1, 3, "no", "yes"),
            who="everyone",
            back=True,
            skip=True,
            footer=buttons("menu"),
            next="many",
            **seen,
        ),
        asks("many", PickMany(ABC, 1, 2), who="everyone", back=True, next="rank", **seen),
        asks("rank", Rank(ABC), who="partner", back=True, next="place", **seen),
        asks(
            "place",
            Pick(source="x"),
            who="anyone",
            then=(Action("remember", "zone"),),
            next="small",
            **seen,
        ),
        asks("small", Text(20), skip=True, next="picks", **both),
        asks("picks", PickMany(ABC, 1, 2), next="level", **both),
        asks("level", pick("keep", "home", "match", "words"), shares=("small", "picks"), next="last", **both),
        asks(
            "last",
            pick("keep"),
            shares=("small", "picks"),
            next="open",
            **{**both, "timeout": Timeout(60, "open")},
        ),
        says("open", who="everyone", where="private", reveal=("small", "picks"), next="mood"),
        asks("mood", pick("a", "b"), who="everyone", sealed=True, next="turn", **seen),
        asks(
            "turn",
            pick("did", "pass_on"),
            who="initiator",
            clock=Clock(180, 3),
            routes={OVER: "echo", "did": "echo", "pass_on": "again"},
            **seen,
        ),
        asks("echo", pick("did"), who="partner", reply="did", next="again", **seen),
        asks("again", pick("a", "b"), who="initiator", routes={"a": "number"}, next="bye", **seen),
        says("bye", who="everyone", then=(Action("start", "other.flow"),)),
    )


def opening() -> Flow:
    """Return a flow for two that shares and opens, again and again."""
    both: dict[str, Any] = {"who": "everyone", "where": "private", "sealed": True}
    return pair(
        asks("small", Text(20), next="level", **both),
        asks(
            "level", pick("keep", "theme", "home", "match", "words"), shares=("small",), next="last", **both
        ),
        asks("last", pick("keep"), shares=("small",), timeout=Timeout(60, "picks"), next="picks", **both),
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
        wanted = [
            one
            for one in session.roles
            if node.who in {one, "anyone", "everyone"} and one not in session.gone
        ]
        # Nobody is waited for only where a refusal must look like silence, or whoever was asked is gone
        # unseen: the timer is what goes on.
        assert session.waiting or (node.timeout and (node.sealed or not wanted))
        assert session.turn > 0
        assert set(session.waiting) <= set(wanted)
        assert [one for one in session.roles if one in session.waiting] == list(session.waiting)
        assert all(session.final(one, node.id) for one in wanted if one not in session.waiting)
        assert not (session.paused and (node.quiet or len(session.roles) == 1))
    else:
        assert session.waiting == ()
    assert len(session.roles) > 1 or session.gone == ()
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
    node = flow.nodes[before.node]
    check_gone(before, step)
    leaver = leaving(inbound)
    if leaver is not None:
        check_left(node, before, leaver, step)
    elif before.paused:
        check_pause(node, before, inbound, step)
        return
    else:
        assert after.status != "left"
        assert after.gone == before.gone
    if isinstance(inbound, Chose | TimedOut) and inbound.turn != before.turn and leaver is None:
        assert after == before
    if isinstance(inbound, Joined | Resumed):
        assert after == before
    check_effects(inbound, step)
    if (after.paused and not before.paused) or isinstance(inbound, Paused):
        check_broken_off(node, before, inbound, step)
    elif (
        after.turn == before.turn and after.status == "active" and not isinstance(inbound, TimedOut | Resumed)
    ):
        check_stayed(before, inbound.role, step)
    if isinstance(inbound, Said) and node.clock:
        check_uncounted(node, before, inbound, after)


def leaving(inbound: Inbound) -> Role | None:
    """Return who leaves by this: by a word or by the button, whenever that was drawn."""
    stops = isinstance(inbound, Left) or (isinstance(inbound, Chose) and inbound.choice == STOP)
    return inbound.role if stops and isinstance(inbound, Left | Chose) else None


def check_left(node: Node, before: Session, role: Role, step: Step) -> None:
    """Hold a leaving to this: it is over for both, or unseen for the one alone (rules 7 and 8)."""
    after = step.session
    if not node.quiet or len(before.roles) == 1:
        assert (after.status, after.answers) == ("left", before.answers)
        assert step.effects == (CloseKeyboard(before.turn, None),)
        return
    other = BO if role == ANN else ANN
    assert (after.status, after.node, after.turn) == ("active", before.node, before.turn)
    assert set(after.gone) == {*before.gone, role}
    assert after.waiting == tuple(one for one in before.waiting if one != role)
    assert after.value(role, node.id) is None
    assert after.answers.get(other) == before.answers.get(other)
    assert after.revealed == tuple(one for one in before.revealed if one != (role, node.id))
    assert step.effects == (CloseKeyboard(before.turn, None, role),)


def check_gone(before: Session, step: Step) -> None:
    """Hold whatever happens to this: who is gone is not spoken to, asked, or acted for any more."""
    for role in before.gone:
        assert role in step.session.gone
        assert role not in step.session.waiting
        for effect in step.effects:
            match effect:
                case Say(to=to):
                    assert role not in to
                case Hint(to=who) | Redraw(role=who) | Remember(role=who) | Do(role=who):
                    assert who != role
                case Ack(role=who, key=key):
                    assert who != role or key in {"old", "is_paused"} or step.session.status == "left"
                case _:
                    pass


def check_pause(node: Node, before: Session, inbound: Inbound, step: Step) -> None:
    """Hold a pause to this: nothing but going on and leaving changes anything, and both are asked anew."""
    timed, held = before.paused in {"time", "both"}, before.paused in {"others", "both"}
    late, alone, come = TimedOut(before.turn), Resumed(), Paused(alone=False)
    if (timed, held, inbound) in {(True, False, late), (False, True, alone)}:
        check_asked_anew(node, before, inbound, step)
    elif (timed, held, inbound) == (True, True, late):
        timer = SetTimer(before.turn, HELD_SECONDS)
        assert step == Step(replace(before, paused="others"), (timer,))
    elif (timed, held, inbound) == (False, True, late):
        assert step == Step(replace(before, status="expired", waiting=()), (Note("ended"),))
    elif (timed, held, inbound) == (True, True, alone):
        assert step == Step(replace(before, paused="time"), ())
    elif (timed, held, inbound) == (True, False, come):
        assert step == Step(replace(before, paused="both"), (Note("waits"),))
    else:
        assert step.session == before
        assert step.effects == ((Ack(inbound.role, "is_paused"),) if isinstance(inbound, Chose) else ())


def check_asked_anew(node: Node, before: Session, inbound: Inbound, step: Step) -> None:
    """Hold the end of a pause to this: it is said where time ended it, and all goes on where it stood."""
    after = step.session
    assert after == replace(before, paused="", turn=before.turn + 1)
    late = (SetTimer(after.turn, node.timeout.seconds),) if node.timeout else ()
    back = (Note("back"),) if isinstance(inbound, TimedOut) else ()
    assert step.effects == (*late, *back, Say(before.waiting, node.where, node.id, after.turn, asks=True))


def check_broken_off(node: Node, before: Session, inbound: Inbound, step: Step) -> None:
    """Hold the beginning of a pause to this: it takes away the buttons only, and has a timer of its own."""
    if node.quiet or len(before.roles) == 1:
        assert step == Step(before, ())
        return
    if isinstance(inbound, Paused) and not inbound.alone:
        assert step.session == replace(before, paused="others", turn=before.turn + 1)
        held = SetTimer(before.turn + 1, HELD_SECONDS)
        assert step.effects == (CloseKeyboard(before.turn, None), Note("waits"), held)
        return
    assert isinstance(inbound, Paused) or (isinstance(inbound, Chose) and inbound.choice == PAUSE)
    assert step.session == replace(before, paused="time", turn=before.turn + 1)
    timer = SetTimer(before.turn + 1, PAUSE_SECONDS)
    assert step.effects == (CloseKeyboard(before.turn, None), Note("paused"), timer)


def check_uncounted(node: Node, before: Session, said: Said, after: Session) -> None:
    """Hold a turn to speak to this: words are counted, and not one is kept."""
    if after.answers == before.answers:
        return
    answer = after.answer(said.role, node.id)
    assert answer is not None
    assert answer.value == OVER if answer.final else isinstance(answer.value, int)


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
            case Note(key=key):
                assert bool(after.paused) == (key != "back")
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


ANYWHERE = st.sampled_from(["number", "small", "level", "last", "mood", "turn", "echo"]).map(everything)


@given(flow=ANYWHERE, deeds=WALKS)
@settings(max_examples=150, deadline=None)
def test_rule_1_a_walk_through_a_flow_with_everything_ends_or_waits(flow: Flow, deeds: list[Deed]) -> None:
    walk(flow, deeds)
    both = [Deed("press", role, "a") for role in BOTH]
    walk(flow, both + deeds)


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
        if node.clock or node.reply:
            found.append(Said(role, "spoken aloud as well"))
        if isinstance(node.ask, PickMany):
            found += [Chose(role, session.turn, "done")] * 2
        if node.back:
            found.append(Chose(role, session.turn, "back"))
    # Where a no looks like silence, it is the time that goes on.
    late = [TimedOut(session.turn)] * (0 if session.waiting else len(found))
    return [*found, *late]


@given(flow=ANYWHERE | st.just(opening()), seed=st.randoms(use_true_random=False))
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


BREAKING = ("pause", "wait", "resume", "stop", "leave", "late")
STEADY = [""] * 20


def begun(flow: Flow) -> Step:
    """Return the flow where both have said that it is a good moment."""
    step = start(flow, judge)
    for role in BOTH if flow.nodes[step.session.node].quiet else ():
        step = resume(flow, step.session, Chose(role, step.session.turn, "a"), judge)
    return step


@given(
    flow=ANYWHERE | st.just(opening()),
    seed=st.randoms(use_true_random=False),
    at_the_gate=st.sampled_from([False, False, True]),
    breaks=st.lists(st.sampled_from([*STEADY, "resume", *BREAKING]), min_size=20, max_size=80),
)
@settings(max_examples=200, deadline=None)
def test_rule_7_wherever_the_two_have_come_they_may_break_off_go_on_and_leave(
    flow: Flow, seed: Random, breaks: list[str], *, at_the_gate: bool
) -> None:
    step = start(flow, judge) if at_the_gate else begun(flow)
    for breaking in breaks:
        before = through_json(step.session)
        if before.status != "active":
            return
        role = seed.choice(BOTH)
        possible: dict[str, list[Inbound]] = {
            "pause": [Paused(), Chose(role, before.turn, PAUSE)],
            "wait": [Paused(alone=False)],
            "resume": [Resumed(), TimedOut(before.turn)] if before.paused else [Resumed()],
            "stop": [Chose(role, before.turn, STOP), Chose(role, before.turn - 1, STOP)],
            "leave": [Left(role)],
            "late": [TimedOut(before.turn)],
        }
        inbound = seed.choice(possible.get(breaking) or moves(flow, before))
        step = resume(flow, before, inbound, judge)
        check_step(flow, before, inbound, step)


@given(
    flow=ANYWHERE,
    seed=st.randoms(use_true_random=False),
    minutes=st.lists(st.sampled_from([0, 0, 0, 1, 2, 5, 19, 20, 30, 24 * 60]), min_size=10, max_size=80),
)
@settings(max_examples=150, deadline=None)
def test_a_pause_that_was_asked_for_has_its_full_time(flow: Flow, seed: Random, minutes: list[int]) -> None:
    """Time passes as in the store: one timer, dropped and set anew with each step."""
    now, since = 0, 0
    step = begun(flow)
    timer = timer_after(step, (0, 0), now)
    for passed in minutes:
        now += passed * 60
        before = through_json(step.session)
        if before.status != "active":
            return
        due = timer[1] and now >= timer[1]
        breaks: list[Inbound] = [Paused(), Chose(seed.choice(BOTH), before.turn, PAUSE), Resumed()]
        inbound = TimedOut(timer[0]) if due else seed.choice([*breaks, *moves(flow, before)])
        step = resume(flow, before, inbound, judge)
        check_step(flow, before, inbound, step)
        after = step.session
        moved = (after.turn, after.status, after.paused) != (before.turn, before.status, before.paused)
        timer = timer_after(step, (0, 0) if due or moved else timer, now)
        if after.paused and not before.paused:
            since = now
        assert not after.paused or timer[1] == since + PAUSE_SECONDS, "it ends by itself, and no sooner"
        if before.paused and not after.paused:
            assert now - since >= PAUSE_SECONDS


def timer_after(step: Step, timer: tuple[int, int], now: int) -> tuple[int, int]:
    """Return the turn and the moment of the timer as it stands after a step."""
    return next(((one.turn, now + one.seconds) for one in step.effects if isinstance(one, SetTimer)), timer)


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
        step = resume(changed, before, deed.at(before), judge)
        session = step.session
        if before.status == "active":
            check_gone(before, step)
        assert session.turn >= before.turn
        assert session == through_json(session)
        if before.status != "active":
            assert session == before
    left = resume(changed, session, Left(ANN), judge).session
    assert left.status != "active" or (ANN in left.gone and changed.nodes[left.node].quiet)
