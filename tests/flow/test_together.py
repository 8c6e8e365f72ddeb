"""What two do together: turns to speak, pauses, answers in sight of both, and opening by degrees (rule 8)."""

from __future__ import annotations

import pytest

from bot.flow.effects import Ack, CloseKeyboard, Note, Remember, Reveal, Say, SetTimer
from bot.flow.model import (
    HELD_SECONDS,
    OVER,
    PAUSE,
    PAUSE_SECONDS,
    STOP,
    Action,
    Ask,
    Clock,
    Flow,
    PickMany,
    Rank,
    Role,
    Scale,
    Text,
    Timeout,
)
from bot.flow.session import Answer, Session, to_data
from tests.flow.stage import (
    ANN,
    BO,
    BOTH,
    Play,
    alone,
    asked,
    asks,
    buttons,
    pair,
    pick,
    reaching,
    said,
    says,
)

DAY = 24 * 3600
ABC = buttons("a", "b", "c")

# A turn to speak


def turn(messages: int = 3) -> Play:
    late = Timeout(DAY, "bye")
    ways = {OVER: "echo", "did": "talk", "pass_on": "bye"}
    clock = Clock(180, messages)
    speaking = asks(
        "turn", pick("did", "pass_on"), who="initiator", where="pair", clock=clock, routes=ways, timeout=late
    )
    echo = asks("echo", pick("did", "not_yet"), who="partner", where="pair", reply="did", next="bye")
    return Play(pair(speaking, echo, says("talk", next="bye"), says("bye")))


def test_words_in_a_turn_are_counted_and_the_last_one_ends_it() -> None:
    play = turn()

    assert play.says(ANN, "a secret") == ()
    assert play.says(ANN, "another secret") == ()
    assert (play.node, play.session.turn, play.session.waiting) == ("turn", 1, (ANN,))
    assert asked(play.says(ANN, "and a third")) == "echo"


def test_not_one_word_of_a_turn_is_kept() -> None:
    play = turn()
    for words in ("a secret", "another secret", "a third secret"):
        play.says(ANN, words)
        assert "secret" not in str(to_data(play.session))

    assert play.session.answer(ANN, "turn") == Answer(OVER)


def test_a_turn_that_is_still_counted_is_no_answer_for_any_condition() -> None:
    play = turn()
    play.says(ANN, "one")

    assert not play.session.final(ANN, "turn")
    assert not play.session.anyone_chose("turn", OVER)


@pytest.mark.parametrize(("choice", "goes_to"), [("did", "talk"), ("pass_on", "bye")])
def test_a_turn_ends_by_its_buttons_at_any_time(choice: str, goes_to: str) -> None:
    play = turn()
    play.says(ANN, "one")

    assert said(play.presses(ANN, choice))[0] == goes_to
    assert play.value(ANN, "turn") == choice


def test_nobody_presses_that_it_is_over() -> None:
    play = turn()

    assert play.presses(ANN, OVER) == (Ack(ANN, "old"),)
    assert play.node == "turn"


def test_who_listens_uses_up_nothing_of_the_turn() -> None:
    play = turn(messages=2)
    before = play.session
    for _ in range(5):
        assert play.says(BO, "mm") == ()

    assert play.session == before
    play.says(ANN, "one")
    assert asked(play.says(ANN, "two")) == "echo"


def test_a_turn_that_comes_again_is_counted_anew() -> None:
    late = Timeout(DAY, "bye")
    play = Play(
        pair(
            asks(
                "turn",
                pick("did"),
                who="initiator",
                where="pair",
                clock=Clock(180, 2),
                timeout=late,
                next="q",
            ),
            asks("q", pick("again"), who="initiator", where="pair", next="turn"),
            says("bye"),
        )
    )
    for _ in range(3):
        assert play.says(ANN, "one") == ()
        assert asked(play.says(ANN, "two")) == "q"
        play.presses(ANN, "again")
    play.says(ANN, "one")
    play.presses(ANN, "did")
    play.presses(ANN, "again")

    assert play.says(ANN, "one") == ()


