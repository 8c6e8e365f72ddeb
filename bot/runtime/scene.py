"""Carries out what the engine decided, inside the turn's transaction.

A `Scene` is one run in one turn. How it speaks is in `telling.py`; nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.effects import (
    Ack,
    Begin,
    CloseKeyboard,
    Do,
    Effect,
    Hint,
    Note,
    Redraw,
    Remember,
    Reveal,
    Say,
    SetTimer,
)
from bot.flow.engine import resume, start
from bot.flow.inbound import Joined, Left, TimedOut
from bot.flow.session import Session
from bot.library.load import MENU, PLAN_DAY, WELCOME
from bot.runtime import couples, deeds, together
from bot.runtime.names import judge_for, names_for
from bot.runtime.telling import BEATS, Telling, can_take_place
from bot.runtime.words import to_keep
from bot.store.protocol import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.flow.inbound import Inbound
    from bot.flow.model import Flow, Role
    from bot.flow.session import Status
    from bot.flow.step import Step
    from bot.store.protocol import Person, Plan


PASSED_FOR = timedelta(hours=1)
"""How long a gate stays passed for the exercise that follows."""

FRESH = timedelta(hours=24)
"""How long an open question takes what is simply typed, or goes on when its flow is asked for again."""


class ConflictError(Exception):
    """Somebody else moved this session meanwhile; the turn is taken again from the start."""


class Scene(Telling):
    """One turn's hands: what it writes goes into `work`, what it leaves to do into `outcome`."""

    # Beginning and going on

    def begin(
        self,
        flow: Flow,
        seats: dict[Role, Person] | None = None,
        pair_chat: int | None = None,
        plan: Plan | None = None,
    ) -> Run:
        """Start a flow: for the person of this chat, or the people in these seats; perhaps about a plan."""
        if seats is None:
            seats = {"initiator": self.person} if self.person else {}
        run = Run(
            id=self.desk.new_run_id() if flow.about.stores else "",
            session=Session(flow.id, flow.start, flow.roles),
            seats={role: person.id for role, person in seats.items()},
            started_at=self.now,
            touched_at=self.now,
            pair_chat=pair_chat,
            asked=dict.fromkeys(seats, self.now) if len(seats) > 1 else {},
        )
        if plan is not None:
            self.work.save_plan(replace(plan, run_id=run.id))
        step = start(flow, judge_for(self.desk, self.work, flow, run, self.person))
        after = replace(run, session=step.session)
        if flow.about.stores:
            self.work.add_run(after)
        self._carry_out(flow, run, after, step.effects)
        return after

    def begin_or_resume(self, flow: Flow) -> None:
        """Begin a flow for the person of this chat; one that is already open goes on where it stopped."""
        person = self.person
        if len(flow.roles) > 1:
            together.begin(self, flow)
            return
        if person is None and flow.about.stores:
            # An old button of somebody who has left for good.
            self.tell("consent_first")
            self.begin(self.desk.library.flows[WELCOME])
            return
        open_runs = self.work.open_runs(person.id) if person and flow.about.stores else []
        run = next((one for one in open_runs if one.session.flow == flow.id), None)
        role = run.role_of(person.id) if run and person else None
        if run is None or role is None:
            self.begin(flow)
        elif self.now - run.touched_at > FRESH or _is_page(flow):
            self.expire(run)
            self.begin(flow)
        else:
            self.go_on(run, Joined(role))

    def go_on(self, run: Run, inbound: Inbound) -> Run:
        """Take something that happened into a run."""
        flow = self.desk.library.flows.get(run.session.flow)
        if flow is None:
            return self._flow_gone(run)
        step: Step = resume(
            flow, run.session, inbound, judge_for(self.desk, self.work, flow, run, self.person)
        )
        after = replace(run, session=step.session, touched_at=self.now)
        after = together.moved(self, flow, run, after, inbound)
        # A question that is shown again is the newest: what is written next is meant for it.
        if flow.about.stores and (step.session != run.session or isinstance(inbound, Joined)):
            if not self.work.save_run(run, self._to_keep(flow, after)):
                raise ConflictError
            after = replace(after, version=run.version + 1)
        before = flow.find(run.session.node)
        if (
            before
            and (before.timeout or run.session.paused)
            and together.where(step.session) != together.where(run.session)
        ):
            self.work.drop_timer(run.id, run.session.turn)
        self._carry_out(flow, run, after, step.effects)
        together.ended(self, flow, run, after, late=isinstance(inbound, TimedOut))
        if after.session.status == "done":
            couples.answer_knock(self)
        if (run.session.status, after.session.status) == ("active", "left"):
            self._tell_others(run, inbound.role if isinstance(inbound, Left) else None)
        return after

    def _to_keep(self, flow: Flow, run: Run) -> Run:
        """Return the run as it is saved: without the words of those who want none kept.

        This turn still has them, so that its reply can say them back.
        """
        kept = {
            role: to_keep(
                flow, answers, all_words=(one := self.seated(run, role)) is None or one.profile.keep_words
            )
            for role, answers in run.session.answers.items()
        }
        return replace(run, session=replace(run.session, answers=kept))

    def _tell_others(self, run: Run, left: Role | None) -> None:
        """Say that it has ended, in one neutral line: not who left, nor whether they stopped or are gone.

        Who left hears of it otherwise, unless it was in sight of both.
        """
        if len(run.session.roles) == 1:
            return
        if run.pair_chat is not None:
            self.note(run, "ended")
            return
        for role, person_id in run.seats.items():
            other = self.work.person(person_id) if role != left else None
            if other is not None:
                self.tell("ended", person=other)

    def wake(self, run: Run, role: Role) -> Run:
        """Open a run again that was left or has expired; return it as it stands now."""
        woken = replace(run, session=replace(run.session, status="active", waiting=(role,)))
        if not self.work.save_run(run, woken):
            raise ConflictError
        return replace(woken, version=run.version + 1)

    def expire(self, run: Run, status: Status = "expired") -> None:
        """Close a run without a word, and take its buttons away; what was answered stays."""
        flow = self.desk.library.flows.get(run.session.flow)
        after = replace(run, session=replace(run.session, status=status, waiting=()))
        if not self.work.save_run(run, after):
            raise ConflictError
        self.work.drop_timer(run.id, run.session.turn)
        # What was pressed, if anything, belongs to something else.
        press, self.press = self.press, None
        if flow is not None:
            self._close(flow, run, CloseKeyboard(run.session.turn, None))
        self.press = press

    def _flow_gone(self, run: Run) -> Run:
        after = replace(run, session=replace(run.session, status="changed", waiting=()))
        self.work.save_run(run, after)
        self.tell("changed")
        return after

    # Effects

    def _carry_out(self, flow: Flow, before: Run, after: Run, effects: Sequence[Effect]) -> None:  # noqa: C901, PLR0912  a table
        begun: list[str] = []
        plan: Plan | None = None
        if self.press is not None and self.press.chat_id == after.pair_chat:
            self.in_place = self.press.message_id if can_take_place(flow, effects) else None
        for effect in effects:
            match effect:
                case Say():
                    self._lead_aside(flow, before, after, effect)
                    self._say(flow, after, effect)
                case Hint(to=role, key=key):
                    self._hint(flow, after, role, key)
                case Note(key=key):
                    self.note(after, key, self.alone_again() if key == "waits" and after.pair_chat else None)
                case CloseKeyboard():
                    self._close(flow, before, effect)
                case Redraw(role=role, node=node_id):
                    self._redraw(flow, after, role, flow.nodes[node_id])
                case SetTimer(turn=turn, seconds=seconds):
                    self._set_timer(flow, after, turn, seconds)
                case Remember():
                    deeds.remember(self, flow, after, effect)
                case Do():
                    plan = deeds.do(self, flow, after, effect) or plan
                case Begin(flow=flow_id):
                    begun.append(flow_id)
                case Ack(key="noted_sealed") if self.press is None:
                    self.tell("noted_sealed")
                case Ack(key=key):
                    self.answer_press(key)
                case Reveal():
                    pass  # kept in the session; `names.py` opens what it allows
        for source in begun:
            self._follow(after, self._chosen(flow, after, source))
        if plan is not None:
            self.begin(self.desk.library.flows[PLAN_DAY], plan=plan)

    def _set_timer(self, flow: Flow, run: Run, turn: int, seconds: int) -> None:
        """Wake the run later; a turn to speak first wakes at each step of its bar."""
        clock = flow.nodes[run.session.node].clock
        if clock is None or run.session.paused:
            self.work.set_timer(run.id, turn, self.now + timedelta(seconds=seconds))
        else:
            self.work.set_timer(run.id, turn, self.now + timedelta(seconds=clock.seconds / BEATS), 1)

    def _follow(self, run: Run, flow: Flow) -> None:
        """Go on with another flow: where two were together, with each of them alone."""
        if len(run.session.roles) == 1:
            self.begin_or_resume(self._behind_the_gate(run, flow))
            return
        for person in filter(None, (self.seated(run, role) for role in run.session.roles)):
            self.beside(person).begin_or_resume(flow)

    def beside(self, person: Person) -> Scene:
        """Return a scene with somebody else, in their own chat, in the same turn."""
        scene = Scene(self.desk, self.work, person.chat_id, person)
        scene.outcome = self.outcome
        scene.by_itself = self.by_itself or person != self.person
        return scene

    def _behind_the_gate(self, run: Run, flow: Flow) -> Flow:
        """Return the flow without its gate, for somebody alone who has just passed the same one."""
        before = self.desk.library.flows.get(run.session.flow)
        passed = before is not None and before.behind_gate and before.about.gate == flow.about.gate
        if not passed or len(flow.roles) > 1 or self.now - run.started_at > PASSED_FOR:
            return flow
        if self.person is None or self.desk.shown.since(self.person.chat_id, run.started_at):
            return flow
        return replace(flow, start=flow.behind_gate)

    def _chosen(self, flow: Flow, run: Run, source: str) -> Flow:
        """Return the flow that is to follow; one that the person chose may be gone by now."""
        flows, flow_id = self.desk.library.flows, source
        if "{{" in source:
            names = names_for(self.desk, self.work, flow, run, "initiator", person=self.person)
            flow_id = self.desk.library.renderer.text(source, names)
        return flows.get(flow_id) or flows[MENU]


def _is_page(flow: Flow) -> bool:
    """Say whether a command leads there: whoever asks for it wants its beginning, not where they left it."""
    return flow.about.kind == "page" and bool(flow.about.command)
