"""Reads one YAML file safely and remembers on which line each thing stands.

Refused: tags, anchors and aliases (a small file could unfold into gigabytes), files over 256 KiB, more
than twelve levels, keys that are not text (bare `yes` and `no` are booleans to YAML), and repeated keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml._yaml import CParser

if TYPE_CHECKING:
    import re
    from collections.abc import Hashable, Iterator
    from pathlib import Path

    from pydantic import ValidationError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with the content, and where: a file, a line (from 1) and a short code.

    A warning is no fault yet.
    """

    file: str
    line: int
    code: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        """Return `file:line: [code] message`, the form that editors understand."""
        kind = "warning: " if self.warning else ""
        return f"{self.file}:{self.line}: {kind}[{self.code}] {self.message}"


class SourceError(Exception):
    """A file that cannot be read as plain data; carries the issue."""

    def __init__(self, issue: Issue) -> None:
        """Wrap one issue."""
        super().__init__(str(issue))
        self.issue = issue


class ContentError(Exception):
    """Content that must not be served; carries every issue found."""

    def __init__(self, issues: list[Issue]) -> None:
        """Wrap the issues."""
        super().__init__(f"{len(issues)} issues in the content")
        self.issues = issues


@dataclass(slots=True)
class Source:
    """The data of one file, its name for people, and the line of each place in it."""

    file: str
    data: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """Return the line of this place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(path: Path, name: str) -> Source:
    """Read one file. Raises SourceError."""
    if path.is_symlink():
        raise SourceError(Issue(name, 1, "unsafe", "a link to another file is not content"))
    if path.stat().st_size > MAX_BYTES:
        raise SourceError(Issue(name, 1, "unsafe", f"larger than {MAX_BYTES} bytes"))
    try:
        root = _compose(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SourceError(Issue(name, 1, "unsafe", "not UTF-8 text")) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(Issue(name, line, "yaml", error.problem or "not YAML")) from None
    except yaml.YAMLError:
        raise SourceError(Issue(name, 1, "yaml", "not YAML")) from None
    except RecursionError:
        raise SourceError(Issue(name, 1, "unsafe", f"more than {MAX_DEPTH} levels deep")) from None
    if root is None:
        raise SourceError(Issue(name, 1, "yaml", "the file is empty"))
    source = Source(name, {})
    data = _build(root, (), source)
    if not isinstance(data, dict):
        raise SourceError(Issue(name, 1, "yaml", "the file must be a mapping of names to values"))
    source.data = data
    return source


def read_safe(folder: Path, name: str, forbidden: re.Pattern[str], issues: list[Issue]) -> str | None:
    """Return the text of a template, or None for a link or a giant; what is forbidden in it is told by line.

    Raises OSError and UnicodeDecodeError.
    """
    path = folder / name
    if path.is_symlink() or path.stat().st_size > MAX_BYTES:
        issues.append(Issue(name, 1, "unsafe", "a link, or too large"))
        return None
    text = path.read_text(encoding="utf-8")
    issues += [
        Issue(name, number, "unsafe", "nothing here may run, be fetched or be unescaped")
        for number, line in enumerate(text.splitlines(), start=1)
        if forbidden.search(line)
    ]
    return text


def read_or_tell(folder: Path, name: str, issues: list[Issue], missing: str) -> Source | None:
    """Read a file of the content folder, or add to `issues` why not; `missing` says what is then lacking."""
    try:
        return read(folder / name, name)
    except SourceError as error:
        issues.append(error.issue)
    except OSError:
        issues.append(Issue(name, 1, "missing", missing))
    return None


def _compose(text: str) -> yaml.Node | None:
    """Return the nodes of a text. Raises YAMLError as PyYAML words it, which knows the line best."""
    try:
        return _Fast(text).get_single_node()
    except yaml.YAMLError:
        return yaml.compose(text, Loader=_Loader)


class _Plain(yaml.composer.Composer):
    """PyYAML's composer without anchors and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401  PyYAML's own
        event = self.peek_event()  # type: ignore[attr-defined]  # of the parser it is joined to
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not used here", event.start_mark
            )
        return super().compose_node(parent, index)


class _Loader(_Plain, yaml.SafeLoader):
    """All in Python."""


class _Fast(_Plain, CParser, yaml.resolver.Resolver):
    """The same on events that libyaml reads, in a sixth of the time."""

    def __init__(self, text: str) -> None:
        """Read a text."""
        CParser.__init__(self, text)
        _Plain.__init__(self)
        yaml.resolver.Resolver.__init__(self)


def _build(node: yaml.Node, place: Place, source: Source) -> Any:  # noqa: ANN401  plain data of any shape
    source.lines[place] = node.start_mark.line + 1
    if len(place) > MAX_DEPTH:
        raise SourceError(_issue(node, source, "unsafe", f"more than {MAX_DEPTH} levels deep"))
    if not node.tag.startswith("tag:yaml.org,2002:") or ("python" in node.tag):
        raise SourceError(_issue(node, source, "unsafe", "YAML tags are not used here"))
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, place, source)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*place, index), source) for index, child in enumerate(node.value)]
    try:
        value: Hashable = yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError):
        # Looks like a date or a number and is none: 2026-02-30.
        raise SourceError(_issue(node, source, "yaml", "write this in quotes, to be read as text")) from None
    return value


def _build_mapping(node: yaml.MappingNode, place: Place, source: Source) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if key_node.tag == "tag:yaml.org,2002:str" else None
        if key is None:
            shown = key_node.value if isinstance(key_node, yaml.ScalarNode) else "here"
            text = (
                f'the key {shown} is not text: write "{shown}" in quotes '
                "(YAML reads bare yes and no as true and false)"
            )
            raise SourceError(_issue(key_node, source, "key", text))
        if key in built:
            raise SourceError(_issue(key_node, source, "key", f"the key {key} stands here twice"))
        built[key] = _build(value_node, (*place, key), source)
        source.lines[(*place, key)] = key_node.start_mark.line + 1
    return built


def _issue(node: yaml.Node, source: Source, code: str, message: str) -> Issue:
    return Issue(source.file, node.start_mark.line + 1, code, message)


def misfits(source: Source, error: ValidationError) -> Iterator[Issue]:
    """Yield what does not fit the shape of a file, each with its line."""
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        place: Place = tuple(fault["loc"])
        shown = ".".join(str(part) for part in place if part != "[key]")
        yield Issue(source.file, source.line(place), "shape", f"{shown}: {fault['msg']}")
