"""What a command does in somebody's own chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.flow.inbound import Paused
from bot.library.load import CARE, MENU, WELCOME
from bot.runtime import care, couples, stats
from bot.runtime.leaving import leave_all, leave_unseen
from bot.runtime.names import me
from bot.runtime.voice import HERE

if TYPE_CHECKING:
    from bot.flow.model import Flow
    from bot.runtime.desk import Desk
    from bot.runtime.scene import Scene
    from bot.store.protocol import Couple

PAUSE = "pause"

OPEN_TO_ALL = frozenset({"help", "privacy", "export", "forget"})
"""Help must never be withheld; and a stranger may be told that nothing is kept."""


def to_start(scene: Scene) -> None:
    """Meet a stranger."""
    scene.desk.greeted.keep(scene.chat_id, scene.now)
    scene.begin(scene.desk.library.flows[WELCOME])


def meet(scene: Scene) -> None:
    """Answer what a stranger writes: with the welcome, or shortly where it stands just above."""
    if scene.desk.greeted.lately(scene.chat_id, scene.now):
        scene.tell("before_yes")
    else:
        to_start(scene)


def take(scene: Scene, text: str) -> None:
    """Do what a command asks for; to a stranger only what needs no yes."""
    first = (text[1:].split(maxsplit=1) or [""])[0]
    word = first.split("@", maxsplit=1)[0].lower()
    library, person = scene.desk.library, scene.person
    if word == "start" and _comes_with(scene, text):
        return
    if word == "stop":
        _stop(scene)
        return
    if word == PAUSE and breaks_off(scene, f"/{PAUSE}"):
        return
    if word == scene.desk.exit_word:
        leave_unseen(scene)
        return
    if stats.is_asked(scene, word):
        stats.tell(scene)
        return
    flow = library.by_command(word)
    if flow is not None and flow.id != WELCOME and (person is not None or open_to_all(flow)):
        scene.begin_or_resume(flow)
    elif person is None:
        _meet_at(scene, flow)
    elif flow is not None:
        scene.tell("welcome_back", me=me(person))
        scene.begin(library.flows[MENU])
    else:
        scene.tell("unknown_command")
        scene.begin(library.flows[MENU])


def _meet_at(scene: Scene, flow: Flow | None) -> None:
    """Answer a stranger's command: the welcome where they ask for it, else only shortly once it was said."""
    if flow is not None and flow.id == WELCOME:
        to_start(scene)
        return
    if flow is not None and not scene.desk.greeted.lately(scene.chat_id, scene.now):
        scene.tell("consent_first")
    meet(scene)


def breaks_off(scene: Scene, text: str) -> bool:
    """Pause what two have open, at their word for it or at /pause; False where nothing can be paused.

    The word alone counts only where the question stands before both: elsewhere it may be an answer.
    """
    couple = scene.work.couple_of(scene.person.id) if scene.person else None
    for run, _ in care.open_runs(scene):
        asked = text.startswith("/") or care.stands_before_both(scene.desk, run)
        if couple and len(run.seats) > 1 and asked and is_pause(scene.desk, couple, text):
            if run.session.paused:
                scene.tell("is_paused")
            return bool(scene.go_on(run, Paused()).session.paused)
    return False


def is_pause(desk: Desk, couple: Couple, text: str) -> bool:
    """Say whether these words break off what two are doing."""
    words, label = text.strip().casefold().rstrip(".!"), desk.library.messages["button_pause"]
    return words in {f"/{PAUSE}", label.casefold(), couple.word.casefold() or PAUSE}


def _comes_with(scene: Scene, text: str) -> bool:
    """Take what /start brings along: a link that somebody pressed, or the way here from a group."""
    parameter = text.partition(" ")[2].strip()
    if parameter == HERE and scene.person is not None:
        care.go_on(scene)
        return True
    if not couples.TOKEN.fullmatch(parameter):
        return False
    couples.knock(scene, parameter)
    if scene.person is None:
        to_start(scene)
    return True


def open_to_all(flow: Flow) -> bool:
    """Say whether this may be read before agreeing to anything, and after having gone."""
    open_page = flow.id.startswith(CARE) or flow.about.command in OPEN_TO_ALL
    return open_page and flow.about.kind == "page" and not flow.about.stores


def _stop(scene: Scene) -> None:
    """Leave whatever is going on. Always works, and asks nothing (rule 7)."""
    runs = leave_all(scene)
    scene.tell("stopped" if runs else "nothing_to_stop")
    couples.answer_knock(scene)
