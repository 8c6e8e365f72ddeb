"""Decides what happens next in a session, and nothing else (design.md, rules 1, 6 and 7).

`start` and `resume` both end in one bounded loop, `_enter`, which passes nodes until one asks. The judge
that answers `when:` comes from outside, so that this module needs no template language.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.effects import (
    Ack,
    Begin,
    CloseKeyboard,
    Effect,
    Hint,
    Redraw,
    Say,
    SetTimer,
)
from bot.flow.inbound import Chose, Inbound, Joined, Left, Paused, Said, TimedOut
from bot.flow.leading import ack_for, asked, deeds, looks_like_silence, route
from bot.flow.leaving import leave, pause, while_paused
from bot.flow.model import (
    AGAIN,
    BACK,
    DONE,
    END,
    MAX_DRAFT,
    MAX_STEPS,
    MAX_TRAIL,
    OVER,
    PAUSE,
    RESERVED,
    SKIP,
    STOP,
    Flow,
    Node,
    Pick,
    PickMany,
    Rank,
    Role,
    Scale,
    Text,
)
from bot.flow.opening import open_answers
from bot.flow.session import Answer, Session, Value
from bot.flow.step import FlowError, Judge, Step

if TYPE_CHECKING:
    from bot.flow.effects import AckKey


def start(flow: Flow, judge: Judge) -> Step:
    """Begin a flow: say what comes first, up to the first question or the end."""
    session = Session(flow=flow.id, node=flow.start, roles=flow.roles)
    return _enter(flow, session, flow.start, judge, [])


def resume(flow: Flow, session: Session, inbound: Inbound, judge: Judge) -> Step:
    """Take one thing that happened into the session. Never raises for anything a person can do."""
    if session.status != "active":
        return Step(session, (Ack(inbound.role, "old"),) if isinstance(inbound, Chose) else ())
    node = flow.find(session.node)
    if isinstance(inbound, Left) or (isinstance(inbound, Chose) and inbound.choice == STOP):
        return leave(session, node, inbound.role)
    if node is None or node.ask is None:
        return _vanished(session)
    session = session.renamed(flow)
    if session.paused:
        return while_paused(session, node, inbound)
    return _take(flow, session, node, inbound, judge)


def _take(  # noqa: PLR0911  one a kind
    flow: Flow, session: Session, node: Node, inbound: Inbound, judge: Judge
) -> Step:
    match inbound:
        case TimedOut():
            return _time_out(flow, session, node, inbound, judge)
        case Said():
            return _take_words(flow, session, node, inbound, judge)
        case Chose(choice=choice, turn=turn) if choice == PAUSE and turn == session.turn:
            return pause(session, node, alone=True)
        case Chose():
            return _take_press(flow, session, node, inbound, judge)
        case Paused():
            return pause(session, node, alone=inbound.alone)
        case Joined(role=role) if role in session.waiting:
            return Step(session, _ask_again(session, node, role))
    return Step(session, ())


def _ask_again(session: Session, node: Node, role: Role) -> tuple[Effect, ...]:
    """Ask somebody once more; words that were too long are told of again, so that they are not waited for."""
    answer = session.answer(role, node.id)
    too_long = answer is not None and not answer.final and isinstance(answer.value, str)
    hints = (Hint(role, "too_long"),) if too_long else ()
    return (*hints, Say((role,), node.where, node.id, session.turn, asks=True, again=True))


def _vanished(session: Session) -> Step:
    """End a session whose node no longer exists, gently (rule 6)."""
    hints = tuple(Hint(role, "changed") for role in asked(session, "everyone"))
    return Step(replace(session, status="changed", waiting=()), (CloseKeyboard(session.turn, None), *hints))


def _time_out(flow: Flow, session: Session, node: Node, inbound: TimedOut, judge: Judge) -> Step:
    if inbound.turn != session.turn or node.timeout is None:
        return Step(session, ())
    return _enter(flow, session, node.timeout.next, judge, [CloseKeyboard(session.turn, None)])


def _take_words(flow: Flow, session: Session, node: Node, said: Said, judge: Judge) -> Step:
    role = said.role
    if role in session.gone or (role not in session.waiting and not _may_change(session, node, role)):
        return Step(session, ())
    if node.clock:
        return _count_words(flow, session, node, node.clock.messages, role, judge)
    if node.reply:
        return _record(flow, session, node, role, node.reply, node.reply, judge)
    if not isinstance(node.ask, Text):
        return Step(session, (Hint(role, "needs_button"),))
    return _take_text(flow, session, node, node.ask, said, judge)


def _take_text(  # noqa: PLR0913, PLR0917  as `_record`
    flow: Flow, session: Session, node: Node, ask: Text, said: Said, judge: Judge
) -> Step:
    before, words = session.answer(said.role, node.id), said.text
    if said.more and before and not before.final and isinstance(before.value, str):
        words = before.value + words
    if len(words) > ask.limit:
        kept = _keep_draft(session, said.role, node.id, words[:MAX_DRAFT])
        return Step(kept, () if said.more else (Hint(said.role, "too_long"),))
    if not words.strip():
        return Step(session, (Hint(said.role, "needs_text"),))
    return _record(flow, session, node, said.role, words, None, judge)


def _count_words(  # noqa: PLR0913, PLR0917  as `_record`
    flow: Flow, session: Session, node: Node, most: int, role: Role, judge: Judge
) -> Step:
    """Count what is written in a turn to speak, and keep none of it."""
    before = session.value(role, node.id)
    count = (before if isinstance(before, int) else 0) + 1
    if count < most:
        return Step(session.with_answer(role, node.id, Answer(count, final=False)), ())
    return _record(flow, session, node, role, OVER, None, judge)


def _take_press(  # noqa: PLR0911  one return for each thing that a press can mean
    flow: Flow, session: Session, node: Node, press: Chose, judge: Judge
) -> Step:
    role, choice = press.role, press.choice
    if press.turn != session.turn or role in session.gone:
        return Step(session, (Ack(role, "old"),))
    if role not in session.waiting and not _may_change(session, node, role):
        return Step(session, (Ack(role, "done" if role in asked(session, node.who) else "other_turn"),))
    if choice == BACK:
        return _go_back(flow, session, node, role, judge)
    if choice == SKIP and node.skip:
        return _record(flow, session, node, role, None, choice, judge)
    if choice in {extra.id for extra in node.footer}:
        return _record(flow, session, node, role, choice, choice, judge)
    match node.ask:
        case Pick(choices=choices, source=source) if (
            choice not in RESERVED if source else choice in {one.id for one in choices}
        ):
            return _record(flow, session, node, role, choice, choice, judge)
        case Scale(low=low, high=high) if choice in {str(one) for one in range(low, high + 1)}:
            return _record(flow, session, node, role, int(choice), choice, judge)
        case PickMany():
            return _toggle(flow, session, node, node.ask, press, judge)
        case Rank():
            return _place(flow, session, node, node.ask, press, judge)
    return Step(session, (Ack(role, "old"),))


def _toggle(  # noqa: PLR0913, PLR0917  as `_record`
    flow: Flow, session: Session, node: Node, ask: PickMany, press: Chose, judge: Judge
) -> Step:
    picked = _draft(session, press.role, node.id)
    if press.choice == DONE:
        if not ask.least <= len(picked) <= ask.most:
            key: AckKey = "pick_more" if len(picked) < ask.least else "pick_fewer"
            return Step(session, (Ack(press.role, key),))
        return _record(flow, session, node, press.role, picked, None, judge)
    if press.choice not in {one.id for one in ask.choices}:
        return Step(session, (Ack(press.role, "old"),))
    if press.choice not in picked and len(picked) >= ask.most:
        return Step(session, (Ack(press.role, "pick_fewer"),))
    wanted = set(picked) ^ {press.choice}
    return _redraw(session, node, press, tuple(one.id for one in ask.choices if one.id in wanted))


def _place(  # noqa: PLR0913, PLR0917  as `_record`
    flow: Flow, session: Session, node: Node, ask: Rank, press: Chose, judge: Judge
) -> Step:
    placed = _draft(session, press.role, node.id)
    if press.choice == AGAIN:
        return _redraw(session, node, press, ())
    if press.choice not in {one.id for one in ask.choices} or press.choice in placed:
        return Step(session, (Ack(press.role, "done"),))
    placed = (*placed, press.choice)
    if len(placed) < len(ask.choices):
        return _redraw(session, node, press, placed)
    return _record(flow, session, node, press.role, placed, None, judge)


def _draft(session: Session, role: Role, node: str) -> tuple[str, ...]:
    """Return what is picked so far; a sealed answer is changed from where it stands."""
    answer = session.answer(role, node)
    return answer.value if answer and isinstance(answer.value, tuple) else ()


def _keep_draft(session: Session, role: Role, node: str, value: Value) -> Session:
    """Keep what is not an answer yet; whoever takes a sealed answer back is waited for again."""
    waiting = tuple(one for one in session.roles if one == role or one in session.waiting)
    return replace(session.with_answer(role, node, Answer(value, final=False)), waiting=waiting)


def _redraw(session: Session, node: Node, press: Chose, picked: tuple[str, ...]) -> Step:
    session = _keep_draft(session, press.role, node.id, picked)
    return Step(session, (Ack(press.role, ""), Redraw(press.role, session.turn, node.id)))


def _may_change(session: Session, node: Node, role: Role) -> bool:
    """Say whether `role` may still change its answer: a sealed one, as long as its question is open."""
    return node.sealed and role in asked(session, node.who)


def _go_back(flow: Flow, session: Session, node: Node, role: Role, judge: Judge) -> Step:
    if not node.back or node.sealed or not session.trail:
        return Step(session, (Ack(role, "old"),))
    before, trail = session.trail[-1], session.trail[:-1]
    if flow.find(before) is None:
        return Step(session, (Ack(role, "old"),))
    session = replace(session, trail=trail)
    return _enter(flow, session, before, judge, [Ack(role, ""), CloseKeyboard(session.turn, None)])


def _record(  # noqa: PLR0913, PLR0917  one answer needs all of these, and a bag for them would hide it
    flow: Flow, session: Session, node: Node, role: Role, value: Value, chosen: str | None, judge: Judge
) -> Step:
    """Keep an answer, and go on when nobody is waited for any more."""
    session = session.with_answer(role, node.id, Answer(value))
    for shared in node.shares:
        session = session.with_share(role, shared, value)
    waiting = () if node.who == "anyone" else tuple(one for one in session.waiting if one != role)
    session = replace(session, waiting=waiting)
    follows = "" if waiting else route(node, session, role, judge)
    stays = bool(waiting) or looks_like_silence(session, node, follows)
    effects: list[Effect] = [Ack(role, ack_for(node, stays=stays)), *deeds(node, (role,))]
    if node.sealed and node.quiet:
        effects.append(Hint(role, "noted_ready"))
    if stays:
        return Step(session, tuple(effects))
    # Where two were asked, the last answer must not be drawn under the other's question.
    alone = len(session.roles) == 1 or node.who != "everyone"
    effects.append(CloseKeyboard(session.turn, chosen if alone and not node.sealed else None))
    if node.back or len(session.roles) == 1:
        session = replace(session, trail=(*session.trail, node.id)[-MAX_TRAIL:])
    effects += [Begin(action.name) for action in node.then if action.do == "start"]
    return _enter(flow, session, follows, judge, effects)


def _enter(flow: Flow, session: Session, node_id: str, judge: Judge, effects: list[Effect]) -> Step:
    """Pass nodes until one asks or the flow ends."""
    for _ in range(MAX_STEPS):
        if node_id == END:
            return Step(replace(session, status="done", waiting=()), tuple(effects))
        node = flow.find(node_id)
        if node is None:
            message = f"{flow.id}: no node {node_id}"
            raise FlowError(message)
        session = replace(session, node=node.id)
        session = open_answers(flow, session, node, effects)
        # On the phone of who has left unseen stands the same as on the other's.
        to = session.roles if node.quiet and node.ask is None else asked(session, node.who)
        if node.ask is not None:
            session = replace(session, turn=session.turn + 1, waiting=to)
            session = _forget_draft(session, node.id)
            if node.timeout:
                effects.append(SetTimer(session.turn, node.timeout.seconds))
            effects.append(Say(to, node.where, node.id, session.turn, asks=True))
            return Step(session, tuple(effects))
        if node.say:
            effects.append(Say(to, node.where, node.id, session.turn, asks=False))
        effects += deeds(node, to)
        effects += [Begin(action.name) for action in node.then if action.do == "start"]
        node_id = route(node, session, None, judge)
    message = f"{flow.id}: more than {MAX_STEPS} nodes without a question, at {node_id}"
    raise FlowError(message)


def _forget_draft(session: Session, node: str) -> Session:
    """Clear what was half picked or counted before: only words that were too long to take are kept."""
    for role in session.roles:
        match session.answer(role, node):
            case Answer(value=tuple()) as answer:
                session = session.with_answer(role, node, replace(answer, value=(), final=False))
            case Answer(value=int(), final=False):
                session = session.with_answer(role, node, Answer(0, final=False))
    return session
