"""The page: everybody's chats with the bot, live over one WebSocket, acting by POST."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import orjson
from aiohttp import WSCloseCode, web

from bot.sandbox.acts import Acts
from bot.sandbox.cast import set_stage
from bot.sandbox.door import comes_from_own_page
from bot.sandbox.errors import HumanError
from bot.sandbox.record import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    from bot.sandbox.glass import Glass
    from bot.sandbox.profile import Profile
    from bot.sandbox.scene import Chat
    from bot.sandbox.server import Call
    from bot.sandbox.shapes import Json
    from bot.sandbox.world import World

    Jump = Callable[[timedelta], Awaitable[None]]
    StartOver = Callable[[], Awaitable[None]]

_FOLDER: Final = Path(__file__).parent / "page"
_SCRIPTS: Final = ("app.js", "chat.js", "bubble.js", "menus.js", "words.js", "drawer.js")
_ASSETS: Final = {
    "/": ("index.html", "text/html"),
    **{f"/sandbox/{name}": (name, "text/javascript") for name in _SCRIPTS},
    "/sandbox/style.css": ("style.css", "text/css"),
    "/favicon.ico": ("icon.svg", "image/svg+xml"),
}
_SAFETY: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SHOWN_AT_FIRST: Final = 1_500
_CALLS_AT_FIRST: Final = 200
_MOST_BEHIND: Final = 5_000


class Page:
    """Serves the page's files, pushes what happens to all open pages and does what they ask."""

    def __init__(self, world: World, profile: Profile, jump: Jump, start_over: StartOver) -> None:
        """Show `world`, after adding two people and their group to it."""
        set_stage(world)
        self._world = world
        self._profile = profile
        self.record = Record(world)
        self._acts = Acts(world, self.record, jump, start_over)
        self._lines: dict[web.WebSocketResponse, asyncio.Queue[str | None]] = {}
        self._calls: deque[Json] = deque(maxlen=_CALLS_AT_FIRST)
        world.listeners.append(self._heard)

    @property
    def glass(self) -> Glass | None:
        """What shows the bot from inside; None as long as no bot offers it."""
        return self._acts.glass

    @glass.setter
    def glass(self, glass: Glass | None) -> None:
        self._acts.glass = glass

    def add_routes(self, app: web.Application) -> None:
        """Put the page's addresses into `app`."""
        for path in _ASSETS:
            app.router.add_get(path, self._asset)
        app.router.add_get("/sandbox/live", self._live)
        app.router.add_get("/sandbox/file/{file_id}", self._file)
        app.router.add_get("/sandbox/glass/{chat_id}", self._look)
        app.router.add_get("/sandbox/transcript", self._transcript)
        app.router.add_post("/sandbox/act", self._act)

    async def close(self) -> None:
        """Close every open page's line; the pages will try to come back."""
        for line in list(self._lines):
            await line.close(code=WSCloseCode.GOING_AWAY)

    def show_time(self) -> None:
        """Tell the open pages what the clock shows now."""
        self._push({"type": "clock", "now": self._world.now()})

    def show_call(self, call: Call) -> None:
        """Tell the open pages of a call of the Bot API; a poll that went well says nothing."""
        if call.method.lower() == "getupdates" and call.status == 200:  # noqa: PLR2004  (HTTP's own number)
            return
        shown = {
            "method": call.method,
            "status": call.status,
            "description": call.description,
            "fault": call.fault.value if call.fault else "",
            "chat": call.params.get("chat_id"),
            "params": call.params,
            "at": self._world.now(),
        }
        self._calls.append(shown)
        self._push({"type": "call", "call": shown})

    def begin_again(self) -> None:
        """Set the stage once more and show it, when it is complete, to every open page."""
        self._world.listeners.remove(self._heard)
        set_stage(self._world)
        self._world.listeners.append(self._heard)
        self.record.clear()
        self._calls.clear()
        self._push(self._hello())

    def _heard(self, event: str, what: Json) -> None:
        if not self._lines:
            return
        chat_id = what.get("chat_id", what.get("chat", {}).get("id"))
        if event == "commands":
            self._push({"type": "commands", "commands": self._commands()})
        elif event == "chat":
            self._push({"type": "people", "people": self._people(), "chats": self._chats()})
        else:
            self._push({"type": event, "chat": chat_id, "what": what})

    def _push(self, event: Json) -> None:
        if not self._lines:
            return
        raw = orjson.dumps(event).decode()
        for waiting in self._lines.values():
            if waiting.qsize() >= _MOST_BEHIND:
                # A page this far behind is better served by starting again from the chats as they stand.
                waiting.put_nowait(None)
            else:
                waiting.put_nowait(raw)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "bot": self._world.bot,
            "now": self._world.now(),
            "people": self._people(),
            "chats": self._chats(),
            "messages": {
                str(chat_id): self._world.messages(chat_id)[-_SHOWN_AT_FIRST:]
                for chat_id in self._world.chats
            },
            "commands": self._commands(),
            "calls": list(self._calls),
            "glass": self.glass is not None,
        }

    def _people(self) -> list[Json]:
        return [
            {**person.shape, "blocked": person.blocked, "gone": person.gone}
            for person in self._world.people.values()
        ]

    def _chats(self) -> dict[str, Json]:
        return {str(chat_id): _outline(chat) for chat_id, chat in self._world.chats.items()}

    def _commands(self) -> list[Json]:
        return self._profile.commands_for("en")

    async def _asset(self, request: web.Request) -> web.Response:
        name, content_type = _ASSETS[request.path]
        body = (_FOLDER / name).read_bytes()
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=_SAFETY)

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._world.files.get(request.match_info["file_id"])
        if stored is None:
            return web.Response(status=404, text="No such file.\n", headers=_SAFETY)
        shown = stored.mime_type in {"image/png", "image/jpeg"}
        kind = stored.mime_type if shown else "application/octet-stream"
        way = "inline" if shown else "attachment"
        name = {"Content-Disposition": f"{way}; filename*=UTF-8''{quote(stored.name)}"}
        return web.Response(body=stored.content, content_type=kind, headers={**_SAFETY, **name})

    async def _look(self, request: web.Request) -> web.Response:
        try:
            chat_id = int(request.match_info["chat_id"])
        except ValueError:
            return _json({"error": "a chat has a number"}, 400)
        view = await self.glass.look(chat_id) if self.glass else {}
        return _json(view, 200)

    async def _transcript(self, _: web.Request) -> web.Response:
        ending = await self.glass.how_it_ends() if self.glass else "saved"
        name = {"Content-Disposition": 'attachment; filename="conversation.txt"'}
        return web.Response(text=self.record.text(ending), headers={**_SAFETY, **name})

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if not comes_from_own_page(request):
            return web.Response(status=403, text="Only the sandbox's own page may listen.\n")
        line = web.WebSocketResponse(heartbeat=20)
        await line.prepare(request)
        waiting: asyncio.Queue[str | None] = asyncio.Queue()
        waiting.put_nowait(orjson.dumps(self._hello()).decode())
        self._lines[line] = waiting
        writer = asyncio.create_task(_write(line, waiting))
        try:
            async for _ in line:
                # The page only listens here; it acts by POST.
                pass
        finally:
            del self._lines[line]
            writer.cancel()
        return line

    async def _act(self, request: web.Request) -> web.Response:
        # Browsers send Origin with every POST, so this also keeps out old forms and prefetchers.
        if not comes_from_own_page(request) or request.content_type != "application/json":
            return web.Response(status=403, text="Only the sandbox's own page may act.\n")
        try:
            await self._acts.do(orjson.loads(await request.read()))
        except (HumanError, KeyError, TypeError, ValueError, OverflowError) as error:
            return _json({"ok": False, "error": str(error)}, 400)
        return _json({"ok": True}, 200)


def _outline(chat: Chat) -> Json:
    """Return a chat without its messages, as the page shows it."""
    return {
        **chat.shape,
        "members": sorted(chat.members),
        "has_bot": chat.has_bot,
        "bot_admin": chat.bot_admin,
        "creator": chat.creator,
        "keyboard": chat.keyboard,
        "migrated_to": chat.moved_to,
        "topics": [
            {"id": number, "name": topic.title, "closed": topic.closed}
            for number, topic in chat.topics.items()
        ],
    }


async def _write(line: web.WebSocketResponse, waiting: asyncio.Queue[str | None]) -> None:
    while (raw := await waiting.get()) is not None:
        try:
            await line.send_str(raw)
        except ConnectionError:
            return
    await line.close(code=WSCloseCode.TRY_AGAIN_LATER)


def _json(body: Json, status: int) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=_SAFETY
    )
