"""Seals what a button says, so that only buttons we drew, in the chat we drew them in, can be pressed.

Callback data is `payload.mac` with the first 8 bytes of an HMAC-SHA256 over chat and payload: at most 64
bytes (Telegram's limit), of which the checks leave the payload 53.
"""

from __future__ import annotations

import base64
import hmac

MAC_BYTES = 8


class Seals:
    """Signs and reads callback data with one secret key."""

    def __init__(self, key: bytes) -> None:
        """Use a key of 32 bytes."""
        self._key = key

    def seal(self, chat_id: int, payload: str) -> str:
        """Return the callback data for a payload in a chat."""
        return f"{payload}.{self._mac(chat_id, payload)}"

    def read(self, chat_id: int, data: str) -> str | None:
        """Return the payload, or None when this data is not ours or not of this chat."""
        payload, _, mac = data.rpartition(".")
        expected = self._mac(chat_id, payload)
        same = hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), expected.encode())
        return payload if same else None

    def _mac(self, chat_id: int, payload: str) -> str:
        digest = hmac.digest(self._key, f"{chat_id}|{payload}".encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(digest[:MAC_BYTES]).decode().rstrip("=")
