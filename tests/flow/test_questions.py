"""Each kind of question: what is taken for an answer, what is not, and that no word is lost."""

from __future__ import annotations

import pytest

from bot.flow.effects import Ack, CloseKeyboard, Hint, Redraw
from bot.flow.model import MAX_DRAFT, PickMany, Rank, Scale, Text
from bot.flow.session import Answer
from tests.flow.stage import ANN, BO, Play, alone, asked, asks, buttons, pair, pick, said, says

ABC = buttons("a", "b", "c")

# Words


def note(limit: int = 10, *, skip: bool = False) -> Play:
    return Play(alone(asks("note", Text(limit), skip=skip, next="bye"), says("bye")))


@pytest.mark.parametrize("words", ["1234567890", "x", "  x  ", "😀" * 10, "a\nb"])
def test_words_up_to_the_limit_are_taken_as_they_are(words: str) -> None:
    play = note()

    assert said(play.says(ANN, words)) == ["bye"]
    assert play.session.answer(ANN, "note") == Answer(words)


def test_words_over_the_limit_are_kept_as_a_draft_and_asked_for_again() -> None:
    play = note()

    assert play.says(ANN, "12345678901") == (Hint(ANN, "too_long"),)
    assert play.session.answer(ANN, "note") == Answer("12345678901", final=False)
    assert (play.node, play.session.turn, play.session.waiting) == ("note", 1, (ANN,))
    play.says(ANN, "shorter")
    assert play.session.answer(ANN, "note") == Answer("shorter")


def test_the_rest_of_a_split_message_joins_the_draft_without_a_second_hint() -> None:
    play = note()
    play.says(ANN, "12345678901")

    assert play.says(ANN, "short", more=True) == ()
    assert play.session.answer(ANN, "note") == Answer("12345678901short", final=False)
    assert play.session.status == "active"


def test_more_without_a_draft_is_a_message_of_its_own() -> None:
    play = note()

    assert said(play.says(ANN, "short", more=True)) == ["bye"]
    assert play.value(ANN, "note") == "short"


def test_a_draft_does_not_grow_without_end() -> None:
    play = note()
    play.says(ANN, "x" * 4096)
    for _ in range(20):
        play.says(ANN, "x" * 4096, more=True)

    assert play.value(ANN, "note") == "x" * MAX_DRAFT


@pytest.mark.parametrize("words", ["", " ", "\n\t  ", "\u00a0", "\u3000"])
def test_only_spaces_are_no_answer(words: str) -> None:
    play = note()
    before = play.session

    assert play.says(ANN, words) == (Hint(ANN, "needs_text"),)
    assert play.session == before


def test_words_can_be_skipped_where_the_author_allows_it_and_nowhere_else() -> None:
    assert note().presses(ANN, "skip") == (Ack(ANN, "old"),)

    play = note(skip=True)
    play.says(ANN, "far too long for this")
    assert said(play.presses(ANN, "skip")) == ["bye"]
    assert play.session.answer(ANN, "note") == Answer(None)


def test_words_where_a_button_is_wanted_are_answered_kindly_and_kept_nowhere() -> None:
    for ask in (pick("a"), Scale(1, 7, "no", "yes"), PickMany(ABC, 1, 2), Rank(ABC)):
        play = Play(alone(asks("q", ask)))
        before = play.session

        assert play.says(ANN, "a") == (Hint(ANN, "needs_button"),)
        assert play.session == before


# Numbers


@pytest.mark.parametrize("number", range(2, 6))
def test_a_scale_takes_every_number_within_its_bounds(number: int) -> None:
    play = Play(alone(asks("how", Scale(2, 5, "no", "yes"))))

    assert CloseKeyboard(1, str(number)) in play.presses(ANN, str(number))
    assert play.value(ANN, "how") == number


@pytest.mark.parametrize("wrong", ["1", "6", "-2", "2.0", "", "two", "003", "٣", "²", "3 ", "9" * 5000])
def test_a_scale_takes_nothing_else(wrong: str) -> None:
    play = Play(alone(asks("how", Scale(2, 5, "no", "yes"))))
    before = play.session

    assert play.presses(ANN, wrong) == (Ack(ANN, "old"),)
    assert play.session == before


# Several choices


def many(least: int = 1, most: int = 2) -> Play:
    return Play(alone(asks("many", PickMany(ABC, least, most), next="bye"), says("bye")))


def test_many_toggles_and_takes_the_picks_at_done_in_the_order_of_the_list() -> None:
    play = many()

    assert play.presses(ANN, "c") == (Ack(ANN, ""), Redraw(ANN, 1, "many"))
    play.presses(ANN, "a")
    assert play.session.answer(ANN, "many") == Answer(("a", "c"), final=False)
    assert play.session.turn == 1
    assert said(play.presses(ANN, "done")) == ["bye"]
    assert play.session.answer(ANN, "many") == Answer(("a", "c"))


def test_a_second_press_takes_a_pick_back() -> None:
    play = many()
    play.presses(ANN, "a")
    play.presses(ANN, "a")

    assert play.session.answer(ANN, "many") == Answer((), final=False)


def test_too_few_and_too_many_picks_are_told_and_wait() -> None:
    play = many(least=1, most=2)
    assert play.presses(ANN, "done") == (Ack(ANN, "pick_more"),)
    for choice in "ab":
        play.presses(ANN, choice)
    before = play.session

    assert play.presses(ANN, "c") == (Ack(ANN, "pick_fewer"),)
    assert play.session == before
    play.presses(ANN, "b")
    play.presses(ANN, "c")
    assert said(play.presses(ANN, "done")) == ["bye"]
    assert play.session.answer(ANN, "many") == Answer(("a", "c"))


