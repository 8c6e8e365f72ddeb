"""The whole way of two, in a real browser: from the invitation to the opening, and what comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ann, bo, choose, group, picture, press, sees, write
from tests.browser.two import (
    ALOUD,
    ECHO,
    EXERCISE,
    accept,
    answer,
    ask_for_a_group,
    asks,
    be_there,
    become_two,
    begin,
    by,
    come_in,
    does,
    invite,
    open_link,
    own,
    said,
    speak,
    standing_in,
    start_over,
    time_goes_on,
    told,
    with_group,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ANNS, BOS = "the dinner on Friday", "the drive to the airport"


@pytest.fixture(autouse=True)
def _anew(page: Page) -> None:
    start_over(page)


def test_from_the_invitation_to_the_opening(page: Page) -> None:
    """Each reads as much of the other's answer as the other chose: words here, a theme there."""
    invite(page)
    picture(page, "two-link")
    open_link(page, "Bo")
    come_in(bo(page), "Bo")
    picture(page, "two-invited")
    accept(page)
    picture(page, "two-confirm")
    press(ann(page), "Yes, that is them")
    sees(bo(page), "You and Ann are here together now.")
    button = ask_for_a_group(page)
    picture(page, "two-group-button")
    choose(page, button, "To a new group with Bo")
    told(page, "Ann added Alongside")
    be_there(page)
    picture(page, "two-group")
    begin(page)
    picture(page, "two-begun")
    answer(page)
    picture(page, "two-last-look")
    assert ANNS not in "".join(said(bo(page)))
    time_goes_on(page)
    for phone in (ann(page), bo(page)):
        sees(phone, asks(EXERCISE, "open"))
    assert f"“{ANNS}”" in said(bo(page))[-1]
    assert "“It is about home”" in said(ann(page))[-1]
    picture(page, "two-opened")
    everything = "".join([*said(ann(page)), *said(group(page))])
    assert BOS not in everything
    sees(group(page), ALOUD)
    before = len(said(group(page)))
    by(page, "Ann", "Said it")
    sees(group(page), ECHO)
    assert len(said(group(page))) == before
    assert ALOUD not in "".join(said(group(page)))
    picture(page, "two-echo")


def test_a_third_comes_in_the_middle_and_goes(page: Page) -> None:
    with_group(page)
    speak(page)
    press(page.locator("body"), "Add a stranger")
    does(page, "Cy", "Cy joins the group")
    sees(group(page), own("waits"))
    picture(page, "two-third")
    by(page, "Cy", own("button_alone"))
    sees(group(page), f"Cy sees: {own('not_yours')}")
    by(page, "Ann", own("button_alone"))
    sees(group(page), f"Ann sees: {own('looking')}")
    expect(group(page).get_by_role("button", name="Said it")).to_have_count(0)
    does(page, "Cy", "Cy leaves the group")
    expect(group(page).get_by_role("button", name="Said it")).to_be_visible(timeout=PATIENCE)
    expect(group(page).get_by_text(ALOUD)).to_have_count(2)
    picture(page, "two-alone-again")
    by(page, "Ann", "Said it")
    sees(group(page), ECHO)


def test_the_group_becomes_a_supergroup_in_the_middle(page: Page) -> None:
    with_group(page)
    speak(page)
    does(page, "Ann", "Turn it into a supergroup")
    told(page, "This supergroup was a group before")
    expect(group(page).get_by_text(ALOUD)).to_have_count(2, timeout=PATIENCE)
    picture(page, "two-supergroup")
    by(page, "Ann", "Said it")
    sees(group(page), ECHO)


def test_it_goes_on_in_a_topic_and_when_that_is_closed_in_general(page: Page) -> None:
    become_two(page)
    choose(page, ask_for_a_group(page), "To “Ann and Bo”")
    be_there(page)
    for entry in ("Turn it into a supergroup", "Turn topics on", "Open a topic"):
        does(page, "Ann", entry)
    told(page, "Topic: Topic 1")
    group(page).get_by_label("Topic", exact=True).select_option(label="Topic 1")
    write(group(page), "/together")
    sees(group(page), own("elsewhere"))
    speak(page)
    expect(standing_in(page, ALOUD)).to_have_text("Topic 1")
    by(page, "Ann", "Said it")
    sees(group(page), ECHO)
    expect(standing_in(page, ECHO)).to_have_text("Topic 1")
    picture(page, "two-topic")
    does(page, "Ann", "Close Topic 1")
    by(page, "Bo", own("button_pause"))
    sees(group(page), own("paused"))
    expect(standing_in(page, own("paused"))).to_have_count(0)
    time_goes_on(page)
    expect(group(page).get_by_text(ECHO)).to_have_count(2, timeout=PATIENCE)
    expect(standing_in(page, ECHO)).to_have_count(1)
    picture(page, "two-topic-closed")
    by(page, "Bo", "Said it")
    sees(group(page), asks(EXERCISE, "got_one"))


def test_bo_blocks_the_bot_in_the_middle(page: Page) -> None:
    """Ann sees nothing of it; what goes on ends in its time, as if Bo had only not answered."""
    with_group(page)
    begin(page)
    choose(page, bo(page).get_by_role("button", name="More for this chat"), "Block the bot")
    sees(bo(page), "blocked")
    write(ann(page), ANNS)
    sees(ann(page), own("noted_sealed"))
    seen = said(ann(page)), said(group(page))
    time_goes_on(page, "+1 hour")
    assert (said(ann(page)), said(group(page))) == seen
    time_goes_on(page, "+1 day")
    sees(group(page), asks(EXERCISE, "late_end"))
    picture(page, "two-blocked")
    assert said(ann(page)) == seen[0]


def test_a_link_is_used_twice(page: Page) -> None:
    """Whoever comes second hears one sentence, and cannot tell from it whether the link was ever good."""
    become_two(page)
    open_link(page, "Bo")
    sees(bo(page), own("no_link"))
    press(page.locator("body"), "Add a stranger")
    open_link(page, "Cy")
    cy = bo(page)
    expect(cy.get_by_label("Whose phone")).to_have_value("1003")
    sees(cy, own("welcome_first"))
    come_in(cy, "Cy")
    sees(cy, own("no_link"))
    picture(page, "two-link-again")
    open_link(page, "Ann")
    sees(ann(page), own("no_link"))
