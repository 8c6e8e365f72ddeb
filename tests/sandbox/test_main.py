"""`python -m bot.sandbox`: the server alone."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        (sys.executable, "-m", "bot.sandbox", *arguments),
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def printed(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline().split() for _ in range(3)]
    return dict(lines)


async def test_it_says_where_it_is_and_ends_when_asked() -> None:
    with started("--port", "0", "--token", "42:mine", "--seed", "7", "--lenient") as process:
        place = await asyncio.to_thread(printed, process)
        assert (place["token"], place["seed"]) == ("42:mine", "7")
        assert place["url"].startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession(place["url"]) as http:
            async with http.get("/bot42:mine/getMe", params={"colour": "red"}) as reply:
                assert (await reply.json())["result"]["id"] == 42
            port = place["url"].rpartition(":")[2]
            with started("--port", port) as second:
                assert await asyncio.to_thread(second.wait, 20) == 1
                assert second.stderr is not None
                assert second.stderr.read().startswith(f"port {port}: ")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