def test_more_picks_than_a_newer_flow_allows_are_told_at_the_end() -> None:
    play = many(least=1, most=3)
    for choice in "abc":
        play.presses(ANN, choice)
    play.flow = many(least=1, most=2).flow
    before = play.session

    assert play.presses(ANN, "done") == (Ack(ANN, "pick_fewer"),)
    assert play.session == before


def test_least_nothing_lets_nothing_be_picked() -> None:
    play = many(least=0)

    assert said(play.presses(ANN, "done")) == ["bye"]
    assert play.session.answer(ANN, "many") == Answer(())


def test_an_open_many_counts_for_no_condition() -> None:
    play = many()
    play.presses(ANN, "a")

    assert not play.session.anyone_chose("many", "a")
    assert not play.session.everyone_answered("many")
    play.presses(ANN, "done")
    assert play.session.anyone_chose("many", "a")
    assert play.session.everyone_chose("many", "a")


# Ranking


def test_a_rank_is_complete_when_every_choice_has_its_place() -> None:
    play = Play(alone(asks("rank", Rank(ABC), next="bye"), says("bye")))

    assert play.presses(ANN, "b") == (Ack(ANN, ""), Redraw(ANN, 1, "rank"))
    play.presses(ANN, "c")
    assert said(play.presses(ANN, "a")) == ["bye"]
    assert play.session.answer(ANN, "rank") == Answer(("b", "c", "a"))


def test_a_choice_is_placed_once_and_again_begins_anew() -> None:
    play = Play(alone(asks("rank", Rank(ABC))))
    play.presses(ANN, "b")
    before = play.session

    assert play.presses(ANN, "b") == (Ack(ANN, "done"),)
    assert play.presses(ANN, "nonsense") == (Ack(ANN, "done"),)
    assert play.session == before
    assert play.presses(ANN, "again") == (Ack(ANN, ""), Redraw(ANN, 1, "rank"))
    assert play.session.answer(ANN, "rank") == Answer((), final=False)


# The footer


def test_a_footer_button_answers_any_kind_of_question() -> None:
    for ask in (pick("a"), Scale(1, 7, "no", "yes"), PickMany(ABC, 2, 2), Rank(ABC), Text(10)):
        play = Play(alone(asks("q", ask, footer=buttons("menu"), routes={"menu": "bye"}), says("bye")))

        effects = play.presses(ANN, "menu")
        assert CloseKeyboard(1, "menu") in effects
        assert said(effects) == ["bye"]
        assert play.session.answer(ANN, "q") == Answer("menu")


# Back


def three() -> Play:
    return Play(
        alone(
            asks("one", pick("a", "b"), back=True, next="talk"),
            says("talk", next="two"),
            asks("two", Text(100), back=True, next="three"),
            asks("three", PickMany(ABC, 1, 3), back=True),
        )
    )


def test_back_asks_the_question_before_anew_under_a_new_turn() -> None:
    play = three()
    play.presses(ANN, "a")

    effects = play.presses(ANN, "back")
    assert effects[:2] == (Ack(ANN, ""), CloseKeyboard(2, None))
    assert asked(effects) == "one"
    assert (play.session.turn, play.session.waiting, play.session.trail) == (3, (ANN,), ())


def test_an_answer_given_again_takes_the_place_of_the_first() -> None:
    play = three()
    play.presses(ANN, "a")
    play.says(ANN, "first words")
    play.presses(ANN, "back")
    assert play.value(ANN, "two") == "first words"
    play.says(ANN, "second words")

    assert play.value(ANN, "two") == "second words"
    assert play.session.trail == ("one", "two")


def test_back_goes_the_whole_trail_and_stops_at_its_beginning() -> None:
    play = three()
    play.presses(ANN, "a")
    play.says(ANN, "words")
    play.presses(ANN, "back")
    play.presses(ANN, "back")
    before = play.session

    assert play.node == "one"
    assert play.presses(ANN, "back") == (Ack(ANN, "old"),)
    assert play.session == before


def test_picks_start_clean_when_the_question_comes_again() -> None:
    play = three()
    play.presses(ANN, "a")
    play.says(ANN, "words")
    play.presses(ANN, "b")
    play.presses(ANN, "back")
    play.says(ANN, "words")

    assert play.session.answer(ANN, "three") == Answer((), final=False)
    play.presses(ANN, "a")
    play.presses(ANN, "done")
    assert play.value(ANN, "three") == ("a",)


def test_there_is_no_way_back_where_the_author_gives_none() -> None:
    play = Play(alone(asks("one", pick("a"), next="two"), asks("two", pick("a"))))
    play.presses(ANN, "a")

    assert play.presses(ANN, "back") == (Ack(ANN, "old"),)
    assert play.node == "two"


def test_a_late_press_after_going_back_belongs_to_an_earlier_turn() -> None:
    play = three()
    play.presses(ANN, "a", turn=1)
    play.presses(ANN, "back", turn=2)

    assert play.presses(ANN, "b", turn=1) == (Ack(ANN, "old"),)
    assert play.value(ANN, "one") == "a"


def test_two_go_back_together_through_what_allowed_it() -> None:
    both = {"who": "everyone", "back": True}
    play = Play(pair(asks("one", pick("a"), next="two", **both), asks("two", pick("a"), **both)))
    play.presses(ANN, "a")
    play.presses(BO, "a")

    assert asked(play.presses(BO, "back")) == "one"
    assert play.session.waiting == (ANN, BO)
