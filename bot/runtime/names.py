"""The names an author may use, for one reader. What is not here cannot be told (design.md, rule 8).

A reader sees their own answers and what the other opened to them; the other's private answers, and whether
they have answered at all, are in no name. History is read from the store only when a text asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.library.feedback.tell import teller
from bot.library.load import LANGUAGE
from bot.library.places import city_name, day_name
from bot.library.render import Own
from bot.runtime import couples, together
from bot.runtime.history import history, shown
from bot.runtime.lazy import Names
from bot.runtime.opened import of_two
from bot.runtime.stored import stored
from bot.store.protocol import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.flow.model import Flow, Node, Role
    from bot.flow.session import Session
    from bot.flow.step import Judge
    from bot.runtime.desk import Desk
    from bot.store.protocol import Person, Run, Schedule, Work


@dataclass(frozen=True, slots=True)
class Me:
    """The reader, as an author may speak of them."""

    name: Own
    stage: str
    place: str
    quiet: str
    country: str
    discreet: bool
    keep_words: bool
    keep_months: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class NudgeView:
    """The reader's weekly invitation; `eased` when it has just been made rarer by itself."""

    on: bool
    day: str
    hour: str
    weeks: int
    eased: bool


def names_for(  # noqa: PLR0913  a reader stands in a run of a flow, at a desk, before a store
    desk: Desk, work: Work, flow: Flow, run: Run, role: Role | None, *, person: Person | None
) -> Names:
    """Return the names for one reader; `role` is None for words said to both at once.

    What is said of everyone is in them only for somebody alone: for two it would tell what the other did.
    """
    session, now, library = run.session, desk.clock.now(), desk.library
    makers: dict[str, Callable[[], Any]] = {
        "operator": lambda: Own(desk.operator),
        "commands": library.commands,
        "exit_word": lambda: desk.exit_word,
        "stored": lambda: stored(library, person.profile if person else Profile()),
        "worrying": lambda: lambda words: bool(words and library.guard and library.guard.look(str(words))),
        "feedback": lambda: teller(library.feedback, library.renderer),
        "min": lambda: min,
        "max": lambda: max,
    }
    if len(flow.roles) > 1:
        makers |= of_two(desk, work, flow, run, role)
    if role is None:
        return Names(makers)
    makers |= {
        "me": lambda: me(person),
        "nudge": lambda: nudge_view(work.schedule_of(person.id) if person else None),
        "clock_hours": lambda: lambda: library.places.clock_hours(now),
        "cities": lambda: lambda distance: library.places.cities(distance, now),
        "more_cities": lambda: lambda distance: library.places.more_cities(distance, now),
        "countries": lambda: lambda: library.helplines.choices(person.profile.zone if person else ""),
        "help": lambda: library.helplines.of(person.profile.country if person else None),
        "help_in": lambda: library.helplines.of,
    }
    makers |= {
        "couple": lambda: couples.view(work, person),
        "invitation": lambda: couples.made(work, person, now),
        "pending": lambda: couples.pending(work, person),
        "knock": lambda: couples.met(desk, work, person),
        "together": lambda: together.view(library, work, person),
    }
    makers |= history(desk, work, flow, run, person=person, reader=me(person))
    for node in flow.nodes.values():
        if node.ask is not None:
            makers[node.id] = _answer_maker(session, role, node)
    if len(flow.roles) == 1:
        makers |= _of_everyone(session)
    return Names(makers)


def _of_everyone(session: Session) -> dict[str, Callable[[], Any]]:
    return {
        "everyone_chose": lambda: session.everyone_chose,
        "anyone_chose": lambda: session.anyone_chose,
        "everyone_opened": lambda: session.everyone_opened,
        "everyone_answered": lambda: session.everyone_answered,
    }


def judge_for(desk: Desk, work: Work, flow: Flow, run: Run, person: Person | None) -> Judge:
    """Return the judge of a run: a lone reader's own names; for two, only what is said of everyone."""
    asked: list[tuple[Session, Names]] = []

    def judge(condition: str, session: Session) -> bool:
        # A node asks several conditions of one session: its history is read from the store once for all.
        if not asked or asked[-1][0] is not session:
            asked[:] = [(session, _names_to_judge(desk, work, flow, replace(run, session=session), person))]
        return desk.library.renderer.holds(condition, asked[-1][1])

    return judge


def _names_to_judge(desk: Desk, work: Work, flow: Flow, run: Run, person: Person | None) -> Names:
    if len(flow.roles) == 1:
        return names_for(desk, work, flow, run, "initiator", person=person)
    return Names(_of_everyone(run.session))


def me(person: Person | None) -> Me:
    """Return the reader's view of themself."""
    return me_as(person.profile) if person else replace(me_as(Profile()), known=False)


def me_as(profile: Profile) -> Me:
    """Return a profile, as an author may speak of it."""
    place = city_name(profile.zone, LANGUAGE) if profile.zone else ""
    begins, ends = profile.quiet
    quiet = "" if begins == ends else f"{clock_words(begins)} to {clock_words(ends)}"
    return Me(
        Own(profile.name), profile.stage, place, quiet, profile.country, profile.discreet, profile.keep_words,
        profile.keep_months,
    )  # fmt: skip


def nudge_view(schedule: Schedule | None) -> NudgeView:
    """Return what a schedule says, in words."""
    if schedule is None or schedule.due_at is None:
        return NudgeView(on=False, day="", hour="", weeks=1, eased=False)
    day = day_name(schedule.weekday, LANGUAGE)
    return NudgeView(True, day, clock_words(schedule.minute), schedule.weeks, schedule.eased)  # noqa: FBT003


def clock_words(minute: int) -> str:
    """Return a minute of the day as `19:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _answer_maker(session: Session, role: Role, node: Node) -> Callable[[], Any]:
    def make() -> Any:  # noqa: ANN401  an answer of any kind
        answer = session.answer(role, node.id)
        return None if answer is None or not answer.final else shown(node, answer.value)

    return make