def test_nobody_has_to_end_a_turn() -> None:
    play = turn()
    assert SetTimer(1, DAY) in play.effects
    play.says(ANN, "one")

    assert said(play.times_out()) == ["bye"]


# Said aloud, or written: a reply


@pytest.mark.parametrize("words", ["you were tired of it", "x" * 5000, " "])
def test_whatever_is_written_in_reply_counts_as_the_choice_and_is_not_kept(words: str) -> None:
    play = turn()
    for _ in range(3):
        play.says(ANN, "words")

    assert said(play.says(BO, words)) == ["bye"]
    assert play.session.answer(BO, "echo") == Answer("did")


def test_a_reply_of_the_other_counts_for_nothing() -> None:
    play = turn()
    for _ in range(3):
        play.says(ANN, "words")
    before = play.session

    assert play.says(ANN, "I had not finished") == ()
    assert play.session == before


def test_a_reply_changes_nothing_for_the_other_choices() -> None:
    play = turn()
    for _ in range(3):
        play.says(ANN, "words")
    play.presses(BO, "not_yet")

    assert play.value(BO, "echo") == "not_yet"


# Breaking off for a while


def standing(where: str = "pair", **more: object) -> Play:
    options = {"who": "everyone", "where": where, "timeout": Timeout(DAY, "late"), "next": "bye", **more}
    question = asks("q", pick("did", "enough"), **options)
    return Play(pair(question, says("bye"), says("late")))


@pytest.mark.parametrize("role", BOTH)
@pytest.mark.parametrize("who", ["initiator", "partner", "anyone", "everyone"])
def test_either_of_them_pauses_by_the_button_whoever_is_asked(role: Role, who: str) -> None:
    play = standing(who=who)

    assert play.presses(role, PAUSE) == (CloseKeyboard(1, None), Note("paused"), SetTimer(2, PAUSE_SECONDS))
    assert play.session.paused == "time"


def test_a_pause_says_nothing_of_who_broke_off_nor_of_who_had_answered() -> None:
    def effects(answered: tuple[Role, ...], by: Role | None) -> object:
        play = standing(sealed=True)
        for role in answered:
            play.presses(role, "did")
        return play.presses(by, PAUSE) if by else play.pauses()

    assert len({effects(answered, by) for answered in ((), (ANN,), (BO,)) for by in (None, *BOTH)}) == 1


def test_in_a_pause_nothing_is_taken_and_nothing_is_lost() -> None:
    play = standing()
    play.presses(ANN, "did")
    play.pauses()
    before = play.session

    for role in BOTH:
        for choice in ("did", "enough", PAUSE):
            assert play.presses(role, choice) == (Ack(role, "is_paused"),)
        assert play.says(role, "words") == ()
        assert play.joins(role) == ()
    assert play.pauses() == ()
    assert play.resumes() == ()
    for turn in (0, 1, 99):
        assert play.times_out(turn) == (), "the question's own timer does not end it"
    assert play.session == before
    assert play.session.value(ANN, "q") == "did"


def test_a_pause_ends_by_itself_and_asks_anew_whom_it_waited_for() -> None:
    play = standing()
    play.presses(ANN, "did")
    play.pauses()

    assert play.times_out() == (SetTimer(3, DAY), Note("back"), Say((BO,), "pair", "q", 3, asks=True))
    assert (play.session.paused, play.session.turn, play.session.waiting) == ("", 3, (BO,))
    assert play.presses(BO, "did", turn=1) == (Ack(BO, "old"),)
    assert said(play.presses(BO, "did")) == ["bye"]


def test_the_question_has_all_its_time_again_after_a_pause() -> None:
    play = standing()
    play.pauses()
    play.times_out()

    assert said(play.times_out()) == ["late"]


def test_a_turn_goes_on_with_its_count_after_a_pause() -> None:
    play = turn()
    play.says(ANN, "one")
    play.says(ANN, "two")
    play.presses(BO, PAUSE)
    assert play.says(ANN, "not counted") == ()
    assert asked(play.times_out()) == "turn"

    assert asked(play.says(ANN, "three")) == "echo"


