"""Two people in one flow: nothing moves before both have answered, nothing tells what is kept (rule 8)."""

from __future__ import annotations

import itertools

import pytest

from bot.flow.effects import Ack, CloseKeyboard, Effect, Redraw, Reveal, Say
from bot.flow.model import Branch, Flow, Node, PickMany, Rank, Role, Text, Timeout, Who
from bot.flow.session import Answer
from tests.flow.stage import ANN, BO, BOTH, Play, asked, asks, buttons, pair, pick, reaching, said, says

ABC = buttons("a", "b", "c")
SHARES = pick("keep", "theme", "words")

# Who, and where


@pytest.mark.parametrize(
    ("who", "to"), [("initiator", (ANN,)), ("partner", (BO,)), ("anyone", BOTH), ("everyone", BOTH)]
)
def test_a_node_speaks_to_those_it_is_for(who: Who, to: tuple[Role, ...]) -> None:
    play = Play(pair(says("hello", who=who, next="q"), asks("q", pick("a"), who=who, where="private")))

    assert play.effects == (
        Say(to, "here", "hello", 0, asks=False),
        Say(to, "private", "q", 1, asks=True),
    )
    assert play.session.waiting == to


def test_the_place_of_a_node_is_handed_on() -> None:
    play = Play(pair(says("a", where="pair", next="b"), says("b", where="private", next="c"), says("c")))

    assert [one.where for one in play.effects if isinstance(one, Say)] == ["pair", "private", "here"]


def test_the_other_cannot_answer_for_the_one_who_is_asked() -> None:
    play = Play(pair(asks("q", pick("a"), who="partner", next="w"), asks("w", Text(10), who="partner")))
    before = play.session

    assert play.presses(ANN, "a") == (Ack(ANN, "other_turn"),)
    assert play.says(ANN, "a") == ()
    assert play.session == before
    play.presses(BO, "a")
    before = play.session
    assert play.says(ANN, "mine") == ()
    assert play.session == before


def test_anyone_speaks_for_both() -> None:
    play = Play(pair(asks("q", pick("a"), who="anyone", next="bye"), says("bye")))

    assert said(play.presses(BO, "a")) == ["bye"]
    assert play.session.answer(ANN, "q") is None


def test_everyone_is_waited_for_in_either_order() -> None:
    for first, second in (BOTH, BOTH[::-1]):
        play = Play(pair(asks("q", pick("a"), who="everyone", next="bye"), says("bye")))

        assert play.presses(first, "a") == (Ack(first, ""),)
        assert (play.node, play.session.turn, play.session.waiting) == ("q", 1, (second,))
        assert said(play.presses(second, "a")) == ["bye"]


@pytest.mark.parametrize("order", list(itertools.permutations([(ANN, "now"), (BO, "later")])))
def test_rule_8_the_last_answer_does_not_decide_for_both(order: tuple[tuple[Role, str], ...]) -> None:
    ways = {"now": "begin", "later": "not_today"}
    play = Play(
        pair(
            asks("q", pick("now", "later"), who="everyone", routes=ways, next="talk"),
            *map(says, ("begin", "not_today", "talk")),
        )
    )
    for role, choice in order:
        play.presses(role, choice)

    assert said(play.effects) == ["talk"]


def test_what_both_chose_has_its_way() -> None:
    play = Play(pair(asks("q", pick("now", "later"), who="everyone", routes={"now": "begin"}), says("begin")))
    play.presses(ANN, "now")

    assert said(play.presses(BO, "now")) == ["begin"]


# Sealed


def sealed(ask: object = None, **more: object) -> Flow:
    options = {"who": "everyone", "where": "private", "sealed": True, "skip": True, "next": "open", **more}
    question = asks("q", ask or pick("now", "later"), **options)  # type: ignore[arg-type]
    branch = Branch("everyone_chose q now", "begin")
    return pair(
        question, Node("open", "", branches=(branch,), next="not_today"), says("begin"), says("not_today")
    )


