"""Has a picture drawn by a short-lived process: resvg holds Python's lock while it draws (ADR 0010).

So a picture costs the other chats nothing, its memory is gone with it, and a fault in native code ends the
process and not the bot.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECONDS = 4.0
"""A picture takes a twentieth of one. No longer than the outbox waits when the bot is stopped."""

_PNG = b"\x89PNG\r\n\x1a\n"
_NEEDED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""All that some builds of Python need in order to start; the bot's token and key stay here."""

_CHILD = str(Path(__file__).with_name("child.py"))


class CannotDrawError(Exception):
    """There is no picture; the text names the kind of fault and nothing of what was to be drawn."""


def draw(svg: str) -> bytes:
    """Return the SVG as PNG. Waits for it, so call it in a thread. Raises CannotDrawError."""
    try:
        # -I: no module of the working folder or of the person's home is taken for one of Python's.
        done = subprocess.run(  # noqa: S603  our own file, nothing from outside on the command line
            [sys.executable, "-I", _CHILD],
            input=svg.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _NEEDED if name in os.environ},
            timeout=SECONDS,
            check=True,
        )
    except (OSError, UnicodeError, subprocess.SubprocessError) as error:
        raise CannotDrawError(type(error).__name__) from None
    if not done.stdout.startswith(_PNG):
        raise CannotDrawError("NoPicture")
    return done.stdout