def test_a_sealed_answer_stays_and_the_time_goes_on_alone_where_nobody_is_waited_for() -> None:
    """Both have kept theirs closed: the minute of the last look begins anew, and nobody is asked again."""
    look = Timeout(60, "open")
    play = Play(
        pair(
            asks(
                "look", pick("keep"), who="everyone", where="private", sealed=True, timeout=look, next="open"
            ),
            says("open"),
        )
    )
    for role in BOTH:
        play.presses(role, "keep")
    play.pauses()

    assert play.times_out() == (SetTimer(3, 60), Note("back"), Say((), "private", "look", 3, asks=True))
    assert said(play.times_out()) == ["open"]


def test_leaving_in_a_pause_works_by_command_and_by_a_button_that_still_stands() -> None:
    for choice in (None, STOP):
        play = standing()
        play.pauses()

        effects = play.presses(BO, choice, turn=1) if choice else play.leaves(BO)
        assert effects == (CloseKeyboard(2, None),)
        assert play.session.status == "left"


def test_while_others_are_there_the_bot_waits_until_the_two_are_alone() -> None:
    play = standing()

    assert play.pauses(alone=False) == (CloseKeyboard(1, None), Note("waits"), SetTimer(2, HELD_SECONDS))
    assert play.session.paused == "others"
    for _ in range(3):
        assert play.pauses(alone=False) == ()
        assert play.pauses() == ()
        assert play.times_out(turn=1) == ()
        assert play.presses(ANN, "did") == (Ack(ANN, "is_paused"),)
    assert play.session.paused == "others"
    assert play.resumes() == (SetTimer(3, DAY), Say(BOTH, "pair", "q", 3, asks=True))
    assert not play.session.paused


def test_who_stays_for_a_day_ends_what_they_hold_up() -> None:
    play = standing()
    play.pauses(alone=False)

    assert play.times_out() == (Note("ended"),)
    assert (play.session.status, play.session.waiting) == ("expired", ())
    assert play.resumes() == ()


def test_somebody_who_comes_in_a_pause_is_waited_for_and_its_end_does_not_go_on_before_them() -> None:
    play = standing()
    play.pauses()

    assert play.pauses(alone=False) == (Note("waits"),)
    assert play.paused == "both"
    assert play.times_out() == (SetTimer(2, HELD_SECONDS),)
    assert play.paused == "others"
    assert asked(play.resumes()) == "q"


def test_somebody_who_comes_and_goes_does_not_make_a_pause_shorter() -> None:
    play = standing()
    play.pauses()
    play.pauses(alone=False)

    effects = play.resumes()
    assert asked(effects) is None
    assert play.session.paused == "time"


def test_going_on_without_a_pause_changes_nothing() -> None:
    play = standing()
    before = play.session

    assert play.resumes() == ()
    assert play.session == before


def test_nobody_alone_and_nobody_at_a_gate_is_paused() -> None:
    gate = {"who": "everyone", "where": "private", "sealed": True, "timeout": Timeout(DAY, "end")}
    for play in (
        Play(alone(asks("q", pick("a")))),
        Play(pair(asks("gate", pick("now"), quiet=True, **gate))),
    ):
        before = play.session
        for effects in (play.pauses(), play.pauses(alone=False), play.presses(ANN, PAUSE)):
            assert effects == ()
        assert play.session == before


def test_a_pause_button_of_an_earlier_question_is_old() -> None:
    play = Play(
        pair(
            asks("one", pick("a"), who="anyone", where="pair", next="two"),
            asks("two", pick("a"), who="anyone", where="pair"),
        )
    )
    play.presses(ANN, "a")

    assert play.presses(BO, PAUSE, turn=1) == (Ack(BO, "old"),)
    assert not play.session.paused


# Sealed, in sight of both


