"""Telegram's HTML mode: `<b>so</b>` becomes the text "so" and an entity, or a refusal in Telegram's words."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.shapes import Json, found_entities, length16

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TAGS: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "span": "spoiler", "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji",
    "blockquote": "blockquote", "tg-time": "date_time",
}  # fmt: skip
_NEXT = re.compile(r"[<&]")
_CHARACTER = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<number>\d+)|(?P<name>[A-Za-z]+));?")
_CHARACTERS: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LONGEST_NUMBER: Final = 10
_SURROGATES: Final = range(0xD800, 0xE000)
_NOT_INSIDE_CODE: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_NAME = re.compile(r"[^\s>]*")
_SPACE = re.compile(r"\s*")
_ATTRIBUTE = re.compile(r"([^\s=>]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.-]+)))?")
_END = re.compile(r"</([A-Za-z0-9-]*)\s*(>?)")


@dataclass(slots=True)
class _Open:
    name: str
    start: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Parser:
    source: str
    parts: list[str] = field(default_factory=list)
    size: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def run(self) -> tuple[str, list[Json]]:
        at = 0
        while (found := _NEXT.search(self.source, at)) is not None:
            self.add(self.source[at : found.start()])
            at = self.character(found.start()) if found.group() == "&" else self.tag(found.start())
        self.add(self.source[at:])
        if self.stack:
            raise self.refusal(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].name}"')
        return "".join(self.parts), _settled(self.entities)

    def add(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.size += length16(text)

    def character(self, at: int) -> int:
        found = _CHARACTER.match(self.source, at)
        char = _meant(found) if found else ""
        # Telegram knows four names and the numbers; any other ampersand is just an ampersand.
        self.add(char or "&")
        return found.end() if found and char else at + 1

    def tag(self, at: int) -> int:
        return self.end_tag(at) if self.source.startswith("</", at) else self.start_tag(at)

    def start_tag(self, begin: int) -> int:
        named = _NAME.match(self.source, begin + 1)
        name = named.group().lower() if named else ""
        at = begin + 1 + len(name)
        if at >= len(self.source):
            raise self.refusal("Unclosed start tag", begin)
        if name not in _TAGS:
            raise self.refusal(f'Unsupported start tag "{name}"', begin)
        attributes: dict[str, str] = {}
        while True:
            at = self.skip(at)
            if at >= len(self.source):
                raise self.refusal("Unclosed start tag", begin)
            if self.source[at] == ">":
                break
            at = self.attribute(name, begin, at, attributes)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self.refusal('Tag "span" must have class "tg-spoiler"', begin)
        if name == "tg-time" and not attributes.get("unix", "").isdecimal():
            raise self.refusal('Tag "tg-time" must have a valid attribute "unix"', begin)
        if name == "tg-emoji" and not attributes.get("emoji-id", "").isdecimal():
            raise self.refusal("Invalid custom emoji identifier specified")
        self.stack.append(_Open(name, self.size, attributes))
        return at + 1

    def attribute(self, tag: str, begin: int, at: int, into: dict[str, str]) -> int:
        found = _ATTRIBUTE.match(self.source, at)
        if found is None or not found.group(1):
            raise self.refusal(f'Empty attribute name in the tag "{tag}"', begin)
        if self.source[found.end() : found.end() + 1] == "=":
            raise self.refusal("Unclosed start tag", begin)
        value = next((group for group in found.groups()[1:] if group is not None), "")
        into[found.group(1).lower()] = _CHARACTER.sub(lambda met: _meant(met) or met.group(), value)
        return found.end()

    def end_tag(self, begin: int) -> int:
        if not self.stack:
            raise self.refusal("Unexpected end tag", begin)
        found = _END.match(self.source, begin)
        if found is None or not found.group(2):
            raise self.refusal("Unclosed end tag", begin)
        opened = self.stack.pop()
        name = found.group(1).lower()
        if name and name != opened.name:
            where = self.byte_offset(begin)
            raise self.refusal(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"'
            )
        self.close(opened)
        return found.end()

    def close(self, opened: _Open) -> None:
        length = self.size - opened.start
        if not length:
            return
        entity: Json = {"type": _TAGS[opened.name], "offset": opened.start, "length": length}
        attributes = opened.attributes
        if opened.name == "a":
            self.link(entity, attributes.get("href", ""))
        elif opened.name == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        elif opened.name == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        elif opened.name == "tg-time":
            entity["unix_time"] = int(attributes["unix"])
        elif opened.name == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.name == "pre":
            self.adopt_language(entity)
        self.entities.append(entity)

    def link(self, entity: Json, href: str) -> None:
        # Telegram takes the words themselves as the address when there is none.
        entity["url"] = href or "".join(self.parts)[-entity["length"] :]

    def adopt_language(self, entity: Json) -> None:
        inner = self.entities[-1] if self.entities else {}
        same = (inner.get("offset"), inner.get("length")) == (entity["offset"], entity["length"])
        if same and "language" in inner:
            entity["language"] = self.entities.pop()["language"]

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.source, at)
        return found.end() if found else at

    def byte_offset(self, at: int) -> int:
        return len(self.source[:at].encode())

    def refusal(self, why: str, at: int | None = None) -> ApiError:
        where = "" if at is None else f" at byte offset {self.byte_offset(at)}"
        return bad_request(f"can't parse entities: {why}{where}")


def _meant(found: re.Match[str]) -> str:
    """Return the character that a reference stands for, "" when Telegram knows none."""
    if found["name"]:
        return _CHARACTERS.get(found["name"], "")
    code = int(found["hex"], 16) if found["hex"] else int(found["number"])
    fits = 0 < code < sys.maxunicode and code not in _SURROGATES
    return chr(code) if fits and len(found.group().removesuffix(";")) < _LONGEST_NUMBER else ""


def _settled(entities: Iterable[Json]) -> list[Json]:
    """Return entities in order, nested as Telegram lets them be.

    Nothing stands inside code, which leaves holes in what is around it, and no quotation inside another.
    """
    settled: list[Json] = []
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        around = [e for e in settled if entity["offset"] < e["offset"] + e["length"]]
        quoted = "blockquote" in entity["type"] and any("blockquote" in e["type"] for e in around)
        if quoted or any(e["type"] in {"code", "pre"} for e in around):
            continue
        if entity["type"] in {"code", "pre"}:
            for one in [e for e in around if e["type"] in _NOT_INSIDE_CODE]:
                settled.remove(one)
                settled += _without(one, entity)
        settled.append(entity)
    return sorted(settled, key=lambda e: (e["offset"], -e["length"]))


def _without(entity: Json, hole: Json) -> list[Json]:
    """Return what is left of an entity around a hole in it."""
    end, hole_end = entity["offset"] + entity["length"], hole["offset"] + hole["length"]
    parts = [(entity["offset"], hole["offset"]), (hole_end, end)]
    return [{**entity, "offset": start, "length": stop - start} for start, stop in parts if stop > start]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the text and entities (offsets in UTF-16 units) of `source`; ApiError 400 when it is wrong."""
    if "<" not in source and "&" not in source:
        return source, []
    return _Parser(source).run()


