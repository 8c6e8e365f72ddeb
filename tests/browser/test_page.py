"""The front door, as a stranger meets it: `alongside try` in a real browser, by mouse and by keyboard."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start `alongside try` on a free port and return where it is."""
    command = [str(Path(sys.executable).parent / "alongside"), "try", "--port", "0"]
    bot = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert bot.stdout
    line = bot.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, line
    yield found[0]
    bot.terminate()
    assert bot.wait(15) == 0
    bot.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("ALONGSIDE_CI"):
            pytest.fail("chromium is missing; .ci/run should have installed it")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 420, "height": 860})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    yield page
    page.close()
    assert faults == []


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).last.click()


def write(page: Page, words: str) -> None:
    """Write into the message field, which may not have the focus yet, and send."""
    field = page.get_by_role("textbox").first
    field.fill(words)
    field.press("Enter")


def sees(page: Page, words: str) -> None:
    expect(page.get_by_text(words).last).to_be_visible(timeout=15000)


def test_ann_comes_in_checks_in_and_is_asked_a_week_later(page: Page) -> None:
    page.get_by_role("button", name="Start").first.click()
    sees(page, "May I keep your answers?")
    press(page, "I am an adult and I agree")
    sees(page, "What shall I call you?")
    write(page, "Ann <b>")
    sees(page, "Hello, Ann <b>.")
    press(page, "Living as a couple")
    sees(page, "what hour does your clock show")
    hour = datetime.now(UTC).hour
    press(page, f"{hour:02d} ({hour % 12 or 12} {'am' if hour < 12 else 'pm'})")
    sees(page, "None of these")
    press(page, "Reykjavik")
    sees(page, "Once a week I can send you one small question")
    press(page, "Yes, Sundays at 18:00")
    sees(page, "I will knock")
    press(page, "The first check-in")
    sees(page, "About ten taps")
    press(page, "Begin")
    for question, answer in (
        ("Two circles", "5"),
        ("wished them to overlap", "5"),
        ("only your own circle", "2"),
        ("how much room would you have wished for", "5"),
        ("Something just for you", "Skip"),
        ("A look, a joke", "Skip"),
        ("A limit is a plain sentence", "Skip"),
    ):
        sees(page, question)
        press(page, answer)
    sees(page, "One line about the week")
    write(page, "no choir again")
    sees(page, "It may be more of you.")
    press(page, "Leave it")
    sees(page, "That was all.")
    press(page, "+1 week")
    sees(page, "Later today")


def test_by_keyboard_alone(page: Page) -> None:
    """Type a command, reach the newest buttons with the Tab key, press one with Enter."""
    page.get_by_role("textbox").first.focus()
    page.keyboard.type("/menu")
    page.keyboard.press("Enter")
    sees(page, "What would you like?")
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "Help":
            break
    page.keyboard.press("Enter")
    sees(page, "This bot does not watch for emergencies")
