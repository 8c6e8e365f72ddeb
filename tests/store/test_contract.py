"""What every store promises (protocol.py), told as small stories. Rules 2, 3, 4, 5 and 9 of design.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import methodcaller
from typing import TYPE_CHECKING, Any

import pytest

from bot.flow.session import Answer, Session
from bot.store.protocol import Message, Person, Profile, Run, Schedule
from bot.store.protocol.fields import TIDIED

if TYPE_CHECKING:
    from bot.store.protocol import Kind, Work
    from tests.store.conftest import Stored

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BO = 1001, 1002
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


class BrokenError(Exception):
    """What a unit raises when it is told to."""


def person(store: Stored, chat_id: int = ANN) -> Person:
    return store.do(lambda work: work.add_person(chat_id, NOW))


def run_of(*people: Person, run_id: str = "r1", flow: str = "f", at: datetime = NOW) -> Run:
    roles: tuple[Any, ...] = ("initiator", "partner")[: len(people)]
    session = Session(flow, "n1", roles, turn=1, waiting=roles)
    return Run(run_id, session, {role: one.id for role, one in zip(roles, people, strict=True)}, at, at)


def answered(run: Run, node: str, value: Any, role: Any = "initiator", **changes: Any) -> Run:  # noqa: ANN401
    return replace(run, session=run.session.with_answer(role, node, Answer(value, **changes)))


def ended(run: Run, at: datetime, status: Any = "done") -> Run:  # noqa: ANN401
    return replace(run, session=replace(run.session, status=status, waiting=()), touched_at=at)


def message(store: Stored, text: str, to: Person | int, kind: Kind = "reply", **more: Any) -> Message:  # noqa: ANN401
    at = more.pop("at", NOW)
    who, chat = (None, to) if isinstance(to, int) else (to.id, to.chat_id)

    def unit(work: Work) -> Message:
        made = Message(
            work.next_message_id(at), chat, kind, {"text": text, "rows": []}, person_id=who, **more
        )
        work.add_message(made)
        return made

    return store.do(unit)


def texts(messages: list[Message]) -> list[str]:
    return [one.body["text"] for one in messages]


def waiting(store: Stored) -> list[Message]:
    return store.do(lambda work: work.waiting_messages())


# Inbox


def test_rule_3_an_update_is_kept_once(store: Stored) -> None:
    assert store.do(lambda work: work.take_in(7, b"seven", NOW))
    assert not store.do(lambda work: work.take_in(7, b"another", NOW + HOUR))
    assert store.do(lambda work: work.waiting_updates()) == [(7, b"seven")]


def test_rule_3_waiting_updates_come_in_the_order_of_their_arrival(store: Stored) -> None:
    def arrive(work: Work) -> None:
        work.take_in(12, b"c", NOW)
        work.take_in(11, b"b", NOW)
        work.take_in(3, b"d", NOW + HOUR)  # ids may begin again, lower
        work.take_in(99, b"a", NOW - HOUR)

    store.do(arrive)
    store.reopen()
    found = store.do(lambda work: work.waiting_updates())
    assert [raw for _, raw in found] == [b"a", b"b", b"c", b"d"]


def test_rule_2_an_update_is_handled_once(store: Stored) -> None:
    store.do(lambda work: work.take_in(7, b"seven", NOW))
    assert store.do(lambda work: work.finish_update(7))
    assert not store.do(lambda work: work.finish_update(7))
    assert store.do(lambda work: work.waiting_updates()) == []
    assert not store.do(lambda work: work.take_in(7, b"seven", NOW))


def test_failed_tries_are_counted_and_a_parked_update_waits_no_more(store: Stored) -> None:
    store.do(lambda work: work.take_in(7, b"seven", NOW))
    store.do(lambda work: work.take_in(8, b"eight", NOW))
    assert [store.do(lambda work: work.fail_update(7)) for _ in range(3)] == [1, 2, 3]
    store.do(lambda work: work.park_update(7, "failed"))
    assert store.do(lambda work: work.waiting_updates()) == [(8, b"eight")]
    assert not store.do(lambda work: work.finish_update(7)), "a parked one is not handled after all"


# Units


def test_rule_2_a_unit_happens_wholly_or_not_at_all(store: Stored) -> None:
    def broken(work: Work) -> None:
        work.add_person(ANN, NOW)
        work.take_in(7, b"seven", NOW)
        raise BrokenError

    with pytest.raises(BrokenError):
        store.do(broken)
    assert store.do(lambda work: work.person_in(ANN)) is None
    assert store.do(lambda work: work.waiting_updates()) == []
    assert person(store).chat_id == ANN, "the same person may come after all"


def test_rule_10_a_raising_unit_takes_back_only_its_own_rows(store: Stored) -> None:
    def broken(work: Work) -> None:
        work.take_in(2, b"two", NOW)
        raise BrokenError

    results = store.together(
        lambda work: work.take_in(1, b"one", NOW), broken, lambda work: work.take_in(3, b"three", NOW)
    )
    assert results[0] is True
    assert isinstance(results[1], BrokenError)
    assert results[2] is True
    store.reopen()
    assert [number for number, _ in store.do(lambda work: work.waiting_updates())] == [1, 3]


def test_units_that_wait_together_see_each_other_in_order(store: Stored) -> None:
    seen = store.together(
        lambda work: work.add_person(ANN, NOW).id, lambda work: work.person_in(ANN), lambda work: work
    )
    assert isinstance(seen[1], Person)
    assert seen[1].id == seen[0]


# People


def test_a_person_is_found_by_chat_and_by_id(store: Stored) -> None:
    ann = person(store)
    assert ann == Person(ann.id, ANN, NOW, seen_at=NOW)
    bo = person(store, BO)
    assert bo.id != ann.id
    store.reopen()
    assert store.do(lambda work: work.person_in(ANN)) == ann
    assert store.do(lambda work: work.person(bo.id)) == bo
    assert store.do(lambda work: work.person_in(7)) is None
    assert store.do(lambda work: work.person(7777)) is None


def test_a_profile_is_kept(store: Stored) -> None:
    ann = replace(person(store), profile=Profile("Änn 🌿 <b>", "G3", "Europe/Kyiv", (60, 120)))
    store.do(lambda work: work.save_profile(ann))
    store.reopen()
    assert store.do(lambda work: work.person(ann.id)) == ann


def test_a_chat_out_of_reach_and_back(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    store.do(lambda work: work.set_reachable(ANN, reachable=False))
    assert store.do(lambda work: work.person(ann.id)) == replace(ann, reachable=False)
    assert store.do(lambda work: work.person(bo.id)) == bo
    store.do(lambda work: work.set_reachable(ANN, reachable=True))
    assert store.do(lambda work: work.person(ann.id)) == ann
    store.do(lambda work: work.set_reachable(424242, reachable=False))  # a stranger: nothing happens


def test_one_chat_is_one_person(store: Stored) -> None:
    person(store)
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.do(lambda work: work.add_person(ANN, NOW))
    assert store.do(lambda work: work.person_in(ANN)) is not None


# Sessions


def test_a_run_comes_back_as_it_was(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    run = replace(run_of(ann, bo), pair_chat=-100)
    run = answered(run, "a", "words with ünï 🌿", share="words")
    run = answered(run, "b", 5)
    run = answered(run, "c", ("x", "y"), final=False)
    run = answered(run, "d", None)
    run = answered(run, "a", "the other's", role="partner", share="theme")
    session = replace(run.session, trail=("a", "b"), revealed=(("partner", "a"),))
    run = replace(run, session=session, asked={"initiator": NOW, "partner": NOW + HOUR})
    store.do(lambda work: work.add_run(run))
    store.reopen()
    assert store.do(lambda work: work.run("r1")) == run
    assert store.do(lambda work: work.run("none")) is None


def test_rule_2_a_run_is_decided_once(store: Stored) -> None:
    run = run_of(person(store))
    store.do(lambda work: work.add_run(run))
    first = answered(run, "a", "first")
    second = answered(run, "a", "second")
    assert store.do(lambda work: work.save_run(run, first))
    assert not store.do(lambda work: work.save_run(run, second))
    found = store.do(lambda work: work.run("r1"))
    assert found == replace(first, version=1)
    assert found is not None
    assert store.do(lambda work: work.save_run(found, answered(found, "a", "third")))
    assert store.do(lambda work: work.run("r1")) == replace(answered(run, "a", "third"), version=2)


def test_open_runs_are_the_active_ones_of_either_seat_last_touched_first(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    alone, pair, over = run_of(ann, run_id="a"), run_of(bo, ann, run_id="b"), run_of(ann, run_id="c")
    pair = replace(pair, touched_at=NOW + HOUR)
    for run in (alone, pair, over):
        store.do(methodcaller("add_run", run))
    store.do(lambda work: work.save_run(over, ended(over, NOW)))
    assert [run.id for run in store.do(lambda work: work.open_runs(ann.id))] == ["b", "a"]
    assert [run.id for run in store.do(lambda work: work.open_runs(bo.id))] == ["b"]
    assert store.do(lambda work: work.open_runs(999)) == []


def test_earlier_runs_are_counted_and_looked_back_on(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    for week in range(4):
        run = run_of(ann, bo, run_id=f"r{week}", at=NOW + week * WEEK)
        run = answered(answered(run, "a", week), "a", "not mine", role="partner")
        store.do(methodcaller("add_run", run))
        status = "left" if week == 3 else "done"
        after = ended(run, run.started_at + HOUR, status)
        store.do(methodcaller("save_run", run, after))
    other = run_of(ann, run_id="x", flow="g")
    store.do(lambda work: work.add_run(other))
    later = NOW + 9 * WEEK
    assert store.do(lambda work: work.runs_done(ann.id, "f", later)) == 3
    assert store.do(lambda work: work.runs_done(ann.id, "f", NOW + WEEK)) == 1
    assert store.do(lambda work: work.runs_done(ann.id, "g", later)) == 0
    assert store.do(lambda work: work.runs_done(bo.id, "f", later)) == 0
    assert store.do(lambda work: work.runs_begun(ann.id, "f", NOW + 3 * WEEK)) == 3
    assert store.do(lambda work: work.runs_begun(ann.id, "f", NOW)) == 0
    assert [one.ended_at for one in store.do(lambda work: work.past(ann.id, "f", NOW + WEEK, 9))] == [
        NOW + HOUR
    ]
    past = store.do(lambda work: work.past(ann.id, "f", later, 2))
    assert [one.ended_at for one in past] == [NOW + 2 * WEEK + HOUR, NOW + WEEK + HOUR]
    assert [one.answers for one in past] == [{"a": Answer(2)}, {"a": Answer(1)}]


# Timers


def test_one_timer_a_run(store: Stored) -> None:
    store.do(lambda work: work.set_timer("r1", 1, NOW + HOUR))
    store.do(lambda work: work.set_timer("r2", 5, NOW + 2 * HOUR))
    store.do(lambda work: work.set_timer("r1", 2, NOW + 3 * HOUR))
    assert store.do(lambda work: work.due_timers(NOW + HOUR, 9)) == []
    assert store.do(lambda work: work.due_timers(NOW + 3 * HOUR, 9)) == [("r2", 5), ("r1", 2)]
    assert store.do(lambda work: work.due_timers(NOW + 3 * HOUR, 1)) == [("r2", 5)]
    store.do(lambda work: work.drop_timer("r1", 1))  # one of an earlier turn is not this one
    store.do(lambda work: work.drop_timer("r2", 5))
    assert store.do(lambda work: work.due_timers(NOW + 3 * HOUR, 9)) == [("r1", 2)]


# Schedules


def schedule_of(one: Person, due_at: datetime | None = NOW) -> Schedule:
    return Schedule(one.id, 0, 19 * 60, "Europe/Kyiv", 1, due_at, due_at, due_at)


def test_a_schedule_is_kept_and_replaced(store: Stored) -> None:
    ann = person(store)
    assert store.do(lambda work: work.schedule_of(ann.id)) is None
    first = schedule_of(ann)
    store.do(lambda work: work.save_schedule(first))
    assert store.do(lambda work: work.schedule_of(ann.id)) == first
    changed = Schedule(
        ann.id, 6, 0, "Asia/Kathmandu", 4, NOW, NOW + HOUR, NOW + WEEK, 2, 1, eased=True, run_id="r9"
    )
    store.do(lambda work: work.save_schedule(changed))
    store.reopen()
    assert store.do(lambda work: work.schedule_of(ann.id)) == changed


def test_due_schedules_are_those_to_wake_and_those_impossibly_far(store: Stored) -> None:
    dues = [NOW, NOW - HOUR, NOW + HOUR, None, NOW + 52 * WEEK]
    people = [person(store, 2000 + number) for number in range(len(dues))]
    for one, due in zip(people, dues, strict=True):
        store.do(methodcaller("save_schedule", schedule_of(one, due)))
    found = store.do(lambda work: work.due_schedules(NOW, NOW + 9 * WEEK, 9))
    assert [one.person_id for one in found] == [people[1].id, people[0].id, people[4].id]
    assert len(store.do(lambda work: work.due_schedules(NOW, NOW + 9 * WEEK, 1))) == 1


def test_rule_5_a_schedule_moves_on_once(store: Stored) -> None:
    before = schedule_of(person(store))
    store.do(lambda work: work.save_schedule(before))
    after = replace(before, due_at=NOW + WEEK, misses=1)
    assert store.do(lambda work: work.advance_schedule(before, after))
    assert not store.do(lambda work: work.advance_schedule(before, replace(after, misses=2)))
    assert store.do(lambda work: work.schedule_of(before.person_id)) == after


def test_rule_5_one_invitation_for_a_local_date(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    day = date(2026, 3, 2)
    assert store.do(lambda work: work.mark_fired(ann.id, day, 0))
    assert not store.do(lambda work: work.mark_fired(ann.id, day, 0))
    assert store.do(lambda work: work.mark_fired(ann.id, day, 1))
    assert store.do(lambda work: work.mark_fired(bo.id, day, 0))
    assert store.do(lambda work: work.mark_fired(ann.id, day + timedelta(days=1), 0))
    store.reopen()
    assert not store.do(lambda work: work.mark_fired(ann.id, day, 0))


# Outbox


def test_ids_of_messages_rise_also_over_a_restart_and_a_clock_set_back(store: Stored) -> None:
    ann = person(store)
    first = message(store, "1", ann)
    second = message(store, "2", ann)
    store.reopen()
    third = message(store, "3", ann, at=NOW - WEEK)
    assert first.id < second.id < third.id
    assert texts(waiting(store)) == ["1", "2", "3"]


def test_rule_4_replies_wait_in_order_whatever_became_of_them(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    made = [message(store, text, who) for text, who in (("1", ann), ("2", bo), ("3", ann), ("4", 7))]
    store.do(lambda work: work.message_later(made[0], NOW + HOUR))
    store.reopen()
    found = waiting(store)
    assert found[0] == replace(made[0], tries=1, not_before=NOW + HOUR)
    assert found[1:] == made[1:]
    store.do(lambda work: work.message_sent(made[0], 55, NOW))
    store.do(lambda work: work.park_message(made[1], "refused"))
    assert texts(waiting(store)) == ["3", "4"]


def test_rule_4_a_nudge_found_half_sent_is_given_up_and_a_reply_is_repeated(store: Stored) -> None:
    ann = person(store)
    message(store, "half sent", ann, "nudge")
    claimed = store.do(lambda work: work.claim_nudges(NOW, 1))
    assert texts(claimed) == ["half sent"]
    message(store, "reply", ann)
    message(store, "not begun", ann, "nudge")
    store.reopen()
    assert texts(waiting(store)) == ["reply"]
    assert texts(store.do(lambda work: work.claim_nudges(NOW, 9))) == ["not begun"]
    assert store.do(lambda work: work.claim_nudges(NOW + WEEK, 9)) == []


def test_nudges_are_claimed_once_in_order_and_not_before_their_time(store: Stored) -> None:
    ann = person(store)
    made = [message(store, str(number), ann, "nudge") for number in range(3)]
    message(store, "later", ann, "nudge", not_before=NOW + HOUR)
    assert texts(store.do(lambda work: work.claim_nudges(NOW, 2))) == ["0", "1"]
    store.do(lambda work: work.message_later(made[0], NOW + 2 * HOUR))
    assert texts(store.do(lambda work: work.claim_nudges(NOW, 9))) == ["2"]
    assert texts(store.do(lambda work: work.claim_nudges(NOW + HOUR, 9))) == ["later"]
    assert texts(store.do(lambda work: work.claim_nudges(NOW + 2 * HOUR, 9))) == ["0"]


def test_the_question_of_a_turn_is_found_again(store: Stored) -> None:
    ann = person(store)
    made = message(store, "?", ann, run_id="r1", turn=3)
    assert store.do(lambda work: work.sent_message_id("r1", 3, ANN)) is None
    store.do(lambda work: work.message_sent(made, 55, NOW))
    assert store.do(lambda work: work.sent_message_id("r1", 3, ANN)) == 55
    assert store.do(lambda work: work.sent_message_id("r1", 2, ANN)) is None
    assert store.do(lambda work: work.sent_message_id("r1", 3, BO)) is None


def tidy(store: Stored, now: datetime) -> None:
    for table in TIDIED:
        store.do(methodcaller("tidy", table, now))


def test_tidy_drops_what_has_served_and_nothing_else(store: Stored) -> None:
    ann = person(store)
    old = NOW - timedelta(days=3)

    def updates(work: Work) -> None:
        for number, at in ((1, old), (2, NOW), (3, old), (4, old)):
            work.take_in(number, b"x", at)
        work.finish_update(1)
        work.finish_update(2)
        work.park_update(4, "failed")
        work.mark_fired(ann.id, (NOW - timedelta(days=70)).date(), 0)
        work.mark_fired(ann.id, NOW.date(), 0)

    store.do(updates)
    sent_long_ago = message(store, "a", ann, run_id="r1", turn=1, at=old)
    still_waiting = message(store, "b", ann, at=old)
    sent_just_now = message(store, "c", ann, run_id="r1", turn=2)
    for one in (sent_long_ago, sent_just_now):
        store.do(methodcaller("message_sent", one, 5, NOW))
    tidy(store, NOW)
    assert store.do(lambda work: work.take_in(1, b"x", NOW)), "forgotten, after Telegram's 24 hours"
    assert not store.do(lambda work: work.take_in(2, b"x", NOW))
    assert not store.do(lambda work: work.take_in(3, b"x", NOW)), "not handled yet"
    assert not store.do(lambda work: work.take_in(4, b"x", NOW)), "what was set aside may be looked into"
    assert waiting(store) == [still_waiting]
    assert store.do(lambda work: work.sent_message_id("r1", 1, ANN)) is None
    assert store.do(lambda work: work.sent_message_id("r1", 2, ANN)) == 5
    assert store.do(lambda work: work.mark_fired(ann.id, (NOW - timedelta(days=70)).date(), 0))
    assert not store.do(lambda work: work.mark_fired(ann.id, NOW.date(), 0))
    tidy(store, NOW + timedelta(days=12))
    assert store.do(lambda work: work.take_in(4, b"x", NOW)), "but words do not stay for ever"


def test_a_message_taken_back_leaves_no_row(store: Stored) -> None:
    ann = person(store)
    made = Message(7 << 20, ANN, "reply", {"text": "x", "rows": []}, person_id=ann.id)
    store.do(lambda work: work.add_message(made))
    store.do(lambda work: work.drop_message(made))

    assert store.do(lambda work: work.waiting_messages()) == []
    assert [
        row.table for row in store.do(lambda work: work.stored_about(ann.id)) if row.table == "outbox"
    ] == []


def test_a_plan_keeps_its_words_its_day_and_how_it_went(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    plan = store.do(lambda work: work.add_plan(ann.id, "no.ladder", "If he asks, then I say no", NOW))
    waiting = replace(plan, state="waiting", due_at=NOW + HOUR, run_id="r1")
    store.do(lambda work: work.save_plan(waiting))
    store.reopen()

    assert store.do(lambda work: work.plans_of(ann.id)) == [waiting]
    assert store.do(lambda work: work.plan_of_run("r1")) == waiting
    assert store.do(lambda work: work.plans_of(bo.id)) == []
    assert store.do(lambda work: work.due_plans(NOW, 10)) == []
    assert store.do(lambda work: work.due_plans(NOW + HOUR, 10)) == [plan.id]
    store.do(lambda work: work.save_plan(replace(waiting, state="over", due_at=None, outcome="unsafe")))
    assert store.do(lambda work: work.due_plans(NOW + WEEK, 10)) == []
    found = store.do(lambda work: work.plan(plan.id))
    assert found is not None
    assert found.outcome == "unsafe"


def test_what_was_begun_alone_is_told_newest_first_and_nothing_of_it(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    for number, at in enumerate((NOW, NOW + HOUR, NOW + WEEK)):
        run = run_of(ann, run_id=f"r{number}", flow=f"f{number}", at=at)
        store.do(methodcaller("add_run", run))
    store.do(methodcaller("add_run", run_of(ann, bo, run_id="two", at=NOW + WEEK)))

    begun = store.do(lambda work: work.begun_since(ann.id, NOW + HOUR))

    assert [(one.flow, one.status, one.started_at) for one in begun] == [
        ("f2", "active", NOW + WEEK),
        ("f1", "active", NOW + HOUR),
    ]
