"""Becoming two, and parting: a link that works once, and two yeses before anything is shared.

Only a hash of the link is kept. Whoever presses a link that is used, old, taken back, forged, their own or
somebody else's hears one sentence that does not say which. Who looks and declines leaves no trace.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.library.load import LANGUAGE
from bot.library.places import hour_name
from bot.library.render import Own, plain
from bot.runtime import parting
from bot.runtime.events import LINK, QUOTES
from bot.store.protocol import Invite

if TYPE_CHECKING:
    from datetime import datetime

    from bot.flow.model import Role
    from bot.runtime.desk import Desk
    from bot.runtime.events import Row
    from bot.runtime.scene import Scene
    from bot.store.protocol import InviteKind, Person, Run, Work

LASTS = timedelta(hours=24)
FIRST = frozenset({"welcome.about-you", "checkin.weekly"})
"""What a newcomer may be in the middle of: an invitation waits for its end."""

MOST_LABEL, MOST_WORD = 40, 24
BLANK = frozenset("\u115f\u1160\u2800")
"""Letters and signs, by their kind, that look like nothing."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
"""16 random bytes, as letters that a link can bear: 128 bits."""

ACCEPT, CALLED, CONFIRM = "pair.accept", "pair.called", "pair.confirm"
"""What shows somebody who invites them, what asks for a name after the yes, and what asks the inviter."""


STALE = ("pair.invite", "home.together")
"""What may still stand open from before the two were a couple, and would speak of it."""


@dataclass(frozen=True, slots=True)
class CoupleView:
    """The reader's couple: what each is called before the other, and whether they have a group."""

    other: Own
    me: Own
    group: bool
    word: str


@dataclass(frozen=True, slots=True)
class InviteView:
    """An invitation: who is behind it, what their account is called, until when it works."""

    label: Own
    account: Own
    until: str


# Names


def called(desk: Desk, work: Work, run: Run) -> dict[Role, Own]:
    """Return what each of a run is called before the other; somebody who is gone has no name any more."""
    unknown = desk.library.messages["someone"]
    couple = work.couple_of(next(iter(run.seats.values()), 0))
    labels = {one.person_id: one.label for one in (couple.one, couple.two)} if couple else {}
    if labels.keys() != set(run.seats.values()):
        labels = {}
    return {role: Own(labels.get(run.seats.get(role, 0)) or unknown) for role in run.session.roles}


def view(work: Work, person: Person | None) -> CoupleView | None:
    """Return the reader's couple, or None."""
    couple = work.couple_of(person.id) if person else None
    if couple is None or person is None:
        return None
    other, own = couple.other(person.id), couple.of(person.id)
    return CoupleView(Own(other.label), Own(own.label), couple.bound and couple.alone, couple.word)


def made(work: Work, person: Person | None, now: datetime) -> InviteView | None:
    """Return the link that the reader has made and that still works, or None."""
    invite = work.invite_of(person.id, "pair") if person else None
    if invite is None or person is None or invite.expires_at <= now:
        return None
    until = hour_name(invite.expires_at, person.profile.zone, LANGUAGE)
    return InviteView(Own(invite.asked_label), Own(invite.asked_account), until)


def pending(work: Work, person: Person | None) -> bool:
    """Say whether the reader has agreed to an invitation that is not confirmed yet."""
    return person is not None and work.invite_asked_by(person.id) is not None


def met(desk: Desk, work: Work, person: Person | None) -> InviteView | None:
    """Return the invitation whose link the reader has pressed, as long as it is good for them."""
    invite = _good_for(
        work, person, desk.knocks.of(person.chat_id, desk.clock.now()) if person else b"", desk.clock.now()
    )
    return InviteView(Own(invite.label), Own(invite.account), "") if invite else None


def label_of(text: str) -> str:
    """Return what somebody wants to be called: one line, no address, no signs that turn or hide letters."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(
        " " if unicodedata.category(one)[0] == "C" or one in "@()/" or one in QUOTES else one for one in plain
    )
    label = " ".join(kept.split())[:MOST_LABEL].strip()
    seen = any(unicodedata.category(one)[0] in "LNPS" and one not in BLANK for one in label)
    return label if seen else ""


def remember_word(work: Work, person: Person, word: str) -> None:
    """Keep the word by which the two break off."""
    couple = work.couple_of(person.id)
    if couple is not None:
        work.save_couple(replace(couple, word=label_of(plain(word))[:MOST_WORD]))


# A link


def do(scene: Scene, person: Person | None, name: str, value: str) -> bool:
    """Carry out a deed of becoming two or parting; False when it is none of them."""
    deeds = {
        "invite": _invite, "accept": _accept, "confirm": _confirm, "refuse": _refuse, "withdraw": _withdraw,
    }  # fmt: skip
    if name in deeds and person is not None:
        deeds[name](scene, person, label_of(value))
    elif name == "take_back" and person is not None:
        _drop(scene.work, person, "pair")
    elif name == "keep_closed" and person is not None:
        parting.keep_closed(scene, person)
    elif name == "decline":
        scene.desk.knocks.answered(scene.chat_id)
    elif name == "unpair" and person is not None:
        parting.part(scene, person)
        scene.tell("parted")
    return name in deeds or name in {"take_back", "decline", "keep_closed", "unpair"}


def new_link(scene: Scene, person: Person, kind: InviteKind, parameter: str, label: str = "") -> str | None:
    """Make a link of a kind, in place of the last; None while Telegram has not told us our own name."""
    username = scene.desk.itself.username
    if not username:
        scene.tell("not_ready")
        return None
    token = scene.desk.new_token()
    scene.work.keep_invite(
        Invite(hash_of(token), kind, person.id, scene.now + LASTS, label, account=scene.account)
    )
    return f"{LINK}t.me/{username}?{parameter}={token}"


def group_link(scene: Scene, person: Person) -> None:
    """Give somebody a button that adds the bot to a group."""
    if scene.work.couple_of(person.id) is None:
        return
    address = new_link(scene, person, "group", "startgroup")
    if address is not None:
        messages = scene.desk.library.messages
        rows: list[Row] = [[(messages["button_group"], address)]]
        scene.send(messages["group_link"], rows, chat_id=person.chat_id, person=person)


def hash_of(token: str) -> bytes:
    """Return what is kept of a link's secret."""
    return hashlib.sha256(token.encode()).digest()