def formatted(source: str, parse_mode: str, given: Sequence[Json]) -> tuple[str, list[Json]]:
    """Return the text and entities of a message as Telegram would keep them.

    `parse_mode` is "" or "HTML" in any case (the sandbox reads no Markdown); `given` are ready-made entities,
    used when there is no parse mode. White space at both ends is cut off. ApiError 400 when something is
    wrong with the markup.
    """
    mode = parse_mode.lower()
    if mode in {"markdown", "markdownv2"}:
        raise bad_request("the sandbox reads HTML only, not Markdown")
    if mode not in {"", "html"}:
        raise bad_request("unsupported parse_mode")
    text, entities = parse_html(source) if mode else (source, [_checked(e, source) for e in given])
    text, entities = _trimmed(text, entities)
    taken = [e for e in entities if e["type"] in {"code", "pre", "text_link"}]
    found = [e for e in found_entities(text) if not any(_overlap(e, other) for other in taken)]
    return text, sorted(entities + found, key=lambda e: (e["offset"], -e["length"]))


def _checked(entity: Json, text: str) -> Json:
    try:
        offset, length = int(entity["offset"]), int(entity["length"])
        inside = offset >= 0 and length > 0 and offset + length <= length16(text)
    except (KeyError, TypeError, ValueError):
        inside = False
    if not inside or not isinstance(entity.get("type"), str):
        raise bad_request("can't parse entities: entity is outside the text or lacks type, offset or length")
    return entity


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    shorter = text.lstrip()
    cut = length16(text) - length16(shorter)
    shorter = shorter.rstrip()
    if shorter == text:
        return text, entities
    size = length16(shorter)
    kept: list[Json] = []
    for entity in entities:
        start = min(max(entity["offset"] - cut, 0), size)
        end = min(max(entity["offset"] + entity["length"] - cut, 0), size)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return shorter, kept


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )
