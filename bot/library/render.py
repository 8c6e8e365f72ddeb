"""Jinja, in its sandbox: the only place where an author's words meet a person's.

Autoescape is on (messages are Telegram HTML), unknown names raise, and each source is compiled once. What
a person wrote is wrapped in `Own`; it is escaped, and isolated when it carries right-to-left text, so that
it cannot rearrange the words around it.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateAssertionError, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template
    from jinja2.environment import TemplateExpression

_TURNS_TEXT = frozenset({"R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI", "PDI", "PDF", "AN"})
_FIRST_STRONG_ISOLATE, _POP_ISOLATE, _POP_EMBEDDING = "\u2068", "\u2069", "\u202c"


_LINES = re.compile("([\n\r\x1c-\x1e\x85\u2029])")
"""What ends a paragraph for the rules of writing direction, kept when a text is split at it."""


_TAG = re.compile(r"</?(?:b|i|u|s|code|pre|tg-spoiler|blockquote|a)(?: [^<>]*)?>")


def plain(html: str) -> str:
    """Return a message as it reads, without markup; what a person wrote keeps its own angle brackets."""
    return unescape(_TAG.sub("", html))


class Own(str):
    """A person's own words, on their way into a template."""

    __slots__ = ()


def isolated(words: str) -> str:
    """Return the words so that their writing direction ends with them; each line is laid out alone."""
    return "".join(map(_isolated_line, _LINES.split(words)))


def _isolated_line(words: str) -> str:
    if not any(unicodedata.bidirectional(letter) in _TURNS_TEXT for letter in words):
        return words
    embedded = isolated_by_words = popped_too_often = 0
    for letter in words:
        match unicodedata.bidirectional(letter):
            case "LRE" | "RLE" | "LRO" | "RLO":
                embedded += 1
            case "PDF" if embedded:
                embedded -= 1
            case "LRI" | "RLI" | "FSI":
                isolated_by_words += 1
            case "PDI" if isolated_by_words:
                isolated_by_words -= 1
            case "PDI":
                popped_too_often += 1
    before = _FIRST_STRONG_ISOLATE * (1 + popped_too_often)
    return f"{before}{words}{_POP_EMBEDDING * embedded}{_POP_ISOLATE * (1 + isolated_by_words)}"


def _finalize(value: object) -> object:
    return Markup.escape(isolated(value)) if isinstance(value, Own) else value


def _is_template(source: str) -> bool:
    return "{{" in source or "{%" in source or "{#" in source


class Renderer:
    """Compiles and runs the templates and conditions of all flows."""

    def __init__(self) -> None:
        """Start with nothing compiled: each source is compiled when it is first used."""
        self._jinja = ImmutableSandboxedEnvironment(
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
        self._templates: dict[str, Template | str] = {}
        self._conditions: dict[str, TemplateExpression] = {}
        self._used: dict[tuple[str, bool], frozenset[str]] = {}

    def text(self, source: str, names: Mapping[str, Any]) -> str:
        """Return the source rendered as Telegram HTML. Raises jinja2.TemplateError."""
        template = self._templates.get(source)
        if template is None:
            template = self._templates[source] = self._compile(source)
        if isinstance(template, str):
            return template
        return template.render(self._pick(source, names, condition=False)).strip()

    def _compile(self, source: str) -> Template | str:
        # Most of the words have nothing to fill in, and need no template.
        if not _is_template(source):
            return source.strip()
        return self._jinja.from_string(source)

    def holds(self, condition: str, names: Mapping[str, Any]) -> bool:
        """Return whether an author's condition holds. Raises jinja2.TemplateError."""
        return bool(self.value(condition, names))

    def value(self, expression: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401  whatever the author names
        """Return what an author's expression gives. Raises jinja2.TemplateError."""
        return self._condition(expression)(self._pick(expression, names, condition=True))

    def _condition(self, expression: str) -> TemplateExpression:
        compiled = self._conditions.get(expression)
        if compiled is None:
            compiled = self._jinja.compile_expression(expression, undefined_to_none=False)
            self._conditions[expression] = compiled
        return compiled

    def _pick(self, source: str, names: Mapping[str, Any], *, condition: bool) -> dict[str, Any]:
        """Take only the names that the source uses: some are read from the store when they are asked for."""
        used = self.names_in(source, condition=condition)
        return {name: names[name] for name in used if name in names}

    def names_in(self, source: str, *, condition: bool = False) -> frozenset[str]:
        """Return the names that the source uses from its context. Raises jinja2.TemplateError."""
        used = self._used.get((source, condition))
        if used is None:
            used = self._used[source, condition] = self._read_names(source, condition=condition)
        return used

    def _read_names(self, source: str, *, condition: bool) -> frozenset[str]:
        if not condition and not _is_template(source):
            return frozenset()
        if condition:
            self._condition(source)
        tree = self._jinja.parse(f"{{{{ {source} }}}}" if condition else source)
        self._refuse_what_fails_later(tree)
        return frozenset(meta.find_undeclared_variables(tree))

    def _refuse_what_fails_later(self, tree: nodes.Template) -> None:
        """Find what Jinja reports only when the words are needed: filters inside an {% if %}, files."""
        for one in tree.find_all((nodes.Filter, nodes.Test)):
            known = self._jinja.filters if isinstance(one, nodes.Filter) else self._jinja.tests
            if one.name not in known:
                raise TemplateAssertionError(f"no filter or test named {one.name}", one.lineno)
        for file in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            raise TemplateAssertionError("other files cannot be used here", file.lineno)


__all__ = ["Own", "Renderer", "TemplateError", "isolated"]
