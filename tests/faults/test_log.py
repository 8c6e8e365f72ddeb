"""The log cannot print a person's words, whatever it is given (fault 51)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot.log import Foreign, log, only_known_fields, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz_12345"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level, ours = root.handlers[:], root.level, log.level
    yield
    root.handlers[:], log.level = before, ours
    root.setLevel(level)


def test_only_known_fields_are_kept() -> None:
    event = {"event": "x", "text": "canary", "update": {"message": "canary"}, "tries": 3, "fault": "KeyError"}
    assert only_known_fields(None, "info", event) == {"event": "x", "tries": 3, "fault": "KeyError"}


@pytest.mark.parametrize(
    "value", [TOKEN, f"https://api.telegram.org/bot{TOKEN}/getMe", {"url": TOKEN}, [TOKEN]]
)
def test_a_token_is_masked_wherever_it_stands(value: object) -> None:
    kept = only_known_fields(None, "info", {"event": value, "fault": value})
    assert TOKEN not in str(kept)
    assert "<token>" in str(kept)


def test_long_values_are_cut() -> None:
    assert len(only_known_fields(None, "info", {"fault": "x" * 10_000})["fault"]) <= 200


def test_other_libraries_say_only_who_and_how_grave(capfd: pytest.CaptureFixture[str]) -> None:
    set_up("DEBUG")
    for name in (
        "telegram.Bot",
        "telegram.ext.Updater",
        "httpx",
        "aiohttp.access",
        "asyncio",
        "aiosqlite",
        "new.one",
    ):
        library = logging.getLogger(name)
        library.debug("canary %s", TOKEN)
        library.info("canary %s", TOKEN)
        try:
            int(f"canary {TOKEN}")
        except ValueError:
            library.exception("canary %s", TOKEN)
    written = "".join(capfd.readouterr())
    assert "canary" not in written
    assert TOKEN not in written
    assert not written or written.count("library='telegram.Bot'") == 1
    assert any(isinstance(handler, Foreign) for handler in logging.getLogger().handlers)