@pytest.mark.parametrize(("ask", "choice"), [(pick("a", "b"), "a"), (Scale(1, 5, "no", "yes"), "3")])
def test_rule_8_a_sealed_press_before_both_is_noted_over_the_chat_and_nowhere_in_it(
    ask: Ask, choice: str
) -> None:
    both = {"who": "everyone", "where": "pair", "sealed": True}
    play = Play(pair(asks("q", ask, next="bye", **both), says("bye")))

    effects = play.presses(ANN, choice)
    assert effects == (Ack(ANN, "noted"),)
    assert reaching(effects, BO) == []
    assert play.presses(ANN, choice) == (Ack(ANN, "noted"),)
    assert play.presses(BO, choice)[:2] == (Ack(BO, "noted"), CloseKeyboard(1, None))


def test_sealed_in_private_it_is_noted_in_ones_own_chat() -> None:
    play = Play(pair(asks("q", pick("a"), who="everyone", where="private", sealed=True)))

    assert play.presses(ANN, "a") == (Ack(ANN, "noted_sealed"),)


def test_open_before_both_who_is_first_is_told_so_over_the_chat_and_the_other_is_not() -> None:
    play = standing()

    effects = play.presses(ANN, "did")
    assert effects == (Ack(ANN, "noted"),)
    assert reaching(effects, BO) == []
    assert play.presses(BO, "did")[0] == Ack(BO, "")


# Opening by degrees


def opening(*levels: str, what: Ask | None = None, more: tuple[str, ...] = ()) -> Flow:
    both = {"who": "everyone", "where": "private", "sealed": True}
    nodes = [asks("small", what or Text(50), next="many" if more else "level", skip=True, **both)]
    nodes += [asks(one, PickMany(ABC, 1, 3), next="level", **both) for one in more]
    shared = ("small", *more)
    look = Timeout(60, "open")
    return pair(
        *nodes,
        asks("level", pick(*levels), shares=shared, skip=True, next="last", **both),
        asks("last", pick("keep"), shares=shared, timeout=look, next="open", **both),
        says("open", who="everyone", where="private", reveal=shared),
    )


LEVELS = ("keep", "words", "match", "home", "people")


def opened(flow: Flow, ann: str, bo: str) -> Play:
    """Let both write and choose a level; they stand at the last look."""
    play = Play(flow)
    for role in BOTH:
        play.says(role, "words")
    for role, level in ((ANN, ann), (BO, bo)):
        play.presses(role, level)
    assert play.node == "last"
    return play


def shares(session: Session, node: str = "small") -> tuple[str, str]:
    mine, his = (session.answer(role, node) for role in BOTH)
    assert mine is not None
    assert his is not None
    return mine.share, his.share


def reveals(play: Play) -> list[Reveal]:
    return [one for one in play.effects if isinstance(one, Reveal)]


@pytest.mark.parametrize(
    ("choice", "level"),
    [("keep", "keep"), ("words", "words"), ("match", "match"), ("home", "theme"), ("people", "theme"),
     ("skip", "keep")],
)  # fmt: skip
def test_a_choice_that_is_no_level_opens_no_more_than_a_theme(choice: str, level: str) -> None:
    play = opened(opening(*LEVELS), choice, "keep")
    assert shares(play.session) == (level, "keep")
    play.times_out()

    assert reveals(play) == ([] if level == "keep" else [Reveal(ANN, BO, "small", level)])  # type: ignore[arg-type]


def test_a_theme_can_be_taken_for_another_and_back_until_both_have_chosen() -> None:
    play = Play(opening(*LEVELS))
    for role in BOTH:
        play.says(role, "words")
    for choice, level in (("home", "theme"), ("words", "words"), ("people", "theme"), ("keep", "keep")):
        play.presses(ANN, choice)
        answer = play.session.answer(ANN, "small")
        assert answer == Answer("words", level)  # type: ignore[arg-type]


def test_nothing_opens_before_the_last_look_is_over() -> None:
    play = opened(opening(*LEVELS), "words", "home")

    assert play.session.revealed == ()
    assert reveals(play) == []
    play.times_out()
    assert reveals(play) == [Reveal(ANN, BO, "small", "words"), Reveal(BO, ANN, "small", "theme")]


