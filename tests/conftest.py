"""What holds for every test: nothing leaves this machine."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo
_tried: list[str] = []


class ForbiddenNetworkError(OSError):
    """A test has tried to reach another machine."""


def _prove_local(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return
    try:
        if ipaddress.ip_address(str(name)).is_loopback:
            return
    except ValueError:
        pass
    _tried.append(str(name))
    raise ForbiddenNetworkError(f"a test tried to reach {name}")


def _prove_address(sock: socket.socket, address: Any) -> None:  # noqa: ANN401  of any family
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        _prove_local(address[0])


def _guarded_connect(sock: socket.socket, address: Any) -> None:  # noqa: ANN401
    _prove_address(sock, address)
    _connect(sock, address)


def _guarded_connect_ex(sock: socket.socket, address: Any) -> int:  # noqa: ANN401
    _prove_address(sock, address)
    return _connect_ex(sock, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    _prove_local(host)
    return _getaddrinfo(host, *args, **kwargs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the transcripts and the kept pictures be written anew."""
    parser.addoption(
        "--update-transcripts", action="store_true", help="write the transcripts as they really go"
    )
    parser.addoption("--update-pictures", action="store_true", help="keep the pictures as they look now")


def pytest_configure() -> None:
    """Shut the door before any test module is imported."""
    socket.socket.connect = _guarded_connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = _guarded_getaddrinfo


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine() -> Iterator[None]:
    """Fail a test that tried to, also when the code under test has swallowed the error."""
    _tried.clear()
    yield
    assert not _tried, f"a test tried to reach {_tried}"
