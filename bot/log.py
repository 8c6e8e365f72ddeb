"""Logging that cannot print a person's words, at any level.

Our own events may carry only the fields named here, and of those only short values. Other libraries' records
are reduced to who, how grave, and which kind of error: their texts hold messages, addresses and the token.
"""

from __future__ import annotations

import logging
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "fault", "where", "update_id", "outbox_id", "tries", "count", "flow",
        "node", "address", "seconds", "version", "library",
    }
)  # fmt: skip

MOST_LETTERS = 200
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")


def only_known_fields(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every field that is not known to be harmless, and anything that looks like a token."""
    kept = {name: value for name, value in event.items() if name in FIELDS}
    for name, value in kept.items():
        if not isinstance(value, int | float):
            kept[name] = _TOKEN.sub("<token>", str(value))[:MOST_LETTERS]
    return kept


class Log:
    """Where our own code writes its events: `log.info("name", field=value)`; the first loads structlog."""

    def __init__(self) -> None:
        """Begin at INFO; `set_up` chooses the level."""
        self.level = logging.INFO

    def info(self, event: str, **fields: object) -> None:
        """Write down something ordinary."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write down something that mends itself."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write down something that somebody should look at."""
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, object]) -> None:
        if level >= self.level:
            _logger().log(level, event, **fields)


log = Log()


@lru_cache(maxsize=1)
def _logger() -> Any:  # noqa: ANN401  structlog's bound logger
    import structlog  # noqa: PLC0415  loads much that a start does not need

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_known_fields,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()


class Foreign(logging.Handler):
    """Takes other libraries' records and keeps only who, how grave, and which kind of error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line without the record's text."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        write = log.error if record.levelno >= logging.ERROR else log.warning
        write("library_says", library=record.name, fault=kind)


def set_up(level: str) -> None:
    """Choose how much of our own is written, and send everything else through `Foreign`."""
    log.level = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    root = logging.getLogger()
    root.handlers[:] = [Foreign(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
    # No library may decide by itself to print what it handles.
    for name in ("telegram", "httpx", "httpcore", "aiosqlite", "aiohttp", "apscheduler", "asyncio"):
        foreign = logging.getLogger(name)
        foreign.handlers.clear()
        foreign.setLevel(logging.WARNING)
        foreign.propagate = True
