"""Parting: at once, by one of the two alone, and without a reason (product.md, D1-4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.inbound import Left
from bot.flow.model import SHARES

if TYPE_CHECKING:
    from bot.flow.model import Flow, Role
    from bot.flow.session import Answer, Session
    from bot.library.load import Library
    from bot.runtime.scene import Scene
    from bot.store.protocol import Couple, InviteKind, Person, Work


def part(scene: Scene, person: Person) -> None:
    """End a couple at once: exercises end, what was not opened is destroyed, the other hears one line."""
    couple = scene.work.couple_of(person.id)
    if couple is None:
        return
    press, scene.press = scene.press, None
    for run in scene.work.open_runs(person.id):
        role = run.role_of(person.id)
        if role is not None and len(run.seats) > 1:
            after = scene.go_on(run, Left(role))
            if after.session.status == "active":
                scene.expire(after, "left")
    scene.press = press
    _destroy_sealed(scene.desk.library, scene.work, couple)
    other = scene.work.person(couple.other(person.id).person_id)
    scene.work.end_couple(couple.id)
    scene.work.leave_group(person.id)
    links: list[tuple[Person | None, InviteKind]] = [(person, "pair"), (person, "group"), (other, "group")]
    for one, kind in links:
        invite = scene.work.invite_of(one.id, kind) if one is not None else None
        if invite is not None:
            scene.work.drop_invite(invite.hash)
    if other is not None:
        scene.beside(other).tell("parted")


def keep_closed(scene: Scene, person: Person) -> None:
    """Close what somebody has not opened yet: the last minute must not overtake who thinks of parting."""
    for run in scene.work.open_runs(person.id):
        role = run.role_of(person.id)
        if role is None or len(run.seats) == 1:
            continue
        session = run.session
        for node_id in session.answers.get(role, {}):
            if (role, node_id) not in session.revealed:
                session = session.with_share(role, node_id, SHARES[0])
        if session != run.session:
            scene.work.save_run(run, replace(run, session=session))


def _destroy_sealed(library: Library, work: Work, couple: Couple) -> None:
    """Keep of each one's answers only what was opened to the other, as far as it was opened."""
    ids = {couple.one.person_id, couple.two.person_id}
    for run in work.runs_of(couple.one.person_id):
        flow = library.flows.get(run.session.flow)
        if set(run.seats.values()) == ids:
            session = run.session.renamed(flow) if flow else run.session
            for role, answers in run.session.answers.items():
                kept = _opened(flow, session, role)
                if kept != answers:
                    work.drop_words(run.id, run.seats[role], kept, wordy=True)


def _opened(flow: Flow | None, session: Session, role: Role) -> dict[str, Answer]:
    """Return what somebody opened: their words, what both picked, or the button that named a theme."""
    kept: dict[str, Answer] = {}
    for of, node_id in session.revealed:
        answer = session.answer(role, node_id)
        if of != role or answer is None:
            continue
        if answer.share == "words":
            kept[node_id] = answer
        elif answer.share == "match":
            kept[node_id] = replace(answer, value=_shared(session, node_id))
        else:
            kept[node_id] = replace(answer, value=None)
            kept |= _naming(flow, session, role, node_id)
    return kept


def _shared(session: Session, node_id: str) -> tuple[str, ...]:
    """Return what both picked, where both opened at least that."""
    picked = [session.answer(role, node_id) for role in session.roles]
    values = [
        one.value if isinstance(one.value, tuple) else (str(one.value),)
        for one in picked
        if one is not None and one.share in {"match", "words"}
    ]
    first, *others = values or [()]
    return tuple(key for key in first if others and all(key in one for one in others))


def _naming(flow: Flow | None, session: Session, role: Role, node_id: str) -> dict[str, Answer]:
    """Return the answer that named a theme of another."""
    nodes = flow.nodes.values() if flow else ()
    found = ((node.id, session.answer(role, node.id)) for node in nodes if node_id in node.shares)
    return {named: one for named, one in found if one is not None and one.value not in SHARES}
