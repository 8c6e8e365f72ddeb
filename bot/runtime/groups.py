"""The group of a couple: how it becomes theirs, what is said there, who may be there (design.md, rule 11).

The bot hears presses, commands and replies to itself. Each is allowed by the id of who sent it. Whenever
somebody comes or goes, and before each exercise, it asks Telegram how many are there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.inbound import Joined, Left, Paused, Resumed, Said
from bot.flow.model import Text
from bot.runtime import marks
from bot.runtime.buttons import ALONE, PRESENT
from bot.runtime.commands import PAUSE, is_pause
from bot.runtime.couples import hash_of
from bot.runtime.events import (
    Arrived,
    Counted,
    Departed,
    GroupEvent,
    Keyboard,
    Masked,
    Migrated,
    Outcome,
    Raised,
    Removed,
)
from bot.runtime.scene import Scene

if TYPE_CHECKING:
    from bot.flow.model import Node, Role
    from bot.library.messages import MessageKey
    from bot.runtime.desk import Desk
    from bot.runtime.events import Heard, Pressed, Showed
    from bot.store.protocol import Couple, Partner, Person, Run, Work

THREE = 3
"""The two and the bot."""


# What is said and pressed there


def heard(desk: Desk, work: Work, event: Heard) -> Outcome:
    """Take what one of the two wrote in their group; everybody else's words are passed over."""
    person = work.person_in(event.user_id)
    if person is None:
        return Outcome()
    scene = Scene(desk, work, event.chat_id, person)
    words = event.text.strip()
    first, _, rest = words.partition(" ")
    command, _, name = first[1:].casefold().partition("@") if words.startswith("/") else ("", "", "")
    if name and name != desk.itself.username.casefold():
        return Outcome()
    couple = work.couple_in(event.chat_id)
    if command == "start" and rest.strip():
        _bind(scene, person, rest.strip(), event.thread_id)
    elif couple is not None and person.id in _ids(couple):
        if command == "together" and event.thread_id != couple.thread_id:
            scene.work.save_couple(replace(couple, thread_id=event.thread_id))
        _said(scene, couple, person, command, words)
    return scene.outcome


def _said(scene: Scene, couple: Couple, person: Person, command: str, words: str) -> None:
    runs = [(run, role) for run in scene.work.runs_in(scene.chat_id) if (role := run.role_of(person.id))]
    for run, role in runs:
        if command == "stop":
            scene.go_on(run, Left(role))
        elif command == PAUSE or is_pause(scene.desk, couple, words):
            if run.session.paused:
                scene.note(run, "is_paused")
            scene.go_on(run, Paused())
        elif not command and _takes_words(scene.desk, run, role):
            scene.go_on(run, Said(role, words))
    if command and not (runs and command in {"stop", PAUSE}):
        words = scene.desk.library.messages["elsewhere"]
        scene.send(words, scene.own_chat(), chat_id=scene.chat_id, person=None)


def showed(desk: Desk, work: Work, event: Showed) -> Outcome:
    """Take a voice message or a picture as something said in one's turn to speak; it is not fetched."""
    person = work.person_in(event.user_id)
    if person is None:
        return Outcome()
    scene = Scene(desk, work, event.chat_id, person)
    for run in work.runs_in(event.chat_id):
        role = run.role_of(person.id)
        if role is not None and _counts_words(desk, run, role):
            scene.go_on(run, Said(role, ""))
    return scene.outcome


def _counts_words(desk: Desk, run: Run, role: Role) -> bool:
    node = _stands_at(desk, run, role)
    return node is not None and (node.clock is not None or node.reply is not None)


def _takes_words(desk: Desk, run: Run, role: Role) -> bool:
    """Say whether what is written in the group can be meant for the question that stands there."""
    node = _stands_at(desk, run, role)
    return _counts_words(desk, run, role) or (node is not None and isinstance(node.ask, Text))


