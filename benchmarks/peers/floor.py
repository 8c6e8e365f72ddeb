"""The floor: no framework, every answer on disk before the reply; about what durable and Python can do.

aiohttp, orjson, and SQLite (WAL, synchronous=FULL) on one thread, where all waiting updates share a commit.
It keeps no inbox and no outbox, encrypts nothing, and loses updates that it had fetched when it is killed.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from common import API, ASK, POLL_SECONDS, PRELOADED, SCORES, THANKS, TOKEN, WHY, run

MOST_TOGETHER = 256
CONNECTIONS = 256
KEYS = {"inline_keyboard": [[{"text": one, "callback_data": one} for one in SCORES]]}
SCHEMA = """
CREATE TABLE session (
    user INTEGER PRIMARY KEY, step TEXT, data TEXT, update_id INTEGER, at REAL
) WITHOUT ROWID;
CREATE TABLE checkin (id INTEGER PRIMARY KEY, user INTEGER, at REAL, score INTEGER, note TEXT);
"""
SAVE = """
INSERT INTO session VALUES (?, ?, ?, ?, ?) ON CONFLICT (user) DO UPDATE
SET step = excluded.step, data = excluded.data, update_id = excluded.update_id, at = excluded.at
"""
Call = tuple[str, dict[str, Any]]


def open_database() -> sqlite3.Connection:
    """Make a database, with the preloaded people in it."""
    path = Path(os.environ["DATA_DIR"]) / "floor.db"
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {SCHEMA}")
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO session VALUES (?, 'note', '{\"score\":3}', 0, 0)", ((one,) for one in PRELOADED)
    )
    db.execute("COMMIT")
    return db


def step(db: sqlite3.Connection, update: dict[str, Any]) -> list[Call]:
    """Read the session, move it one step, write it; return the calls to make."""
    query = update.get("callback_query")
    message = query["message"] if query else update["message"]
    user, chat = (query or message)["from"]["id"], message["chat"]["id"]
    row = db.execute("SELECT step, data FROM session WHERE user = ?", (user,)).fetchone()
    at, data = (row[0], orjson.loads(row[1])) if row else ("", {})
    calls: list[Call]
    if query and at == "score":
        data, at = {"score": int(query["data"])}, "note"
        press = ("answerCallbackQuery", {"callback_query_id": query["id"]})
        calls = [press, ("sendMessage", {"chat_id": chat, "text": WHY})]
    elif at == "note" and not message["text"].startswith("/"):
        answer = (user, time.time(), data.get("score"), message["text"])
        db.execute("INSERT INTO checkin (user, at, score, note) VALUES (?, ?, ?, ?)", answer)
        data, at = {}, ""
        calls = [("sendMessage", {"chat_id": chat, "text": THANKS})]
    else:
        at = "score"
        calls = [("sendMessage", {"chat_id": chat, "text": ASK, "reply_markup": KEYS})]
    db.execute(SAVE, (user, at, orjson.dumps(data), update["update_id"], time.time()))
    return calls


class Writer(threading.Thread):
    """The thread that owns the database; whatever has queued up shares one commit."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the database and begin."""
        super().__init__(daemon=True)
        self._loop = loop
        self._waiting: queue.SimpleQueue[tuple[dict[str, Any], asyncio.Future[list[Call]]]] = (
            queue.SimpleQueue()
        )
        self._db = open_database()
        self.start()

    def run(self) -> None:
        """Work off the queue for ever."""
        while True:
            jobs = [self._waiting.get()]
            while len(jobs) < MOST_TOGETHER and not self._waiting.empty():
                jobs.append(self._waiting.get_nowait())
            self._db.execute("BEGIN IMMEDIATE")
            done = [(future, step(self._db, update)) for update, future in jobs]
            self._db.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._hand_back, done)

    @staticmethod
    def _hand_back(done: list[tuple[asyncio.Future[list[Call]], list[Call]]]) -> None:
        for future, calls in done:
            future.set_result(calls)

    async def step(self, update: dict[str, Any]) -> list[Call]:
        """Take one update and return its calls once they are on disk."""
        future: asyncio.Future[list[Call]] = self._loop.create_future()
        self._waiting.put((update, future))
        return await future


async def main() -> None:
    """Serve by long polling."""
    writer = Writer(asyncio.get_running_loop())
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    session = aiohttp.ClientSession(connector=connector, skip_auto_headers=("User-Agent", "Accept"))
    headers = {"Content-Type": "application/json"}

    async def call(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        url = f"{API}/bot{TOKEN}/{method}"
        async with session.post(url, data=orjson.dumps(parameters), headers=headers) as response:
            return orjson.loads(await response.read())

    async def handle(update: dict[str, Any]) -> None:
        await asyncio.gather(*[call(*one) for one in await writer.step(update)])

    offset = 0
    tasks: set[asyncio.Task[None]] = set()
    async with session:
        while True:
            for update in (await call("getUpdates", {"offset": offset, "timeout": POLL_SECONDS}))["result"]:
                offset = update["update_id"] + 1
                task = asyncio.create_task(handle(update))
                tasks.add(task)
                task.add_done_callback(tasks.discard)


run(main())
