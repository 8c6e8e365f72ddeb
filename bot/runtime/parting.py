"""Parting: at once, by one of the two alone, and without a reason (product.md, D1-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.inbound import Left
from bot.flow.model import SHARES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.model import Flow
    from bot.flow.session import Answer
    from bot.library.load import Library
    from bot.runtime.scene import Scene
    from bot.store.protocol import Couple, Person, Work


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
                scene.call_off(after)
    scene.press = press
    _destroy_sealed(scene.desk.library, scene.work, couple)
    other = scene.work.person(couple.other(person.id).person_id)
    scene.work.end_couple(couple.id)
    for kind in ("pair", "group"):
        invite = scene.work.invite_of(person.id, kind)
        if invite is not None:
            scene.work.drop_invite(invite.hash)
    if other is not None:
        scene.beside(other).tell("parted")


def _destroy_sealed(library: Library, work: Work, couple: Couple) -> None:
    """Keep of each one's answers only what was opened to the other."""
    ids = {couple.one.person_id, couple.two.person_id}
    for run in work.runs_of(couple.one.person_id):
        if set(run.seats.values()) != ids:
            continue
        flow = library.flows.get(run.session.flow)
        names = flow.moved if flow else {}
        for role, answers in run.session.answers.items():
            opened = {names.get(node, node) for of, node in run.session.revealed if of == role}
            stays = opened | (_themes(flow, opened, answers) if flow else set())
            kept = {node: answer for node, answer in answers.items() if names.get(node, node) in stays}
            if kept != answers:
                work.drop_words(run.id, run.seats[role], kept, wordy=True)


def _themes(flow: Flow, opened: set[str], answers: Mapping[str, Answer]) -> set[str]:
    """Return the questions at which no more than a theme was opened: their buttons are what the other saw."""
    found = set()
    for node in flow.nodes.values():
        answer = answers.get(node.id)
        if answer is not None and answer.value not in SHARES and opened & set(node.shares):
            found.add(node.id)
    return found
