"""Lets go of what has grown too old, several times a day: the rules are `store/protocol/fields.py`'s.

Each table and each person is a unit of its own: one that fails waits for the next time and stops no other.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow.schedule import out_of_quiet
from bot.library.places import zone_or_utc
from bot.log import log
from bot.runtime import privacy
from bot.runtime.events import Outcome
from bot.runtime.people import quiet_of
from bot.runtime.scene import Scene
from bot.runtime.where import where_of
from bot.runtime.words import without_words
from bot.store.protocol import StoreError
from bot.store.protocol.fields import FEWEST_MONTHS, LASTS, TIDIED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.runtime.desk import Desk
    from bot.runtime.outbox import Outbox
    from bot.store.protocol import Store, Work


class Keeper:
    """Keeps nothing longer than was said."""

    def __init__(self, store: Store, desk: Desk, outbox: Outbox) -> None:
        """Go through `store`; what has to be said goes into `outbox`."""
        self._store = store
        self._desk = desk
        self._outbox = outbox

    async def keep(self) -> None:
        """Let everything go whose time is over."""
        desk, now = self._desk, self._desk.clock.now()
        for table in TIDIED:
            await self._do(partial(tidy, desk, table=table))
        await self._drop_old_words(now)
        warned_from = now - LASTS["idle"] + LASTS["warning"]
        for person_id in await self._store.run(lambda work: work.idle_people(warned_from)):
            await self._do(partial(part, desk, person_id=person_id))

    async def _drop_old_words(self, now: datetime) -> None:
        """Go through those alone whose words are older than anybody may wish them kept at least."""
        before, found = _months_before(now, FEWEST_MONTHS), [0]
        while found:
            unit = partial(_people_with_old_words, before, found[-1])
            found = await self._store.run(unit)
            for person_id in found:
                await self._do(partial(drop_old_words, self._desk, person_id=person_id))

    async def _do(self, unit: Callable[[Work], Outcome]) -> None:
        try:
            outcome = await self._store.run(unit)
        except StoreError as error:
            log.error("store_failed", fault=type(error).__name__)
        except Exception as error:  # noqa: BLE001  one bad row must not keep the others
            log.error("tidy_failed", fault=type(error).__name__, where=where_of(error))
        else:
            self._outbox.take(outcome)


def _people_with_old_words(before: datetime, after: int, work: Work) -> list[int]:
    return work.people_with_old_words(before, after)


def _months_before(now: datetime, months: int) -> datetime:
    return now - timedelta(days=months * 365 // 12)


def tidy(desk: Desk, work: Work, *, table: str) -> Outcome:
    """Drop the rows of a table that are too old."""
    work.tidy(table, desk.clock.now())
    return Outcome()


def drop_old_words(desk: Desk, work: Work, *, person_id: int) -> Outcome:
    """Take the words out of a person's answers that are older than they wished; numbers and choices stay."""
    person = work.person(person_id)
    if person is None:
        return Outcome()
    before = _months_before(desk.clock.now(), max(person.profile.keep_months, FEWEST_MONTHS))
    work.drop_old_plans(person_id, before)
    while old := work.wordy_answers(person_id, before):
        for run_id, flow, answers in old:
            work.drop_words(run_id, person_id, without_words(desk.library.flows.get(flow), answers))
    return Outcome()


def part(desk: Desk, work: Work, *, person_id: int) -> Outcome:
    """Say to somebody who is long gone that all of it will go, and some weeks later let it go.

    Whoever does anything meanwhile is not among the idle any more, and the warning is forgotten.
    """
    person, now = work.person(person_id), desk.clock.now()
    if person is None:
        return Outcome()
    scene = Scene(desk, work, person.chat_id, person)
    if person.warned_at is None:
        zone = zone_or_utc(person.profile.zone or "UTC")
        if person.reachable and out_of_quiet(now, quiet_of(person), zone) > now:
            return Outcome()
        if person.reachable:
            scene.tell("account_ends", days=LASTS["warning"].days)
        work.warn(person.id, now)
    elif now - person.warned_at >= LASTS["warning"]:
        privacy.forget(scene, person)
    return scene.outcome
