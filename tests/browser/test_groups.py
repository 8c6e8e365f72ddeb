"""Links, groups, topics and what stands in them, with a bot that the test plays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox import ANN, GROUP
from tests.browser.conftest import accessible, ann, bo, choose, group, open_page, picture, press, sees, write

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


def act(page: Page, entry: str) -> None:
    """Take an entry of the group's menu and wait until it is done."""
    with page.expect_response("**/sandbox/act"):
        choose(page, group(page).get_by_role("button", name="More for this chat"), entry)


def link(played: Played, label: str, parameter: str) -> dict[str, object]:
    url = f"https://t.me/{played.call('getMe')['username']}?{parameter}"
    return {"inline_keyboard": [[{"text": label, "url": url}]]}


def test_a_link_makes_a_new_group_beside_the_old_one(page: Page, played: Played) -> None:
    with page.expect_response("**/sandbox/act"):
        write(ann(page), "hello")
    played.call("sendMessage", chat_id=ANN, text="Bring me",
                reply_markup=link(played, "To our group", "startgroup=together"))  # fmt: skip
    choose(page, ann(page).get_by_role("button", name="To our group"), "To a new group with Bo")
    sees(group(page), "/start@sandbox_bot together")
    which = group(page).get_by_label("Which group")
    expect(which.locator("option:checked")).to_have_text("Ann and Bo 2")
    picture(page, "new-group")
    which.select_option(label="Ann and Bo")
    sees(group(page), "2 people, without the bot")
    which.select_option(label="Ann and Bo 2")
    sees(group(page), "2 people and the bot")
    assert accessible(page) == []


def test_a_button_in_the_group_opens_the_chat_of_whoever_presses(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    played.call("sendMessage", chat_id=GROUP, text="Alone", reply_markup=link(played, "Open", "start=here"))
    group(page).get_by_role("radio", name="Bo").check()
    group(page).get_by_role("button", name="Open").last.click()
    sees(bo(page), "/start here")
    sees(ann(page), "Nothing said yet.")


def test_a_supergroup_still_shows_what_it_was_before(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    old = played.call("sendMessage", chat_id=GROUP, text="Before", reply_markup={
        "inline_keyboard": [[{"text": "Old", "callback_data": "old"}]]})  # fmt: skip
    act(page, "Turn it into a supergroup")
    expect(group(page).locator(".told").last).to_have_text("This supergroup was a group before")
    sees(group(page), "Before")
    with page.expect_response("**/sandbox/act"):
        press(group(page), "Old")
    pressed = played.call("getUpdates")[-1]["callback_query"]["message"]
    assert (pressed["chat"]["id"], pressed["message_id"]) == (GROUP, old["message_id"])


def test_topics_are_closed_opened_again_and_deleted(page: Page, played: Played) -> None:
    for entry in ("Add the bot", "Turn it into a supergroup", "Turn topics on", "Open a topic"):
        act(page, entry)
    topic = group(page).get_by_label("Topic", exact=True)
    topic.select_option(label="Topic 1")
    with page.expect_response("**/sandbox/act"):
        write(group(page), "/here")
    told = played.call("getUpdates")[-1]["message"]
    answer = {"chat_id": told["chat"]["id"], "message_thread_id": told["message_thread_id"], "text": "Yes"}
    played.call("sendMessage", **answer)
    sees(group(page), "Yes")
    expect(group(page).locator(".quote")).to_have_count(0)
    act(page, "Close Topic 1")
    expect(group(page).locator(".told").last).to_have_text("Ann closed Topic 1")
    expect(topic.locator("option:checked")).to_have_text("Topic 1, closed")
    picture(page, "closed")
    act(page, "Open again: Topic 1")
    expect(topic.locator("option:checked")).to_have_text("Topic 1")
    act(page, "Delete Topic 1")
    expect(group(page).get_by_text("Yes", exact=True)).to_have_count(0)


def test_an_administrator_writes_without_a_name(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    act(page, "Turn it into a supergroup")
    choose(page, group(page).get_by_role("button", name="More for this chat"), "Write without a name")
    sees(group(page), "Write the words first")
    group(page).get_by_role("textbox").fill("/hello")
    act(page, "Write without a name")
    expect(group(page).locator(".row .name").last).to_have_text("Ann and Bo")
    expect(group(page).get_by_role("textbox")).to_have_value("")
    assert played.call("getUpdates")[-1]["message"]["from"]["username"] == "GroupAnonymousBot"


def test_a_stranger_is_put_out(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    press(page.locator("body"), "Add a stranger")
    group(page).get_by_role("radio", name="Cy, outside").check()
    act(page, "Cy joins the group")
    group(page).get_by_role("radio", name="Ann").check()
    act(page, "Put Cy out")
    expect(group(page).locator(".told").last).to_have_text("Ann put Cy out")
    assert played.call("getUpdates")[-1]["message"]["left_chat_member"]["first_name"] == "Cy"


def test_a_selective_reply_is_asked_of_those_it_names(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    asked = {"chat_id": GROUP, "reply_markup": {"force_reply": True, "selective": True}}
    played.call("sendMessage", **asked, text="Anybody?")
    sees(group(page), "Anybody?")
    expect(group(page).locator(".banner")).to_be_hidden()
    played.call("sendMessage", **asked, text="@bo_sandbox, you?")
    sees(group(page), ", you?")
    expect(group(page).locator(".banner")).to_be_hidden()
    group(page).get_by_role("radio", name="Bo").check()
    sees(group(page), "Answering: @bo_sandbox, you?")
    with page.expect_response("**/sandbox/act"):
        write(group(page), "I")
    assert "reply_to_message" in played.call("getUpdates")[-1]["message"]
    press(page.locator("body"), "Add a stranger")
    expect(group(page).get_by_role("radio", name=re.compile("Cy"))).to_be_visible()
    expect(group(page).locator(".banner")).to_be_hidden()


def test_a_file_says_how_large_it_is(page: Page, played: Played) -> None:
    act(page, "Add the bot to the group")
    played.upload("sendDocument", "document", "dot.png", "image/png", chat_id=GROUP, caption="A dot")
    expect(group(page).locator(".file")).to_have_text(re.compile(r"dot\.png\d+ bytes"))
    with page.expect_download() as download:
        group(page).get_by_role("link", name="dot.png").click()
    assert download.value.suggested_filename == "dot.png"
    picture(page, "file")
    assert accessible(page) == []


def test_a_link_brings_a_phone_or_the_group_forward_on_a_narrow_screen(
    browser: Browser, played: Played
) -> None:
    page = open_page(browser, played.server.url, 390, 800)
    write(ann(page), "come: https://t.me/sandbox_bot?start=a")
    choose(page, ann(page).get_by_role("button", name="https://t.me/sandbox_bot"), "Open as Bo")
    expect(bo(page)).to_be_visible()
    sees(bo(page), "/start a")
    press(page.locator("#tabs"), "Ann")
    played.call("sendMessage", chat_id=ANN, text="Bring me",
                reply_markup=link(played, "To our group", "startgroup=b"))  # fmt: skip
    choose(page, ann(page).get_by_role("button", name="To our group"), "To a new group with Bo")
    expect(group(page)).to_be_visible()
    sees(group(page), "/start@sandbox_bot b")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "narrow-group")
    assert accessible(page) == []
    page.close()
