"""The map on the page: the real bot draws it and sends it, and whoever cannot see it hears the words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox import ANN
from bot.store.memory import heart_in_memory
from tests.browser.conftest import ann, open_page, picture, press, sees, write
from tests.browser.test_page import check_in, welcome
from tests.play_script import Player

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Played

pytestmark = pytest.mark.browser

WORDS = re.compile(r"Closeness with your partner: 5, as you wish\.\s+Your own room: 2, wished 5: 3 more\.")


def test_ann_sees_her_map_and_its_words_and_the_themes(page: Page) -> None:
    welcome(page)
    check_in(page)
    write(ann(page), "/map")
    shown = ann(page).get_by_role("img", name=WORDS)
    expect(shown).to_be_visible(timeout=15_000)
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1080, 1350]
    picture(page, "map")
    ann(page).get_by_role("button", name=re.compile("Open the picture: Closeness")).click()
    expect(page.locator("dialog img")).to_be_visible()
    page.keyboard.press("Escape")
    press(ann(page), "By theme")
    expect(ann(page).get_by_role("img", name=re.compile("By theme, oldest first"))).to_be_visible(
        timeout=15_000
    )
    sees(ann(page), "Limits: not yet")
    press(ann(page), "Enough")
    sees(ann(page), "It stays under /map.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as transcript").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert saved.count("[picture: ") == 2
    assert Player(saved, heart_in_memory()).play() == saved


def test_a_covered_picture_is_uncovered_by_the_first_press(browser: Browser, played: Played) -> None:
    page = open_page(browser, played.server.url)
    press(ann(page), "Start")
    expect(ann(page).locator(".row.mine", has_text="/start")).to_be_visible()
    played.upload(
        "sendPhoto", "photo", "dot.png", "image/png", chat_id=ANN, caption="A dot", has_spoiler="true"
    )
    ann(page).get_by_role("button", name="A covered picture, press to see it").click()
    expect(page.locator("dialog img")).to_be_hidden()
    ann(page).get_by_role("button", name="Open the picture: A dot").click()
    expect(page.locator("dialog img")).to_be_visible()
    page.close()