def _stands_at(desk: Desk, run: Run, role: Role) -> Node | None:
    """Return the question that stands before both and waits for this one of them."""
    flow = desk.library.flows.get(run.session.flow)
    node = flow.find(run.session.node) if flow else None
    waits = node is not None and node.where != "private" and role in run.session.waiting
    return node if waits else None


def pressed(scene: Scene, event: Pressed) -> bool:
    """Take a press of the group's own buttons; False when it is none of them."""
    if event.payload not in {PRESENT, ALONE}:
        return False
    couple = scene.work.couple_in(event.chat_id)
    if couple is None or scene.person is None or scene.person.id not in _ids(couple):
        scene.answer_press("not_yours")
    elif event.payload == ALONE:
        scene.answer_press("looking")
        scene.count(event.chat_id)
    else:
        couple = couple.with_partner(replace(couple.of(scene.person.id), inside=True))
        scene.work.save_couple(couple)
        scene.answer_press("looking")
        if couple.bound:
            scene.count(event.chat_id)
            scene.outcome.calls.append(Keyboard(event.chat_id, event.message_id, []))
    return True


# Becoming theirs


def _bind(scene: Scene, person: Person, token: str, thread_id: int | None) -> None:
    """Take a group as the couple's, once both have pressed in it; a bad link hears the one sentence."""
    invite = scene.work.invite(hash_of(token))
    couple = scene.work.couple_of(person.id)
    owner = scene.work.couple_in(scene.chat_id)
    good = invite is not None and invite.kind == "group" and invite.expires_at > scene.now
    if (
        not good
        or invite is None
        or couple is None
        or person.id != invite.person_id
        or _is_others(couple, owner)
    ):
        # Said to them alone: who is there must not learn who is known to the bot.
        scene.tell("no_link")
        return
    if couple.group_id is not None and couple.group_id != scene.chat_id:
        _lose(Scene(scene.desk, scene.work, couple.group_id, None), scene.outcome)
    scene.work.drop_invite(invite.hash)
    one, two = (replace(partner, inside=False) for partner in (couple.one, couple.two))
    couple = replace(couple, one=one, two=two, group_id=scene.chat_id, thread_id=thread_id, alone=False)
    scene.work.save_couple(couple)
    messages = scene.desk.library.messages
    sees = messages["group_sees_all" if scene.desk.itself.reads_all else "group_sees"]
    text = scene.desk.library.renderer.text(messages["group_hello"], {"sees": sees})
    scene.send(text, [[(messages["button_here"], PRESENT)]], chat_id=scene.chat_id, person=None)


def _is_others(couple: Couple, owner: Couple | None) -> bool:
    return owner is not None and owner.id != couple.id


def _tell_here(scene: Scene, key: MessageKey) -> None:
    scene.send(scene.desk.library.messages[key], [], chat_id=scene.chat_id, person=None)


def _counted(scene: Scene, couple: Couple, number: int) -> None:
    """Hear from Telegram how many are in a group: go on when it is the two and the bot, else wait."""
    if not couple.bound:
        return
    alone, runs = number == THREE, scene.work.runs_in(scene.chat_id)
    scene.work.save_couple(replace(couple, alone=alone))
    if not alone:
        _wait(scene, always=not couple.alone and not runs)
        return
    if not couple.alone:
        _tell_here(scene, "group_ready")
    for run in runs:
        _as_one(scene, run).go_on(run, Resumed())


def happened(desk: Desk, work: Work, event: GroupEvent) -> Outcome:
    """Take what happened to a group; nothing of it matters in a group that is nobody's."""
    scene = Scene(desk, work, event.chat_id, None)
    if isinstance(event, Removed):
        _lose(scene, scene.outcome)
    couple = work.couple_in(event.chat_id)
    if couple is None:
        return scene.outcome
    match event:
        case Arrived(user_ids=user_ids):
            _arrived(scene, couple, user_ids)
        case Departed(user_id=user_id):
            _departed(scene, couple, user_id)
        case Masked() if work.runs_in(event.chat_id):
            _wait(scene)
        case Counted(number=number):
            _counted(scene, couple, number)
        case Raised():
            _tell_here(scene, "group_sees_all")
        case Migrated(to=new):
            _move(desk, work, event.chat_id, new, scene)
    return scene.outcome


