"""How a turn speaks: rendered messages into the outbox, and the answer to a press."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal

from bot.flow.schedule import out_of_quiet
from bot.library.places import zone_or_utc
from bot.runtime.buttons import ALONE
from bot.runtime.events import LINK, AnswerPress, Count, Outcome
from bot.runtime.people import quiet_of
from bot.store.protocol import Message

if TYPE_CHECKING:
    from datetime import datetime

    from bot.library.messages import MessageKey
    from bot.runtime.desk import Desk
    from bot.runtime.events import Pressed, Row
    from bot.store.protocol import Couple, Kind, Person, Run, Work


HERE = "here"
"""What /start is followed by where somebody comes from their group, to go on alone."""


class Voice:
    """What it writes goes into `work`, what it leaves to do into `outcome`."""

    def __init__(self, desk: Desk, work: Work, chat_id: int, person: Person | None) -> None:
        """Act for the chat that something came from; `person` is None for somebody who has not agreed."""
        self.desk = desk
        self.work = work
        self.now = desk.clock.now()
        self.chat_id = chat_id
        self.person = person
        self.press: Pressed | None = None
        self.kind: Kind = "reply"
        self.outcome = Outcome()
        self.good_until: datetime | None = None
        self.account = ""
        self.by_itself = False
        """The person of this scene has done nothing that this answers."""
        self._answered = False

    def tell(
        self, key: MessageKey, *, person: Person | None = None, sensitive: bool = True, **values: object
    ) -> None:
        """Say one of the bot's own sentences, privately."""
        person = person or self.person
        text = self.desk.library.renderer.text(self.desk.library.messages[key], values)
        chat_id = person.chat_id if person else self.chat_id
        self.send(text, [], chat_id=chat_id, person=person, sensitive=sensitive)

    def send(  # noqa: PLR0913  a message has this many sides
        self,
        text: str,
        rows: list[Row],
        *,
        chat_id: int,
        person: Person | None,
        run: Run | None = None,
        reply: bool = False,
        sensitive: bool = True,
        file: tuple[str, bytes] | None = None,
        picture: tuple[str, str] | None = None,
        edit: int | None = None,
    ) -> None:
        """Leave a rendered message in the outbox; with a file or a picture (name, SVG), it stands under that.

        What a discreet person gets can be neither forwarded nor saved. `edit` is the message of ours whose
        place it takes.
        """
        body: dict[str, Any] = {"text": text, "rows": rows}
        if person and person.profile.discreet:
            body["protect"] = True
        if reply:
            body["reply"] = True
        if file:
            body["file"] = {"name": file[0], "data": b64encode(file[1]).decode()}
        if picture:
            body["picture"] = {"name": picture[0], "svg": picture[1]}
        couple = self.work.couple_in(chat_id) if chat_id < 0 else None
        if any(map(self._sleeps, self._woken(person, couple))):
            body["silent"] = True
        if edit:
            body["edit"] = [chat_id, edit]
        if couple and couple.thread_id:
            body["thread"] = couple.thread_id
        message = Message(
            id=self.work.next_message_id(self.now),
            chat_id=chat_id,
            kind=self.kind,
            body=body,
            person_id=person.id if person else None,
            run_id=run.id if run and run.id else None,
            turn=run.session.turn if run else 0,
            good_until=self.good_until,
            sensitive=sensitive and chat_id > 0,
        )
        self.work.add_message(message)
        if self.kind == "reply":
            self.outcome.messages.append(message)
        else:
            self.outcome.nudges = True

    def _woken(self, person: Person | None, couple: Couple | None) -> list[Person]:
        """Return whom a message would wake: both, in their group; somebody alone, unless it answers them."""
        if couple is not None:
            return self._both(couple)
        return [person] if person and (self.by_itself or person != self.person) else []

    def _both(self, couple: Couple) -> list[Person]:
        """Return the two of a couple, as far as they are here."""
        found = (self.work.person(one.person_id) for one in (couple.one, couple.two))
        return [one for one in found if one is not None]

    def _sleeps(self, person: Person) -> bool:
        """Say whether these are somebody's quiet hours."""
        zone = zone_or_utc(person.profile.zone)
        return out_of_quiet(self.now, quiet_of(person), zone) > self.now

    def count(self, chat_id: int) -> None:
        """Ask how many are in the group of a couple, and whether both of them are."""
        couple = self.work.couple_in(chat_id)
        both = self._both(couple) if couple else []
        self.outcome.calls.append(Count(chat_id, tuple(one.chat_id for one in both)))

    def own_chat(self) -> list[Row]:
        """Return a button that leads to one's own chat with the bot, as far as we know our name."""
        name = self.desk.itself.username
        label = self.desk.library.messages["open_private"]
        return [[(label, f"{LINK}t.me/{name}?start={HERE}")]] if name else []

    def alone_again(self) -> list[Row]:
        """Return the button by which the two say that nobody else is in their group any more."""
        return [[(self.desk.library.messages["button_alone"], ALONE)]]

    def answer_press(self, key: MessageKey | Literal[""]) -> None:
        """Answer the press that began this turn, once: silently, or with a short line."""
        if self.press is None or self._answered:
            return
        text = self.desk.library.messages[key] if key else ""
        self.outcome.calls.append(AnswerPress(self.press.press_id, text))
        self._answered = True
