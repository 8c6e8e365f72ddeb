"""Whole pages in `content/templates/`: Jinja like everywhere else, with names of their own.

A page leaves the bot as a file, so it may hold nothing that runs or is fetched, and nothing unescaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from bot.library.source import Issue, read_safe

if TYPE_CHECKING:
    from pathlib import Path

    from bot.library.render import Renderer

EXPORT = "templates/export.html.j2"

PAGES: dict[str, frozenset[str]] = {
    EXPORT: frozenset({"made", "since", "operator", "me", "nudge", "exercises", "plans", "stored"}),
}
"""Each page with the names that it may use."""

_FORBIDDEN = re.compile(
    r"<\s*(?:script|iframe|object|embed|link|img|form|base)\b|\bon\w+\s*=|javascript:|https?://"
    r"|\|\s*safe\b|autoescape",
    re.IGNORECASE,
)


def read_pages(folder: Path, renderer: Renderer, issues: list[Issue]) -> dict[str, str]:
    """Read and prove every page."""
    found = {}
    for name, known in PAGES.items():
        try:
            text = read_safe(folder, name, _FORBIDDEN, issues)
        except (OSError, UnicodeDecodeError):
            issues.append(Issue(name, 1, "missing", "this page is missing"))
            continue
        if text is None:
            continue
        try:
            extra = renderer.names_in(text) - known
        except TemplateError as error:
            issues.append(Issue(name, getattr(error, "lineno", 1) or 1, "template", str(error)))
            continue
        if extra:
            issues.append(Issue(name, 1, "unknown-name", f"{', '.join(sorted(extra))} is not known here"))
        found[name] = text
    return found
