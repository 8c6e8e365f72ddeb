"""What Bo does not tell, Ann does not learn: worlds that differ only in it are the same to her."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest

from tests.play_script import library_in
from tests.together.twins import (
    Course,
    Deed,
    Policy,
    View,
    begun,
    first_difference,
    play,
    press,
    view,
    with_a_weekly_question,
)
from tests.together.world import Watched, for_two, library_for_two

EVERY = [*for_two(library_in("content")), "two.devices"]
SEALED_FIRST = [
    flow
    for flow in EVERY
    if (first := (flows := library_for_two().flows)[flow].nodes[flows[flow].behind_gate]).sealed
    and first.where == "private"
]
SEED = os.environ.get("ALONGSIDE_SEED", "1")
A_DAY_AND_A_HALF = timedelta(hours=36)


def chance(what: str) -> random.Random:
    """Return the chance for one story; `ALONGSIDE_SEED` gives another."""
    return random.Random(f"{SEED} {what}")  # noqa: S311  repeatable on purpose


def same(worlds: dict[str, View]) -> None:
    """All views must be the first one, to the last letter."""
    first, *others = worlds
    for name in others:
        difference = first_difference(worlds[first], worlds[name])
        assert not difference, f"{first} / {name}:{difference}"


# At the gate


def what_ann_does(dice: random.Random) -> tuple[float, list[Deed]]:
    """Return when Ann says yes (or never), and all that she does in a day and a half, by some chance."""
    yes = dice.choice([dice.uniform(60, 1400), dice.uniform(60, 300), 99_999.0])
    deeds = [Deed(yes, "ann", "(Yes, now)")] if yes < 1440 else []
    if dice.random() < 0.2:
        deeds.append(Deed(dice.uniform(1, 1400), "ann", "(Not now)"))
    if dice.random() < 0.2:
        deeds.append(Deed(dice.uniform(1, 1400), "ann", "/stop"))
    probes = (
        ["/together"], ["/menu"], ["/resume"], ["/export", "(Send it)"], ["/journal", "a line of mine"],
        ["just words"], ["/practice", "(Look around)"], ["/checkin", "5"], ["/plans"], ["/stop"],
        ["/settings"],
    )  # fmt: skip
    for _ in range(dice.randint(4, 9)):
        moment = dice.uniform(1, 2100)
        for number, what in enumerate(dice.choice(probes)):
            deeds.append(Deed(moment + number / 2, "ann", what))
    if dice.random() < 0.5:
        moment = dice.uniform(1445, 2100)
        again = ("/together", "(All)", "(A )", "(Ask us both)")
        deeds += [Deed(moment + number / 2, "ann", what) for number, what in enumerate(again)]
    return yes, deeds


def what_bo_does(dice: random.Random, ann_says_yes: float) -> dict[str, list[Deed]]:
    """Return the ways in which Bo says no, or nothing."""
    early, soon = sorted(dice.uniform(0.2, min(ann_says_yes, 1400) - 1) for _ in range(2))
    late, later = sorted(dice.uniform(0.2, 1439) for _ in range(2))
    return {
        "nothing": [],
        "not now": [Deed(late, "bo", "(Not now)")],
        "not now, then /stop": [Deed(late, "bo", "(Not now)"), Deed(later, "bo", "/stop")],
        "/stop": [Deed(late, "bo", "/stop")],
        "/exit": [Deed(late, "bo", "/exit")],
        "blocks the bot": [Deed(late, "bo", "[blocks]")],
        "not now, blocks, comes back": [
            Deed(late, "bo", "(Not now)"), Deed(later, "bo", "[blocks]"), Deed(2000, "bo", "[comes back]"),
        ],
        "yes, then not now": [Deed(early, "bo", "(Yes, now)"), Deed(soon, "bo", "(Not now)")],
        "yes, then /stop": [Deed(early, "bo", "(Yes, now)"), Deed(soon, "bo", "/stop")],
        "something of his own": [
            Deed(late, "bo", "/journal"), Deed(late + 0.3, "bo", "a line of his"),
            Deed(later, "bo", "/together"), Deed(later + 0.3, "bo", "words at the gate"),
            Deed(2050, "bo", "/menu"),
        ],
    }  # fmt: skip


@pytest.mark.parametrize("flow", EVERY)
def test_at_the_gate_every_no_of_bo_looks_like_silence_to_ann(flow: str) -> None:
    for number in range(6 if flow == "two.devices" else 1):
        dice = chance(f"{flow} {number}")
        yes, of_ann = what_ann_does(dice)
        group, asker = dice.random() < 0.5, dice.choice(["ann", "bo"])
        weekly = dice.randint(5, 2000)
        seen = {}
        for name, of_bo in what_bo_does(dice, yes).items():
            world = begun(flow, group=group, asker=asker)
            with_a_weekly_question(world, "ann", weekly)
            play(world, [*of_ann, *of_bo], A_DAY_AND_A_HALF)
            seen[name] = view(world)
        same(seen)
        assert any("Not today" in part for line in seen["nothing"] for part in line) or "/stop" in {
            deed.what for deed in of_ann
        }


# Parting


def after_parting(dice: random.Random) -> list[str]:
    """Return what Ann does afterwards: everything by which she might find out."""
    found = [
        "/together", "(All)", "/resume", "/menu", "/invite", "(Go on)", "just words", "/plans", "/practice",
        "/unpair", "(Yes, now)", "(Skip)", "(Pause)", "(My words)", "/stop", "(A )", "/journal",
        "a line of mine",
    ]  # fmt: skip
    dice.shuffle(found)
    return [*found, "/resume"]


@pytest.mark.parametrize("flow", EVERY)
def test_whether_bo_parts_or_erases_everything_is_the_same_to_ann(flow: str) -> None:
    dice = chance(f"parting {flow}")
    group = dice.random() < 0.5
    for steps in (0, 1, 2, dice.randint(3, 8)):
        probes = after_parting(dice)
        yes = dice.random() < 0.5
        shelf = dice.random() < 0.5
        worlds = {}
        for how, sure in {"/unpair": "End it now", "/forget": "Erase everything"}.items():
            world = begun(flow, group=group, asker=dice.choice(["ann"]))
            if shelf:
                world.say("ann", "/together")
                press(world, "ann", "All")
            if steps == 0 and yes:
                press(world, "ann", "Yes, now")
            if steps > 0:
                press(world, "ann", "Yes, now")
                press(world, "bo", "Yes, now")
            course = Course(world, {"ann": Policy("a"), "bo": Policy("b")})
            for _ in range(steps - 1):
                course.step()
            world.say("bo", how)
            press(world, "bo", sure)
            start = (world.clock.now() - world.sights[0].at) / timedelta(minutes=1)
            deeds = [Deed(start + 1 + 7 * number, "ann", what) for number, what in enumerate(probes)]
            in_group = ["(I am here)", "(We are alone)", "(Stop)", "/stop"]
            if group:
                deeds += [
                    Deed(start + 2 + 9 * number, "ann", what, "pair") for number, what in enumerate(in_group)
                ]
            play(world, deeds, timedelta(days=3))
            worlds[how] = view(world)
        same(worlds)


def test_an_export_does_not_tell_parting_from_erasing_where_nothing_was_opened() -> None:
    worlds = {}
    for how, sure in {"/unpair": "End it now", "/forget": "Erase everything"}.items():
        world = begun("two.devices", group=False)
        press(world, "ann", "Yes, now")
        press(world, "bo", "Yes, now")
        course = Course(world, {"ann": Policy("a"), "bo": Policy("b")})
        for _ in range(3):
            course.step()
        world.say("bo", how)
        press(world, "bo", sure)
        world.wait(timedelta(hours=1))
        world.say("ann", "/export")
        press(world, "ann", "Send it")
        worlds[how] = view(world)
    same(worlds)


# An invitation


def of_whom_is_asked() -> dict[str, list[Deed]]:
    """Return the ways in which nothing comes of a link."""
    link = "/start token00000000000000000"
    return {
        "never opens it": [],
        "not now": [Deed(60, "bo", link), Deed(61, "bo", "(Not now)")],
        "asks, then not now": [
            Deed(60, "bo", link), Deed(61, "bo", "(What would they see?)"), Deed(62, "bo", "(Not now)"),
        ],
        "not now, and again": [
            Deed(60, "bo", link), Deed(61, "bo", "(Not now)"),
            Deed(90, "bo", link), Deed(91, "bo", "(Not now)"),
        ],
        "yes, and no name": [
            Deed(60, "bo", link), Deed(61, "bo", "(Yes, with them)"), Deed(62, "bo", "(Go on)"),
        ],
        "yes, then /stop": [
            Deed(60, "bo", link), Deed(61, "bo", "(Yes, with them)"),
            Deed(62, "bo", "(Go on)"), Deed(63, "bo", "/stop"),
        ],
        "opens it too late": [
            Deed(1500, "bo", link), Deed(1501, "bo", "(Yes, with them)"), Deed(1502, "bo", "(Go on)"),
        ],
        "a stranger who says no": [Deed(60, "dan", link), Deed(61, "dan", "(No)")],
        "passed on, not now": [Deed(60, "cy", link), Deed(61, "cy", "(Not now)")],
    }  # fmt: skip


@pytest.mark.parametrize("number", range(4))
def test_whether_a_link_is_declined_ignored_or_late_is_the_same_to_its_maker(number: int) -> None:
    dice = chance(f"invitation {number}")
    makes = ["/invite", "(Go on)", "(Go on)", "Ann"]
    deeds = [Deed(index / 4, "ann", what) for index, what in enumerate(makes)]
    for _ in range(6):
        moment = dice.uniform(5, 2100)
        probe = dice.choice(
            [
                ["/invite", "(Leave it)"],
                ["/together"],
                ["/menu"],
                ["words"],
                ["/stop"],
                ["/export", "(Send it)"],
            ]
        )
        deeds += [Deed(moment + index / 2, "ann", what) for index, what in enumerate(probe)]
    worlds = {}
    for name, others in of_whom_is_asked().items():
        world = Watched()
        with_a_weekly_question(world, "ann", 700)
        play(world, [*deeds, *others], A_DAY_AND_A_HALF)
        worlds[name] = view(world)
    same(worlds)


# Within an exercise


@pytest.mark.parametrize("flow", EVERY)
def test_what_bo_keeps_changes_nothing_that_ann_sees(flow: str) -> None:
    """Kept, skipped, closed in the last look: the whole exercise is the same to her, whatever it was."""
    ways = {
        "kept": Policy("one", share="keep"),
        "other answers, kept": Policy("two", share="keep"),
        "skipped": Policy("three", share="keep", skips=True),
        "closed at last": Policy("two", share="words", closes=True),
        "a theme, closed at last": Policy("four", closes=True),
    }
    nodes = library_for_two().flows[flow].nodes.values()
    if all(one.skip for one in nodes if any(one.id in other.reveal for other in nodes)):
        ways["skipped, and opened"] = Policy("three", share="words", skips=True)
    for group, order in ((True, ("ann", "bo")), (False, ("bo", "ann"))):
        same({name: view(through(flow, policy, group=group, order=order)) for name, policy in ways.items()})


def through(
    flow: str, policy: Policy, *, group: bool, order: tuple[str, ...], until_open: bool = False
) -> Watched:
    """Go through an exercise; Ann always answers alike, and opens all that is hers."""
    world = begun(flow, group=group, asker=order[0])
    press(world, "ann", "Yes, now")
    press(world, "bo", "Yes, now")
    course = Course(world, {"ann": Policy("ann", share="words"), "bo": policy}, order)
    for _ in range(80):
        run = course.run()
        if until_open and run is not None and leads_to_opening(course):
            break
        if not course.step():
            break
    return world


def leads_to_opening(course: Course) -> bool:
    """Say whether the next thing that happens is an opening."""
    run = course.run()
    assert run is not None
    node = course.node(run)
    flow = course.world.desk.library.flows[run.session.flow]
    return node.timeout is not None and bool(
        flow.nodes[node.timeout.next].reveal if node.timeout.next != "end" else ()
    )


@pytest.mark.parametrize("flow", EVERY)
def test_until_the_opening_nothing_shows_what_bo_has_answered(flow: str) -> None:
    ways = {
        "one": Policy("one", share="words"),
        "two": Policy("two", share="keep"),
        "three": Policy("three"),
        "skips": Policy("four", skips=True, share="match"),
    }
    for group, order in ((True, ("ann", "bo")), (False, ("bo", "ann"))):
        worlds = {
            name: view(through(flow, policy, group=group, order=order, until_open=True))
            for name, policy in ways.items()
        }
        same(worlds)


@pytest.mark.parametrize("flow", SEALED_FIRST)
def test_before_ann_has_answered_nothing_shows_whether_bo_has(flow: str) -> None:
    """She does this and that for a day, and leaves what is sealed alone."""
    dice = chance(f"waiting {flow}")
    _, deeds = what_ann_does(dice)
    deeds = [deed for deed in deeds if deed.what not in {"(Yes, now)", "(Not now)", "just words", "5"}]
    moment, later = sorted(dice.uniform(3, 1300) for _ in range(2))
    group, weekly = dice.random() < 0.5, dice.randint(5, 1300)
    seen = {}
    for name in ("silent", "answers", "answers, and anew", "words", "far too many words"):
        world = begun(flow, group=group)
        with_a_weekly_question(world, "ann", weekly)
        press(world, "ann", "Yes, now")
        press(world, "bo", "Yes, now")
        course = Course(world, {"ann": Policy("ann"), "bo": Policy(name)})
        run = course.run()
        before = [deed for deed in deeds if deed.minute < moment]
        play(world, before, timedelta(minutes=moment))
        answers = {"words": "a word", "far too many words": "words " * 900}
        run = course.run()
        if name in answers:
            world.say("bo", answers[name])
        elif name != "silent" and run is not None and run.session.status == "active":
            course.answer("bo", run, course.node(run))
        between = [deed for deed in deeds if moment <= deed.minute < later]
        play(world, between, timedelta(minutes=later))
        run = course.run()
        if name == "answers, and anew" and run is not None:
            course.answer("bo", run, course.node(run))
        play(world, [deed for deed in deeds if deed.minute >= later], A_DAY_AND_A_HALF)
        seen[name] = view(world)
    same(seen)


def test_there_are_exercises_to_prove_it_with() -> None:
    assert len(EVERY) > 15
    assert set(EVERY) <= set(for_two(library_for_two()))
