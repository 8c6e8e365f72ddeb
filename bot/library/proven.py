"""Remembers which content was proven, so that a restart need not prove the same bytes again (seconds)."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

NAME = "content.proven"
"""The file in the data folder. It holds one hash, and nothing about anybody."""

CHECKS = ("library", "flow")
"""The parts of the program that decide whether content is sound."""


def mark_of(folder: Path) -> str:
    """Return a hash over all that a proof depends on: content, checks, and what compiles the templates."""
    program = Path(__file__).parents[1]
    files = [
        *folder.resolve().rglob("*"),
        *(one for part in CHECKS for one in (program / part).rglob("*.py")),
    ]
    whole = hashlib.sha256(f"{sys.version} {version('jinja2')}".encode())
    for path in sorted(files):
        if path.is_file():
            whole.update(f"\n{path} {_digest(path)}".encode())
    return whole.hexdigest()


def _digest(path: Path) -> str:
    """Return the hash of a file of any size; one that cannot be read is for the loader to tell of."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_proven(data: Path, mark: str) -> bool:
    """Say whether this was proven before; a file that is gone or broken says no."""
    with suppress(OSError):
        return (data / NAME).read_bytes() == mark.encode()
    return False


def remember(data: Path, mark: str) -> None:
    """Note that this is proven. A disk that is full costs the next start some seconds, and nothing else."""
    with suppress(OSError):
        (data / NAME).write_text(mark)
