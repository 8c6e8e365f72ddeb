"""The plain page: one person's chat with the bot, live over one WebSocket, acting by POST."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson
from aiohttp import WSCloseCode, web

from bot.sandbox.door import comes_from_own_page
from bot.sandbox.errors import HumanError
from bot.sandbox.shapes import pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.profile import Profile
    from bot.sandbox.shapes import Json
    from bot.sandbox.world import World

PERSON: Final = 1001
"""The user id of the person whose phone the page is."""

_FOLDER: Final = Path(__file__).parent / "page"
_ASSETS: Final = {
    "/": ("index.html", "text/html"),
    "/sandbox/app.js": ("app.js", "text/javascript"),
    "/sandbox/words.js": ("words.js", "text/javascript"),
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
_SHOWN_AT_FIRST: Final = 500
_MOST_BEHIND: Final = 2_000
_LONGEST_JUMP: Final = 31 * 86_400


class Page:
    """Serves the page's files, pushes what happens in the person's chat and does what the person asks."""

    def __init__(
        self, world: World, profile: Profile, jump: Callable[[timedelta], Awaitable[None]], name: str = "Ann"
    ) -> None:
        """Show the chat of `PERSON`, added to `world` as `name` unless somebody has that id."""
        self._world = world
        self._profile = profile
        self._jump = jump
        self._lines: dict[web.WebSocketResponse, asyncio.Queue[str | None]] = {}
        if PERSON not in world.people:
            world.add_user(PERSON, name)
        world.listeners.append(self._heard)

    def add_routes(self, app: web.Application) -> None:
        """Put the page's addresses into `app`."""
        for path in _ASSETS:
            app.router.add_get(path, self._asset)
        app.router.add_get("/sandbox/live", self._live)
        app.router.add_get("/sandbox/file/{file_id}", self._file)
        app.router.add_post("/sandbox/act", self._act)

    async def close(self) -> None:
        """Close every open page's line; the pages will try to come back."""
        for line in list(self._lines):
            await line.close(code=WSCloseCode.GOING_AWAY)

    def show_time(self) -> None:
        """Tell the open pages what the clock shows now."""
        self._push({"type": "clock", "now": self._world.now()})

    def _heard(self, event: str, what: Json) -> None:
        if not self._lines:
            return
        chat_id = what.get("chat_id", what.get("chat", {}).get("id"))
        if event == "commands":
            self._push({"type": "commands", "commands": self._commands()})
        elif chat_id == PERSON:
            self._push({"type": event, "what": what})

    def _push(self, event: Json) -> None:
        if not self._lines:
            return
        raw = orjson.dumps(event).decode()
        for waiting in self._lines.values():
            if waiting.qsize() >= _MOST_BEHIND:
                # A page this far behind is better served by starting again from the chat as it stands.
                waiting.put_nowait(None)
            else:
                waiting.put_nowait(raw)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "me": self._world.people[PERSON].shape,
            "bot": self._world.bot,
            "now": self._world.now(),
            "messages": self._world.messages(PERSON)[-_SHOWN_AT_FIRST:],
            "commands": self._commands(),
        }

    def _commands(self) -> list[Json]:
        return self._profile.commands_for(self._world.people[PERSON].shape["language_code"])

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
            await self._do(orjson.loads(await request.read()))
        except (HumanError, KeyError, TypeError, ValueError, OverflowError) as error:
            return _json({"ok": False, "error": str(error)}, 400)
        return _json({"ok": True}, 200)

    async def _do(self, act: Any) -> None:  # noqa: ANN401  (it is whatever JSON was sent)
        """Carry out one act, `{"do": …}`; any of the errors above when it makes no sense."""
        match act["do"]:
            case "say":
                for piece in pieces(str(act["text"])):
                    self._world.say(PERSON, piece)
            case "edit":
                self._world.edit(PERSON, int(act["message_id"]), str(act["text"]))
            case "press":
                self._world.press(PERSON, int(act["message_id"]), str(act["data"]))
            case "media":
                self._world.send_media(PERSON, str(act["kind"]))
            case "jump":
                seconds = float(act["seconds"])
                if not 0 < seconds <= _LONGEST_JUMP:
                    raise HumanError("time jumps forward, by at most a month")
                await self._jump(timedelta(seconds=seconds))
            case other:
                raise HumanError(f"nobody can {other} here")


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
