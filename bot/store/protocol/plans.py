"""What `runtime` asks of a store about plans, and about what somebody began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.protocol.records import Begun, Plan


class PlansPart(Protocol):
    """The part of `Work` that practice looks at."""

    def add_plan(self, person_id: int, flow: str, words: str, at: datetime) -> Plan:
        """Keep a line as a plan that has no day yet."""
        ...

    def save_plan(self, plan: Plan) -> None:
        """Keep what became of a plan."""
        ...

    def plan(self, plan_id: int) -> Plan | None:
        """Return a plan."""
        ...

    def plan_of_run(self, run_id: str) -> Plan | None:
        """Return the plan that a run speaks of."""
        ...

    def plans_of(self, person_id: int) -> list[Plan]:
        """Return all plans of a person, the newest first."""
        ...

    def due_plans(self, now: datetime, limit: int) -> list[int]:
        """Return the ids of plans that are to be asked about by now."""
        ...

    def drop_old_plans(self, person_id: int, before: datetime) -> None:
        """Drop a person's plans that were made before a moment."""
        ...

    def begun_since(self, person_id: int, since: datetime) -> list[Begun]:
        """Return which flows a person began alone since a moment, and how it went, the newest first."""
        ...
