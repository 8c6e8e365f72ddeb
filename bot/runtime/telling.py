"""How a run speaks: what it says to whom, where, and with which buttons.

It renders for each reader by themself, so that a text can only contain what that reader may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.flow.model import ROLES, Flow, Node, Role, Scale, Text
from bot.library.gates import PREFIX
from bot.runtime.buttons import MARK, PICKED, has_buttons, keyboard, labels
from bot.runtime.drawing import filled_in
from bot.runtime.events import Keyboard
from bot.runtime.names import names_for
from bot.runtime.voice import Voice

if TYPE_CHECKING:
    from bot.flow.effects import Say
    from bot.library.messages import MessageKey
    from bot.store.protocol import Person, Run


class Telling(Voice):
    """The part of a scene that speaks for a run."""

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
        if flow.about.kind == "nudge" and _is_the_question(flow, node) and names["nudge"].eased:
            rarer = render(self.desk.library.messages["eased"], {"weeks": names["nudge"].weeks})
            text = f"{text}\n\n<i>{rarer}</i>"
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


def _is_the_question(flow: Flow, node: Node) -> bool:
    """Say whether this is what a flow asks first, behind its gate: nothing is told before that is open."""
    first = next((one for one in flow.nodes.values() if one.ask and not one.id.startswith(PREFIX)), None)
    return node == first