def _invite(scene: Scene, person: Person, label: str) -> None:
    if not label or scene.work.couple_of(person.id) is not None:
        return
    link = new_link(scene, person, "pair", "start", label)
    if link is not None:
        _close_open(scene, person, CONFIRM)
        scene.tell("invite_link", label=Own(label), link=link)


def _drop(work: Work, person: Person, kind: InviteKind) -> None:
    invite = work.invite_of(person.id, kind)
    if invite is not None:
        work.drop_invite(invite.hash)


def _close_open(scene: Scene, person: Person | None, flow_id: str) -> None:
    """Close a question that was about another link: its buttons must not answer for this one."""
    for run in scene.work.open_runs(person.id) if person else []:
        if run.session.flow == flow_id:
            scene.expire(run)


def _good_for(work: Work, person: Person | None, digest: bytes, now: datetime) -> Invite | None:
    """Return the invitation behind a link, if this person can accept it; for a stranger, if anybody could."""
    invite = work.invite(digest) if digest else None
    if invite is None or invite.kind != "pair" or invite.expires_at <= now or invite.asked_id is not None:
        return None
    if work.couple_of(invite.person_id) is not None or work.person(invite.person_id) is None:
        return None
    if person is not None and (invite.person_id == person.id or work.couple_of(person.id) is not None):
        return None
    return invite


def knock(scene: Scene, token: str) -> None:
    """Take up a link that somebody has pressed in their own chat; a stranger meets the welcome first."""
    if scene.desk.knocks.of(scene.chat_id, scene.now) != hash_of(token):
        _close_open(scene, scene.person, CALLED)
    scene.desk.knocks.keep(scene.chat_id, hash_of(token), scene.now)
    if scene.person is None:
        scene.tell("welcome_first")
        return
    answer_knock(scene)


def answer_knock(scene: Scene) -> None:
    """Show somebody who invites them, once they have pressed a link and nothing else is being asked."""
    digest = scene.desk.knocks.of(scene.chat_id, scene.now)
    if not digest or scene.person is None or not scene.desk.knocks.is_due(scene.chat_id):
        return
    if any(run.session.flow in FIRST for run in scene.work.open_runs(scene.person.id)):
        return
    scene.desk.knocks.shown(scene.chat_id)
    if _good_for(scene.work, scene.person, digest, scene.now) is None:
        scene.desk.knocks.drop(scene.chat_id)
        scene.tell("no_link")
        return
    scene.begin(scene.desk.library.flows[ACCEPT])


# Two yeses


def _accept(scene: Scene, person: Person, label: str) -> None:
    """Somebody agrees to an invitation: ask whoever made it whether it is them they mean."""
    scene.desk.knocks.answered(person.chat_id)
    invite = _good_for(scene.work, person, scene.desk.knocks.of(person.chat_id, scene.now), scene.now)
    inviter = scene.work.person(invite.person_id) if invite else None
    if invite is None or inviter is None or not label:
        scene.tell("no_link")
        return
    _close_open(scene, inviter, CONFIRM)
    _withdraw(scene, person, "")
    if label.casefold() == invite.label.casefold():
        label = f"{label} 2"
    asked = replace(invite, asked_id=person.id, asked_label=label, asked_account=scene.account)
    scene.work.keep_invite(asked)
    scene.tell("accepted", label=Own(invite.label))
    scene.beside(inviter).begin(scene.desk.library.flows[CONFIRM])


def _confirm(scene: Scene, person: Person, _: str) -> None:
    """Whoever invited says that it is them: from now on they are a couple."""
    invite = scene.work.invite_of(person.id, "pair")
    other = scene.work.person(invite.asked_id) if invite and invite.asked_id else None
    free = other is not None and not scene.work.couple_of(person.id) and not scene.work.couple_of(other.id)
    if invite is None or other is None or not free or invite.expires_at <= scene.now:
        scene.tell("no_link")
        return
    labels = (invite.label, invite.asked_label)
    scene.work.add_couple(person.id, other.id, labels, scene.now)
    for one in (person, other):
        for flow_id in STALE:
            _close_open(scene, one, flow_id)
        _drop(scene.work, one, "pair")
        _withdraw(scene, one, "")
    scene.tell("paired", label=Own(invite.asked_label))
    scene.beside(other).tell("paired", label=Own(invite.label))


def _refuse(scene: Scene, person: Person, _: str) -> None:
    """Whoever invited says that it is somebody else: the link is worth nothing now, and nobody is told."""
    _drop(scene.work, person, "pair")


def _withdraw(scene: Scene, person: Person, _: str) -> None:
    """Whoever agreed takes it back, before it was confirmed."""
    invite = scene.work.invite_asked_by(person.id)
    if invite is not None:
        scene.work.drop_invite(invite.hash)