def test_sealed_nothing_moves_until_all_have_answered() -> None:
    play = Play(sealed())

    assert play.presses(ANN, "now") == (Ack(ANN, "noted_sealed"),)
    assert (play.node, play.session.turn, play.session.waiting) == ("q", 1, (BO,))
    assert said(play.presses(BO, "now")) == ["begin"]


def test_sealed_an_answer_leaves_no_chosen_button_behind() -> None:
    play = Play(sealed())
    play.presses(ANN, "now")

    closed = [one for one in play.presses(BO, "later") if isinstance(one, CloseKeyboard)]
    assert closed == [CloseKeyboard(1, None)]


def test_sealed_the_outcome_is_the_same_whoever_declines() -> None:
    def outcome(ann: str, bo: str, order: tuple[Role, ...]) -> tuple[Effect, ...]:
        play = Play(sealed())
        for role in order:
            play.presses(role, ann if role == ANN else bo)
        return play.effects[2:]

    one = outcome("now", "later", BOTH)
    assert {
        outcome(*choices, order)
        for choices in (("now", "later"), ("later", "now"), ("later", "later"))
        for order in (BOTH, BOTH[::-1])
    } == {one}


def test_sealed_an_answer_can_be_changed_by_its_owner_until_the_opening() -> None:
    play = Play(sealed())
    play.presses(ANN, "now")
    play.presses(ANN, "later")
    assert (play.value(ANN, "q"), play.session.waiting) == ("later", (BO,))
    play.presses(ANN, "skip")
    play.presses(ANN, "now")
    assert said(play.presses(BO, "now")) == ["begin"]

    assert play.presses(ANN, "later", turn=1) == (Ack(ANN, "old"),)
    assert play.value(ANN, "q") == "now"


def test_sealed_words_can_be_written_anew_until_the_opening() -> None:
    play = Play(sealed(Text(10)))
    play.says(ANN, "first")
    play.says(ANN, "second")

    assert play.value(ANN, "q") == "second"
    assert play.session.waiting == (BO,)


def test_sealed_words_that_became_too_long_are_waited_for_again() -> None:
    play = Play(sealed(Text(10)))
    play.says(ANN, "short")
    play.says(ANN, "now far too long")
    assert play.session.waiting == BOTH

    assert said(play.says(BO, "mine")) == []
    assert said(play.says(ANN, "short")) == ["not_today"]


def test_sealed_a_double_tap_takes_no_ranking_back() -> None:
    play = Play(sealed(Rank(ABC)))
    for choice in "bca":
        play.presses(ANN, choice)
    before = play.session

    assert play.presses(ANN, "a") == (Ack(ANN, "done"),)
    assert play.session == before
    play.presses(ANN, "again")
    assert play.session.waiting == BOTH


def test_sealed_picks_are_changed_from_where_they_stand() -> None:
    play = Play(sealed(PickMany(ABC, 1, 3)))
    play.presses(ANN, "a")
    play.presses(ANN, "done")
    assert said(play.presses(ANN, "done")) == []
    assert play.session.answer(ANN, "q") == Answer(("a",))
    play.presses(ANN, "b")
    assert (play.value(ANN, "q"), play.session.waiting) == (("a", "b"), BOTH)

    play.presses(BO, "c")
    assert said(play.presses(BO, "done")) == []
    assert said(play.presses(ANN, "done")) == ["not_today"]
    assert play.session.answer(ANN, "q") == Answer(("a", "b"))


def test_sealed_nobody_goes_back_alone() -> None:
    both = {"who": "everyone", "back": True}
    play = Play(pair(asks("one", pick("a"), next="two", **both), asks("two", pick("a"), sealed=True, **both)))
    play.presses(ANN, "a")
    play.presses(BO, "a")

    assert play.presses(ANN, "back") == (Ack(ANN, "old"),)
    assert play.node == "two"


