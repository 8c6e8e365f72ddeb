"""Plans that people made, and what they began: the part of a unit of work that practice looks at."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from bot.store.protocol import Begun, Plan
from bot.store.rows import from_ms, moment_or_none, ms_or_none, to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.vault import Vault


class PlansWork:
    """The part of `protocol.Work` about plans."""

    _db: Any
    _q: Any
    _vault: Vault

    def add_plan(self, person_id: int, flow: str, words: str, at: datetime) -> Plan:
        number = int(
            self._q.add_plan(self._db, person_id=person_id, flow=flow, made_at=to_ms(at), sealed=b"")
        )
        plan = Plan(number, person_id, flow, words, at, at)
        self.save_plan(plan)
        return plan

    def save_plan(self, plan: Plan) -> None:
        clear = orjson.dumps([plan.words, plan.outcome])
        self._q.save_plan(
            self._db,
            id=plan.id,
            state=plan.state,
            due_at=ms_or_none(plan.due_at),
            session_id=plan.run_id,
            changed_at=to_ms(plan.changed_at),
            sealed=self._vault.seal(plan.person_id, f"plans|{plan.id}", clear),
        )

    def plan(self, plan_id: int) -> Plan | None:
        return self._plan(self._q.plan(self._db, id=plan_id))

    def plan_of_run(self, run_id: str) -> Plan | None:
        return self._plan(self._q.plan_of_session(self._db, session_id=run_id))

    def plans_of(self, person_id: int) -> list[Plan]:
        rows = list(self._q.plans_of(self._db, person_id=person_id))
        return [plan for row in rows if (plan := self._plan(row))]

    def _plan(self, row: tuple[Any, ...] | None) -> Plan | None:
        if row is None:
            return None
        number, person_id, flow, state, made_at, changed_at, due_at, run_id, sealed = row
        words, outcome = orjson.loads(self._vault.open(person_id, f"plans|{number}", sealed))
        plan = Plan(number, person_id, flow, words, from_ms(made_at), from_ms(changed_at), state)
        return replace(plan, due_at=moment_or_none(due_at), run_id=run_id, outcome=outcome)

    def due_plans(self, now: datetime, limit: int) -> list[int]:
        return [number for (number,) in list(self._q.due_plans(self._db, now=to_ms(now), most=limit))]

    def drop_old_plans(self, person_id: int, before: datetime) -> None:
        self._q.drop_old_plans(self._db, person_id=person_id, before=to_ms(before))

    def begun_since(self, person_id: int, since: datetime) -> list[Begun]:
        rows = list(self._q.begun_since(self._db, person_id=person_id, since=to_ms(since)))
        return [
            Begun(run_id, flow, status, from_ms(started), from_ms(touched))
            for run_id, flow, status, started, touched in rows
        ]
