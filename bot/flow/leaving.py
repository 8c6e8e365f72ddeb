"""How a session is left, and how two break it off for a while (design.md, rule 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.effects import Ack, CloseKeyboard, Note, Say, SetTimer
from bot.flow.inbound import Chose, Paused, Resumed, TimedOut
from bot.flow.model import HELD_SECONDS, PAUSE_SECONDS
from bot.flow.session import Answer
from bot.flow.step import Step

if TYPE_CHECKING:
    from bot.flow.effects import Effect
    from bot.flow.inbound import Inbound
    from bot.flow.model import Node, Role
    from bot.flow.session import Pause, Session

PAUSES: dict[tuple[bool, bool], Pause] = {
    (True, True): "both",
    (True, False): "time",
    (False, True): "others",
}


def leave(session: Session, node: Node | None, role: Role) -> Step:
    """End it for everybody; where it has hardly begun, only for the one who leaves, and unseen (rule 8)."""
    if node is None or not node.quiet or len(session.roles) == 1:
        return Step(replace(session, status="left", waiting=()), (CloseKeyboard(session.turn, None),))
    waiting = tuple(one for one in session.waiting if one != role)
    gone = tuple(one for one in session.roles if one == role or one in session.gone)
    session = session.with_answer(role, node.id, Answer(None))
    return Step(replace(session, waiting=waiting, gone=gone), (CloseKeyboard(session.turn, None, role),))


def pause(session: Session, node: Node, *, alone: bool) -> Step:
    """Break off: for a while, or while the two are not `alone`. Nothing is paused that has not begun."""
    if node.quiet or len(session.roles) == 1:
        return Step(session, ())
    effects: tuple[Effect, ...] = (
        CloseKeyboard(session.turn, None),
        Note("paused" if alone else "waits"),
        # A turn of its own: the timer of the question, due in the same moment, must not end the pause.
        SetTimer(session.turn + 1, PAUSE_SECONDS if alone else HELD_SECONDS),
    )
    paused: Pause = "time" if alone else "others"
    return Step(replace(session, paused=paused, turn=session.turn + 1), effects)


def while_paused(session: Session, node: Node, inbound: Inbound) -> Step:
    """Take what happens in a pause: its end, or somebody else who comes; all else waits."""
    timed, held = session.paused in {"time", "both"}, session.paused in {"others", "both"}
    effects: tuple[Effect, ...] = ()
    back: tuple[Effect, ...] = ()
    if inbound == TimedOut(session.turn) and not timed:
        return Step(replace(session, status="expired", waiting=()), (Note("ended"),))
    if inbound == TimedOut(session.turn):
        timed, back = False, (Note("back"),)
        effects = (SetTimer(session.turn, HELD_SECONDS),) if held else ()
    elif held and isinstance(inbound, Resumed):
        held = False
    elif not held and isinstance(inbound, Paused) and not inbound.alone:
        held, effects = True, (Note("waits"),)
    else:
        return Step(session, (Ack(inbound.role, "is_paused"),) if isinstance(inbound, Chose) else ())
    if timed or held:
        return Step(replace(session, paused=PAUSES[timed, held]), effects)
    session = replace(session, paused="", turn=session.turn + 1)
    late = (SetTimer(session.turn, node.timeout.seconds),) if node.timeout else ()
    asks = Say(session.waiting, node.where, node.id, session.turn, asks=True)
    return Step(session, (*late, *back, asks))
