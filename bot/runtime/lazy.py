"""Names for templates that are worked out when a text asks for them, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Makers = dict[str, Callable[[], Any]]


class Names(Mapping[str, Any]):
    """A mapping that works a name out when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        """Wrap the makers."""
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  a name can stand for anything
        """Return the value of a name. Raises KeyError."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Say whether the name exists, without working it out."""
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._makers)
