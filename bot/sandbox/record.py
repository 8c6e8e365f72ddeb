"""Writes down what was said, in the format of the transcripts that are this project's tests.

# saved from the sandbox      clock 2026-03-02 19:00 UTC
ann>  /start                  Ann writes to the bot
ann@pair>  (Yes)              she presses a button in the group
bot<  …   [Button]            what comes of it: for the one who acted, `bot@bo<` for another
bot~  …                       a short line over the chat
---   to 2026-03-08 18:00     time that was jumped over, up to here
# bo blocks the bot           what the format has no word for
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.sandbox.shapes import buttons

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json
    from bot.sandbox.world import World

WIDTH: Final = 96
PAIR: Final = "pair"
_MINUTE: Final = 60
_SHOWN: Final = ("photo", "voice", "sticker", "location", "contact", "document")


class Record:
    """Listens to a world and keeps the lines. Line breaks in what people write become spaces."""

    def __init__(self, world: World) -> None:
        """Begin with an empty page."""
        self._world = world
        world.listeners.append(self._heard)
        self.clear()

    def clear(self) -> None:
        """Throw everything away and begin again at the present moment."""
        self._began = self._world.now()
        self._actor = ""
        self._lines: list[str] = []
        self._said: list[str] = []
        self._toasts: list[str] = []
        self._first = ""
        self._waiting = False

    def jumped(self) -> None:
        """Note that time was jumped over; steps in which nothing happened are written as one."""
        self._close_act()
        self._actor = self._first
        self._waiting = True

    def note(self, what: str) -> None:
        """Write a remark of one line."""
        self._act(f"# {what}")

    def text(self, ending: str) -> str:
        """Return the whole transcript, closed with the bot's own account of how it stands."""
        began = datetime.fromtimestamp(self._began, UTC)
        lines = [*self._lines, *self._said, *self._toasts]
        if self._waiting:
            lines.append(self._until())
        head = f"# saved from the sandbox      clock {began:%Y-%m-%d %H:%M} UTC"
        return "\n".join([head, *lines, f"= {ending}"]) + "\n"

    def _heard(self, event: str, what: Json) -> None:
        match event:
            case "message" if what["from"]["id"] == self._world.bot["id"]:
                self._bot_said(what)
            case "message" if "text" in what:
                self._person_did(what["from"]["id"], what["chat"]["id"], " ".join(what["text"].split()))
            case "message" if any(one in what for one in _SHOWN):
                self._person_did(what["from"]["id"], what["chat"]["id"], "[photo]")
            case "edited" if what["from"]["id"] != self._world.bot["id"] and what.get("edit_date"):
                self._person_did(what["from"]["id"], what["chat"]["id"], "[edits]")
            case "pressed":
                old = "" if what["newest"] else "old: "
                self._person_did(what["user_id"], what["chat_id"], f"({old}{what['label']})")
            case "answered" if what["text"]:
                name = self._name(what["user_id"])
                speaker = "bot~" if name == self._actor else f"bot@{name}~"
                self._toasts.append(f"{speaker}  {what['text']}")

    def _person_did(self, user_id: int, chat_id: int, what: str) -> None:
        name = self._name(user_id)
        where = "" if chat_id == user_id else f"@{PAIR}"
        self._act(f"{name}{where}>  {what}" if where else f"{name + '>':<5} {what}")
        self._actor = name

    def _act(self, line: str) -> None:
        self._close_act()
        self._wait_is_over()
        self._lines.append(line)

    def _close_act(self) -> None:
        self._lines += [*self._said, *self._toasts]
        self._said, self._toasts = [], []

    def _wait_is_over(self) -> None:
        if self._waiting:
            self._lines.append(self._until())
            self._waiting = False

    def _until(self) -> str:
        """Return the line for the wait that ends now, to the minute after."""
        moment = datetime.fromtimestamp(-(-self._world.now() // _MINUTE) * _MINUTE, UTC)
        return f"---   to {moment:%Y-%m-%d %H:%M}"

    def _bot_said(self, message: Json) -> None:
        self._wait_is_over()
        chat_id = message["chat"]["id"]
        chat = self._name(chat_id) if chat_id > 0 else PAIR
        self._first = self._first or chat
        self._actor = self._actor or chat
        text = str(message.get("text") or message.get("caption") or "")
        if "photo" in message:
            name = self._world.files[message["photo"][0]["file_id"]].name
            text = f"[picture: {name.removesuffix('.png')}]\n{text}"
        text = text or "[file]"
        labels = " ".join(f"[{button['text']}]" for button in buttons(message))
        lines = [part for part in text.splitlines() if part.strip()]
        self._said += wrapped("bot<  " if chat == self._actor else f"bot@{chat}<  ", lines, labels)

    def _name(self, user_id: int) -> str:
        person = self._world.people.get(user_id)
        name = person.shape["first_name"].lower() if person else ""
        return name if name.isascii() and name.isalpha() else f"guest{user_id}"


def wrapped(speaker: str, lines: list[str], labels: str) -> list[str]:
    """Return one message as lines of at most 96 characters, its buttons behind the last or below it."""
    indent = " " * len(speaker)
    shown: list[str] = []
    for line in lines:
        row = ""
        for word in line.split(" "):
            if row and len(row) + len(word) + 1 > WIDTH:
                shown.append(row)
                row = word
            else:
                row = f"{row} {word}" if row else word
        shown.append(row)
    if labels:
        if len(shown[-1]) + len(labels) + 3 <= WIDTH:
            shown[-1] += f"   {labels}"
        else:
            shown.append(labels)
    return [(speaker if index == 0 else indent) + line for index, line in enumerate(shown)]
