"""The group of a couple: what is said there, and who may be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.inbound import Left, Paused, Said
from bot.flow.model import Text
from bot.runtime.events import Outcome
from bot.runtime.scene import Scene

if TYPE_CHECKING:
    from bot.flow.model import Role
    from bot.runtime.desk import Desk
    from bot.runtime.events import Heard
    from bot.store.protocol import Run, Work


def heard(desk: Desk, work: Work, event: Heard) -> Outcome:
    """Take what one of the two wrote in their group; everybody else's words are passed over."""
    person, couple = work.person_in(event.user_id), work.couple_in(event.chat_id)
    if person is None or couple is None or person.id not in {couple.one.person_id, couple.two.person_id}:
        return Outcome()
    scene = Scene(desk, work, event.chat_id, person)
    words = event.text.strip()
    command = words[1:].split("@")[0].split(" ")[0].casefold() if words.startswith("/") else ""
    pauses = {desk.library.messages["button_pause"].casefold(), couple.word.casefold()} - {""}
    for run in work.runs_in(event.chat_id):
        role = run.role_of(person.id)
        if role is None:
            continue
        if command == "stop":
            scene.go_on(run, Left(role))
        elif command == "pause" or words.casefold().rstrip(".!") in pauses:
            scene.go_on(run, Paused())
        elif not command and _takes_words(desk, run, role):
            scene.go_on(run, Said(role, words))
    return scene.outcome


def _takes_words(desk: Desk, run: Run, role: Role) -> bool:
    """Say whether what is written in the group can be meant for the question that stands there."""
    flow = desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    if node is None or node.where == "private" or role not in run.session.waiting:
        return False
    return node.clock is not None or node.reply is not None or isinstance(node.ask, Text)
