"""What two can do together: the shelf of exercises for two, and how one of them begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.inbound import Chose, Joined, Said
from bot.library.load import LANGUAGE
from bot.library.places import hour_name
from bot.runtime import care

if TYPE_CHECKING:
    from bot.flow.inbound import Inbound
    from bot.flow.model import Flow, Role
    from bot.flow.session import Session
    from bot.library.load import Library
    from bot.runtime.scene import Scene
    from bot.store.protocol import Couple, Person, Run, Work

RESTS = timedelta(hours=24)
"""After "not today" whoever asked asks nothing more for so long: a no is complete (voice.md)."""

SETTLES = timedelta(hours=3)
"""After something was stopped neither asks for so long, whoever it was that stopped: a pause is for less."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An exercise for two, as it lies on the shelf."""

    title: str
    minutes: int
    hint: str


@dataclass(frozen=True, slots=True)
class Together:
    """The shelf, for the texts of /together."""

    library: Library
    open: Offered | None = None
    """What the reader and the other have in hand."""

    def shelves(self) -> list[tuple[str, str]]:
        """Return the shelves, as buttons."""
        return [(shelf.id, shelf.title) for shelf in self.library.together]

    def on(self, shelf_id: object) -> list[tuple[str, str]]:
        """Return the exercises of a shelf, as buttons."""
        flows = self.library.flows
        found = [one for shelf in self.library.together if shelf.id == shelf_id for one in shelf.flows]
        return [(one, self.library.offer(flows[one])) for one in found if one in flows]

    def one(self, flow_id: object) -> Offered | None:
        """Return what is to be said of an exercise before it begins."""
        flow = self.library.flows.get(str(flow_id))
        return Offered(flow.about.title, flow.about.minutes, flow.about.hint) if flow else None


def begin(scene: Scene, flow: Flow) -> None:
    """Begin an exercise for two, by asking each alone; one at a time, and not again right after a no."""
    found = _both(scene)
    if found is None:
        scene.tell("not_two")
        return
    person, other, couple = found
    if (found_open := _open(scene, person, other, couple.group_id)) is not None:
        if not _asked_again(scene, *found_open):
            scene.tell("one_at_a_time")
        return
    rest = couple.of(person.id).rest
    if rest is not None and rest > scene.now:
        scene.tell("rests", until=hour_name(rest, person.profile.zone, LANGUAGE))
        return
    group = couple.group_id if couple.bound and couple.alone else None
    scene.begin(flow, {"initiator": person, "partner": other}, group)
    if couple.group_id is not None and couple.bound:
        # Somebody may have come or gone unseen: the count arrives long before both are ready.
        scene.count(couple.group_id)


def _both(scene: Scene) -> tuple[Person, Person, Couple] | None:
    """Return the person of this turn, the other, and the two as a couple."""
    person = scene.person
    couple = scene.work.couple_of(person.id) if person else None
    other = scene.work.person(couple.other(person.id).person_id) if couple and person else None
    return (person, other, couple) if person and other and couple else None


def _open(scene: Scene, person: Person, other: Person, group: int | None) -> tuple[Run, Role] | None:
    """Return what the two have open, and who the person is in it; where their group is gone, without it."""
    for run in scene.work.open_runs(person.id):
        role = run.role_of(person.id)
        if role is None or other.id not in run.seats.values():
            continue
        if run.pair_chat is None or run.pair_chat == group:
            return run, role
        # It goes on in the two chats.
        scene.work.save_run(run, replace(run, pair_chat=None))
        return replace(run, pair_chat=None, version=run.version + 1), role
    return None


def _asked_again(scene: Scene, run: Run, role: Role) -> bool:
    """Show its question again to whom it waits for; False where it waits for nothing of theirs."""
    if care.stands_in_group(scene.desk, run):
        scene.tell("in_group")
    elif role in run.session.waiting and not run.session.paused:
        scene.go_on(run, Joined(role))
    else:
        return False
    return True


def go_on(scene: Scene) -> None:
    """Show again what the two have open, or say where it stands."""
    found = _both(scene)
    found_open = _open(scene, found[0], found[1], found[2].group_id) if found else None
    if found_open is None:
        scene.tell("nothing_to_stop")
    elif not _asked_again(scene, *found_open):
        scene.tell(care.where_it_stands(scene.desk, found_open[0]))


def view(library: Library, work: Work, person: Person | None) -> Together:
    """Return the shelf, and what the reader has open; what they have left unseen is not told of."""
    for run in work.open_runs(person.id) if person else []:
        role = run.role_of(person.id) if person else None
        if len(run.seats) > 1 and role is not None and role not in run.session.gone:
            return Together(library, Together(library).one(run.session.flow))
    return Together(library)


def where(session: Session) -> tuple[int, str, bool]:
    """Return what a timer hangs on: when this changes, the one that was set is over."""
    return session.turn, session.status, bool(session.paused)


def moved(scene: Scene, flow: Flow, run: Run, after: Run, inbound: Inbound) -> Run:
    """Return a run of two as it is to be kept.

    What one of them does at a sealed question leaves no time in it: from that the other could tell. And what
    was agreed on with somebody else in the group goes on in the two chats.
    """
    if len(after.seats) == 1:
        return after
    if where(after.session) != where(run.session):
        after = replace(after, asked=dict.fromkeys(run.seats, scene.now))
    elif isinstance(inbound, Joined | Said | Chose):
        after = replace(after, touched_at=run.touched_at, asked={**run.asked, inbound.role: scene.now})
    else:
        after = replace(after, touched_at=run.touched_at)
    node, next_node = flow.find(run.session.node), flow.find(after.session.node)
    if after.pair_chat is None or node is None or not node.quiet or after.session == run.session:
        return after
    scene.count(after.pair_chat)
    couple = scene.work.couple_in(after.pair_chat)
    leaves_gate = next_node is not None and not next_node.quiet
    return replace(after, pair_chat=None) if leaves_gate and not (couple and couple.alone) else after


def ended(scene: Scene, flow: Flow, run: Run, after: Run, *, late: bool) -> None:
    """Note what came of something for two: a while of rest, the same whoever said no, left, or was silent."""
    node = flow.find(run.session.node)
    if node is None or len(run.seats) == 1 or after.session.status == "active":
        return
    if late or node.quiet:
        _rest(scene, run, run.seats.get("initiator", 0), RESTS)
    elif after.session.status == "left":
        for seat in run.seats.values():
            _rest(scene, run, seat, SETTLES)


def _rest(scene: Scene, run: Run, person_id: int, lasts: timedelta) -> None:
    couple: Couple | None = scene.work.couple_of(person_id)
    if couple is not None and {couple.one.person_id, couple.two.person_id} == set(run.seats.values()):
        partner = couple.of(person_id)
        until = max(partner.rest or scene.now, scene.now + lasts)
        scene.work.save_couple(couple.with_partner(replace(partner, rest=until)))
