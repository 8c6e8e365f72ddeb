"""The outbox alone, with a sender that does as it is told. Rule 4 of design.md."""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.runtime import calls
from bot.runtime import outbox as module
from bot.runtime.clock import MovableClock
from bot.runtime.events import Delete, Keyboard, Outcome, Retold
from bot.runtime.outbox import Outbox
from bot.runtime.sends import Gone, Later, NoTopic, Refused, Revoked, Unknown
from bot.store.memory import heart_in_memory
from bot.store.protocol import Message, StoreError
from tests.faults.conftest import rows, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.runtime.events import Call
    from bot.store.protocol import Kind, Work
    from bot.store.sqlite import Heart

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BO, GROUP = 1001, 1002, -100


class Memory:
    """An asynchronous store on nothing, which may fail."""

    def __init__(self) -> None:
        """Begin empty."""
        self.heart: Heart = heart_in_memory()
        self.failing = 0

    async def run(self, unit: Callable[[Work], T], *, patient: bool = False) -> T:  # noqa: ARG002
        await asyncio.sleep(0)
        if self.failing:
            self.failing -= 1
            raise StoreError("full")
        return self.heart.do(unit)

    async def close(self) -> None:
        self.heart.close()


class Told:
    """A sender that raises what it is told to, message by message."""

    def __init__(self) -> None:
        """Begin willing."""
        self.sent: list[str] = []
        self.tries: list[str] = []
        self.errors: dict[str, list[Exception]] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, message: Message) -> int:
        await self.gate.wait()
        text = message.body["text"]
        self.tries.append(text)
        if self.errors.get(text):
            raise self.errors[text].pop(0)
        self.sent.append(text)
        return 50 + len(self.sent)

    async def make(self, call: Call) -> int | None:  # noqa: ARG002  nothing here makes calls
        return None


class Rig:
    """An outbox with everything round it."""

    def __init__(self) -> None:
        """Put everything together."""
        self.store = Memory()
        self.sender = Told()
        self.clock = MovableClock(frozen_at=NOW)
        self.revoked = 0
        self.outbox = Outbox(self.store, self.sender, self.clock, self._revoked)
        self.people = {
            chat: self.store.heart.do(methodcaller("add_person", chat, NOW)).id for chat in (ANN, BO)
        }

    def _revoked(self) -> None:
        self.revoked += 1

    def put(self, *texts: str, chat: int = ANN, kind: Kind = "reply", **body: Any) -> None:  # noqa: ANN401
        def unit(work: Work) -> Outcome:
            outcome = Outcome(nudges=kind == "nudge")
            for text in texts:
                whole = {"text": text, "rows": [], **body}
                made = Message(work.next_message_id(NOW), chat, kind, whole, person_id=self.people.get(chat))
                work.add_message(made)
                if kind == "reply":
                    outcome.messages.append(made)
            return outcome

        self.outbox.take(self.store.heart.do(unit))

    async def idle(self) -> None:
        await until(lambda: self.outbox.idle, "idle", 5)

    def states(self) -> list[tuple[str, str | None]]:
        return [
            (state, reason)
            for state, reason in rows(self.store.heart, "SELECT state, reason FROM outbox ORDER BY id")
        ]


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  pytest gives the Rig
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.005)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)
    made = Rig()
    yield made
    await made.outbox.stop()
    await made.store.close()


async def test_the_order_of_a_chat_is_kept_whatever_happens(rig: Rig) -> None:
    rig.sender.errors = {"1": [Unknown("NetworkError")] * 3, "2": [Unknown("TimedOut")]}
    rig.put("1", "2", "3")
    rig.put("other", chat=BO)
    await rig.idle()
    assert [text for text in rig.sender.sent if text != "other"] == ["1", "2", "3"]
    assert rig.sender.tries.count("1") == 4
    assert rig.states() == [("sent", None)] * 4


async def test_rule_4_a_reply_of_unknown_fate_is_repeated_and_a_nudge_is_not(rig: Rig) -> None:
    rig.sender.errors = {"reply": [Unknown("TimedOut")], "nudge": [Unknown("TimedOut")]}
    rig.put("reply", chat=BO)
    rig.put("nudge", kind="nudge")
    await rig.idle()
    assert rig.sender.tries.count("reply") == 2
    assert rig.sender.tries.count("nudge") == 1
    assert rig.states() == [("sent", None), ("parked", "TimedOut")]


