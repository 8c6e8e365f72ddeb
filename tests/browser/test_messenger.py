"""Everything a messenger does, with a bot that the test plays: the page is of use to any bot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox import ANN, BO, GROUP
from tests.browser.conftest import (
    PATIENCE,
    RefusedError,
    accessible,
    ann,
    bo,
    choose,
    group,
    open_page,
    picture,
    press,
    sees,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.conftest import Played

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, played: Played) -> Iterator[Page]:
    page = open_page(browser, played.server.url)
    yield page
    page.close()


def keys(*labels: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}


def meet(page: Page) -> None:
    write(ann(page), "hello")
    sees(ann(page), "hello")


def test_words_links_spoilers_edits_and_toasts(page: Page, played: Played) -> None:
    meet(page)
    sent = played.call(
        "sendMessage",
        chat_id=ANN,
        text='<b>Bold</b>, <tg-spoiler>hidden</tg-spoiler>, <a href="https://example.org/">away</a>, /help',
        parse_mode="HTML",
        reply_markup=keys("One", "Two"),
    )
    spoiler = ann(page).get_by_label("Hidden text, press to show")
    spoiler.click()
    sees(ann(page), "hidden")
    press(ann(page), "away")
    sees(ann(page), "it leads away from this machine: https://example.org/")
    press(ann(page), "/help")
    sees(ann(page), "/help")
    press(ann(page), "Two")
    query = next(one["callback_query"] for one in played.call("getUpdates") if "callback_query" in one)
    played.call("answerCallbackQuery", callback_query_id=query["id"], text="Noted")
    sees(ann(page), "Noted")
    picture(page, "words")
    played.call("editMessageText", chat_id=ANN, message_id=sent["message_id"], text="All new")
    sees(ann(page), "All new")
    sees(ann(page), "edited")
    expect(ann(page).get_by_role("button", name="One", exact=True)).to_have_count(0)


def test_replies_edits_and_forced_replies(page: Page, played: Played) -> None:
    meet(page)
    played.call("sendMessage", chat_id=ANN, text="A question?")
    row = ann(page).locator(".row", has_text="A question?")
    row.hover()
    row.get_by_role("button", name="Reply").click()
    sees(ann(page), "Answering: A question?")
    write(ann(page), "An anser")
    expect(ann(page).locator(".row.mine .quote")).to_have_text("A question?")
    mine = ann(page).locator(".row.mine", has_text="An anser")
    mine.hover()
    mine.get_by_role("button", name="Edit").click()
    write(ann(page), "An answer")
    sees(ann(page), "edited")
    told = played.call("getUpdates")
    assert told[-2]["message"]["reply_to_message"]["text"] == "A question?"
    assert told[-1]["edited_message"]["text"] == "An answer"

    played.call(
        "sendMessage",
        chat_id=ANN,
        text="Your name?",
        reply_markup={"force_reply": True, "input_field_placeholder": "A name"},
    )
    sees(ann(page), "Answering: Your name?")
    expect(ann(page).get_by_placeholder("A name")).to_be_visible()
    write(ann(page), "Ann")
    expect(ann(page).locator(".banner")).to_be_hidden()
    assert played.call("getUpdates")[-1]["message"]["reply_to_message"]["text"] == "Your name?"


def test_reply_keyboards_come_and_go(page: Page, played: Played) -> None:
    meet(page)
    keyboard = {"keyboard": [[{"text": "Tea"}, {"text": "Coffee"}]]}
    played.call("sendMessage", chat_id=ANN, text="Which?", reply_markup=keyboard)
    picture(page, "reply-keys")
    press(ann(page), "Tea")
    expect(ann(page).locator(".row.mine", has_text="Tea")).to_be_visible()
    played.call("sendMessage", chat_id=ANN, text="Good", reply_markup={"remove_keyboard": True})
    sees(ann(page), "Good")
    expect(ann(page).get_by_role("button", name="Coffee")).to_be_hidden()


def test_the_bot_types_sends_a_picture_that_opens_and_a_file_that_downloads(
    page: Page, played: Played
) -> None:
    meet(page)
    played.call("sendChatAction", chat_id=ANN, action="typing")
    expect(ann(page).locator(".typing")).to_be_visible()
    played.upload("sendPhoto", "photo", "dot.png", "image/png", chat_id=ANN, caption="A dot")
    expect(ann(page).locator(".typing")).to_be_hidden()
    ann(page).get_by_role("button", name="Open the picture: A dot").click()
    expect(page.locator("dialog img")).to_be_visible()
    picture(page, "photo")
    page.keyboard.press("Escape")
    expect(page.locator("dialog img")).to_be_hidden()
    played.upload("sendDocument", "document", "dot.png", "image/png", chat_id=ANN)
    with page.expect_download() as download:
        ann(page).get_by_role("link", name="dot.png").click()
    assert download.value.path().read_bytes()[1:4] == b"PNG"


def test_blocking_and_unblocking(page: Page, played: Played) -> None:
    meet(page)
    more = ann(page).get_by_role("button", name="More for this chat")
    choose(page, more, "Block the bot")
    sees(ann(page), "blocked")
    with pytest.raises(RefusedError, match="403"):
        played.call("sendMessage", chat_id=ANN, text="are you there?")
    choose(page, more, "Unblock the bot")
    expect(ann(page).locator(".state")).to_have_text("bot")
    played.call("sendMessage", chat_id=ANN, text="welcome back")
    sees(ann(page), "welcome back")


def test_the_bot_joins_the_group_and_a_stranger_presses_there(page: Page, played: Played) -> None:
    more = group(page).get_by_role("button", name="More for this chat")
    choose(page, more, "Add the bot to the group")
    sees(group(page), "2 people and the bot")
    sent = played.call("sendMessage", chat_id=GROUP, text="For the two of you", reply_markup=keys("Yes"))
    press(page.locator("body"), "Add a stranger")
    group(page).get_by_role("radio", name="Cy, outside").check()
    choose(page, more, "Cy joins the group")
    expect(group(page).locator(".told").last).to_have_text("Cy joined")
    press(group(page), "Yes")
    query = next(one["callback_query"] for one in played.call("getUpdates") if "callback_query" in one)
    assert query["from"]["first_name"] == "Cy"
    assert query["message"]["message_id"] == sent["message_id"]
    played.call("answerCallbackQuery", callback_query_id=query["id"], text="This is not for you")
    sees(group(page), "Cy sees: This is not for you")
    picture(page, "stranger")
    choose(page, more, "Cy leaves the group")
    expect(group(page).locator(".told").last).to_have_text("Cy left")


def test_a_group_becomes_a_supergroup_with_topics(page: Page, played: Played) -> None:
    more = group(page).get_by_role("button", name="More for this chat")
    choose(page, more, "Add the bot to the group")
    choose(page, more, "Turn it into a supergroup")
    expect(group(page).locator(".told").last).to_have_text("This supergroup was a group before")
    with pytest.raises(RefusedError, match="400"):
        played.call("sendMessage", chat_id=GROUP, text="to the old number")
    new = next(one["message"]["migrate_to_chat_id"] for one in played.call("getUpdates")
               if one.get("message", {}).get("migrate_to_chat_id"))  # fmt: skip
    choose(page, more, "Turn topics on")
    choose(page, more, "Open a topic")
    sees(group(page), "Topic: Topic 1")
    topic = group(page).get_by_label("Topic", exact=True)
    topic.select_option(label="Topic 1")
    write(group(page), "/here")
    thread = played.call("getUpdates")[-1]["message"]["message_thread_id"]
    played.call("sendMessage", chat_id=new, message_thread_id=thread, text="I am here")
    expect(group(page).locator(".row", has_text="I am here").locator(".thread")).to_have_text("Topic 1")


def test_a_start_link_in_a_button_brings_the_bot_into_the_group(page: Page, played: Played) -> None:
    meet(page)
    name = played.call("getMe")["username"]
    button = {"text": "To our group", "url": f"https://t.me/{name}?startgroup=together"}
    played.call("sendMessage", chat_id=ANN, text="Bring me", reply_markup={"inline_keyboard": [[button]]})
    choose(page, ann(page).get_by_role("button", name="To our group"), "To “Ann and Bo”")
    sees(group(page), f"/start@{name} together")
    sees(group(page), "2 people and the bot")


def test_a_narrow_screen_has_tabs_and_counts_what_is_unread(browser: Browser, played: Played) -> None:
    page = open_page(browser, played.server.url, 390, 800)
    tabs = page.locator("#tabs")
    expect(ann(page)).to_be_visible()
    expect(bo(page)).to_be_hidden()
    press(tabs, "Bo")
    write(bo(page), "hello from Bo")
    press(tabs, "Ann")
    played.call("sendMessage", chat_id=BO, text="hello Bo")
    expect(tabs.get_by_role("button", name=re.compile("Bo"))).to_have_text("Bo1")
    tabs.get_by_role("button", name=re.compile("Bo")).click()
    sees(bo(page), "hello Bo")
    expect(tabs.get_by_role("button", name="Bo", exact=True)).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "narrow")
    assert accessible(page) == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, played: Played, scheme: Literal["light", "dark"]
) -> None:
    """With messages, buttons, a quote, a spoiler, a service line, an open drawer and a refused call on it."""
    page = open_page(browser, played.server.url)
    page.emulate_media(color_scheme=scheme)
    write(bo(page), "hello")
    meet(page)
    played.call("sendMessage", chat_id=ANN, text="<blockquote>so</blockquote> <tg-spoiler>x</tg-spoiler> /go",
                parse_mode="HTML", reply_markup=keys("One"))  # fmt: skip
    write(group(page), "only we two: https://t.me/sandbox_bot?start=a")
    choose(page, group(page).get_by_role("button", name="More for this chat"), "Add the bot")
    press(page.locator("body"), "Add a stranger")
    press(page.locator("body"), "Behind the glass")
    with pytest.raises(RefusedError, match="400"):
        played.call("sendMessage", chat_id=ANN, text="")
    expect(page.locator(".refused")).to_be_visible()
    assert accessible(page) == []
    picture(page, scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) == (scheme == "dark")
    page.close()


def test_a_thousand_messages_stay_smooth(page: Page, played: Played) -> None:
    """One of them takes less than a frame to append, layout and all, by the page's own measure."""
    meet(page)
    for number in range(1000):
        played.call("sendMessage", chat_id=ANN, text=f"Message {number}: a few words, as people write",
                    reply_markup=keys("Yes", "No"))  # fmt: skip
    # Looking for words in a thousand rows again and again would itself keep the page busy.
    expect(ann(page).locator(".row")).to_have_count(1001, timeout=2 * PATIENCE)
    took = page.evaluate("performance.getEntriesByName('append').slice(-200).map((one) => one.duration)")
    assert len(took) == 200
    median = sorted(took)[100]
    print(f"one message after 800: median {median:.2f} ms, slowest {max(took):.2f} ms")  # noqa: T201  the measure
    assert median < 16
    below = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"
    assert page.locator("#first .scroller").evaluate(below) < 5
