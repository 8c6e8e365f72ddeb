"""Looks at what people write, and shows its writer a card where one may help: privately, and after all else.

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
    from bot.runtime.desk import Desk
    from bot.runtime.events import Event
    from bot.store.protocol import Work


def watch(desk: Desk, work: Work, update_id: int, event: Event) -> Outcome:
    """Show the card that a message calls for, in the writer's own chat; where there is none, say nothing."""
    guard = desk.library.guard
    if guard is None or not isinstance(event, Heard | Showed | Edited):
        return Outcome()
    kind = guard.look(_words(desk, event.text))
    if not kind:
        return Outcome()
    person = work.person_in(event.user_id)
    if person is None and not event.private:
        return Outcome()
    topic = TOPICS[kind]
    if not desk.shown.may(event.user_id, topic, update_id, desk.clock.now()):
        return Outcome()
    scene = Scene(desk, work, person.chat_id if person else event.chat_id, person)
    care.show_card(scene, topic)
    return scene.outcome


def _words(desk: Desk, text: str) -> str:
    """Return what somebody wrote, without a command before it; nothing where they want out, unseen."""
    text = text.strip()
    if text.startswith("/"):
        text = text.partition(" ")[2]
    return "" if text.casefold() == desk.exit_word else text