async def test_rule_4_replies_go_before_nudges(rig: Rig) -> None:
    rig.sender.gate.clear()
    rig.put("reply", "and another")
    rig.put("nudge", kind="nudge")
    await asyncio.sleep(0.02)
    rig.sender.gate.set()
    await rig.idle()
    assert rig.sender.sent == ["reply", "and another"]
    rig.clock.move(timedelta(minutes=1))
    rig.outbox.poke_nudges()
    await rig.idle()
    assert rig.sender.sent == ["reply", "and another", "nudge"]


@pytest.mark.parametrize("error", [Gone("forbidden"), Refused("bad request")])
async def test_what_will_never_arrive_is_put_aside_and_the_next_goes_on(rig: Rig, error: Exception) -> None:
    rig.sender.errors = {"1": [error]}
    rig.put("1", "2")
    await rig.idle()
    assert rig.states() == [("parked", str(error)), ("sent", None)]
    ann = rig.store.heart.do(lambda work: work.person_in(ANN))
    assert ann is not None
    assert ann.reachable is not isinstance(error, Gone)
    assert rows(rig.store.heart, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL") == [(0,)]


async def test_a_group_whose_only_room_is_closed_is_not_tried_for_ever(rig: Rig) -> None:
    """Without a topic in the message there is no other place in the group to send it to."""
    rig.sender.errors = {"1": [NoTopic()] * 100}
    rig.put("1", "2")
    await rig.idle()
    assert rig.sender.tries.count("1") == 1
    assert rig.states() == [("parked", "no topic"), ("sent", None)]


@pytest.mark.parametrize("error", [KeyError("text"), ValueError("x"), Unknown("KeyError")])
async def test_a_poison_row_is_parked_after_a_few_tries(rig: Rig, error: Exception) -> None:
    """Fault 9, and zulip#14862: one message that always fails must not block its chat, nor run for ever."""
    rig.sender.errors = {"1": [error] * 100}
    rig.put("1", "2")
    rig.put("other", chat=BO)
    await rig.idle()
    assert rig.sender.tries.count("1") == module.MOST_STRANGE
    assert sorted(rig.sender.sent) == ["2", "other"]
    assert rig.states()[0][0] == "parked"


async def test_a_line_that_stays_dead_gives_up_in_the_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TRIES", 7)
    rig.sender.errors = {"1": [Unknown("NetworkError")] * 100}
    rig.put("1")
    await rig.idle()
    assert len(rig.sender.tries) == 7
    assert rig.states() == [("parked", "NetworkError")]


async def test_a_pause_is_written_down(rig: Rig) -> None:
    """Fault 8."""
    rig.sender.errors = {"1": [Later(timedelta(seconds=3600))]}
    rig.put("1", "2")
    rig.put("other", chat=BO)
    await until(lambda: rig.sender.sent)
    assert rig.sender.sent == ["other"]
    kept = rows(rig.store.heart, "SELECT state, tries, not_before FROM outbox ORDER BY id")
    assert kept[0] == ("retry", 1, int((NOW + timedelta(hours=1)).timestamp() * 1000))
    await rig.outbox.stop()
    assert rig.sender.tries == ["1", "other"]


async def test_a_store_that_fails_is_waited_for_and_nothing_is_sent_twice(rig: Rig) -> None:
    rig.put("1", "2")
    rig.store.failing = 3
    await rig.idle()
    assert rig.sender.tries == ["1", "2"]
    assert rig.states() == [("sent", None)] * 2


async def test_a_token_that_was_revoked_keeps_everything(rig: Rig) -> None:
    """Fault 12."""
    rig.sender.errors = {"1": [Revoked()]}
    rig.put("1")
    await until(lambda: rig.revoked)
    await rig.outbox.stop()
    assert rig.states() == [("new", None)]


async def test_what_an_earlier_life_left_is_taken_up_in_order(rig: Rig) -> None:
    rig.sender.gate.clear()
    rig.put("1", "2", "3")
    rig.put("half sent", kind="nudge", chat=BO)
    await asyncio.sleep(0.02)
    for task in (*rig.outbox._workers.values(), rig.outbox._nudger):
        assert task is not None
        task.cancel()
    await asyncio.sleep(0)
    rig.sender.gate.set()
    rig.outbox = Outbox(rig.store, rig.sender, rig.clock, lambda: None)
    await rig.outbox.recover()
    await rig.idle()
    assert rig.sender.sent == ["1", "2", "3"]
    assert rig.states()[3] == ("parked", "unknown")


class Skips(selectors.DefaultSelector):
    """Waits for nothing: what would be a wait moves the clock on instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401  as it is
        assert timeout is not None, "everybody waits for somebody else"
        # Whatever is done takes a moment: the limits wait for the clock to move on.
        self.now += max(timeout, 0) + 1e-6
        return super().select(0)


class Hasty(asyncio.SelectorEventLoop):
    """A loop in which nobody has to wait: where nothing is to be done, it is later at once."""

    def __init__(self) -> None:
        """Begin at no time at all."""
        self._clock = Skips()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


class Clocked(Told):
    """A sender that notes when each chat was written to, and when a message there was changed."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        super().__init__()
        self.at: dict[int, list[float]] = {}

    def note(self, chat_id: int) -> None:
        self.at.setdefault(chat_id, []).append(asyncio.get_running_loop().time())

    async def send(self, message: Message) -> int:
        self.note(message.chat_id)
        return await super().send(message)

    async def make(self, call: Call) -> int | None:
        if isinstance(call, Keyboard | Retold | Delete):
            self.note(call.chat_id)
        return None


def most_in_a_minute(times: list[float]) -> int:
    """Return the most of these that lie within any sixty seconds."""
    return max((sum(start <= one < start + 60 for one in times) for start in times), default=0)


def paced(deeds: list[tuple[float, str, int]]) -> Clocked:
    """Let things be written and changed, each so many seconds after the last; return when they were."""

    async def play() -> Clocked:
        rig = Rig()
        rig.sender = sender = Clocked()
        rig.outbox = Outbox(rig.store, sender, rig.clock, rig._revoked)
        for number, (passed, kind, chat) in enumerate(deeds):
            await asyncio.sleep(passed)
            rig.clock.move(timedelta(seconds=passed))
            if kind == "message":
                rig.put(f"{number:04d}", chat=chat)
            elif kind == "in place":
                rig.put(f"{number:04d}", chat=chat, edit=[chat, 1_000_000])
            elif kind == "buttons":
                rig.outbox.take(Outcome(calls=[Keyboard(chat, number, [])]))
            else:
                rig.outbox.take(Outcome(calls=[Retold(chat, number, "x", [])]))
        while not rig.outbox.idle:  # noqa: ASYNC110  the outbox has no event for it
            await asyncio.sleep(1)
        await rig.outbox.stop()
        await rig.store.close()
        return sender

    with asyncio.Runner(loop_factory=Hasty) as runner:
        return runner.run(play())


KINDS = st.sampled_from(["message", "in place", "buttons", "retold"])
GAPS = st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 3.0, 4.0, 15.0, 20.0, 61.0])


