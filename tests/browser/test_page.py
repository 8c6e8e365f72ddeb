"""The front door, as a stranger meets it: `alongside try` in a real browser, by mouse and by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from bot.store.memory import heart_in_memory
from tests.browser.conftest import (
    RefusedError,
    ann,
    bo,
    choose,
    group,
    picture,
    press,
    sees,
    start_trial,
    stop_trial,
    write,
)
from tests.browser.two import start_over
from tests.play_script import Player

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Played

pytestmark = pytest.mark.browser


def welcome(page: Page) -> None:
    """Take Ann through the welcome by mouse."""
    press(ann(page), "Start")
    sees(ann(page), "May I keep your answers?")
    press(ann(page), "I am an adult and I agree")
    sees(ann(page), "What shall I call you?")
    write(ann(page), "Ann <b>")
    sees(ann(page), "Hello, Ann <b>.")
    press(ann(page), "Living as a couple")
    sees(ann(page), "what hour does your clock show")
    hour = datetime.now(UTC).hour
    press(ann(page), f"{hour:02d} ({hour % 12 or 12} {'am' if hour < 12 else 'pm'})")
    sees(ann(page), "None of these")
    press(ann(page), "Reykjavik")
    sees(ann(page), "Once a week I can send you one small question")
    press(ann(page), "Yes, Sundays at 18:00")
    sees(ann(page), "I tell this to everybody")
    press(ann(page), "Go on")
    sees(ann(page), "I will knock")
    picture(page, "welcome")


def check_in(page: Page) -> None:
    press(ann(page), "The first check-in")
    sees(ann(page), "About ten taps")
    press(ann(page), "Begin")
    for question, answer in (
        ("Two circles", "5"),
        ("wished them to overlap", "5"),
        ("only your own circle", "2"),
        ("how much room would you have wished for", "5"),
        ("Something just for you", "Skip"),
        ("A look, a joke", "Skip"),
        ("A limit is a plain sentence", "Skip"),
    ):
        sees(ann(page), question)
        press(ann(page), answer)
    sees(ann(page), "One line about the week")
    write(ann(page), "no choir again")
    sees(ann(page), "It may be more of you.")
    press(ann(page), "Leave it")
    sees(ann(page), "That was all.")
    picture(page, "check-in")


def test_ann_comes_in_checks_in_is_asked_on_sunday_and_saves_it_all(page: Page) -> None:
    """By mouse; then time goes on to the nudge, and the saved transcript plays again as it went."""
    welcome(page)
    check_in(page)
    press(page.locator("body"), "To the next nudge")
    sees(ann(page), "Later today")
    sees(page.locator(".clock"), "Sun")
    picture(page, "nudge")
    expect(bo(page).get_by_text("Nothing said yet")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Save as transcript").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert saved.count("\nann>  ") == 19
    assert Player(saved, heart_in_memory()).play() == saved


def test_starting_over_forgets_everything_and_the_bot_lives_again(page: Page) -> None:
    write(bo(page), "/start")
    sees(bo(page), "May I keep your answers?")
    start_over(page)
    expect(bo(page).get_by_text("Nothing said yet")).to_be_visible()
    write(bo(page), "/start")
    sees(bo(page), "May I keep your answers?")


def test_by_keyboard_alone(page: Page) -> None:
    """Come in and check in without a mouse: type, go back to the newest buttons with Tab, press Enter."""
    start_over(page)
    keyboard = page.keyboard

    def typed(words: str) -> None:
        ann(page).get_by_role("textbox").focus()
        keyboard.type(words)
        keyboard.press("Enter")

    def go_to(label: str) -> None:
        ann(page).get_by_role("textbox").focus()
        for _ in range(40):
            keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.textContent") == label:
                keyboard.press("Enter")
                return
        pytest.fail(f"{label} cannot be reached by keyboard")

    typed("/start")
    sees(ann(page), "May I keep your answers?")
    go_to("I am an adult and I agree")
    sees(ann(page), "What shall I call you?")
    typed("Ann")
    sees(ann(page), "Hello, Ann.")
    go_to("On my own")
    sees(ann(page), "what hour does your clock show")
    go_to("Skip")
    sees(ann(page), "Then I will only write when you write first.")
    typed("/checkin")
    sees(ann(page), "Begin")
    go_to("Begin")
    sees(ann(page), "1 = ")
    go_to("4")
    sees(ann(page), "wished")
    picture(page, "keyboard")


def test_behind_the_glass_shows_where_it_stands_and_what_is_sealed(page: Page) -> None:
    start_over(page)
    drawer = page.locator("#drawer")
    press(page.locator("body"), "Behind the glass")
    sees(drawer, "Nothing has begun in this chat.")
    welcome(page)
    sees(drawer, "(welcome.about-you)")
    sees(drawer, "name → stage → clock → city → invite")
    sees(drawer, "bytes, sealed")
    sees(drawer, "sendMessage")
    assert "Ann <b>" not in drawer.locator("#stored").inner_text()
    assert drawer.locator(".refused").all_inner_texts() == []
    picture(page, "glass")
    page.keyboard.press("Escape")


def test_a_refused_call_is_red(browser: Browser, played: Played) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(played.server.url)
    press(page.locator("body"), "Behind the glass")
    with pytest.raises(RefusedError, match="400"):
        played.call("sendMessage", chat_id=1001, text="a < b", parse_mode="HTML")
    refused = page.locator("#calls .refused")
    expect(refused).to_contain_text("sendMessage")
    expect(refused).to_contain_text("400 Bad Request")
    picture(page, "refused")
    page.close()


def test_a_link_is_opened_on_the_other_phone(page: Page) -> None:
    """An invitation travels by hand: Ann writes the link down, Bo opens it on his phone."""
    start_over(page)
    write(group(page), "look: https://t.me/alongside_bot?start=from-ann")
    choose(page, group(page).get_by_role("button", name="https://t.me/alongside_bot"), "Open as Bo")
    sees(bo(page), "/start from-ann")
    sees(bo(page), "May I keep your answers?")
    picture(page, "link")
    expect(ann(page).get_by_text("Nothing said yet")).to_be_visible()


def test_the_page_comes_back_when_the_server_does(browser: Browser) -> None:
    bot, where = start_trial()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(where)
    write(ann(page), "/start")
    sees(ann(page), "May I keep your answers?")
    stop_trial(bot)
    expect(page.get_by_role("status").first).to_contain_text("trying again")
    write(ann(page), "is anybody there?")
    sees(ann(page), "The sandbox is not running.")
    picture(page, "stopped")
    bot, _ = start_trial(int(where.rsplit(":", maxsplit=1)[-1]))
    expect(page.get_by_role("status").first).to_contain_text("stand-in", timeout=15000)
    write(ann(page), "/start")
    sees(ann(page), "May I keep your answers?")
    page.close()
    stop_trial(bot)
