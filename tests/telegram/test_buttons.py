"""Only buttons that we drew, in the chat where we drew them, can be pressed (reliability.md, fault 23)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.load import page_key
from bot.library.wording import CALLBACK_BYTES, CALLBACK_SPENT
from bot.telegram.buttons import Seals

SEALS = Seals(b"k" * 32)
ANN, BO = 1001, 1002


@given(st.integers(-(2**52), 2**52), st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_we_sealed_we_read(chat_id: int, payload: str) -> None:
    assert SEALS.read(chat_id, SEALS.seal(chat_id, payload)) == payload


def test_a_seal_of_another_chat_key_or_payload_is_not_ours() -> None:
    data = SEALS.seal(ANN, "run.1.yes")
    assert SEALS.read(BO, data) is None
    assert Seals(b"o" * 32).read(ANN, data) is None
    payload, _, mac = data.rpartition(".")
    assert SEALS.read(ANN, f"{payload.replace('1', '2')}.{mac}") is None
    assert SEALS.read(ANN, f"{payload}.{mac.swapcase()}") is None
    assert SEALS.read(ANN, f"{payload}.{mac}=") is None
    assert SEALS.read(ANN, payload) is None


@given(st.text(max_size=64))
def test_noise_is_not_ours(noise: str) -> None:
    assert SEALS.read(ANN, noise) is None


@pytest.mark.parametrize(
    "noise", ["", ".", "..", "x" * 64, "\0" * 64, "\ud800.\udfff", "ключ" * 8, "1:2:3:old"]
)
def test_odd_noise_is_not_ours(noise: str) -> None:
    assert SEALS.read(ANN, noise) is None


@pytest.mark.parametrize("chat_id", [ANN, -(2**52)])
def test_the_longest_payload_that_the_checks_allow_fits(chat_id: int) -> None:
    choice = "c" * (CALLBACK_BYTES - CALLBACK_SPENT)
    run_id = "r" * 11  # secrets.token_urlsafe(8)
    for payload in (f"{run_id}.9999.{choice}", f"~{page_key('f', 'n')}.{choice}"):
        assert len(SEALS.seal(chat_id, payload).encode()) <= CALLBACK_BYTES