@st.composite
def bursts(draw: st.DrawFn) -> list[tuple[float, str, int]]:
    """Draw an evening with bursts of things that come one upon the other."""
    chats = st.sampled_from([GROUP, GROUP, GROUP - 1, ANN])
    burst = st.tuples(GAPS, GAPS, st.lists(KINDS, min_size=1, max_size=30), chats)
    found = []
    for before, between, kinds, chat in draw(st.lists(burst, max_size=6)):
        found += [(between if number else before, kind, chat) for number, kind in enumerate(kinds)]
    return found


@given(deeds=bursts())
@settings(max_examples=60, deadline=None)
def test_a_group_hears_at_most_twenty_times_in_any_minute(deeds: list[tuple[float, str, int]]) -> None:
    """Telegram's limit: messages, new and changed, however they come; and each group for itself."""
    sender = paced(deeds)
    for chat in (GROUP, GROUP - 1):
        times = sender.at.get(chat, [])
        assert len(times) == sum(one[2] == chat for one in deeds), "and none is lost"
        assert most_in_a_minute(times) <= 20
    texts = [f"{number:04d}" for number, one in enumerate(deeds) if one[1:] == ("message", GROUP)]
    assert [one for one in sender.sent if one in texts] == texts, "in their order"


def test_a_group_that_is_busy_is_written_to_as_fast_as_may_be() -> None:
    sender = paced([(0.0, "message", GROUP)] * 60)
    at_once = calls.GROUP_AT_ONCE
    assert sender.at[GROUP][:at_once] == pytest.approx([0.0] * at_once, abs=0.01)
    assert 18 <= most_in_a_minute(sender.at[GROUP]) <= 20
    assert sender.at[GROUP][-1] == pytest.approx((60 - at_once) * 4, abs=1)


