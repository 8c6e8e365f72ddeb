"""A flow beside the file it came from, so that a fault can be shown where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.library.source import Issue, Place, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.flow.model import Flow, Node


@dataclass(frozen=True, slots=True)
class Book:
    """A flow together with the file it came from."""

    source: Source
    flow: Flow

    def issue(self, place: Place, code: str, message: str) -> Issue:
        """Make an issue at a place of the file."""
        return Issue(self.source.file, self.source.line(place), code, f"{self.flow.id}: {message}")

    def nodes(self) -> Iterator[tuple[Place, Node]]:
        """Go through the nodes, each with its place in the file."""
        for node in self.flow.nodes.values():
            yield ("nodes", node.id), node

    @property
    def for_two(self) -> bool:
        """Say whether two people take part."""
        return len(self.flow.roles) > 1
