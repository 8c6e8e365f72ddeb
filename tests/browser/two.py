"""Two people and their phones: how they come together, get a group and begin an exercise, all in the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, ROOT, ann, bo, choose, group, press, sees, write

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CONTENT = ROOT / "content"
MESSAGES: dict[str, str] = yaml.safe_load((CONTENT / "messages.yaml").read_text(encoding="utf-8"))
LEAST = 15
"""Letters by which one can tell what was said."""


def own(key: str) -> str:
    """Return one of the bot's own sentences, up to where a name stands in it."""
    return " ".join(MESSAGES[key].split("{{", maxsplit=1)[0].split())


def asks(flow: str, node: str) -> str:
    """Return the first words of a node in which nothing is filled in, so that its words may change."""
    source = yaml.safe_load((CONTENT / "flows" / f"{flow}.yaml").read_text(encoding="utf-8"))
    parts = re.split(r"\{\{.*?\}\}|\{%.*?%\}|<.*?>", source["nodes"][node]["say"], flags=re.DOTALL)
    return next(words for part in parts if len(words := " ".join(part.split())) >= LEAST)


EXERCISE = "two/soft-no"
ALOUD, ECHO = asks(EXERCISE, "say_one"), asks(EXERCISE, "echo_one")


def start_over(page: Page) -> None:
    with page.expect_response("**/sandbox/act"):
        choose(page, page.get_by_role("button", name="Start over"), "Forget everything")
    expect(ann(page).get_by_text("Nothing said yet")).to_be_visible(timeout=PATIENCE)


def come_in(where: Locator, name: str) -> None:
    """Take somebody through the welcome, up to its last question."""
    sees(where, "May I keep your answers?")
    press(where, "I am an adult and I agree")
    sees(where, "What shall I call you?")
    write(where, name)
    sees(where, f"Hello, {name}.")
    press(where, "Living as a couple")
    sees(where, "what hour does your clock show")
    press(where, "Skip")
    sees(where, "I tell this to everybody")
    press(where, "Go on")
    sees(where, f"You are set, {name}.")
    press(where, "Another time")
    sees(where, "when you feel like it")


def invite(page: Page) -> None:
    """Let Ann come in and make a link."""
    press(ann(page), "Start")
    come_in(ann(page), "Ann")
    write(ann(page), "/invite")
    sees(ann(page), asks("pair/invite", "what"))
    press(ann(page), "Go on")
    sees(ann(page), asks("pair/invite", "safe"))
    press(ann(page), "Go on")
    sees(ann(page), asks("pair/invite", "label"))
    press(ann(page), "Skip")
    sees(ann(page), asks("pair/invite", "made"))


def open_link(page: Page, name: str) -> None:
    """Open Ann's link on somebody's phone."""
    choose(page, ann(page).locator(".link", has_text="?start=").last, f"Open as {name}")


def accept(page: Page) -> None:
    """Let Bo, who knows the bot by now, agree to what the link is about."""
    sees(bo(page), "Ann (@ann_sandbox")
    press(bo(page), "Yes, with them")
    sees(bo(page), asks("pair/accept", "safe"))
    press(bo(page), "Go on")
    sees(bo(page), asks("pair/called", "label"))
    press(bo(page), "Skip")
    sees(bo(page), own("accepted"))


def become_two(page: Page) -> None:
    invite(page)
    open_link(page, "Bo")
    sees(bo(page), own("welcome_first"))
    come_in(bo(page), "Bo")
    accept(page)
    sees(ann(page), "Your link was used by @bo_sandbox.")
    press(ann(page), "Yes, that is them")
    sees(ann(page), "You and Bo are here together now.")
    sees(bo(page), "You and Ann are here together now.")


def ask_for_a_group(page: Page) -> Locator:
    """Let Ann ask for a button that leads into a group, and return it."""
    write(ann(page), "/together")
    sees(ann(page), "For you and Bo.")
    press(ann(page), "Our group")
    press(ann(page), "Add me to a group")
    sees(ann(page), own("group_link"))
    return ann(page).get_by_role("button", name=own("button_group")).last


def be_there(page: Page) -> None:
    """Let both press in the group."""
    sees(group(page), own("group_hello"))
    for name in ("Ann", "Bo"):
        by(page, name, own("button_here"))
        sees(group(page), f"{name} sees: {own('looking')}")
    sees(group(page), own("group_ready"))


def with_group(page: Page) -> None:
    become_two(page)
    choose(page, ask_for_a_group(page), "To a new group with Bo")
    be_there(page)


def begin(page: Page) -> None:
    """Let Ann choose an exercise with a sealed answer, and both say yes."""
    write(ann(page), "/together")
    sees(ann(page), "For you and Bo.")
    press(ann(page), "No, and limits")
    sees(ann(page), asks("home/together", "which"))
    ann(page).get_by_role("button", name="A small rather-not").last.click()
    press(ann(page), "Ask us both")
    for phone in (ann(page), bo(page)):
        sees(phone, asks("gates/together", "gate_ready"))
        press(phone, "Yes, now")
    for phone in (ann(page), bo(page)):
        sees(phone, asks(EXERCISE, "small"))


def answer(page: Page) -> None:
    """Let both answer and choose how much of it is opened, up to the last look."""
    write(ann(page), "the dinner on Friday")
    write(bo(page), "the drive to the airport")
    for phone, level in ((ann(page), "My words"), (bo(page), "It is about home")):
        sees(phone, asks(EXERCISE, "how_much"))
        press(phone, level)
    for phone in (ann(page), bo(page)):
        expect(phone.get_by_role("button", name="Keep mine closed")).to_be_visible(timeout=PATIENCE)


def time_goes_on(page: Page, button: str = "To the next nudge") -> None:
    """Let time go on, and wait until the bot has done all that was due."""
    with page.expect_response("**/sandbox/act", timeout=2 * PATIENCE):
        press(page.locator("body"), button)


def speak(page: Page) -> None:
    """Go on to the first turn to speak, which stands before both."""
    begin(page)
    answer(page)
    time_goes_on(page)
    sees(group(page), ALOUD)


def by(page: Page, name: str, label: str) -> None:
    """Let somebody press a button in the group."""
    group(page).get_by_role("radio", name=re.compile(f"^{name}")).check()
    press(group(page), label)


def does(page: Page, name: str, entry: str) -> None:
    """Let somebody do something from the group's menu."""
    group(page).get_by_role("radio", name=re.compile(f"^{name}")).check()
    choose(page, group(page).get_by_role("button", name="More for this chat"), entry)


def told(page: Page, words: str) -> None:
    """Wait for the group's newest line about itself."""
    expect(group(page).locator(".told").last).to_have_text(words, timeout=PATIENCE)


def standing_in(page: Page, words: str) -> Locator:
    """Return the names of the topics in which these words stand."""
    return group(page).locator(".row", has_text=words).locator(".thread")


def said(where: Locator) -> list[str]:
    """Return all that stands in a chat."""
    # Rows out of sight are not drawn, and have no inner text then.
    return where.locator(".row .words").all_text_contents()