def test_nobody_alone_waits_for_a_busy_group() -> None:
    sender = paced([(0.0, "message", GROUP)] * 40 + [(0.0, "message", ANN)] * 40)
    assert sender.at[ANN] == pytest.approx([0.0] * 40, abs=0.01)


async def test_what_is_sensitive_and_still_waits_is_withdrawn(rig: Rig) -> None:
    """Somebody leaves in a hurry while the line is slow: only what is on its way may still arrive."""
    rig.sender.gate.clear()
    rig.put("on its way", "menu")
    chat = rig.outbox._queues[ANN]
    soup = {"text": "soup", "rows": []}
    chat.extend([replace(chat[1], id=1, sensitive=True), replace(chat[1], id=2, body=soup)])
    rig.outbox.take(Outcome(withdrawn=ANN))
    rig.sender.gate.set()
    await rig.idle()
    assert rig.sender.sent == ["on its way", "menu", "soup"]


async def test_what_waits_for_somebody_who_has_gone_is_not_sent(rig: Rig) -> None:
    """Rows are erased; what the outbox has in hand must not be sent after them (fault 49)."""
    rig.sender.errors = {"1": [Unknown("NetworkError")] * 1000}
    rig.put("1", "2")
    rig.put("nudge", kind="nudge")
    rig.put("his", chat=BO)
    await until(lambda: rig.sender.tries.count("1") > 1, "tried", 5)
    ann = rig.people.pop(ANN)
    rig.store.heart.do(methodcaller("erase_person", ann))
    rig.outbox.take(Outcome(forgotten={ann}))
    rig.put("it is gone")
    await rig.idle()
    assert rig.sender.sent == ["his", "it is gone"]
    assert rig.states() == [("sent", None)], "his alone"


async def test_two_chats_that_are_asked_to_wait_mean_the_whole_bot(rig: Rig) -> None:
    """Fault 8: one is its own affair; with two, whoever goes on knocking is shut out for longer."""
    cy, dee = 1003, 1004
    rig.sender.errors = {"1": [Later(timedelta(seconds=600))], "2": [Later(timedelta(seconds=300))]}
    rig.put("1", chat=ANN)
    rig.put("still goes", chat=cy)
    await until(lambda: rig.sender.sent)
    rig.put("2", chat=BO)
    await until(lambda: len(rig.sender.tries) == 3)
    rig.put("waits", chat=cy)
    rig.put("invitation", chat=dee, kind="nudge")
    await asyncio.sleep(0.05)
    assert rig.sender.sent == ["still goes"]
    assert rig.outbox._pause.left() == 600
    rig.clock.move(timedelta(seconds=601))
    rig.outbox.poke_nudges()
    await until(lambda: "invitation" in rig.sender.sent)
    rig.put("goes again", chat=dee)
    await until(lambda: "goes again" in rig.sender.sent)


async def test_a_busy_group_or_a_quick_chat_stops_nobody_else(rig: Rig) -> None:
    rig.sender.errors = {
        "group": [Later(timedelta(seconds=40))], "other group": [Later(timedelta(seconds=40))],
        "quick": [Later(timedelta(seconds=0.01))], "quick too": [Later(timedelta(seconds=0.01))],
    }  # fmt: skip
    rig.put("group", chat=GROUP)
    rig.put("other group", chat=GROUP - 1)
    rig.put("quick", chat=ANN)
    rig.put("quick too", chat=BO)
    await until(lambda: {"quick", "quick too"} <= set(rig.sender.sent))
    assert rig.outbox._pause.left() == 0


async def test_a_clock_set_back_does_not_make_the_pause_longer(rig: Rig) -> None:
    for chat in (ANN, BO):
        rig.outbox._pause.asked(chat, timedelta(seconds=60))
    assert rig.outbox._pause.left() == 60
    rig.clock.move(timedelta(hours=-2))
    assert rig.outbox._pause.left() == 0
