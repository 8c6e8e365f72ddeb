"""Drawings in `content/pictures/`: SVG as Jinja templates, each sent with the words of a node as its caption.

A drawing is filled in with the names that the node's words may use, and may hold nothing that runs, is
fetched or is left unescaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from bot.library.source import Issue, read_safe
from bot.library.wording import longest_reading, names_known, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.library.book import Book
    from bot.library.render import Renderer

FOLDER, ENDING = "pictures", ".svg.j2"

MAX_CAPTION = 1024
"""Telegram's limit for the words under a picture, in UTF-16 units after markup (reliability.md a1)."""

OF_JINJA = frozenset({"range", "namespace"})
"""What Jinja itself offers, and a drawing needs: to count steps, and to remember something between them."""

_FORBIDDEN = re.compile(
    r"<\s*(?:script|image|foreignObject|style|use|a|feImage|!)\b|<!|\bon\w+\s*=|javascript:|@import|href"
    r"|https?://(?!www\.w3\.org/2000/svg\")|\|\s*safe\b|autoescape",
    re.IGNORECASE,
)


def read_drawings(folder: Path, renderer: Renderer, issues: list[Issue]) -> dict[str, str]:
    """Read every drawing and prove that it can be filled in."""
    found = {}
    for path in sorted((folder / FOLDER).glob(f"*{ENDING}")):
        name = f"{FOLDER}/{path.name}"
        try:
            text = read_safe(folder, name, _FORBIDDEN, issues)
            if text is None:
                continue
            renderer.names_in(text)
        except (OSError, UnicodeDecodeError):
            issues.append(Issue(name, 1, "unsafe", "this cannot be read as a file"))
            continue
        except TemplateError as error:
            issues.append(Issue(name, getattr(error, "lineno", 1) or 1, "template", str(error)))
            continue
        found[path.name.removesuffix(ENDING)] = text
    return found


def drawings_named(book: Book, drawings: Mapping[str, str], renderer: Renderer) -> Iterator[Issue]:
    """Pictures are there, use only what their node may name, and its words fit under them."""
    for place, node in book.nodes():
        if node.picture is None:
            continue
        here = (*place, "picture")
        if node.picture not in drawings:
            wanted = f"{FOLDER}/{node.picture}{ENDING}"
            yield book.issue(here, "picture", f"{node.id}: there is no {wanted}")
            continue
        used = renderer.names_in(drawings[node.picture]) - OF_JINJA
        for name in sorted(used - names_known(book, node, "words")):
            yield book.issue(here, "unknown-name", f"{node.id}: the picture uses {name}, not known here")
        if units(longest_reading(node.say)) > MAX_CAPTION // 2:
            yield book.issue(
                (*place, "say"),
                "too-long",
                f"{node.id}: under a picture, leave half of {MAX_CAPTION} for what is filled in",
            )
