"""Carries out what an author's `then:` asks for: something to remember, something to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.model import PLAN
from bot.library.render import plain
from bot.runtime import again, care, couples, dates, people, plans, privacy, together
from bot.runtime.names import names_for

if TYPE_CHECKING:
    from bot.flow.effects import Do, Remember
    from bot.flow.model import Flow
    from bot.runtime.scene import Scene
    from bot.store.protocol import Plan, Run


def remember(scene: Scene, flow: Flow, run: Run, effect: Remember) -> None:
    """Keep something about a person; the yes of a stranger makes them one."""
    if effect.name == "consent":
        if scene.person is None:
            scene.person = scene.work.add_person(scene.chat_id, scene.now)
        return
    person = scene.seated(run, effect.role)
    if person is None:
        return
    if effect.source is not None:
        names = names_for(scene.desk, scene.work, flow, run, effect.role, person=person)
        value = scene.desk.library.renderer.text(effect.source, names)
    else:
        answer = run.session.answer(effect.role, effect.node)
        if answer is None or answer.value is None:
            return
        value = str(answer.value)
    if effect.name == "pause_word":
        couples.remember_word(scene.work, person, value)
        return
    changed = people.remember(scene.desk, scene.work, person, effect.name, value)
    if scene.person and changed.id == scene.person.id:
        scene.person = changed


def do(scene: Scene, flow: Flow, run: Run, deed: Do) -> Plan | None:
    """Carry out a deed; return the plan that it made, if it made one."""
    person = scene.seated(run, deed.role)
    value = _value(scene, flow, run, deed)
    if deed.name == "calendar" and person is not None:
        dates.send_date(scene, person, run, value)
    if deed.name == "group_link" and person is not None:
        couples.group_link(scene, person)
    if deed.name == "go_on_together":
        together.go_on(scene)
    if deed.name == PLAN:
        return plans.make(scene, person, run, flow, value)
    done = (
        care.do(scene, deed.name)
        or again.do(scene, person, deed.name, value)
        or couples.do(scene, person, deed.name, value)
    )
    if not done:
        plans.do(scene, person, run, deed.name, value)
        privacy.do(scene, person, deed.name, value)
    return None


def _value(scene: Scene, flow: Flow, run: Run, deed: Do) -> str:
    """Return what a deed is about, as plain text."""
    if deed.source is None:
        return ""
    names = names_for(scene.desk, scene.work, flow, run, deed.role, person=scene.seated(run, deed.role))
    return plain(scene.desk.library.renderer.text(deed.source, names))
