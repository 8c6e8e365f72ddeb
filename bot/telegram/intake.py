"""Asks Telegram for updates, and asks for the next only when these are on disk (rule 3)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import orjson
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.log import log
from bot.store.protocol import StoreError
from bot.telegram.incoming import ALLOWED
from bot.telegram.request import UnreadableAnswerError

if TYPE_CHECKING:
    from bot.runtime.inbox import Inbox
    from bot.telegram.api import Api

POLL_SECONDS = 30
_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,15})')
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class IntakeStoppedError(Exception):
    """Updates cannot be had any more; the text says why, in one line for the operator."""


async def poll(api: Api, inbox: Inbox, stopping: asyncio.Event) -> None:
    """Take updates in until told to stop. Raises IntakeStoppedError for a bad token or a second instance."""
    offset, pause, webhook_gone = 0, FIRST_PAUSE, False
    while not stopping.is_set():
        try:
            if not webhook_gone:
                # A webhook left from another time would keep every update; what waits is kept.
                webhook_gone = await api.call("deleteWebhook", {"drop_pending_updates": False})
            updates = await _or_stop(api.get_updates(offset, POLL_SECONDS, ALLOWED), stopping)
            numbered = _numbered(updates)
            if numbered:
                await inbox.take(numbered)
                offset = numbered[-1][0] + 1
            elif updates:
                await _sleep(pause, stopping)
            pause = FIRST_PAUSE
        except UnreadableAnswerError:
            number = await _pass_over(api, inbox, offset)
            offset = number + 1 if number is not None else offset
            await _sleep(pause, stopping)
        except InvalidToken:
            raise IntakeStoppedError(
                "Telegram does not know this BOT_TOKEN (any more); get it from BotFather"
            ) from None
        except Conflict:
            text = "another program is asking Telegram for this bot's updates; stop it first (or remove its webhook)"
            raise IntakeStoppedError(text) from None
        except RetryAfter as error:
            seconds = error.retry_after
            await _sleep(float(seconds if isinstance(seconds, int) else seconds.total_seconds()), stopping)
        except StoreError as error:
            log.error("updates_not_kept", fault=type(error).__name__)  # noqa: TRY400  no traceback wanted
            await _sleep(pause, stopping)
            pause = min(pause * 2, LONGEST_PAUSE)
        except Exception as error:  # noqa: BLE001  a broken line or a garbled answer: ask again
            log.warning("poll_failed", fault=type(error).__name__)
            await _sleep(pause, stopping)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _pass_over(api: Api, inbox: Inbox, offset: int) -> int | None:
    """Keep the one update that no parser reads, by the number that stands in it, so that the next can come."""
    try:
        raw = await api.one_raw_update(offset)
        found = _UPDATE_ID.search(raw)
        if found is None:
            return None
        await inbox.take([(int(found[1]), raw)])
        return int(found[1])
    except (TelegramError, StoreError) as error:
        log.warning("poll_failed", fault=type(error).__name__)
        return None


def _numbered(updates: object) -> list[tuple[int, bytes]]:
    """Return (update id, raw JSON) of each, in the order of their ids; what has no id cannot be kept."""
    found: list[tuple[int, bytes]] = []
    for update in updates if isinstance(updates, list) else []:
        number = update.get("update_id") if isinstance(update, dict) else None
        if isinstance(number, int) and not isinstance(number, bool):
            found.append((number, orjson.dumps(update)))
        else:
            log.warning("update_without_id")
    return sorted(found, key=lambda one: one[0])


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
