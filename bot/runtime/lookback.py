"""Which weekly question comes next: by what was least practised and by gaps, none twice in half a year."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.library.practice import first_code
from bot.runtime.history import own_names
from bot.runtime.lazy import Names
from bot.runtime.names import me
from bot.runtime.practice import LATELY, LOOK_BACK, holding, practised

if TYPE_CHECKING:
    from bot.flow.model import Flow
    from bot.runtime.desk import Desk
    from bot.store.protocol import Person, Schedule, Work

NOT_AGAIN = timedelta(days=180)
"""How long a question does not come twice."""

REASONS = 2
"""How many reasons, the first that hold, are allowed to draw a question nearer."""

NEARER = 2
"""How many practices a reason outweighs."""


def choose(desk: Desk, work: Work, person: Person, schedule: Schedule) -> Flow:
    """Return the weekly question for somebody; one that they put off comes again."""
    flows, now = desk.library.flows, desk.clock.now()
    questions = [flow for flow in flows.values() if flow.about.kind == "nudge"]
    last = work.run(schedule.run_id) if schedule.run_id else None
    put_off = next((flow for flow in questions if last and flow.id == last.session.flow), None)
    if put_off is not None and schedule.wanted != schedule.slot:
        return put_off
    begun = work.begun_since(person.id, now - LOOK_BACK)
    # The newest come first, so that what stays of each flow in turning them round is its newest.
    asked = {one.flow: one.started_at for one in reversed(begun)}
    fresh = [flow for flow in questions if flow.id not in asked or now - asked[flow.id] >= NOT_AGAIN]
    if not fresh:
        return min(questions, key=lambda flow: (asked[flow.id], flow.id))
    met = practised(desk.library, begun, now)
    met.update(
        _corner(flows[one.flow]) for one in begun if one.flow in flows and now - one.started_at < LATELY
    )
    names = Names(own_names(desk, work, person, me(person), now))
    reasons = holding(desk.library, names)[:REASONS]
    wanted = [code for reason in reasons for code in reason.codes]

    def rank(flow: Flow) -> tuple[int, float, str]:
        last_asked = asked[flow.id].timestamp() if flow.id in asked else 0.0
        return met[_corner(flow)] - NEARER * (_corner(flow) in wanted), last_asked, flow.id

    return min(fresh, key=rank)


def _corner(flow: Flow) -> str:
    """Return what a question is mostly about: its practice, or the first of its codes."""
    return first_code(flow.about.tags, "P") or next(iter(flow.about.tags), "")
