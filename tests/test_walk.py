"""Random walks over every flow there is: whatever people do, nothing raises, and everything waits or ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library.gates import is_gate
from bot.runtime.clock import MovableClock
from bot.runtime.events import LINK
from bot.simulator import Simulator
from bot.store.memory import heart_in_memory
from bot.store.protocol import Profile, Work
from bot.telegram.buttons import Seals
from tests.play_script import library_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.library.load import Library

FOLDERS = ("content", "tests/fixtures/two")
FLOWS = [
    (folder, flow_id) for folder in FOLDERS for flow_id in library_in(folder).flows if not is_gate(flow_id)
]
COMMANDS = ["/stop", "/menu", "/checkin", "/settings", "/help", "/start", "/kinds"]
ODD = ["5", "skip", "back", "yes", "", "   ", "<b>&", "{{ me }}", "x" * 4096, "\u202eabc", "🙂" * 800]
SEALS = Seals(bytes(32))

TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(ODD),
)
ACTS = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 40)),
    st.tuples(st.just("press"), st.integers(0, 40)),
    st.tuples(st.just("press"), st.integers(0, 40)),
    st.tuples(st.just("old"), st.integers(0, 400)),
    st.tuples(st.just("say"), TEXTS),
    st.tuples(st.just("say"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("group"), TEXTS | st.sampled_from(["pause", "/stop", "/pause", "/help", "Done"])),
    st.tuples(st.sampled_from(["come", "go", "masked"]), st.none()),
    st.tuples(st.just("minutes"), st.integers(1, 40)),
    st.tuples(st.just("photo"), st.none()),
    st.tuples(st.just("edit"), st.none()),
    st.tuples(st.just("hours"), st.integers(1, 24 * 9)),
)


def simulator_with_people(content: str | Library) -> Simulator:
    """Return a simulator, with a folder's library or another, in which Ann, Bo and Cy have agreed to be."""
    library = library_in(content) if isinstance(content, str) else content
    clock = MovableClock(frozen_at=datetime(2026, 3, 1, 18, tzinfo=UTC))
    simulator = Simulator(library, heart_in_memory(), clock)
    for name in ("ann", "bo", "cy"):
        number, now = simulator.number(name), simulator.clock.now()

        def settle(work: Work, number: int = number, now: datetime = now, name: str = name) -> None:
            person = work.add_person(number, now)
            work.save_profile(replace(person, profile=Profile(name, "g3", "Europe/Lisbon")))

        simulator.heart.do(settle)
    return simulator


def act(simulator: Simulator, name: str, kind: str, what: object) -> None:
    """Let somebody do something; what is impossible is not done."""
    if kind == "press":
        buttons = [(chat, text) for chat in (name, "pair") for text in simulator.labels(chat)]
        if buttons:
            chat, label = buttons[int(str(what)) % len(buttons)]
            simulator.press(name, label, chat)
    elif kind == "old":
        shown = [one for one in simulator.shown if one[0] in (name, "pair")]
        if shown:
            chat, message_id, _, payload = shown[int(str(what)) % len(shown)]
            simulator.press_payload(name, chat, message_id, payload)
    elif kind == "say":
        simulator.say(name, str(what))
    elif kind == "group":
        simulator.say(name, str(what), "pair")
    elif kind in {"hours", "minutes"}:
        simulator.wait(timedelta(**{kind: int(str(what))}))
    else:
        deeds: dict[str, Callable[[], object]] = {
            "come": lambda: simulator.come("cy"),
            "go": lambda: simulator.go("cy"),
            "masked": simulator.masked,
            "photo": lambda: simulator.show(name),
            "edit": lambda: simulator.edit(name),
        }
        deeds[kind]()


def check_messages(simulator: Simulator) -> None:
    """Whatever was said fits into Telegram."""
    for bubbles in simulator.chats.values():
        for bubble in bubbles:
            assert 0 < len(bubble.text.encode("utf-16-le")) // 2 <= 4096
            assert len(bubble.rows) <= 100
            for row in bubble.rows:
                assert 0 < len(row) <= 8
                for label, payload in row:
                    assert 0 < len(label) <= 64
                    assert payload.startswith(LINK) or len(SEALS.seal(-1001234567890, payload)) <= 64


def check_runs(simulator: Simulator) -> None:
    """Every open run waits for somebody, at a node that asks."""
    for name in ("ann", "bo"):
        for run in simulator.open_runs(name):
            node = simulator.desk.library.flows[run.session.flow].find(run.session.node)
            assert node is not None
            assert node.ask is not None
            # A sealed question that all have answered may still wait for its time to run out.
            assert run.session.waiting or (node.sealed and node.timeout)


@pytest.mark.parametrize(("folder", "flow_id"), FLOWS, ids=[flow_id for _, flow_id in FLOWS])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(["ann", "ann", "bo"]), ACTS), max_size=40))
def test_a_walk_never_raises_and_always_ends_or_waits(
    folder: str, flow_id: str, acts: list[tuple[str, tuple[str, object]]]
) -> None:
    simulator = simulator_with_people(folder)
    flow = simulator.desk.library.flows[flow_id]
    people = {"initiator": "ann", "partner": "bo"} if len(flow.roles) > 1 else {"initiator": "ann"}
    simulator.begin(flow_id, people, "pair" if len(flow.roles) > 1 else None)
    for name, (kind, what) in acts:
        act(simulator, name, kind, what)
        check_runs(simulator)
    check_messages(simulator)
    assert simulator.chats.get("cy") is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(ACTS, max_size=60))
def test_rule_7_leaving_always_works(acts: list[tuple[str, object]]) -> None:
    """Wherever the walk has led, /stop closes everything at once."""
    simulator = simulator_with_people("content")
    simulator.say("ann", "/checkin")
    for kind, what in acts:
        act(simulator, "ann", kind, what)
    simulator.say("ann", "/stop")
    assert simulator.open_runs("ann") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(["ann", "bo", "cy"]), ACTS), max_size=50))
def test_rule_8_nobody_reads_what_was_not_shared(acts: list[tuple[str, tuple[str, object]]]) -> None:
    """Bo's words reach no other chat unless Bo pressed "My words"; Cy gets nothing of the exercise at all."""
    simulator = simulator_with_people("tests/fixtures/two")
    simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")
    secret = "canary of bo"
    for name, (kind, what) in acts:
        act(simulator, name, kind, secret if name == "bo" and kind in {"say", "group"} else what)
    run = simulator.heart.do(lambda work: work.run("run00000001"))
    assert run is not None
    answer = run.session.answer("partner", "small")
    shared = answer is not None and answer.share == "words" and ("partner", "small") in run.session.revealed
    for chat in ("ann", "cy", "pair"):
        seen = [bubble.text for bubble in simulator.chats.get(chat, []) if secret in bubble.text]
        assert len(seen) <= (chat == "ann" and shared)
