"""Two who are here together, as every store keeps them: couple, invitations, and who may read of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.store.protocol import Couple, Invite, Partner
from bot.store.protocol.fields import LASTS
from bot.store.sqlite import open_heart
from tests.store.test_contract import ANN, BO, HOUR, NOW, WEEK, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.store.folder import Files
    from bot.store.protocol import InviteKind, Person, Work
    from bot.store.sqlite import Heart
    from tests.store.conftest import Stored

CY, DEE = 1003, 1004
GROUP = -4001


def hash_of(link: str) -> bytes:
    return hashlib.sha256(link.encode()).digest()


def couple(store: Stored, one: Person, two: Person) -> Couple:
    return store.do(lambda work: work.add_couple(one.id, two.id, ("Änn 🌿", "Bo"), NOW))


def of(store: Stored, one: Person) -> Couple | None:
    return store.do(lambda work: work.couple_of(one.id))


def invite(store: Stored, one: Person, link: str = "t", kind: InviteKind = "pair", **more: Any) -> Invite:  # noqa: ANN401
    made = Invite(hash_of(link), kind, one.id, more.pop("at", NOW + LASTS["invite"]), **more)
    store.do(lambda work: work.keep_invite(made))
    return made


def by_link(store: Stored, link: str = "t") -> Invite | None:
    return store.do(lambda work: work.invite(hash_of(link)))


# Couples


def test_either_of_a_couple_knows_both_and_each_other() -> None:
    one, two = Partner(1, "Ann"), Partner(2, "Bo")
    pair = Couple(7, one, two, NOW)
    assert (pair.of(1), pair.of(2)) == (one, two)
    assert (pair.other(1), pair.other(2)) == (two, one)
    for ask in (pair.of, pair.other):
        with pytest.raises(KeyError):
            ask(3)
    with pytest.raises(KeyError):
        pair.with_partner(Partner(3, "Cy"))


def test_a_couple_is_bound_once_there_is_a_group_and_both_have_pressed_in_it() -> None:
    pair = Couple(7, Partner(1, "Ann", inside=True), Partner(2, "Bo"), NOW, group_id=GROUP)
    assert not pair.bound
    both = pair.with_partner(Partner(2, "Bo", inside=True))
    assert both.bound
    assert both.one == pair.one
    assert not replace(both, group_id=None).bound
    assert not both.with_partner(Partner(1, "Ann")).bound


def test_a_couple_is_found_by_either_and_by_nobody_else(store: Stored) -> None:
    ann, bo, cy = person(store), person(store, BO), person(store, CY)
    assert of(store, ann) is None
    made = couple(store, ann, bo)
    assert made == Couple(made.id, Partner(ann.id, "Änn 🌿"), Partner(bo.id, "Bo"), NOW)
    store.reopen()
    assert of(store, ann) == of(store, bo) == made
    assert of(store, cy) is None
    assert store.do(lambda work: work.couple_in(GROUP)) is None


def test_what_becomes_of_a_couple_is_kept(store: Stored) -> None:
    ann, bo, cy, dee = (person(store, number) for number in (ANN, BO, CY, DEE))
    made, others = couple(store, ann, bo), couple(store, cy, dee)
    changed = replace(made, word="red", group_id=GROUP, thread_id=5, alone=True)
    changed = changed.with_partner(Partner(ann.id, "A.", inside=True))
    changed = changed.with_partner(Partner(bo.id, "B.", inside=True, rest=NOW + WEEK))
    store.do(lambda work: work.save_couple(changed))
    store.reopen()
    assert of(store, bo) == changed
    assert store.do(lambda work: work.couple_in(GROUP)) == changed
    assert of(store, cy) == others, "nobody else is touched"
    store.do(lambda work: work.save_couple(made))
    assert of(store, ann) == made, "and all of it can be taken back"
    assert store.do(lambda work: work.couple_in(GROUP)) is None


def test_nobody_is_in_two_couples_on_whichever_side(store: Stored) -> None:
    ann, bo, cy = person(store), person(store, BO), person(store, CY)
    made = couple(store, ann, bo)
    for one, two in ((ann, cy), (cy, ann), (bo, cy), (cy, bo), (bo, ann), (cy, cy)):
        with pytest.raises(ValueError, match="one couple"):
            couple(store, one, two)
    assert of(store, ann) == of(store, bo) == made
    assert of(store, cy) is None


def test_one_group_is_one_couples(store: Stored) -> None:
    ann, bo, cy, dee = (person(store, number) for number in (ANN, BO, CY, DEE))
    made, others = couple(store, ann, bo), couple(store, cy, dee)
    store.do(lambda work: work.save_couple(replace(made, group_id=GROUP)))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.do(lambda work: work.save_couple(replace(others, group_id=GROUP)))
    assert of(store, cy) == others


def test_an_ended_couple_is_gone_and_both_may_begin_anew(store: Stored) -> None:
    ann, bo, cy = person(store), person(store, BO), person(store, CY)
    made = couple(store, ann, bo)
    store.do(lambda work: work.save_couple(replace(made, group_id=GROUP)))
    store.do(lambda work: work.end_couple(made.id))
    store.do(lambda work: work.end_couple(made.id))
    assert of(store, ann) is of(store, bo) is None
    assert store.do(lambda work: work.couple_in(GROUP)) is None
    again = couple(store, cy, ann)
    assert again.id != made.id
    assert of(store, ann) == again


# Invitations


def test_an_invitation_is_known_by_its_hash_by_who_made_it_and_by_who_asks(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    made = invite(store, ann, label="Änn 🌿")
    store.reopen()
    assert by_link(store) == made
    assert by_link(store, "another") is None
    assert store.do(lambda work: work.invite_of(ann.id, "pair")) == made
    assert store.do(lambda work: work.invite_of(ann.id, "group")) is None
    assert store.do(lambda work: work.invite_of(bo.id, "pair")) is None
    assert store.do(lambda work: work.invite_asked_by(bo.id)) is None
    asked = replace(made, asked_id=bo.id, asked_label="Bo 🌊", asked_account="@bo")
    store.do(lambda work: work.keep_invite(asked))
    store.reopen()
    assert by_link(store) == store.do(lambda work: work.invite_asked_by(bo.id)) == asked
    assert store.do(lambda work: work.invite_asked_by(ann.id)) is None
    store.do(lambda work: work.keep_invite(made))
    assert by_link(store) == made, "a question taken back leaves no name"
    assert store.do(lambda work: work.invite_asked_by(bo.id)) is None


def test_a_person_has_one_invitation_of_a_kind(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    bos = invite(store, bo, "b")
    invite(store, ann, "first")
    group = invite(store, ann, "group", "group")
    second = invite(store, ann, "second")
    assert by_link(store, "first") is None
    assert store.do(lambda work: work.invite_of(ann.id, "pair")) == second
    assert store.do(lambda work: work.invite_of(ann.id, "group")) == group
    assert by_link(store, "b") == bos


def test_a_dropped_invitation_is_gone_and_no_other(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    invite(store, ann)
    bos = invite(store, bo, "b")
    store.do(lambda work: work.drop_invite(hash_of("t")))
    store.do(lambda work: work.drop_invite(hash_of("t")))
    assert by_link(store) is None
    assert by_link(store, "b") == bos


def test_who_asked_twice_is_told_of_what_lasts_longest(store: Stored) -> None:
    ann, bo, cy = person(store), person(store, BO), person(store, CY)
    invite(store, ann, "a", asked_id=cy.id, at=NOW + HOUR)
    bos = invite(store, bo, "b", asked_id=cy.id, at=NOW + 2 * HOUR)
    assert store.do(lambda work: work.invite_asked_by(cy.id)) == bos


def test_an_invitation_past_its_time_is_tidied_away(store: Stored) -> None:
    ann, bo = person(store), person(store, BO)
    invite(store, ann, at=NOW)
    bos = invite(store, bo, "b", at=NOW + HOUR)
    store.do(lambda work: work.tidy("invites", NOW - HOUR))
    assert by_link(store) is not None
    store.do(lambda work: work.tidy("invites", NOW + timedelta(seconds=1)))
    assert by_link(store) is None
    assert by_link(store, "b") == bos


# What lies there of it


def test_rows_about_either_show_the_couple_and_about_who_asks_no_invitation(store: Stored) -> None:
    ann, bo, cy = person(store), person(store, BO), person(store, CY)
    couple(store, ann, bo)
    invite(store, ann, kind="group", label="Ann", asked_id=cy.id, asked_label="Cy")

    def tables(one: Person) -> list[str]:
        return [row.table for row in store.do(lambda work: work.stored_about(one.id))]

    assert tables(ann) == ["people", "couples", "invites"]
    assert tables(bo) == ["people", "couples"]
    assert tables(cy) == ["people"]
    rows = {row.table: dict(row.columns) for row in store.do(lambda work: work.stored_about(ann.id))}
    for table, column in (("couples", "one_sealed"), ("couples", "two_sealed"), ("invites", "asked_sealed")):
        assert isinstance(rows[table][column], int), "closed"


def test_rule_9_who_is_erased_is_in_no_couple_and_no_invitation(store: Stored) -> None:
    ann, bo, cy, dee = (person(store, number) for number in (ANN, BO, CY, DEE))
    couple(store, ann, bo)
    others = couple(store, cy, dee)
    invite(store, ann, "own", label="Ann")
    invite(store, cy, "asked by her", label="Cy", asked_id=ann.id, asked_label="Ann")
    dees = invite(store, dee, "dee", label="Dee", asked_id=bo.id, asked_label="Bo")
    store.do(lambda work: work.erase_person(ann.id))
    store.reopen()
    assert of(store, bo) is None
    assert of(store, cy) == others
    assert by_link(store, "own") is by_link(store, "asked by her") is None
    assert by_link(store, "dee") == dees
    couple(store, bo, person(store, ANN))


@pytest.fixture
def heart(files: Files) -> Iterator[Heart]:
    """Return a store on files, to look behind it."""
    opened = open_heart(files)
    yield opened
    opened.close()


def fill(heart: Heart) -> tuple[Couple, Invite]:
    """Let there be every name that a couple may be called by."""

    def unit(work: Work) -> tuple[Couple, Invite]:
        ann, bo, cy = (work.add_person(number, NOW).id for number in (ANN, BO, CY))
        made = work.add_couple(ann, bo, ("canary_ann", "canary_bo"), NOW)
        made = replace(made, word="canary_word")
        work.save_couple(made)
        asked = Invite(
            hash_of("canary_token"), "group", ann, NOW, "canary_own", cy, "canary_cy", "canary_account"
        )
        asked = replace(asked, account="canary_of_hers")
        work.keep_invite(asked)
        return made, asked

    return heart.do(unit)


def test_rule_9_no_name_and_no_link_lies_on_the_disk(heart: Heart, files: Files, tmp_path: Path) -> None:
    fill(heart)
    inside = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(b"couples" in content for content in inside.values()), "the test looks into the right files"
    assert [name for name, content in inside.items() if b"canary" in content] == []
    heart._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"couples" in files.database.read_bytes()
    assert b"canary" not in files.database.read_bytes()


def test_each_name_is_sealed_for_whom_it_calls_and_where_it_stands(heart: Heart) -> None:
    made, asked = fill(heart)
    one, two = heart._db.execute("SELECT one_sealed, two_sealed FROM couples").fetchone()
    own, theirs = heart._db.execute("SELECT sealed, asked_sealed FROM invites").fetchone()
    ann, bo, place = made.one.person_id, made.two.person_id, f"invites|{asked.hash.hex()}"
    assert heart._vault.open(ann, f"couples|{made.id}|one", one) == b"canary_ann"
    assert heart._vault.open(bo, f"couples|{made.id}|two", two) == b"canary_bo"
    assert heart._vault.open(ann, f"{place}|own", own) == b'["canary_own","canary_of_hers"]'
    assert asked.asked_id is not None
    assert b"canary_cy" in heart._vault.open(asked.asked_id, f"{place}|asked", theirs)


def test_a_name_whose_key_is_gone_is_empty_and_keeps_nobody_from_leaving(heart: Heart) -> None:
    made, asked = fill(heart)
    ann, bo = made.one.person_id, made.two.person_id
    assert asked.asked_id is not None
    for owner in (bo, asked.asked_id):
        heart._vault.destroy(owner)
    assert heart.do(lambda work: work.couple_of(ann)) == made.with_partner(Partner(bo, ""))
    found = heart.do(lambda work: work.invite(asked.hash))
    assert found == replace(asked, asked_label="", asked_account="")
    heart._vault.destroy(ann)
    found = heart.do(lambda work: work.invite_of(ann, "group"))
    assert found is not None
    assert (found.label, found.asked_label) == ("", "")
    heart.do(lambda work: work.end_couple(made.id))
    heart.do(lambda work: work.drop_invite(asked.hash))
    assert heart.do(lambda work: work.couple_of(ann)) is None
