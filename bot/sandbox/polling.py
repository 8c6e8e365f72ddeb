"""getUpdates: the long poll, its offset, and the quarrel of two pollers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.sandbox.errors import ApiError
from bot.sandbox.updates import read_allowed

if TYPE_CHECKING:
    from bot.sandbox.params import Params
    from bot.sandbox.scene import Scene

_LONGEST: Final = 50
_MOST: Final = 100
_CONFLICT: Final = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)


class Poller:
    """Lets one poll wait at a time; a newer one ends the older with 409, as Telegram does."""

    def __init__(self, scene: Scene) -> None:
        """Serve the updates of `scene`, and wake whenever one arrives."""
        self._scene = scene
        self._waiting: asyncio.Future[str] | None = None
        scene.updates.on_put.append(self.close)

    async def get_updates(self, params: Params) -> bytes:
        """Return the updates as a JSON array; ApiError 409 when a newer poll came meanwhile.

        `timeout` is in seconds, capped at 50; `limit` at 100, which is also the default.
        """
        offset = params.integer("offset")
        limit = min(max(params.integer("limit", _MOST), 1), _MOST)
        timeout = min(max(params.integer("timeout"), 0), _LONGEST)
        allowed = read_allowed(params)
        if allowed is not None:
            self._scene.updates.allow(allowed)
        self.end(_CONFLICT)
        self._scene.updates.confirm(offset)
        found = self._batch(offset, limit)
        if not found and timeout:
            await self._wait(timeout)
            found = self._batch(offset, limit)
        return b"[" + b",".join(found) + b"]"

    def close(self) -> None:
        """Let a waiting poll return: something came, or the server stops."""
        self.end("")

    def end(self, conflict: str) -> None:
        """End a waiting poll with 409 and these words; with none, let it return what there is."""
        if self._waiting is not None:
            _settle(self._waiting, conflict)

    def _batch(self, offset: int, limit: int) -> list[bytes]:
        return self._scene.updates.batch(max(offset, 0), limit, self._scene.now())

    async def _wait(self, seconds: int) -> None:
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(seconds, _settle, waiting, "")
        try:
            conflict = await waiting
        finally:
            timer.cancel()
            if self._waiting is waiting:
                self._waiting = None
        if conflict:
            raise ApiError(409, conflict)


def _settle(waiting: asyncio.Future[str], conflict: str) -> None:
    if not waiting.done():
        waiting.set_result(conflict)
