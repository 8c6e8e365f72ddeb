"""kill -9 in the middle of an opening: it is opened for both or for neither, and in the end once for each.

The turn that opens runs in a process of its own on a real store on the disk, which is killed before a line of
ours or at a random moment. Then the store is opened again, and what was left is done: messages, kept updates,
timers.
`ALONGSIDE_KILLS` sets how often, `ALONGSIDE_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.killed import until_line
from tests.together.lives import Life, Stage, opening, staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

KILLS = int(os.environ.get("ALONGSIDE_KILLS", "100"))
SEED = int(os.environ.get("ALONGSIDE_SEED", "1"))
OURS = (
    "store/sqlite.py", "store/work.py", "store/outbox.py", "store/couples.py", "store/vault.py",
    "runtime/ticker.py", "runtime/scene.py", "runtime/telling.py", "runtime/voice.py", "runtime/turn.py",
    "runtime/together.py", "flow/engine.py", "flow/opening.py", "flow/leaving.py", "together/lives.py",
)  # fmt: skip
OVER = timedelta(seconds=61)
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Case:
    """What happens at the moment of the opening; 0 is the timer, 900 is Ann's press, 901 Bo's."""

    node: str
    what: tuple[int, ...]
    last: str = ""
    group: bool = False
    wait: timedelta = OVER


CASES = {
    "the last look is over": Case("last_look", (0,)),
    "the same, before both in their group": Case("wish_look", (0,), group=True),
    "both press last, at once": Case("which_open", (900, 901), "words", wait=A_MOMENT),
    "she closes hers as the time runs out": Case("last_look", (900, 0), "keep"),
    "the time runs out as she closes hers": Case("last_look", (0, 900), "keep"),
}


def life(stage: Stage, folder: Path, what: tuple[int, ...]) -> None:
    """Live up to the opening and through it, if nothing comes between."""
    one = Life(stage, folder)
    for number in filter(None, what):
        one.keep(number)
    one.at_once(*what)
    one.heart.close()


def lines_of(work: Callable[[], object]) -> int:
    """Count the lines of ours that some work runs through."""
    count, before = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401  what Python wants of a tracer
        nonlocal count
        if not frame.f_code.co_filename.endswith(OURS):
            return None
        count += event == "line"
        return trace

    sys.settrace(trace)
    work()
    sys.settrace(before)
    return count


def at_a_moment(work: Callable[[], object], seconds: float) -> None:
    """Do something in another process, and kill it after a while."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def prove(case: Case, stage: Stage, folder: Path) -> tuple[bool, int]:
    """See that it is opened for both or for neither, go on, and see that it is opened once.

    Returns whether it was open when the kill came, and how many messages have come twice.
    """
    one = Life(stage, folder)
    sides = {stage.group} if case.group else {1001, 1002}
    of = "wish" if case.group else "small"
    was_open = one.opened("partner", of=of)
    there = {chat for chat, _ in opening([*one.said(), *one.waiting()])}
    assert there == (sides if was_open else set()), (was_open, there)
    for number in filter(None, case.what):
        one.keep(number)  # what was not kept, Telegram sends again
    one.recover()
    for _ in range(3):
        one.tick()
        one.clock.move(timedelta(minutes=2))
    one.tick()
    found = Counter(opening(one.said()))
    assert {chat for chat, _ in found} == sides
    assert len(found) == len(sides), f"opened in two ways: {found}"
    words = dict(found.keys())
    if case.group:
        assert "words of ann" in words[stage.group]
        assert "words of bo" in words[stage.group]
    else:
        assert "words of bo" in words[1001]
        closed = case.last == "keep" and not one.opened("initiator", of=of)
        assert ("words of ann" in words[1002]) != closed
    assert not one.waiting()
    one.heart.close()
    return was_open, sum(found.values()) - len(found)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("name", CASES)
def test_killed_in_an_opening_it_is_open_for_both_or_for_neither(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, kills = CASES[name], -(-KILLS // len(CASES))
    dice = random.Random(f"{SEED} {name}")  # noqa: S311  repeatable on purpose
    stage = staged(tmp_path / "stage", case.node, group=case.group, last=case.last, wait=case.wait)

    def copy(number: int) -> Path:
        folder = tmp_path / str(number)
        shutil.copytree(stage.folder, folder)
        return folder

    whole = copy(0)
    began = time.monotonic()
    lines = lines_of(partial(life, stage, whole, case.what))
    took = time.monotonic() - began
    assert prove(case, stage, whole) == (case.wait == OVER, 0)
    at_lines = kills * 7 // 10
    came = []
    for number in range(1, kills + 1):
        folder = copy(number)
        work = partial(life, stage, folder, case.what)
        if number <= at_lines:
            # Every other one in the last quarter, where the commit is, and the sending.
            first = lines * 3 // 4 if number % 2 else 0
            line = first + (number * (lines - first) - dice.randint(0, lines - first)) // at_lines
            assert not until_line(max(line, 1), work, OURS), f"line {line} of {lines} was not reached"
        else:
            at_a_moment(work, dice.uniform(0, took / 2))
        came.append(prove(case, stage, folder))
        shutil.rmtree(folder)
    with capsys.disabled():
        print(  # noqa: T201  the figures
            f"\nkill -9, {name}: {kills} kills over {lines} lines, {sum(was for was, _ in came)} came"
            f" after the opening, {sum(twice for _, twice in came)} messages twice,"
            f" {time.monotonic() - began:.0f} s"
        )
    assert max(twice for _, twice in came) <= 1
