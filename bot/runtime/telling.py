"""How a run speaks: what it says to whom, where, and with which buttons.

It renders for each reader by themself, so that a text can only contain what that reader may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.flow.effects import Do, Say
from bot.flow.model import ROLES, Flow, Node, Role, Scale, Text
from bot.library.gates import PREFIX
from bot.runtime.buttons import MARK, PICKED, before_both, controls, has_buttons, keyboard, labels
from bot.runtime.drawing import filled_in
from bot.runtime.events import Keyboard, Retold
from bot.runtime.names import names_for
from bot.runtime.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.flow.effects import CloseKeyboard, Effect
    from bot.library.messages import MessageKey
    from bot.runtime.events import Row
    from bot.runtime.lazy import Names
    from bot.store.protocol import Person, Run


BEATS = 6
"""Steps of the bar that shows a turn to speak."""


def bar(beat: int) -> str:
    """Return the bar after some of its steps."""
    return "●" * min(beat, BEATS) + "○" * (BEATS - min(beat, BEATS))


def can_take_place(flow: Flow, effects: Sequence[Effect]) -> bool:
    """Say whether what is said next can take the place of the message whose button was pressed.

    A question for words is a message of its own by Telegram's rules; below a file it would stand above that.
    """
    said = [flow.nodes[one.node] for one in effects if isinstance(one, Say)]
    before_both = [node for node in said if node.where != "private"]
    words = any(isinstance(node.ask, Text) for node in before_both)
    return bool(before_both) and not words and not any(isinstance(one, Do) for one in effects)


class Telling(Voice):
    """The part of a scene that speaks for a run."""

    in_place: int | None = None
    """The message in the pair's group whose button was pressed, where the next words take its place."""

    def seated(self, run: Run, role: Role) -> Person | None:
        """Return who sits in a role; a flow that stores nothing is always the person of this chat."""
        person_id = run.seats.get(role)
        if person_id is None or (self.person and self.person.id == person_id):
            return self.person
        return self.work.person(person_id)

    # Words

    def _say(self, flow: Flow, run: Run, say: Say) -> None:
        node = flow.nodes[say.node]
        if run.pair_chat is not None and node.where != "private":
            if say.again:
                self._close_copy(run, run.pair_chat)
            self._say_to(flow, run, node, None, person=None, chat_id=run.pair_chat, asks=say.asks)
            return
        for role in say.to if say.again else self._hearers(run, node, say.to):
            person = self.seated(run, role)
            chat_id = person.chat_id if person else self.chat_id
            if say.again:
                self._close_copy(run, chat_id)
            self._say_to(
                flow, run, node, role, person=person, chat_id=chat_id, asks=say.asks, answers=role in say.to
            )

    def _close_copy(self, run: Run, chat_id: int) -> None:
        """Take the buttons from a question that is asked again below."""
        message_id = self.work.sent_message_id(run.id, run.session.turn, chat_id) if run.id else None
        if message_id is not None and self.in_place is None:
            self.outcome.calls.append(Keyboard(chat_id, message_id, []))

    @staticmethod
    def _hearers(run: Run, node: Node, asked: tuple[Role, ...]) -> tuple[Role, ...]:
        """Return who hears a node: what stands before both is for both, whoever is asked."""
        if node.where == "private" or len(run.session.roles) == 1:
            return asked
        return tuple(role for role in run.session.roles if role not in run.session.gone)

    def _lead_aside(self, flow: Flow, before: Run, run: Run, say: Say) -> None:
        """Say in the group that it goes on with each alone, where it has just been there."""
        last, node = flow.find(before.session.node), flow.nodes[say.node]
        in_group = run.pair_chat is not None and last is not None and last.where != "private"
        if in_group and node.where == "private" and say.asks and before.session.turn > 0:
            self.note(run, "look_private", self.own_chat())

    def note(self, run: Run, key: MessageKey, rows: list[Row] | None = None, **values: object) -> None:
        """Say one of the bot's own sentences to both, where their questions stand."""
        text = self.desk.library.renderer.text(self.desk.library.messages[key], values)
        if run.pair_chat is not None:
            self.send(text, rows or [], chat_id=run.pair_chat, person=None)
            return
        for role in run.session.roles:
            person = self.seated(run, role)
            if person is not None and role not in run.session.gone:
                self.send(text, rows or [], chat_id=person.chat_id, person=person)

    def hand_out(self, run: Run, caption: str, file: tuple[str, bytes]) -> None:
        """Give both a file, where their questions stand."""
        if run.pair_chat is not None:
            self.send(caption, [], chat_id=run.pair_chat, person=None, file=file)
            return
        for person in filter(None, (self.seated(run, role) for role in run.session.roles)):
            self.send(caption, [], chat_id=person.chat_id, person=person, file=file)

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
        answers: bool = True,
    ) -> None:
        names = names_for(self.desk, self.work, flow, run, role, person=person)
        render = self.desk.library.renderer.text
        text = self._words(node, names)
        if asks and run.session.turn == 1 and flow.about.kind == "exercise" and chat_id > 0:
            text = f"{text}\n\n<i>{self.desk.library.messages['always_there']}</i>"
        if flow.about.kind == "nudge" and _is_the_question(flow, node) and names["nudge"].eased:
            rarer = render(self.desk.library.messages["eased"], {"weeks": names["nudge"].weeks})
            text = f"{text}\n\n<i>{rarer}</i>"
        if _is_the_end(run, node) and not self.by_itself:
            text = f"{text}\n\n<i>{self.desk.library.messages['over']}</i>"
        rows = self._rows(flow, run, node, role, names, answers=answers) if asks else []
        edit = self._take_place() if chat_id == run.pair_chat else None
        reply = asks and isinstance(node.ask, Text) and run.pair_chat == chat_id
        self.send(
            text, rows, chat_id=chat_id, person=person, run=run, reply=reply, sensitive=flow.about.sensitive,
            picture=filled_in(self.desk.library, node, names), edit=edit)  # fmt: skip

    def _words(self, node: Node, names: Names, beat: int = 0) -> str:
        """Return what a node says to a reader, with its bar and the ends of its scale."""
        render = self.desk.library.renderer.text
        text = render(node.say, names)
        if node.clock:
            text = f"{bar(beat)}  {text}"
            if beat >= BEATS:
                text = f"{text}\n{self.desk.library.messages['time_up']}"
        if isinstance(node.ask, Scale):
            low, high = render(node.ask.low_words, names), render(node.ask.high_words, names)
            text = f"{text}\n\n<i>{node.ask.low} = {low}\n{node.ask.high} = {high}</i>"
        return text

    def _rows(  # noqa: PLR0913  as `keyboard`
        self, flow: Flow, run: Run, node: Node, role: Role | None, names: Names, *, answers: bool
    ) -> list[Row]:
        if not answers:
            return controls(self.desk, flow, run, node)
        return keyboard(self.desk, flow, run, node, role, names=names)

    def beat(self, flow: Flow, run: Run, node: Node, beat: int) -> None:
        """Show how much of a turn to speak is over, in the message that asks."""
        for role, chat_id in self._chats_of(run, node):
            message_id = self._question(run, run.session.turn, chat_id)
            if message_id is None:
                continue
            person = self.seated(run, role) if role else None
            names = names_for(self.desk, self.work, flow, run, role, person=person)
            answers = role is None or role in run.session.waiting
            rows = self._rows(flow, run, node, role, names, answers=answers)
            self.outcome.calls.append(Retold(chat_id, message_id, self._words(node, names, beat), rows))

    def _take_place(self) -> int | None:
        """Return the message whose place the next one takes, once."""
        taken, self.in_place = self.in_place, None
        return taken

    def _hint(self, flow: Flow, run: Run, role: Role, key: MessageKey) -> None:
        person = self.seated(run, role)
        values: dict[str, Any] = {}
        if key == "too_long":
            node = flow.nodes[run.session.node]
            answer = run.session.answer(role, node.id)
            if isinstance(node.ask, Text) and answer and isinstance(answer.value, str):
                values = {"length": len(answer.value), "limit": node.ask.limit}
        self.tell(key, person=person, **values)

    # Buttons

    def _close(self, flow: Flow, run: Run, effect: CloseKeyboard) -> None:
        """Take a question's buttons away, or leave the pressed one as the record of what was chosen."""
        turn, chosen, alone = effect.turn, effect.chosen, effect.role
        node = flow.find(run.session.node)
        if node is None or not has_buttons(run, node):
            return
        for role, chat_id in self._chats_of(run, node):
            if alone not in (None, role) or (self.in_place and chat_id == run.pair_chat):
                continue
            message_id = self._question(run, turn, chat_id)
            if message_id is None:
                continue
            label = None
            if chosen is not None and role is not None:
                names = names_for(self.desk, self.work, flow, run, role, person=self.seated(run, role))
                pairs = dict(labels(self.desk, node, names))
                label = pairs.get(chosen) or (
                    self.desk.library.messages["button_skip"] if chosen == "skip" else None
                )
                if label and node.who in run.session.roles and node.who != role:
                    # On the other's phone a mark without a name would read as one's own.
                    label = f"{names['other']}: {label}"
            rows = [[(PICKED + label, MARK)]] if label else []
            self.outcome.calls.append(Keyboard(chat_id, message_id, rows))

    def _redraw(self, flow: Flow, run: Run, role: Role, node: Node) -> None:
        person = self.seated(run, role)
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
            hears = node.who in (role, "anyone", "everyone") or before_both(run, node)
            if role in run.session.roles and role not in run.session.gone and hears:
                person = self.seated(run, role)
                found.append((role, person.chat_id if person else self.chat_id))
        return found

    def _question(self, run: Run, turn: int, chat_id: int) -> int | None:
        """Return the message that holds a turn's buttons: the pressed one, or the one we sent."""
        if self.press is not None and self.press.chat_id == chat_id:
            return self.press.message_id
        return self.work.sent_message_id(run.id, turn, chat_id) if run.id else None


def _is_the_end(run: Run, node: Node) -> bool:
    """Say whether these are the last words of something for two, which began."""
    done = run.session.status == "done" and run.session.node == node.id
    return done and len(run.session.roles) > 1 and not node.quiet


def _is_the_question(flow: Flow, node: Node) -> bool:
    """Say whether this is what a flow asks first, behind its gate: nothing is told before that is open."""
    first = next((one for one in flow.nodes.values() if one.ask and not one.id.startswith(PREFIX)), None)
    return node == first