ANSWERS: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "pick": (pick("now", "later"), [("press", "now"), ("press", "later"), ("press", "skip")]),
    "words": (Text(10), [("say", "short"), ("say", "x" * 99), ("say", " ")]),
    "many": (PickMany(ABC, 1, 3), [("press", "a"), ("press", "done"), ("press", "b")]),
    "rank": (Rank(ABC), [("press", "a"), ("press", "b"), ("press", "c"), ("press", "again")]),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_rule_8_whatever_ann_does_bo_notices_nothing(kind: str) -> None:
    """Bo's view of all that happens at an open sealed question, with and without Ann's answers, is equal."""
    ask, tries = ANSWERS[kind]

    def act(play: Play, role: Role, deed: tuple[str, str]) -> tuple[Effect, ...]:
        verb, words = deed
        return play.presses(role, words) if verb == "press" else play.says(role, words)

    for ann_does in itertools.chain.from_iterable(
        itertools.permutations(tries, n) for n in range(len(tries) + 1)
    ):
        flow = sealed(ask)
        with_ann, without = Play(flow), Play(flow)
        for deed in ann_does:
            assert reaching(act(with_ann, ANN, deed), BO) == []
        for deed in (
            (verb, words)
            for verb, words in tries
            if words not in {"c", "done", "now", "later", "skip", "short"}
        ):
            assert act(with_ann, BO, deed) == act(without, BO, deed)
        assert with_ann.joins(BO) == without.joins(BO) != ()
        assert with_ann.presses(BO, "nonsense") == without.presses(BO, "nonsense")
        assert with_ann.presses(BO, "a", turn=0) == without.presses(BO, "a", turn=0)
        assert (with_ann.node, with_ann.session.turn) == (without.node, without.session.turn)


def test_rule_8_leaving_and_timing_out_say_the_same_whether_or_not_the_other_had_answered() -> None:
    with_ann, without = (Play(sealed(timeout=Timeout(60, "not_today"))) for _ in range(2))
    with_ann.presses(ANN, "now")
    assert with_ann.times_out() == without.times_out()

    with_ann, without = Play(sealed()), Play(sealed())
    with_ann.presses(ANN, "now")
    assert with_ann.leaves(BO) == without.leaves(BO)


# What is shown, how much of it, and when


def sharing(reveal_to: Who = "everyone") -> Flow:
    both = {"who": "everyone", "where": "private", "sealed": True}
    return pair(
        asks("small", Text(50), next="level", **both),
        asks("level", SHARES, shares=("small",), skip=True, next="theme", **both),
        asks("theme", pick("time", "home"), next="open", **both),
        says("open", who=reveal_to, reveal=("small",), next="again"),
        asks("again", pick("more", "once", "enough"), who="anyone", routes={"more": "small", "once": "open"}),
    )


def answer(play: Play, ann: str, bo: str) -> tuple[Effect, ...]:
    """Both write, choose how much to show, and name a theme; return what the opening did."""
    play.says(ANN, "Ann's words")
    play.says(BO, "Bo's words")
    for role, level in ((ANN, ann), (BO, bo)):
        play.presses(role, level)
    play.presses(BO, "home")
    return play.presses(ANN, "time")


def reveals(effects: tuple[Effect, ...]) -> list[Reveal]:
    return [one for one in effects if isinstance(one, Reveal)]


@pytest.mark.parametrize("kept", ["keep", "skip"])
def test_what_is_kept_is_never_revealed(kept: str) -> None:
    play = Play(sharing())

    assert reveals(answer(play, kept, kept)) == []
    assert play.session.revealed == ()


def test_each_answer_is_revealed_to_the_other_at_the_level_of_its_owner() -> None:
    play = Play(sharing())

    assert reveals(answer(play, "words", "theme")) == [
        Reveal(ANN, BO, "small", "words"),
        Reveal(BO, ANN, "small", "theme"),
    ]
    assert play.session.revealed == ((ANN, "small"), (BO, "small"))


def test_one_shares_and_the_other_keeps() -> None:
    play = Play(sharing())

    assert reveals(answer(play, "keep", "words")) == [Reveal(BO, ANN, "small", "words")]
    assert play.session.revealed == ((BO, "small"),)


