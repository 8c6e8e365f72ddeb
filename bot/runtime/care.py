"""What the bot shows when someone may need a person: cards with numbers, always privately.

A card interrupts nothing: the open question waits, and "Go on" shows it again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.flow.inbound import Joined, Left
from bot.library.load import CARE, MENU, SAFETY, WELCOME
from bot.library.places import zone_or_utc
from bot.runtime.events import Delete

if TYPE_CHECKING:
    from bot.flow.model import Role
    from bot.library.guard import Topic
    from bot.library.messages import MessageKey
    from bot.runtime.desk import Desk
    from bot.runtime.scene import Scene
    from bot.store.protocol import Run

AGAIN = timedelta(days=28)
"""Time between two safety cards, at least."""


def show_card(scene: Scene, topic: Topic) -> bool:
    """Send the card `care.<topic>` to the person of this turn, in private; False where no private chat is.

    Somebody who has not agreed to anything gets it too, in the chat that the turn came from.
    """
    if scene.person is None and scene.chat_id < 0:
        return False
    scene.begin(scene.desk.library.flows[CARE + topic])
    return True


def do(scene: Scene, name: str) -> bool:
    """Carry out a deed of these cards; False when it is none of them."""
    match name:
        case "go_on":
            go_on(scene)
        case "hide":
            _hide(scene)
        case "leave":
            _leave(scene)
        case _:
            return False
    return True


def go_on(scene: Scene) -> None:
    """Ask again what was being asked; where nothing was, show the way back."""
    flows = scene.desk.library.flows
    if scene.person is None:
        scene.begin(flows[WELCOME])
        return
    waiting = [(run, role) for run, role in open_runs(scene) if role in run.session.waiting]
    if waiting and stands_in_group(scene.desk, waiting[0][0]):
        # Asked again there, it would tell the other that something was written here.
        scene.tell("in_group")
    elif waiting:
        run, role = waiting[0]
        scene.go_on(run, Joined(role))
    elif of_two := next((run for run, _ in open_runs(scene) if len(run.seats) > 1), None):
        scene.tell(where_it_stands(scene.desk, of_two))
    else:
        scene.begin(flows[MENU])


def where_it_stands(desk: Desk, run: Run) -> MessageKey:
    """Return what to say of something for two that waits, but not for an answer of whoever asks."""
    flow = desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    if run.session.paused:
        return "is_paused"
    return "answer_in" if node is not None and node.sealed else "other_turn"


def open_runs(scene: Scene) -> list[tuple[Run, Role]]:
    """Return what the person of this turn has open, the newest first, and who they are in it."""
    person = scene.person
    runs = scene.work.open_runs(person.id) if person else []
    found = [
        (run, role)
        for run in runs
        if person and (role := run.role_of(person.id)) and role not in run.session.gone
    ]
    return sorted(found, key=lambda one: one[0].asked_at(one[1]), reverse=True)


def stands_before_both(desk: Desk, run: Run) -> bool:
    """Say whether the question of a run is one that both see."""
    flow = desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    return node is not None and node.where != "private"


def stands_in_group(desk: Desk, run: Run) -> bool:
    """Say whether the question of a run stands in the group of the two."""
    return run.pair_chat is not None and stands_before_both(desk, run)


def monthly(scene: Scene) -> None:
    """Tell everybody alike, once in four weeks and beside the weekly question, whom one could call."""
    person, flow = scene.person, scene.desk.library.flows.get(SAFETY)
    if person is None or flow is None:
        return
    zone = zone_or_utc(person.profile.zone)
    today = scene.now.astimezone(zone).date()
    last = date.fromisoformat(person.profile.safety_on or str(person.consent_at.astimezone(zone).date()))
    if today - last < AGAIN:
        return
    scene.person = replace(person, profile=replace(person.profile, safety_on=today.isoformat()))
    scene.work.save_profile(scene.person)
    scene.begin(flow)


def _hide(scene: Scene) -> None:
    """Take the message whose button was pressed out of the chat."""
    if scene.press is not None:
        scene.outcome.calls.append(Delete(scene.chat_id, (scene.press.message_id,)))


def _leave(scene: Scene) -> None:
    """Leave what was being asked."""
    for run, role in open_runs(scene)[:1]:
        scene.go_on(run, Left(role))
