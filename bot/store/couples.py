"""Couples, their invitations and their group: the part of a unit of work that is about two."""

# ruff: noqa: D102  (what each method promises stands in protocol.py, once)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from bot.store.protocol import Couple, Invite, Partner
from bot.store.rows import from_ms, moment_or_none, ms_or_none, to_ms
from bot.store.vault import THE_BOT, Vault, VaultError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.protocol import InviteKind


NAMELESS = b'["",""]'
"""A label and the name of an account, where they do not open."""


class CouplesWork:
    """The part of `protocol.Work` about couples."""

    _db: Any
    _q: Any
    _vault: Vault

    def add_couple(self, one_id: int, two_id: int, labels: tuple[str, str], at: datetime) -> Couple:
        # The table knows each number once on either side; that nobody is on both sides is seen to here.
        if one_id == two_id or self.couple_of(one_id) or self.couple_of(two_id):
            message = "somebody is in one couple at most, and not with themself"
            raise ValueError(message)
        number = int(
            self._q.add_couple(self._db, one_id=one_id, two_id=two_id, made_at=to_ms(at), sealed=b"")
        )
        couple = Couple(number, Partner(one_id, labels[0]), Partner(two_id, labels[1]), at)
        self.save_couple(couple)
        return couple

    def save_couple(self, couple: Couple) -> None:
        one, two = couple.one, couple.two
        self._q.save_couple(
            self._db,
            id=couple.id,
            word_sealed=self._vault.seal(THE_BOT, f"couples|{couple.id}|word", couple.word.encode()),
            group_id=couple.group_id,
            thread_id=couple.thread_id,
            alone=int(couple.alone),
            one_in=int(one.inside),
            two_in=int(two.inside),
            one_rest=ms_or_none(one.rest),
            two_rest=ms_or_none(two.rest),
            one_sealed=self._vault.seal(one.person_id, f"couples|{couple.id}|one", one.label.encode()),
            two_sealed=self._vault.seal(two.person_id, f"couples|{couple.id}|two", two.label.encode()),
        )

    def couple_of(self, person_id: int) -> Couple | None:
        return self._couple(self._q.couple_of(self._db, person_id=person_id))

    def couple_in(self, group_id: int) -> Couple | None:
        return self._couple(self._q.couple_in(self._db, group_id=group_id))

    def end_couple(self, couple_id: int) -> None:
        self._q.end_couple(self._db, id=couple_id)

    def leave_group(self, person_id: int) -> None:
        self._q.leave_group(self._db, person_id=person_id)

    def _couple(self, row: tuple[Any, ...] | None) -> Couple | None:
        if row is None:
            return None
        number, made_at, word_sealed, group_id, thread_id, alone, *both = row
        one = self._partner(f"couples|{number}|one", *both[:4])
        two = self._partner(f"couples|{number}|two", *both[4:])
        word = self._opened(THE_BOT, f"couples|{number}|word", word_sealed or b"").decode()
        return Couple(number, one, two, from_ms(made_at), word, group_id, thread_id, bool(alone))

    def _partner(self, place: str, person_id: int, inside: int, rest: int | None, sealed: bytes) -> Partner:
        label = self._opened(person_id, place, sealed).decode()
        return Partner(person_id, label, bool(inside), moment_or_none(rest))

    # Invitations

    def keep_invite(self, invite: Invite) -> None:
        asked_sealed = None
        if invite.asked_id is not None:
            clear = orjson.dumps([invite.asked_label, invite.asked_account])
            asked_sealed = self._vault.seal(invite.asked_id, _place(invite.hash, "asked"), clear)
        self._q.drop_other_invites(self._db, person_id=invite.person_id, kind=invite.kind, hash=invite.hash)
        self._q.keep_invite(
            self._db,
            hash=invite.hash,
            kind=invite.kind,
            person_id=invite.person_id,
            expires_at=to_ms(invite.expires_at),
            asked_id=invite.asked_id,
            sealed=self._vault.seal(
                invite.person_id, _place(invite.hash, "own"), orjson.dumps([invite.label, invite.account])
            ),
            asked_sealed=asked_sealed,
        )

    def invite(self, digest: bytes) -> Invite | None:
        return self._invite(self._q.invite(self._db, hash=digest))

    def invite_of(self, person_id: int, kind: InviteKind) -> Invite | None:
        return self._invite(self._q.invite_of(self._db, person_id=person_id, kind=kind))

    def invite_asked_by(self, person_id: int) -> Invite | None:
        return self._invite(self._q.invite_asked_by(self._db, person_id=person_id))

    def drop_invite(self, digest: bytes) -> None:
        self._q.drop_invite(self._db, hash=digest)

    def _invite(self, row: tuple[Any, ...] | None) -> Invite | None:
        if row is None:
            return None
        digest, kind, person_id, expires_at, sealed, asked_id, asked_sealed = row
        own = orjson.loads(self._opened(person_id, _place(digest, "own"), sealed) or NAMELESS)
        asked: list[str] = ["", ""]
        if asked_id is not None:
            asked = orjson.loads(self._opened(asked_id, _place(digest, "asked"), asked_sealed) or NAMELESS)
        label, account = own
        invite = Invite(digest, kind, person_id, from_ms(expires_at), label, asked_id, *asked)
        return replace(invite, account=account)

    def _opened(self, owner: int, place: str, sealed: bytes) -> bytes:
        """Open something sealed; what does not open any more is nothing, and keeps nobody from leaving."""
        try:
            return self._vault.open(owner, place, sealed)
        except VaultError:
            return b""

    # The group

    def move_chat(self, old: int, new: int) -> None:
        for query in (self._q.move_couple, self._q.move_sessions, self._q.move_messages):
            query(self._db, old=old, new=new)


def _place(digest: bytes, whose: str) -> str:
    return f"invites|{digest.hex()}|{whose}"
