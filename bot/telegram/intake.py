"""Asks Telegram for updates, and asks for the next only when these are on disk (rule 3)."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.log import log
from bot.runtime.inbox import FEW
from bot.store.protocol import StoreError
from bot.telegram.incoming import ALLOWED, LARGEST
from bot.telegram.request import UnreadableAnswerError

if TYPE_CHECKING:
    from bot.runtime.inbox import Inbox
    from bot.telegram.api import Api

POLL_SECONDS = 30
_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,15})')
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
ROUNDS_OF_A_REPLY = 5
BAD_TOKEN = "Telegram does not know this BOT_TOKEN (any more); get it from BotFather"  # noqa: S105  a sentence


class IntakeStoppedError(Exception):
    """Updates cannot be had any more; the text says why, in one line for the operator."""


async def poll(api: Api, inbox: Inbox, stopping: asyncio.Event) -> None:
    """Take updates in until told to stop. Raises IntakeStoppedError for a bad token or a second instance."""
    offset, pause, webhook_gone, alone = 0, FIRST_PAUSE, False, False
    while not stopping.is_set():
        try:
            if not webhook_gone:
                # A webhook left from another time would keep every update; what waits is kept.
                webhook_gone = await api.call("deleteWebhook", {"drop_pending_updates": False})
            if alone:
                alone = False
                offset, alone = await _keep_one(api, inbox, offset)
            else:
                updates = await _or_stop(api.get_updates(offset, POLL_SECONDS, ALLOWED), stopping)
                offset = await _keep(inbox, updates)
                pause = FIRST_PAUSE
                await _let_replies_go(len(updates))
        except InvalidToken:
            raise IntakeStoppedError(BAD_TOKEN) from None
        except Conflict:
            raise IntakeStoppedError(
                "another program asks Telegram for this bot's updates; stop it (or remove its webhook) first"
            ) from None
        except RetryAfter as error:
            await _sleep(_seconds(error.retry_after), stopping)
        except Exception as error:  # noqa: BLE001  a broken line, a garbled answer, a full disk: ask again
            alone = isinstance(error, UnreadableAnswerError)
            _tell(error)
            await _sleep(pause, stopping)
            pause = min(pause * 2, LONGEST_PAUSE)


def _tell(error: Exception) -> None:
    """Write down why updates could not be had, or not be kept."""
    if isinstance(error, StoreError):
        log.error("updates_not_kept", fault=type(error).__name__)
    else:
        log.warning("poll_failed", fault=type(error).__name__)


async def _let_replies_go(count: int) -> None:
    """Give the replies of a few the loop's next rounds: asking for more can wait."""
    for _ in range(ROUNDS_OF_A_REPLY if count <= FEW else 0):
        await asyncio.sleep(0)


async def _keep(inbox: Inbox, updates: object) -> int:
    """Keep updates and return the offset to ask with next. Raises TelegramError when there is none."""
    if updates == []:
        # All are confirmed. After a quiet week ids may begin again, lower: so ask without naming one.
        return 0
    numbered = _numbered(updates)
    if not numbered:
        raise TelegramError("an answer without updates")
    await inbox.take(numbered)
    return numbered[-1][0] + 1


async def _keep_one(api: Api, inbox: Inbox, offset: int) -> tuple[int, bool]:
    """Keep the next update alone, after an answer that could not be read.

    One that no parser reads is kept by the number that stands in it. A cut answer is asked for again. Return
    the next offset, and whether the one that could not be read is still ahead.
    """
    raw = await api.one_raw_update(offset)
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = _UPDATE_ID.search(raw) if raw.startswith(b"{") and raw.rstrip().endswith(b"]}") else None
        if found is None:
            return offset, False
        await inbox.take([(int(found[1]), raw)])
        return int(found[1]) + 1, False
    result = answer.get("result") if isinstance(answer, dict) else None
    return (await _keep(inbox, result), True) if result else (offset, False)


def _numbered(updates: object) -> list[tuple[int, bytes]]:
    """Return (update id, raw JSON) of each, in the order of their ids; what has no id cannot be kept."""
    found: list[tuple[int, bytes]] = []
    for update in updates if isinstance(updates, list) else []:
        number = update.get("update_id") if isinstance(update, dict) else None
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < LARGEST:
            found.append((number, orjson.dumps(update)))
        else:
            log.warning("update_without_id")
    return sorted(found, key=lambda one: one[0])


def _seconds(wait: int | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def _or_stop(asking: Any, stopping: asyncio.Event) -> list[dict[str, Any]]:  # noqa: ANN401  a coroutine
    """Wait for updates, or for the word to stop, whichever comes first."""
    poll_task = asyncio.ensure_future(asking)
    stop_task = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([poll_task, stop_task], return_when=asyncio.FIRST_COMPLETED)
        if poll_task.done():
            found: list[dict[str, Any]] = poll_task.result()
            return found
        return []
    finally:
        stop_task.cancel()
        if not poll_task.done():
            poll_task.cancel()


async def _sleep(seconds: float, stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
