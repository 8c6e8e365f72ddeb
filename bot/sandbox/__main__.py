"""`python -m bot.sandbox`: only the stand-in server and its page, for a bot that you start yourself."""

from __future__ import annotations

import argparse
import asyncio
import signal

from bot.sandbox.faults import Faults
from bot.sandbox.limits import Limits
from bot.sandbox.server import TOKEN, SandboxServer


async def serve(server: SandboxServer, port: int) -> None:
    """Serve on loopback until SIGINT or SIGTERM; OSError when the port is taken."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await server.start(port)
    try:
        print(  # noqa: T201  (this is the command's answer)
            f"url   {server.url}\ntoken {server.token}\nseed  {server.faults.seed}", flush=True
        )
        await stopping.wait()
    finally:
        await server.stop()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="of 127.0.0.1; 0 for any free one (8081)")
    parser.add_argument("--token", default=TOKEN, help="the token that the bot must use")
    parser.add_argument("--seed", type=int, help="for the faults; a fresh one unless told")
    parser.add_argument("--lenient", action="store_true", help="ignore unknown parameters, as Telegram does")
    parser.add_argument("--limits", action="store_true", help="refuse with 429 what comes too fast")
    asked = parser.parse_args()
    server = SandboxServer(
        token=asked.token,
        faults=Faults(asked.seed),
        limits=Limits() if asked.limits else None,
        lenient=asked.lenient,
    )
    try:
        asyncio.run(serve(server, asked.port))
    except OSError as error:
        parser.exit(1, f"port {asked.port}: {error.strerror}\n")


if __name__ == "__main__":
    main()
