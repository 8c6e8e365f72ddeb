"""Two people who both agreed: what they are called before each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.library.render import Own

if TYPE_CHECKING:
    from bot.flow.model import Role
    from bot.runtime.desk import Desk
    from bot.store.protocol import Run, Work


def called(desk: Desk, work: Work, run: Run) -> dict[Role, Own]:
    """Return what each of a run is called before the other; somebody who is gone has no name any more."""
    unknown = desk.library.messages["someone"]
    couple = next((one for seat in run.seats.values() if (one := work.couple_of(seat))), None)
    labels = {one.person_id: one.label for one in (couple.one, couple.two)} if couple else {}
    return {role: Own(labels.get(run.seats.get(role, 0)) or unknown) for role in run.session.roles}
