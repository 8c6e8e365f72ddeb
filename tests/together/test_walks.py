"""Random walks of two and a stranger over every exercise for two: what must not happen does not.

`ALONGSIDE_STEPS` sets how many acts in all, `ALONGSIDE_SEED` where the seeds begin. A failure names its seed,
from which `walk` goes the same way again.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

import pytest

from tests.together.walker import Walk
from tests.together.world import for_two, library_for_two

STEPS = int(os.environ.get("ALONGSIDE_STEPS", "20000"))
SEED = int(os.environ.get("ALONGSIDE_SEED", "1"))
IN_ONE = 500
FLOWS_IN_ONE = 4


def walk(seed: int) -> tuple[int, list[str]]:
    """Walk once; return the steps taken, and which exercises were gone through to their end."""
    flows = for_two(library_for_two())
    turned = flows[seed % len(flows) :] + flows[: seed % len(flows)]
    one = Walk(seed, tuple(islice(turned, FLOWS_IN_ONE)))
    one.go(IN_ONE)
    among = ",".join(f"'{flow}'" for flow in flows)
    done = f"SELECT DISTINCT flow FROM sessions WHERE status = 'done' AND turn > 1 AND flow IN ({among})"  # noqa: S608
    return one.steps, [str(row[0]) for row in one.world.rows(done)]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_whatever_two_and_a_stranger_do_nothing_happens_that_must_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flows = for_two(library_for_two())
    began = time.monotonic()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=2, mp_context=context) as pool:
        found = list(pool.map(walk, range(SEED, SEED + -(-STEPS // IN_ONE))))
    steps, ended = sum(taken for taken, _ in found), {flow for _, done in found for flow in done}
    with capsys.disabled():
        print(  # noqa: T201  the figures
            f"\nwalks: {steps} steps from seed {SEED}, {len(ended)} of {len(flows)} exercises to their end,"
            f" {time.monotonic() - began:.0f} s"
        )
    assert len(ended) > len(flows) * 0.8, f"the walks do not get far any more: {sorted(set(flows) - ended)}"