@pytest.mark.parametrize("ann", ["keep", "words", "match", "home"])
def test_rule_8_a_last_look_closes_what_was_open_and_looks_the_same_to_the_other(ann: str) -> None:
    closes, waits = (opened(opening(*LEVELS), ann, "words") for _ in range(2))

    assert reaching(closes.presses(ANN, "keep"), BO) == []
    assert shares(closes.session) == ("keep", "words")
    assert closes.joins(BO) == waits.joins(BO)
    closes.times_out()
    assert reveals(closes) == [Reveal(BO, ANN, "small", "words")]


def test_rule_8_both_close_theirs_and_it_still_takes_its_minute() -> None:
    """Else each would know from the hour that the other has closed theirs."""
    play = opened(opening(*LEVELS), "words", "words")
    for role in BOTH:
        assert said(play.presses(role, "keep")) == []
    assert play.session.waiting == ()

    assert said(play.times_out()) == ["open"]
    assert reveals(play) == []


def test_what_was_closed_at_the_last_look_stays_closed() -> None:
    play = opened(opening(*LEVELS), "words", "words")
    play.presses(ANN, "keep")

    for choice in ("words", "home", "match"):
        assert play.presses(ANN, choice) == (Ack(ANN, "old"),)
    assert shares(play.session) == ("keep", "words")


def test_one_question_shares_several_answers_at_one_level() -> None:
    play = Play(opening(*LEVELS, more=("many",)))
    for role in BOTH:
        play.says(role, "words")
    for role in BOTH:
        play.presses(role, "a")
        play.presses(role, "done")
    play.presses(ANN, "words")
    play.presses(BO, "match")
    for node in ("small", "many"):
        assert shares(play.session, node) == ("words", "match")
    play.times_out()

    assert set(reveals(play)) == {
        Reveal(of, to, node, level)  # type: ignore[arg-type]
        for node in ("small", "many")
        for of, to, level in ((ANN, BO, "words"), (BO, ANN, "match"))
    }


def test_a_last_look_closes_several_answers_at_once() -> None:
    play = Play(opening(*LEVELS, more=("many",)))
    for role in BOTH:
        play.says(role, "words")
    for role in BOTH:
        play.presses(role, "a")
        play.presses(role, "done")
    for role in BOTH:
        play.presses(role, "words")
    play.presses(BO, "keep")
    play.times_out()

    assert {(one.of, one.node) for one in reveals(play)} == {(ANN, "small"), (ANN, "many")}


def test_of_what_was_skipped_nothing_is_open_not_even_a_theme() -> None:
    play = Play(opening(*LEVELS))
    play.presses(ANN, "skip")
    play.says(BO, "words")
    for role in BOTH:
        play.presses(role, "words")
    play.times_out()

    assert play.session.answer(ANN, "small") == Answer(None, "keep")
    assert {one.of for one in reveals(play)} == {BO}


@pytest.mark.parametrize("ask", [PickMany(ABC, 1, 2), Rank(ABC)])
def test_several_choices_can_be_opened_where_they_match(ask: Ask) -> None:
    play = Play(opening("keep", "match", what=ask))
    for role in BOTH:
        for choice in ("a", "b", "c") if isinstance(ask, Rank) else ("a", "done"):
            play.presses(role, choice)
    for role in BOTH:
        play.presses(role, "match")
    play.times_out()

    assert [one.level for one in reveals(play)] == ["match", "match"]


# Asked of each, kept for each


def test_what_is_remembered_at_a_turn_is_remembered_for_who_had_it() -> None:
    then = (Action("remember", "pause_word", "red"),)
    play = Play(pair(asks("q", pick("a"), who="partner", where="pair", clock=Clock(60, 2), then=then)))
    play.says(BO, "one")

    assert Remember(BO, "pause_word", "q", "red") in play.says(BO, "two")
