"""Which weekly question comes next: by what was least practised and by gaps, none twice in half a year."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.library.practice import first_code
from bot.runtime.history import own_names
from bot.runtime.lazy import Names
from bot.runtime.names import me
from bot.runtime.practice import LATELY, holding, practised

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

HISTORY = timedelta(days=730)


def choose(desk: Desk, work: Work, person: Person, schedule: Schedule) -> Flow:
    """Return the weekly question for somebody; one that they put off comes again."""
    flows, now = desk.library.flows, desk.clock.now()
    questions = [flow for flow in flows.values() if flow.about.kind == "nudge"]
    last = work.run(schedule.run_id) if schedule.run_id else None
    put_off = next((flow for flow in questions if last and flow.id == last.session.flow), None)
    if put_off is not None and schedule.wanted != schedule.slot:
        return put_off
    begun = work.begun_since(person.id, now - HISTORY)
    lately = {one.flow for one in begun if now - one.started_at < NOT_AGAIN}
    fresh = [flow for flow in questions if flow.id not in lately]
    met = practised(desk.library, begun, now)
    met.update(
        _corner(flows[one.flow]) for one in begun if one.flow in flows and now - one.started_at < LATELY
    )
    names = Names(own_names(desk, work, person, me(person), now))
    reasons = holding(desk.library, names)[:REASONS]
    wanted = [code for reason in reasons for code in reason.codes]

    def rank(flow: Flow) -> tuple[int, float, str]:
        asked = max((one.started_at.timestamp() for one in begun if one.flow == flow.id), default=0.0)
        return met[_corner(flow)] - NEARER * (_corner(flow) in wanted), asked, flow.id

    return min(fresh or questions, key=rank if fresh else lambda flow: (0, rank(flow)[1], flow.id))


def _corner(flow: Flow) -> str:
    """Return what a question is mostly about: its practice, or the first of its codes."""
    return first_code(flow.about.tags, "P") or next(iter(flow.about.tags), "")
