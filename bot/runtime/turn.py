"""One event, one transaction (design.md, rule 2): who is it, what is open, and what comes of it.

Everything here is a plain function on the store's thread. The order of questions: may this person be heard
at all, is it a command, which session is meant, and otherwise the friendly way back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.inbound import Chose, Joined, Said
from bot.flow.model import BACK, SKIP, Pick, Scale, Text
from bot.flow.session import Session
from bot.library.load import MENU, WELCOME
from bot.library.ways import listed_choices
from bot.runtime import commands, couples, groups
from bot.runtime.buttons import MARK, labels, read_payload
from bot.runtime.care import open_runs, stands_before_both, stands_in_group
from bot.runtime.events import (
    Arrived,
    Departed,
    Edited,
    Event,
    Heard,
    Masked,
    Migrated,
    Outcome,
    Pressed,
    Raised,
    Reach,
    Removed,
    Showed,
)
from bot.runtime.guard import interrupt, watch
from bot.runtime.leaving import leave_unseen
from bot.runtime.names import names_for
from bot.runtime.scene import FRESH, Scene
from bot.store.protocol import Run

if TYPE_CHECKING:
    from bot.flow.model import Flow, Role
    from bot.library.messages import MessageKey
    from bot.runtime.buttons import Key
    from bot.runtime.desk import Desk
    from bot.store.protocol import Work

ONE_MESSAGE = timedelta(seconds=5)
"""Telegram cuts a long text in pieces that arrive together."""

DAY = timedelta(days=1)
"""How exactly it is kept when somebody was last here."""

CUT_FROM = 3000
"""UTF-16 units in the first piece at least: apps cut at 4,096, or at a space before it."""


def handle(desk: Desk, work: Work, update_id: int, event: Event) -> Outcome:
    """Take one event, write what follows from it, and return what is left to do after the commit."""
    if not work.finish_update(update_id):
        return Outcome()
    topic = watch(desk, work, update_id, event)
    outcome = _handle(desk, work, event)
    if topic is not None:
        interrupt(desk, work, event, topic, outcome)
    return outcome


def _handle(desk: Desk, work: Work, event: Event) -> Outcome:
    match event:
        case Heard():
            return _heard(desk, work, event)
        case Pressed():
            return _pressed(desk, work, event)
        case Showed() | Edited():
            return _not_text(desk, work, event)
        case Reach(chat_id=chat_id, reachable=reachable):
            work.set_reachable(chat_id, reachable=reachable)
        case Arrived() | Departed() | Masked() | Migrated() | Raised() | Removed():
            return groups.happened(desk, work, event)
    return Outcome()


def apologise(desk: Desk, work: Work, event: Event, key: MessageKey = "failed") -> Outcome:
    """Tell the person that what they sent could not be dealt with (yet); nothing of it is repeated."""
    if not isinstance(event, Heard | Pressed | Showed | Edited) or not event.private:
        return Outcome()
    scene = _scene(desk, work, event)
    scene.tell(key)
    return scene.outcome


def _scene(desk: Desk, work: Work, event: Heard | Pressed | Showed | Edited) -> Scene:
    person = work.person_in(event.user_id)
    if person is not None and not person.reachable:
        work.set_reachable(person.chat_id, reachable=True)
    scene = Scene(desk, work, event.chat_id, person)
    scene.account = event.account if isinstance(event, Heard | Pressed) else ""
    if person is not None and (
        person.warned_at is not None or person.seen_at is None or scene.now - person.seen_at >= DAY
    ):
        work.see(person.id, scene.now)
    return scene


def _heard(desk: Desk, work: Work, event: Heard) -> Outcome:
    if not event.private:
        return groups.heard(desk, work, event)
    scene = _scene(desk, work, event)
    if event.text.startswith("/"):
        commands.take(scene, event.text)
    elif event.text.strip().casefold() == desk.exit_word:
        leave_unseen(scene)
    elif scene.person is None:
        if not _typed_page(scene, WELCOME, event.text):
            commands.meet(scene)
    elif not commands.breaks_off(scene, event.text):
        _words(scene, event.text)
    return scene.outcome


# Words


def _words(scene: Scene, text: str) -> None:
    """Give the words to the question asked last; one that is a day old is asked again first."""
    runs = [one for one in open_runs(scene) if not stands_in_group(scene.desk, one[0])]
    for run, role in runs:
        if (
            len(run.seats) > 1
            and stands_before_both(scene.desk, run)
            and not _is_answer(scene, run, role, text)
        ):
            scene.tell("by_voice")
            return
        if role in run.session.waiting and scene.now - run.asked_at(role) <= FRESH:
            _answer(scene, run, role, text)
            return
    for run, role in runs:
        if _takes_words(scene, run, role):
            # Words typed after a day are rarely meant for a question that has scrolled away.
            scene.tell("resume", title=scene.desk.library.flows[run.session.flow].about.title)
            scene.go_on(run, Joined(role))
            return
    if not scene.desk.knocks.asks(scene.chat_id, scene.now):
        scene.tell("nothing_open")
        scene.begin(scene.desk.library.flows[MENU])
    elif not _typed_page(scene, couples.ACCEPT, text):
        scene.tell("needs_button")
        scene.begin(scene.desk.library.flows[couples.ACCEPT])


def _is_answer(scene: Scene, run: Run, role: Role, text: str) -> bool:
    """Say whether words can answer what stands in the chats of both: a label of a button does."""
    return _takes_words(scene, run, role) or _typed_choice(scene, run, role, text) is not None


def _answer(scene: Scene, run: Run, role: Role, text: str) -> None:
    """Take words as the answer to an open question: its text, the label of a button, or neither."""
    choice = _typed_choice(scene, run, role, text)
    if choice is not None:
        scene.go_on(run, Chose(role, run.session.turn, choice))
        return
    after = scene.go_on(run, Said(role, text, more=_continues(scene, run, role)))
    if after.session.status == "active" and not _takes_words(scene, run, role):
        scene.go_on(after, Joined(role))


def _continues(scene: Scene, run: Run, role: Role) -> bool:
    """Say whether the message before was one that Telegram has cut, and this is its other end."""
    answer = run.session.answer(role, run.session.node)
    if answer is None or answer.final or not isinstance(answer.value, str):
        return False
    units = len(answer.value.encode("utf-16-le", "replace")) // 2
    return units >= CUT_FROM and scene.now - run.asked_at(role) <= ONE_MESSAGE


def _takes_words(scene: Scene, run: Run, role: Role) -> bool:
    flow = scene.desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    return node is not None and isinstance(node.ask, Text) and role in run.session.waiting


def _typed_choice(scene: Scene, run: Run, role: Role, text: str) -> str | None:
    """Return the choice whose label was typed: buttons can be out of reach, words never are (rule 12)."""
    flow = scene.desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    if flow is None or node is None or role not in run.session.waiting:
        return None
    if isinstance(node.ask, Text) and node.skip and _is_shrug(scene, text):
        return SKIP
    if not isinstance(node.ask, Pick | Scale):
        return None
    wanted = text.strip().casefold()
    messages = scene.desk.library.messages
    for label, choice in ((messages["button_skip"], SKIP), (messages["button_back"], BACK)):
        if wanted == label.casefold():
            return choice
    names = names_for(scene.desk, scene.work, flow, run, role, person=scene.person)
    return next((key for key, label in labels(scene.desk, node, names) if label.casefold() == wanted), None)


def _is_shrug(scene: Scene, text: str) -> bool:
    """Say whether somebody typed that they have no answer: quoting it back would sound like mockery."""
    words = text.strip().casefold().rstrip(".!? ")
    shrugs = {one.strip() for one in scene.desk.library.messages["shrugs"].split(",")}
    return words in shrugs or (bool(text.strip()) and all(one in ".?!-…,/" for one in text.strip()))


# Presses


def _pressed(desk: Desk, work: Work, event: Pressed) -> Outcome:
    scene = _scene(desk, work, event)
    scene.press = event
    key = read_payload(event.payload) if event.payload else None
    if event.payload == MARK:
        scene.answer_press("done")
    elif not event.private and groups.pressed(scene, event):
        pass
    elif key is None:
        scene.answer_press("old")
    elif key.page:
        _press_page(scene, event, key)
    else:
        _press_run(scene, key)
    scene.answer_press("")
    return scene.outcome


def _press_page(scene: Scene, event: Pressed, key: Key) -> None:
    """Go on from a button that says by itself where it stands: its flow stores nothing."""
    flow_id, node_id = scene.desk.library.pages.get(key.page, ("", ""))
    flow = scene.desk.library.flows.get(flow_id)
    if flow is None or not event.private:
        scene.answer_press("old")
        return
    if scene.person is None and flow.id != WELCOME and not commands.open_to_all(flow):
        scene.answer_press("")
        scene.tell("consent_first")
        commands.to_start(scene)
        return
    if scene.person is not None and flow.id == WELCOME:
        scene.answer_press("done")
        return
    _choose_on_page(scene, flow, node_id, key.choice)


def _typed_page(scene: Scene, flow_id: str, text: str) -> bool:
    """Take the label of a button of a page that was typed (rule 12); False when it is none."""
    flow, wanted = scene.desk.library.flows[flow_id], text.strip().casefold()
    for node in flow.nodes.values():
        for choice in listed_choices(node.ask):
            if choice.label.casefold() == wanted:
                _choose_on_page(scene, flow, node.id, choice.id)
                return True
    return False


def _choose_on_page(scene: Scene, flow: Flow, node_id: str, choice: str) -> None:
    session = Session(flow.id, node_id, flow.roles, turn=1, waiting=flow.roles)
    seats: dict[Role, int] = {"initiator": scene.person.id} if scene.person else {}
    scene.go_on(Run("", session, seats, scene.now, scene.now), Chose("initiator", 1, choice))


def _press_run(scene: Scene, key: Key) -> None:
    run = scene.work.run(key.run_id)
    role = run.role_of(scene.person.id) if run and scene.person else None
    if run is None:
        scene.answer_press("old")
    elif role is None:
        scene.answer_press("not_yours")
    else:
        scene.go_on(run, Chose(role, key.turn, key.choice))


# What is not text


def _not_text(desk: Desk, work: Work, event: Showed | Edited) -> Outcome:
    if not event.private:
        return groups.showed(desk, work, event) if isinstance(event, Showed) else Outcome()
    scene = _scene(desk, work, event)
    if scene.person is None:
        if isinstance(event, Showed):
            commands.meet(scene)
        return scene.outcome
    if isinstance(event, Edited):
        scene.tell("edited")
        return scene.outcome
    words = any(_takes_words(scene, run, role) for run, role in open_runs(scene))
    scene.tell("needs_words" if words else "needs_text")
    return scene.outcome