def _arrived(scene: Scene, couple: Couple, user_ids: tuple[int, ...]) -> None:
    partners = _partners(scene, couple, user_ids)
    if len(partners) < len(set(user_ids)) and couple.bound:
        _wait(scene)
    if any(not partner.inside for partner in partners):
        # Whoever comes back is one of the two again once they have pressed.
        messages = scene.desk.library.messages
        scene.send(
            messages["waits"], [[(messages["button_here"], PRESENT)]], chat_id=scene.chat_id, person=None
        )
    scene.count(scene.chat_id)


def _departed(scene: Scene, couple: Couple, user_id: int) -> None:
    """Let somebody go: without one of the two it is not their group, whoever has come in their place."""
    for partner in _partners(scene, couple, (user_id,)):
        _wait(scene)
        couple = replace(couple.with_partner(replace(partner, inside=False)), alone=False)
        scene.work.save_couple(couple)
    scene.count(scene.chat_id)


def _partners(scene: Scene, couple: Couple, user_ids: tuple[int, ...]) -> list[Partner]:
    """Return which of the two these accounts are."""
    people = {one.person_id: scene.work.person(one.person_id) for one in (couple.one, couple.two)}
    chats = {person.chat_id: couple.of(number) for number, person in people.items() if person}
    return [chats[user_id] for user_id in user_ids if user_id in chats]


def _wait(scene: Scene, *, always: bool = False) -> None:
    """Pause what goes on here until the two are alone; say so once."""
    said, couple = False, scene.work.couple_in(scene.chat_id)
    if couple is not None:
        scene.work.save_couple(replace(couple, alone=False))
    for run in scene.work.runs_in(scene.chat_id):
        if run.session.paused not in {"others", "both"}:
            after = _as_one(scene, run).go_on(run, Paused(alone=False))
            said = said or after.session.paused in {"others", "both"}
    if always and not said:
        messages = scene.desk.library.messages
        scene.send(messages["waits"], scene.alone_again(), chat_id=scene.chat_id, person=None)


def _move(desk: Desk, work: Work, old: int, new: int, scene: Scene) -> None:
    """Follow a group that has become a supergroup, and ask again there: old buttons are dead."""
    work.move_chat(old, new)
    scene.count(new)
    for run in work.runs_in(new):
        there = _as_one(Scene(desk, work, new, None), run)
        there.outcome = scene.outcome
        if run.session.paused in {"others", "both"}:
            there.note(run, "waits", scene.alone_again())
        elif run.session.waiting and not run.session.paused:
            there.go_on(run, Joined(run.session.waiting[0]))


def _lose(scene: Scene, outcome: Outcome) -> None:
    """Let a group go that is theirs no longer: what was going on there ends, as each hears alone."""
    scene.outcome = outcome
    for run in scene.work.runs_in(scene.chat_id):
        flow = scene.desk.library.flows.get(run.session.flow)
        node = flow.find(run.session.node) if flow else None
        elsewhere, first = replace(run, pair_chat=None), _as_one(scene, run)
        if node is not None and node.quiet:
            # They have not begun yet, so they begin in their own chats.
            scene.work.save_run(run, elsewhere)
        else:
            first.go_on(elsewhere, Left(run.session.roles[0]))
            first.tell("ended")
    marks.unreachable(scene.chat_id, scene.work)


def _as_one(scene: Scene, run: Run) -> Scene:
    """Return a scene in which the run can go on, though nobody of the two has done anything."""
    person = next((found for one in run.seats.values() if (found := scene.work.person(one))), None)
    return scene.beside(person) if person else scene


def _ids(couple: Couple) -> set[int]:
    return {couple.one.person_id, couple.two.person_id}
