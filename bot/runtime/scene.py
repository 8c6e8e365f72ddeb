"""Carries out what the engine decided, inside the turn's transaction: words, keyboards, things to remember.

A `Scene` is one run in one turn. It renders for each reader by themself, so that a text can only contain
what that reader may see, and leaves rows in the outbox; nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.flow.effects import (
    Ack,
    Begin,
    CloseKeyboard,
    Do,
    Effect,
    Hint,
    Redraw,
    Remember,
    Reveal,
    Say,
    SetTimer,
)
from bot.flow.engine import Step, resume, start
from bot.flow.inbound import Joined, Left
from bot.flow.model import ROLES, Flow, Node, Role, Scale, Text
from bot.flow.session import Session
from bot.library.load import WELCOME
from bot.runtime import care, people, privacy
from bot.runtime.buttons import MARK, PICKED, has_buttons, keyboard, labels
from bot.runtime.drawing import filled_in
from bot.runtime.events import Keyboard
from bot.runtime.names import judge_for, names_for
from bot.runtime.voice import Voice
from bot.runtime.words import without_words
from bot.store.protocol import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.flow.inbound import Inbound
    from bot.library.messages import MessageKey
    from bot.store.protocol import Person


FRESH = timedelta(hours=24)
"""How long an open question takes what is simply typed, or goes on when its flow is asked for again."""


class ConflictError(Exception):
    """Somebody else moved this session meanwhile; the turn is taken again from the start."""


class Scene(Voice):
    """One turn's hands: what it writes goes into `work`, what it leaves to do into `outcome`."""

    # Beginning and going on

    def begin(self, flow: Flow, seats: dict[Role, Person] | None = None, pair_chat: int | None = None) -> Run:
        """Start a flow: for the person of this chat, or for the people in these seats."""
        if seats is None:
            seats = {"initiator": self.person} if self.person else {}
        run = Run(
            id=self.desk.new_run_id() if flow.about.stores else "",
            session=Session(flow.id, flow.start, flow.roles),
            seats={role: person.id for role, person in seats.items()},
            started_at=self.now,
            touched_at=self.now,
            pair_chat=pair_chat,
        )
        step = start(flow, judge_for(self.desk, self.work, flow, run, self.person))
        after = replace(run, session=step.session)
        if flow.about.stores:
            self.work.add_run(after)
        self._carry_out(flow, run, after, step.effects)
        return after

    def begin_or_resume(self, flow: Flow) -> None:
        """Begin a flow for the person of this chat; one that is already open goes on where it stopped."""
        person = self.person
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
        elif self.now - run.touched_at > FRESH:
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
        # A question that is shown again is the newest: what is written next is meant for it.
        if flow.about.stores and (step.session != run.session or isinstance(inbound, Joined)):
            if not self.work.save_run(run, self._to_keep(flow, after)):
                raise ConflictError
            after = replace(after, version=run.version + 1)
        before = flow.find(run.session.node)
        if (
            before
            and before.timeout
            and (step.session.turn, step.session.status) != (run.session.turn, "active")
        ):
            self.work.drop_timer(run.id, run.session.turn)
        self._carry_out(flow, run, after, step.effects)
        if isinstance(inbound, Left) and run.session.status == "active":
            self._tell_others(run, inbound.role)
        return after

    def _to_keep(self, flow: Flow, run: Run) -> Run:
        """Return the run as it is saved: without the words of those who want none kept.

        This turn still has them, so that its reply can say them back.
        """
        kept = {
            role: answers
            if (person := self._seated(run, role)) is None or person.profile.keep_words
            else without_words(flow, answers)
            for role, answers in run.session.answers.items()
        }
        return replace(run, session=replace(run.session, answers=kept))

    def _tell_others(self, run: Run, left: Role) -> None:
        """Say that it has ended, in one neutral line: not who left, nor whether they stopped or are gone."""
        for role, person_id in run.seats.items():
            other = self.work.person(person_id) if role != left else None
            if other is not None:
                self.tell("ended", person=other)

    def expire(self, run: Run) -> None:
        """Close a run that was left lying; what was answered stays."""
        after = replace(run, session=replace(run.session, status="expired", waiting=()))
        if not self.work.save_run(run, after):
            raise ConflictError

    def _flow_gone(self, run: Run) -> Run:
        after = replace(run, session=replace(run.session, status="changed", waiting=()))
        self.work.save_run(run, after)
        self.tell("changed")
        return after

    # Effects

    def _carry_out(self, flow: Flow, before: Run, after: Run, effects: Sequence[Effect]) -> None:  # noqa: C901  a table
        begun: list[str] = []
        for effect in effects:
            match effect:
                case Say():
                    self._say(flow, after, effect)
                case Hint(to=role, key=key):
                    self._hint(flow, after, role, key)
                case CloseKeyboard(turn=turn, chosen=chosen):
                    self._close(flow, before, turn, chosen)
                case Redraw(role=role, node=node_id):
                    self._redraw(flow, after, role, flow.nodes[node_id])
                case SetTimer(turn=turn, seconds=seconds):
                    self.work.set_timer(after.id, turn, self.now + timedelta(seconds=seconds))
                case Remember():
                    self._remember(flow, after, effect)
                case Do(role=role, name=name):
                    self._do(after, role, name)
                case Begin(flow=flow_id):
                    begun.append(flow_id)
                case Ack(key=key):
                    self.answer_press(key)
                case Reveal():
                    pass  # kept in the session; `names.py` opens what it allows
        for flow_id in begun:
            self._follow(after, self.desk.library.flows[flow_id])

    def _follow(self, run: Run, flow: Flow) -> None:
        """Go on with another flow: where two were together, with each of them alone."""
        if len(run.session.roles) == 1 or len(flow.roles) > 1:
            self.begin_or_resume(flow)
            return
        for person in filter(None, (self._seated(run, role) for role in run.session.roles)):
            scene = Scene(self.desk, self.work, person.chat_id, person)
            scene.outcome = self.outcome
            scene.begin_or_resume(flow)

    def _remember(self, flow: Flow, run: Run, effect: Remember) -> None:
        if effect.name == "consent":
            if self.person is None:
                self.person = self.work.add_person(self.chat_id, self.now)
            return
        person = self._seated(run, effect.role)
        if person is None:
            return
        if effect.source is not None:
            names = names_for(self.desk, self.work, flow, run, effect.role, person=person)
            value = self.desk.library.renderer.text(effect.source, names)
        else:
            answer = run.session.answer(effect.role, effect.node)
            if answer is None or answer.value is None:
                return
            value = str(answer.value)
        changed = people.remember(self.desk, self.work, person, effect.name, value)
        if self.person and changed.id == self.person.id:
            self.person = changed

    def _do(self, run: Run, role: Role, name: str) -> None:
        if not care.do(self, name):
            privacy.do(self, self._seated(run, role), name)

    def _seated(self, run: Run, role: Role) -> Person | None:
        """Return who sits in a role; a flow that stores nothing is always the person of this chat."""
        person_id = run.seats.get(role)
        if person_id is None or (self.person and self.person.id == person_id):
            return self.person
        return self.work.person(person_id)

    # Words

    def _say(self, flow: Flow, run: Run, say: Say) -> None:
        node = flow.nodes[say.node]
        if run.pair_chat is not None and say.where != "private":
            self._say_to(flow, run, node, None, person=None, chat_id=run.pair_chat, asks=say.asks)
            return
        for role in say.to:
            person = self._seated(run, role)
            chat_id = person.chat_id if person else self.chat_id
            self._say_to(flow, run, node, role, person=person, chat_id=chat_id, asks=say.asks)

    def _say_to(  # noqa: PLR0913  a message stands in a run, for a reader, in a chat
        self,
        flow: Flow,
        run: Run,
        node: Node,
        role: Role | None,
        *,
        person: Person | None,
        chat_id: int,
        asks: bool,
    ) -> None:
        names = names_for(self.desk, self.work, flow, run, role, person=person)
        render = self.desk.library.renderer.text
        text = render(node.say, names)
        if isinstance(node.ask, Scale):
            low, high = render(node.ask.low_words, names), render(node.ask.high_words, names)
            text = f"{text}\n\n<i>{node.ask.low} = {low}\n{node.ask.high} = {high}</i>"
        if asks and run.session.turn == 1 and flow.about.kind == "exercise" and chat_id > 0:
            text = f"{text}\n\n<i>{self.desk.library.messages['always_there']}</i>"
        rows = keyboard(self.desk, flow, run, node, role, names=names) if asks else []
        reply = asks and isinstance(node.ask, Text) and run.pair_chat == chat_id
        self.send(
            text, rows, chat_id=chat_id, person=person, run=run, reply=reply, sensitive=flow.about.sensitive,
            picture=filled_in(self.desk.library, node, names))  # fmt: skip

    def _hint(self, flow: Flow, run: Run, role: Role, key: MessageKey) -> None:
        person = self._seated(run, role)
        values: dict[str, Any] = {}
        if key == "too_long":
            node = flow.nodes[run.session.node]
            answer = run.session.answer(role, node.id)
            if isinstance(node.ask, Text) and answer and isinstance(answer.value, str):
                values = {"length": len(answer.value), "limit": node.ask.limit}
        self.tell(key, person=person, **values)

    # Buttons

    def _close(self, flow: Flow, run: Run, turn: int, chosen: str | None) -> None:
        """Take a question's buttons away, or leave the pressed one as the record of what was chosen."""
        node = flow.find(run.session.node)
        if node is None or not has_buttons(run, node):
            return
        for role, chat_id in self._chats_of(run, node):
            message_id = self._question(run, turn, chat_id)
            if message_id is None:
                continue
            label = None
            if chosen is not None and role is not None:
                names = names_for(self.desk, self.work, flow, run, role, person=self._seated(run, role))
                pairs = dict(labels(self.desk, node, names))
                label = pairs.get(chosen) or (
                    self.desk.library.messages["button_skip"] if chosen == "skip" else None
                )
            rows = [[(PICKED + label, MARK)]] if label else []
            self.outcome.calls.append(Keyboard(chat_id, message_id, rows))

    def _redraw(self, flow: Flow, run: Run, role: Role, node: Node) -> None:
        person = self._seated(run, role)
        for seat, chat_id in self._chats_of(run, node):
            message_id = self._question(run, run.session.turn, chat_id)
            if seat in (role, None) and message_id is not None:
                names = names_for(self.desk, self.work, flow, run, role, person=person)
                # In the pair's chat nobody's picks are drawn: the other would see them.
                rows = keyboard(self.desk, flow, run, node, seat, names=names)
                self.outcome.calls.append(Keyboard(chat_id, message_id, rows))

    def _chats_of(self, run: Run, node: Node) -> list[tuple[Role | None, int]]:
        """Return where the question stands: in the pair's chat, or with each one who was asked."""
        if run.pair_chat is not None and node.where != "private":
            return [(None, run.pair_chat)]
        found: list[tuple[Role | None, int]] = []
        for role in ROLES:
            if role in run.session.roles and node.who in (role, "anyone", "everyone"):
                person = self._seated(run, role)
                found.append((role, person.chat_id if person else self.chat_id))
        return found

    def _question(self, run: Run, turn: int, chat_id: int) -> int | None:
        """Return the message that holds a turn's buttons: the pressed one, or the one we sent."""
        if self.press is not None and self.press.chat_id == chat_id:
            return self.press.message_id
        return self.work.sent_message_id(run.id, turn, chat_id) if run.id else None
