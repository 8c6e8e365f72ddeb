"""What was begun and left: taken up again where it stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.inbound import Joined
from bot.library.load import MENU

if TYPE_CHECKING:
    from datetime import datetime

    from bot.library.load import Library
    from bot.runtime.scene import Scene
    from bot.store.protocol import Begun, Person, Work

LEFT_FOR = timedelta(days=60)
"""How long what was left can be taken up again."""

MOST = 6
OPEN = frozenset({"active", "left", "expired"})


def left(library: Library, work: Work, person: Person, now: datetime) -> list[Begun]:
    """Return the exercises that a person began and did not finish, nor finished since; the newest first."""
    found: list[Begun] = []
    seen: set[str] = set()
    for one in work.begun_since(person.id, now - LEFT_FOR):
        flow = library.flows.get(one.flow)
        # What was for two is not taken up alone, nor when the other has been erased since.
        if flow is None or len(flow.roles) > 1 or flow.about.kind != "exercise" or one.flow in seen:
            continue
        seen.add(one.flow)
        if one.status in OPEN:
            found.append(one)
    return found[:MOST]


def listed(library: Library, work: Work, person: Person, now: datetime) -> list[tuple[str, str]]:
    """Return them as buttons."""
    return [(one.run_id, library.flows[one.flow].about.title) for one in left(library, work, person, now)]


def do(scene: Scene, person: Person | None, name: str, value: str) -> bool:
    """Take up a run that was left; False when the deed is another one."""
    if name != "resume":
        return False
    run = scene.work.run(value)
    role = run.role_of(person.id) if run and person else None
    flow = scene.desk.library.flows.get(run.session.flow) if run else None
    if run is None or role is None or flow is None or len(flow.roles) > 1 or run.session.status not in OPEN:
        scene.begin(scene.desk.library.flows[MENU])
        return True
    node = flow.find(run.session.node)
    if node is not None and node.timeout:
        scene.work.set_timer(run.id, run.session.turn, scene.now + timedelta(seconds=node.timeout.seconds))
    scene.go_on(scene.wake(run, role), Joined(role))
    return True
