"""The group of two, as every store keeps it: what runs in it, where it has gone, and what is taken back."""

from __future__ import annotations

from dataclasses import replace
from operator import methodcaller
from typing import TYPE_CHECKING

from tests.store.test_contract import (
    ANN,
    BO,
    HOUR,
    NOW,
    ended,
    message,
    person,
    run_of,
    waiting,
)
from tests.store.test_couples import CY, DEE, GROUP, couple, of

if TYPE_CHECKING:
    from bot.store.protocol import Work
    from tests.store.conftest import Stored

SUPER = -1004001


def test_the_runs_in_a_group_are_its_active_ones_last_touched_first(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    runs = [replace(run_of(ann, bo, run_id=name), pair_chat=GROUP) for name in ("a", "b", "over")]
    runs[1] = replace(runs[1], touched_at=NOW + HOUR)
    runs += [run_of(ann, bo, run_id="no group"), replace(run_of(ann, bo, run_id="c"), pair_chat=SUPER)]
    for run in runs:
        store.do(methodcaller("add_run", run))
    store.do(lambda work: work.save_run(runs[2], ended(runs[2], NOW)))
    assert [run.id for run in store.do(lambda work: work.runs_in(GROUP))] == ["b", "a"]
    assert store.do(lambda work: work.runs_in(GROUP))[1] == store.do(lambda work: work.run("a"))
    assert store.do(lambda work: work.runs_in(-1)) == []


def test_a_group_that_has_become_a_supergroup_is_followed_however_often_it_is_told(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    made = replace(couple(store, ann, bo), group_id=GROUP, thread_id=5, word="red")
    run, over = (replace(run_of(ann, bo, run_id=name), pair_chat=GROUP) for name in ("r1", "r2"))

    def unit(work: Work) -> None:
        work.save_couple(made)
        work.add_run(run)
        work.add_run(over)
        work.save_run(over, ended(over, NOW))

    store.do(unit)
    sent, _, later = (message(store, text, GROUP, run_id="r1") for text in ("sent", "new", "later"))
    mine = message(store, "mine", ann, run_id="r1")
    store.do(lambda work: work.message_sent(sent, 55, NOW))
    store.do(lambda work: work.message_later(later, NOW))
    for _ in range(2):
        store.do(lambda work: work.move_chat(GROUP, SUPER))
        store.reopen()
        assert of(store, ann) == replace(made, group_id=SUPER)
        assert store.do(lambda work: work.couple_in(GROUP)) is None
        (moved,) = store.do(lambda work: work.runs_in(SUPER))
        assert (moved.id, moved.pair_chat, moved.version) == ("r1", SUPER, 0)
        assert store.do(lambda work: work.runs_in(GROUP)) == []
        ended_run = store.do(lambda work: work.run("r2"))
        assert ended_run is not None
        assert ended_run.pair_chat == GROUP, "what is over stays where it was"
        found = {one.body["text"]: one.chat_id for one in waiting(store)}
        assert found == {"new": SUPER, "later": SUPER, "mine": mine.chat_id}


def test_a_group_that_is_somebodys_already_is_not_taken_from_them(store: Stored) -> None:
    ann, bo, cy, dee = (person(store, number) for number in (ANN, BO, CY, DEE))
    made = replace(couple(store, ann, bo), group_id=GROUP)
    others = replace(couple(store, cy, dee), group_id=SUPER)
    store.do(lambda work: work.save_couple(made))
    store.do(lambda work: work.save_couple(others))
    store.do(lambda work: work.move_chat(GROUP, SUPER))
    assert store.do(lambda work: work.couple_in(SUPER)) == others
    assert of(store, ann) == made
