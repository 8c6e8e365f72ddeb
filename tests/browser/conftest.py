"""A real browser, the real bot of `alongside try`, and a sandbox whose bot the test itself plays."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.sandbox import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from playwright.sync_api import Locator

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 15_000
"""Milliseconds that a slow machine gets for anything to be seen."""


def start_trial(port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """Start `alongside try` and return the process and where it is."""
    command = [str(Path(sys.executable).parent / "alongside"), "try", "--port", str(port)]
    environment = {**os.environ, "OPERATOR": "Robin"}
    bot = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert bot.stdout
    line = bot.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, line
    return bot, found[0]


def stop_trial(bot: subprocess.Popen[str]) -> None:
    bot.terminate()
    assert bot.wait(15) == 0
    assert bot.stdout
    bot.stdout.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    bot, where = start_trial()
    yield where
    stop_trial(bot)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one for each file: while playwright's own event loop runs, no other test could run one."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("ALONGSIDE_CI"):
            pytest.fail("chromium is missing; .ci/run should have installed it")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(browser: Browser, address: str, width: int = 1440, height: int = 900) -> Page:
    """Open the page, wide enough for all three columns unless told otherwise."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(address)
    expect(page.get_by_role("status").first).to_contain_text("stand-in")
    return page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    faults: list[str] = []
    page = open_page(browser, address)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


def picture(page: Page, name: str) -> None:
    """Keep a screenshot when ALONGSIDE_PICTURES names a folder; that is how the README got its own."""
    if folder := os.environ.get("ALONGSIDE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def ann(page: Page) -> Locator:
    return page.locator("#first")


def bo(page: Page) -> Locator:
    return page.locator("#second")


def group(page: Page) -> Locator:
    return page.locator("#group")


def press(where: Locator, label: str) -> None:
    where.get_by_role("button", name=label, exact=True).last.click()


def write(where: Locator, words: str) -> None:
    field = where.get_by_role("textbox")
    field.fill(words)
    field.press("Enter")


def sees(where: Locator, words: str) -> None:
    expect(where.get_by_text(words).last).to_be_visible(timeout=PATIENCE)


def choose(page: Page, opener: Locator, entry: str) -> None:
    """Open a menu and take one of its entries."""
    opener.click()
    page.locator("#menu").get_by_role("button", name=entry).click()


WORST = {"serious", "critical"}


def accessible(page: Page) -> list[str]:
    """Return what axe-core finds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in WORST]


class RefusedError(Exception):
    """The server refused a call; the text is its status and description."""


class Played:
    """A sandbox in a thread of its own, and the bot's side of it as plain calls."""

    def __init__(self) -> None:
        """Start the sandbox."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = SandboxServer()
        self._wait(self.server.start())

    def close(self) -> None:
        self._wait(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def call(self, method: str, **params: object) -> Any:  # noqa: ANN401  whatever the method gives
        """Call as a bot does and return the result. Raises RefusedError."""
        return self._send(method, json.dumps(params).encode(), "application/json")

    def upload(self, method: str, part: str, name: str, kind: str, **params: object) -> None:
        """Call with one file from `tests/sandbox` as multipart/form-data."""
        edge = "alongside-edge"
        fields = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in params.items()
        ]
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        content = (ROOT / "tests" / "sandbox" / name).read_bytes()
        body = "".join(fields).encode() + head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        self._send(method, body, f"multipart/form-data; boundary={edge}")

    def _send(self, method: str, body: bytes, kind: str) -> Any:  # noqa: ANN401  as above
        line = HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        line.request("POST", f"/bot{self.server.token}/{method}", body, {"Content-Type": kind})
        reply = json.loads(line.getresponse().read())
        line.close()
        if not reply["ok"]:
            raise RefusedError(f"{reply['error_code']} {reply['description']}")
        return reply["result"]

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(15)


@pytest.fixture
def played() -> Iterator[Played]:
    played = Played()
    yield played
    played.close()
