"""An invitation is a link: used, old or forged it says one sentence, and who only looks leaves no trace."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

import pytest

from bot.runtime.couples import hash_of
from bot.runtime.desk import Desk
from bot.store.sqlite import open_heart
from tests.runtime.story import DAY, HOUR, NO_LINK, SHOWN, Story, labels_of, texts
from tests.store.conftest import files_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# One sentence for every link that leads nowhere


def used(story: Story) -> str:
    token = story.invites("cy")
    story.accepts("ann", token)
    return token


def used_up(story: Story) -> str:
    story.settle("dora")
    token = story.invites("cy")
    story.accepts("dora", token)
    story.press("cy", "Yes, that is them")
    return token


def refused(story: Story) -> str:
    token = used(story)
    story.press("cy", "No")
    return token


def taken_back(story: Story) -> str:
    token = story.invites("cy")
    story.say("cy", "/invite")
    story.press("cy", "Take it back")
    return token


def replaced(story: Story) -> str:
    token = story.invites("cy")
    assert story.invites("cy") != token
    return token


def old(story: Story) -> str:
    token = story.invites("cy")
    story.wait(DAY)
    return token


def own(story: Story) -> str:
    return story.invites("bo")


def for_a_group(story: Story) -> str:
    story.settle("dora")
    story.pair("cy", "dora")
    return story.group_link("cy")


def maker_is_taken(story: Story) -> str:
    token = story.invites("cy")
    story.accepts("cy", story.invites("ann"))
    story.press("ann", "Yes, that is them")
    return token


def maker_is_gone(story: Story) -> str:
    token = story.invites("cy")
    story.heart.do(lambda work: work.erase_person(3))
    return token


def already_two(story: Story) -> str:
    story.pair("ann", "bo")
    return story.invites("cy")


def forged(_: Story) -> str:
    return "tokem00000000000000001"


LEAD_NOWHERE: list[Callable[[Story], str]] = [
    used, used_up, refused, taken_back, replaced, old, own, for_a_group, maker_is_taken, maker_is_gone,
    already_two, forged,
]  # fmt: skip


@pytest.mark.parametrize("way", LEAD_NOWHERE)
def test_a_link_that_leads_nowhere_says_one_sentence_and_not_why(way: Callable[[Story], str]) -> None:
    story = Story()
    token = way(story)
    story.say("bo", "/menu")
    before = story.tables("inbox", "outbox")
    seen = story.say("bo", f"/start {token}")
    assert [(one.chat, one.text, labels_of(one.rows)) for one in seen.bubbles] == [("bo", NO_LINK, [])]
    assert story.tables("inbox", "outbox") == before


@pytest.mark.parametrize("way", [old, taken_back, forged, for_a_group, maker_is_taken])
def test_a_stranger_cannot_tell_a_good_link_from_a_bad_one_before_they_agree(
    way: Callable[[Story], str],
) -> None:
    good, bad = Story(), Story()
    links = [(good, good.invites("cy")), (bad, way(bad))]
    told = [story.say("eve", f"/start {token}") for story, token in links]
    assert texts(told[0]) == texts(told[1])
    assert [labels_of(one.rows) for one in told[0].bubbles] == [
        labels_of(one.rows) for one in told[1].bubbles
    ]


def test_what_is_no_token_at_all_is_only_a_start() -> None:
    story = Story()
    plain = texts(story.say("bo", "/start"))
    for odd in ("hello", "token", "t" * 21, "t" * 23, "t" * 21 + "!", "'; DROP TABLE invites"):
        assert texts(story.say("bo", f"/start {odd}")) == plain


# Looking leaves no trace


@pytest.mark.parametrize(
    "presses",
    [
        (),
        ("Not now",),
        ("What would they see?", "Not now"),
        ("Yes, with them", "Not now"),
        ("Yes, with them",),
    ],
    ids=["looks only", "not now", "reads and declines", "a yes taken back", "goes away in between"],
)
def test_nothing_is_stored_before_the_yes_and_nobody_hears_of_a_no(presses: tuple[str, ...]) -> None:
    story, silent = Story(), Story()
    token = story.invites()
    assert silent.invites() == token
    story.say("bo", "/menu")
    before = story.tables("inbox", "outbox")
    story.opens("bo", token)
    story.presses("bo", *presses)
    assert story.tables("inbox", "outbox") == before
    for one in (story, silent):
        one.say("ann", "/invite")
        one.wait(DAY + HOUR)
        one.say("ann", "/invite")
    assert story.seen_by("ann") == silent.seen_by("ann")


def test_who_declines_can_look_again_as_long_as_the_link_is_good() -> None:
    story = Story()
    token = story.invites()
    story.opens("bo", token)
    story.press("bo", "Not now")
    assert story.opens("bo", token) == SHOWN.format("Ann", "ann")
    assert story.opens("cy", token) == SHOWN.format("Ann", "ann")


def test_after_an_hour_it_is_forgotten_who_has_pressed_which_link() -> None:
    story = Story()
    token = story.invites()
    story.opens("bo", token)
    story.clock.move(HOUR)
    seen = story.presses("bo", "Yes, with them", "Go on")
    assert "Ann" not in texts(seen)[0]
    assert texts(story.press("bo", "Skip")) == [NO_LINK]
    assert "Somebody asks you in." not in story.opens("bo", token)
    story.presses("bo", "Yes, with them", "Go on", "Skip")
    assert "Your link was used by @bo." in story.last("ann")


def test_an_old_page_does_not_show_who_asked_once_the_hour_is_over() -> None:
    story = Story()
    story.opens("bo", story.invites())
    story.press("bo", "What would they see?")
    story.clock.move(HOUR)
    seen = story.presses("bo", "Yes, with them", "Go on")
    assert not any("Ann" in one.text for one in seen.bubbles)


# The secret


def test_a_link_has_128_bits_that_nobody_can_guess() -> None:
    story = Story()
    desk = Desk(story.desk.library, story.clock, lambda: "run")
    tokens = {desk.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(urlsafe_b64decode(one + "==")) for one in tokens} == {16}


def test_of_a_link_only_its_hash_is_on_the_disk(tmp_path: Path) -> None:
    heart = open_heart(files_in(tmp_path))
    story = Story(heart=heart)
    token = story.invites()
    story.accepts("bo", token)
    heart.close()
    there = b"".join(one.read_bytes() for one in sorted(tmp_path.rglob("*")) if one.is_file())
    assert hash_of(token) in there
    for secret in (token.encode(), b"asks whether", b"@bo"):
        assert secret not in there