def test_the_opening_comes_before_the_words_that_show_it() -> None:
    effects = answer(Play(sharing()), "words", "words")

    kinds = [type(one) for one in effects]
    assert kinds.index(Reveal) < kinds.index(Say)


def test_an_answer_is_revealed_exactly_once() -> None:
    play = Play(sharing())
    answer(play, "words", "words")

    assert reveals(play.presses(ANN, "once")) == []
    assert len(play.session.revealed) == 2


def test_before_the_opening_nothing_is_revealed() -> None:
    play = Play(sharing())
    play.says(ANN, "Ann's words")
    play.says(BO, "Bo's words")
    play.presses(ANN, "words")
    play.presses(BO, "words")

    assert play.session.revealed == ()
    share = play.session.answer(ANN, "small")
    assert share is not None
    assert share.share == "words"


def test_rule_8_a_new_answer_is_private_again_until_its_owner_shares_it() -> None:
    play = Play(sharing())
    answer(play, "words", "words")
    play.presses(ANN, "more")
    play.says(ANN, "a new secret")

    assert play.session.answer(ANN, "small") == Answer("a new secret", "keep")
    assert play.session.revealed == ((BO, "small"),)
    play.says(BO, "the same")
    play.presses(ANN, "keep")
    play.presses(BO, "words")
    play.presses(ANN, "time")
    assert reveals(play.presses(BO, "home")) == [Reveal(BO, ANN, "small", "words")]


def test_rule_8_words_too_long_to_take_do_not_stay_open_in_place_of_the_old() -> None:
    play = Play(sharing())
    answer(play, "words", "words")
    play.presses(ANN, "more")
    play.says(ANN, "a secret " * 20)

    assert (ANN, "small") not in play.session.revealed


def test_a_level_can_be_lowered_before_the_opening() -> None:
    play = Play(sharing())
    play.says(ANN, "Ann's words")
    play.says(BO, "Bo's words")
    play.presses(ANN, "words")
    play.presses(ANN, "keep")
    play.presses(BO, "keep")
    play.presses(ANN, "time")

    assert reveals(play.presses(BO, "home")) == []


def test_rule_8_a_skipped_question_about_sharing_closes_what_was_open() -> None:
    play = Play(sharing())
    play.says(ANN, "Ann's words")
    play.says(BO, "Bo's words")
    play.presses(ANN, "words")
    play.presses(ANN, "skip")

    assert play.session.answer(ANN, "small") == Answer("Ann's words", "keep")


def test_nothing_is_revealed_when_one_never_answered() -> None:
    both = {"who": "everyone", "where": "private"}
    late = Timeout(60, "open")
    play = Play(
        pair(
            asks("small", Text(50), timeout=late, next="level", **both),
            asks("level", SHARES, shares=("small",), **both),
            says("open", who="everyone", reveal=("small",)),
        )
    )
    play.says(ANN, "Ann's words")

    assert reveals(play.times_out()) == []


def test_what_only_one_was_asked_is_revealed_to_the_other() -> None:
    play = Play(
        pair(
            asks("thanks", Text(50), who="initiator", where="private", next="level"),
            asks("level", SHARES, who="initiator", where="private", shares=("thanks",), next="open"),
            says("open", who="partner", reveal=("thanks",)),
        )
    )
    play.says(ANN, "for the soup")

    assert reveals(play.presses(ANN, "words")) == [Reveal(ANN, BO, "thanks", "words")]


def test_a_half_done_choice_is_redrawn_for_its_owner_only() -> None:
    play = Play(sealed(PickMany(ABC, 1, 2)))

    assert play.presses(BO, "a") == (Ack(BO, ""), Redraw(BO, 1, "q"))


def test_questions_and_answers_of_two_keep_apart() -> None:
    play = Play(sealed(PickMany(ABC, 1, 2)))
    play.presses(ANN, "a")
    play.presses(BO, "b")

    assert play.value(ANN, "q") == ("a",)
    assert play.value(BO, "q") == ("b",)
    assert asked(play.joins(ANN)) == "q"
