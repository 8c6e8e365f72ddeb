"""Looks at what people write, before anything else, and shows its writer a card where one may help.

What was written is taken as it is; what would have been said next waits behind the card's "Go on".

Nothing of it is kept. That a card was shown is remembered for a day, in memory only, so that nobody is shown
the same one twice while they write on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.library.guard import TOPICS
from bot.runtime import care
from bot.runtime.events import Edited, Heard, Outcome, Showed
from bot.runtime.scene import Scene

if TYPE_CHECKING:
    from bot.library.guard import Topic
    from bot.runtime.desk import Desk
    from bot.runtime.events import Event
    from bot.store.protocol import Work


def watch(desk: Desk, work: Work, update_id: int, event: Event) -> Topic | None:
    """Return the subject of the card that a message calls for, or None; it is remembered as shown."""
    guard = desk.library.guard
    if guard is None or not isinstance(event, Heard | Showed | Edited):
        return None
    kind = guard.look(_words(desk, event.text))
    if not kind or (not event.private and work.person_in(event.user_id) is None):
        return None
    topic = TOPICS[kind]
    return topic if desk.shown.may(event.user_id, topic, update_id, desk.clock.now()) else None


def interrupt(desk: Desk, work: Work, event: Event, topic: Topic, outcome: Outcome) -> None:
    """Put the card in the place of what the turn would have said to its writer.

    What was to be said leaves no row: one that was given up would tell for days who was shown a card.
    """
    if not isinstance(event, Heard | Showed | Edited):
        return
    person = work.person_in(event.user_id)
    chat_id = person.chat_id if person else event.chat_id
    for message in outcome.messages:
        if message.chat_id == chat_id:
            work.drop_message(message)
    outcome.messages = [message for message in outcome.messages if message.chat_id != chat_id]
    scene = Scene(desk, work, chat_id, person)
    care.show_card(scene, topic)
    outcome.messages += scene.outcome.messages


def _words(desk: Desk, text: str) -> str:
    """Return what somebody wrote, without a command before it; nothing where they want out, unseen."""
    text = text.strip()
    if text.startswith("/"):
        text = text.partition(" ")[2]
    return "" if text.casefold() == desk.exit_word else text
