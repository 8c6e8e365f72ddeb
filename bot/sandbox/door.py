"""Who may come in: programs of this machine and the sandbox's own page, no other web page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


def host_is_ours(request: web.Request) -> bool:
    """Whether the Host header names this machine, so that a rebound domain name gets nowhere."""
    host = request.headers.get("Host", "").lower()
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name in _LOOPBACK


def comes_from_own_page(request: web.Request) -> bool:
    """Whether the browser says that the sandbox's own page sent this."""
    return request.headers.get("Origin") == f"http://{request.headers.get('Host')}"


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 what names another host, or was sent by another web page."""
    foreign = "Origin" in request.headers and not comes_from_own_page(request)
    if foreign or not host_is_ours(request):
        return web.Response(status=403, text="This sandbox only talks to its own machine.\n")
    return await handler(request)
