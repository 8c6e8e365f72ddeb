"""What a person may ask of the bot about what it keeps: to see it all, to have it erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.runtime import parting
from bot.runtime.export import FILE_NAME, export
from bot.runtime.journal import delete

if TYPE_CHECKING:
    from bot.runtime.scene import Scene
    from bot.store.protocol import Person


def do(scene: Scene, person: Person | None, name: str, value: str = "") -> None:
    """Carry out a deed for a person; a stranger, of whom nothing is kept, has none."""
    if person is None:
        return
    match name:
        case "export":
            file = export(scene.desk, scene.work, person)
            caption = scene.desk.library.messages["export_file"]
            scene.send(caption, [], chat_id=person.chat_id, person=person, file=(FILE_NAME, file))
        case "forget":
            forget(scene, person)
        case "drop_line":
            delete(scene.desk.library, scene.work, person, value)


def forget(scene: Scene, person: Person) -> None:
    """Erase a person: rows, queued messages and, after the commit, their key. Doing it twice changes nothing.

    A couple ends as by /unpair, with the same line: the other does not learn why.
    """
    parting.part(scene, person)
    scene.desk.knocks.drop(person.chat_id)
    scene.outcome.silenced |= {run.id for run in scene.work.runs_of(person.id) if len(run.session.roles) > 1}
    scene.work.erase_person(person.id)
    scene.outcome.forgotten.add(person.id)
    if scene.person is not None and scene.person.id == person.id:
        scene.person = None
