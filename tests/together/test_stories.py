"""What the walks have found, each told as the shortest story that shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.together.oracle import BrokenError
from tests.together.twins import Course, Policy, begun, press, view
from tests.together.walker import Walk
from tests.together.world import BEGIN, Watched

ADAY = timedelta(hours=30)


def both_ready(world: Watched) -> None:
    press(world, "ann", "Yes, now")
    press(world, "bo", "Yes, now")


def texts(world: Watched, chat: str) -> list[str]:
    return [sight.text for sight in world.sights if sight.chat == chat and sight.kind == "message"]


def test_a_third_who_comes_while_they_are_asked_sees_nothing_of_the_exercise() -> None:
    world = begun("two.gated", group=True)
    world.come("cy")
    both_ready(world)
    assert "Say one limit out loud." not in texts(world, "pair")
    assert "Say one limit out loud." in texts(world, "ann")


def test_three_who_are_not_the_two_and_the_bot_are_not_alone() -> None:
    """Cy comes, then Bo goes: the number is right, the people are not."""
    world = begun("two.gated", group=True)
    both_ready(world)
    before = len(world.sights)
    world.come("cy")
    world.go("bo")
    assert [one.text[:7] for one in world.sights[before:] if one.chat == "pair" and one.text] == ["I wait "]
    before = len(world.sights)
    world.go("cy")
    world.come("bo")
    assert "Say one limit out loud." not in [one.text for one in world.sights[before:]]
    press(world, "bo", "I am here", "pair")
    assert "Say one limit out loud." in [one.text for one in world.sights[before:]]


def test_parting_at_the_gate_ends_it_and_leaves_no_rest() -> None:
    world = begun("two.gated", group=False)
    world.say("bo", "/unpair")
    press(world, "bo", "End it now")
    before = len(world.sights)
    world.join("ann", "cy", group=False)
    world.until(BEGIN + ADAY)
    assert [one.text for one in world.sights[before:]] == []
    couple = world.couple("ann")
    assert couple is not None
    assert couple.of(world.person_id("ann") or 0).rest is None


def test_what_was_for_two_is_not_taken_up_alone_when_the_other_was_erased() -> None:
    world = begun("two.devices", group=False)
    both_ready(world)
    world.say("bo", "/forget")
    press(world, "bo", "Erase everything")
    world.say("ann", "/resume")
    assert texts(world, "ann")[-1].startswith("Nothing is waiting")


def test_the_shelf_of_two_can_be_pressed_and_written_to_by_whoever_is_alone_by_now() -> None:
    for page in ("All", "A limit"):
        world = Watched()
        world.join(group=False)
        world.say("ann", "/together")
        if page != "All":
            press(world, "ann", "All")
        world.say("bo", "/unpair")
        press(world, "bo", "End it now")
        before = len(world.sights)
        world.say("ann", "just words")
        press(world, "ann", page)
        assert len(world.sights) > before


def test_a_bot_put_out_at_the_gate_leaves_both_alike() -> None:
    world = begun("two.gated", group=True)
    world.removed()
    both_ready(world)
    assert texts(world, "ann")[-1] == texts(world, "bo")[-1] == "Say one limit out loud."


def test_what_was_opened_as_far_as_both_picked_it_can_be_exported() -> None:
    world = begun("two.devices", group=False)
    both_ready(world)
    course = Course(world, {"ann": Policy("a", share="match"), "bo": Policy("b", share="match")})
    for _ in range(6):
        course.step()
    world.say("ann", "/export")
    press(world, "ann", "Send it")
    assert any("you opened what both picked" in one[-2] for one in view(world))


def test_what_is_written_under_a_question_shown_again_is_meant_for_it() -> None:
    world = begun("two.devices", group=False)
    both_ready(world)
    world.wait(timedelta(minutes=5))
    world.say("ann", "/journal")
    world.wait(timedelta(minutes=5))
    world.say("ann", "/together")
    press(world, "ann", "Go on with it")
    assert texts(world, "ann")[-1] == "Something small?"
    world.say("ann", "this is for the exercise")
    assert texts(world, "ann")[-1] == "Noted. You can still change it."


# That the oracle sees: each of these would be a fault, were it not for one line


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("bot.flow.session.Session.with_share", "a word of|nobody opened"),
        ("bot.runtime.groups._wait", "are there, and in"),
    ],
)
def test_the_walks_would_see_it(where: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.flow.session import Session  # noqa: PLC0415

    if where.endswith("with_share"):
        kept = Session.with_share
        monkeypatch.setattr(where, lambda self, role, node, _: kept(self, role, node, "words"))
    else:
        monkeypatch.setattr(where, lambda *_, **__: None)
    with pytest.raises(BrokenError, match=what):
        walk_on()


def walk_on() -> None:
    for seed in range(300, 345):
        Walk(seed).go(500)
