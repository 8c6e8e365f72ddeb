"""A person's own history, as an author may speak of it: earlier answers, plans, lines, what to do next.

Nothing here is looked up before a text asks for it, and everything is the reader's own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.flow.model import Text
from bot.library.render import Own
from bot.runtime import again, plans, practice
from bot.runtime.journal import Journal
from bot.runtime.lazy import Makers, Names

if TYPE_CHECKING:
    from datetime import datetime

    from bot.flow.model import Flow, Node
    from bot.flow.session import Value
    from bot.runtime.desk import Desk
    from bot.store.protocol import Person, Run, Work

PAST_KEPT = 12
"""Earlier runs that a text can look back on: a quarter of weekly ones."""

NOBODY = {
    "runs": 0, "begun": 0, "past": [], "past_of": lambda _flow: [], "done": lambda _flow: 0, "gap": {},
    "practice": None, "left_runs": list, "kept_plan": plans.NO_PLAN, "plans": list,
    "plan_no": lambda _number: plans.NO_PLAN, "plan_days": list, "journal": None,
}  # fmt: skip
"""What a stranger's history is."""


def history(  # noqa: PLR0913  as `names_for`
    desk: Desk, work: Work, flow: Flow, run: Run, *, person: Person | None, reader: object
) -> Makers:
    """Return the names that tell of one person's history."""
    if person is None:
        return {name: partial(_same, value) for name, value in NOBODY.items()}
    library, now = desk.library, desk.clock.now()
    makers = own_names(desk, work, person, reader, run.started_at)
    names = Names(makers)
    return makers | {
        "practice": lambda: practice.Shelf(library, work, person.id, now, names),
        "runs": lambda: work.runs_done(person.id, flow.id, run.started_at),
        "begun": lambda: work.runs_begun(person.id, flow.id, run.started_at),
        "past": lambda: names["past_of"](flow.id),
        "left_runs": lambda: lambda: again.listed(library, work, person, now),
        "kept_plan": lambda: plans.view(library, work.plan_of_run(run.id), person),
        "plans": lambda: lambda: plans.listed(work, person),
        "plan_no": lambda: lambda number: plans.view(library, plans.find(work, person, number), person),
        "plan_days": lambda: lambda: plans.days(library, person, now),
        "journal": lambda: Journal(library, work, person),
    }


def own_names(desk: Desk, work: Work, person: Person, reader: object, before: datetime) -> Makers:
    """Return what a reason may speak of (`practice.yaml`): the person and their runs before a moment."""
    library, now = desk.library, desk.clock.now()

    def past_of(flow_id: str) -> list[dict[str, Any]]:
        flow = library.flows.get(flow_id)
        return _past(work, flow, person, before, now) if flow else []

    makers: Makers = {
        "me": lambda: reader,
        "past_of": lambda: past_of,
        "done": lambda: lambda flow_id: work.runs_done(person.id, flow_id, before),
    }
    names = Names(makers)
    makers["gap"] = lambda: practice.gaps(library, names)
    return makers


def _same(value: object) -> object:
    return value


def shown(node: Node, value: Value) -> Any:  # noqa: ANN401  an answer of any kind
    """Return an answer as a text may use it: a person's own words are marked as such."""
    if isinstance(value, str) and isinstance(node.ask, Text):
        return Own(value)
    return list(value) if isinstance(value, tuple) else value


def _past(work: Work, flow: Flow, person: Person, before: datetime, now: datetime) -> list[dict[str, Any]]:
    found = []
    for past in work.past(person.id, flow.id, before, PAST_KEPT):
        one: dict[str, Any] = {node.id: None for node in flow.nodes.values() if node.ask is not None}
        for node_id, answer in past.answers.items():
            node = flow.find(node_id)
            if node is not None and answer.final:
                one[node.id] = shown(node, answer.value)
        one["weeks_ago"] = max(1, round((now - past.ended_at).days / 7))
        found.append(one)
    return found
