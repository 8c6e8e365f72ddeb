"""What `runtime` asks of a store about couples, their invitations and their group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.protocol.records import Couple, Invite, InviteKind, Run


class CouplesPart(Protocol):
    """The part of `Work` about two."""

    def couple_of(self, person_id: int) -> Couple | None:
        """Return the couple that a person is one of."""
        ...

    def couple_in(self, group_id: int) -> Couple | None:
        """Return the couple whose group this is."""
        ...

    def add_couple(self, one_id: int, two_id: int, labels: tuple[str, str], at: datetime) -> Couple:
        """Make two people a couple. Raises ValueError when one of them is in a couple, or they are one."""
        ...

    def save_couple(self, couple: Couple) -> None:
        """Keep what became of a couple; who they are, and since when, does not change."""
        ...

    def end_couple(self, couple_id: int) -> None:
        """Drop a couple."""
        ...

    def leave_group(self, person_id: int) -> None:
        """Keep no group's number with what somebody did for two."""
        ...

    def keep_invite(self, invite: Invite) -> None:
        """Keep an invitation, new or changed; another of the same person and kind makes room for it."""
        ...

    def invite(self, digest: bytes) -> Invite | None:
        """Return the invitation with this hash, also when its time is over and it was not dropped yet."""
        ...

    def invite_of(self, person_id: int, kind: InviteKind) -> Invite | None:
        """Return the invitation of a kind that a person made."""
        ...

    def invite_asked_by(self, person_id: int) -> Invite | None:
        """Return the invitation that a person wants to accept; of several the one that lasts longest."""
        ...

    def drop_invite(self, digest: bytes) -> None:
        """Drop an invitation."""
        ...

    def runs_in(self, chat_id: int) -> list[Run]:
        """Return the active sessions of a pair's chat, the last touched first."""
        ...

    def move_chat(self, old: int, new: int) -> None:
        """Follow a group that has become a supergroup: its couple, its active sessions, what waits for it.

        May be told twice. Where `new` is a couple's group already, no couple is moved.
        """
        ...
