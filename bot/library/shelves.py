"""The shelves of /together: `content/together.yaml`. Each exercise for two lies on exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.library.source import Issue, read_or_tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.flow.model import Flow
    from bot.library.source import Source

FILE = "together.yaml"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One shelf: its id, what its button says, and the flows on it, in order."""

    id: str
    title: str
    flows: tuple[str, ...]


def read_shelves(folder: Path, flows: Mapping[str, Flow], issues: list[Issue]) -> tuple[Shelf, ...]:
    """Read and prove the file; without exercises for two it may be missing."""
    for_two = {flow.id for flow in flows.values() if len(flow.roles) > 1 and flow.about.kind == "exercise"}
    if not for_two and not (folder / FILE).is_file():
        return ()
    source = read_or_tell(folder, FILE, issues, "the shelves of the exercises for two are missing")
    if source is None:
        return ()
    found = [_shelf(source, shelf_id, one, issues) for shelf_id, one in source.data.items()]
    listed = [flow for shelf in found for flow in shelf.flows]
    wrong = [(flow, "is no exercise for two") for flow in sorted({*listed} - for_two)]
    wrong += [(flow, "lies on no shelf") for flow in sorted(for_two - {*listed})]
    wrong += [(one, "lies on two shelves") for one in sorted({*listed}) if listed.count(one) > 1]
    issues += [Issue(FILE, 1, "shelf", f"{flow} {what}") for flow, what in wrong]
    return tuple(found)


def _shelf(source: Source, shelf_id: str, given: object, issues: list[Issue]) -> Shelf:
    title = given.get("title") if isinstance(given, dict) else None
    flows = given.get("flows") if isinstance(given, dict) else None
    if not isinstance(title, str) or not isinstance(flows, list):
        issues.append(Issue(FILE, source.line((shelf_id,)), "shelf", f"{shelf_id} needs title: and flows:"))
        return Shelf(shelf_id, "", ())
    return Shelf(shelf_id, title, tuple(str(one) for one in flows))
