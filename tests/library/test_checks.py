"""Each static check has one small content that breaks exactly it: code, file and line (rules 1, 6, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.flow.model import Choice, Pick
from bot.library.book import Book
from bot.library.load import load
from bot.library.source import ContentError, Source
from bot.library.wording import lengths
from tests.flow.stage import alone, asks
from tests.library.shelf import GATE_OF_TWO, ONE, STORY, TWO, found, marked, nodes, sound, write

if TYPE_CHECKING:
    from pathlib import Path

LONG = "word " * 31

ALONE = {
    "a way to nowhere": """
        a:
          say: Words.
          branches: [{when: runs, next: end}]
          next: nowhere  # here: unknown-node
    """,
    "a choice to nowhere": """
        a:
          say: Words.
          choices: {x: X, y: Y}
          next:  # here: unknown-node
            x: nowhere
    """,
    "a branch to nowhere": """
        a:  # here: unknown-node
          say: Words.
          branches: [{when: runs, next: nowhere}]
    """,
    "a timeout to nowhere": """
        a:  # here: unknown-node
          say: Words?
          choices: {x: X}
          timeout: {minutes: 5, next: nowhere}
    """,
    "pass outside a gate": """
        a:
          say: Words.
          next: pass  # here: unknown-node
    """,
    "a node that nothing leads to": """
        a: {say: Words.}
        b: {say: More words.}  # here: unreachable
    """,
    "a default that no answer takes": """
        a:
          say: Words?
          choices: {x: X, y: Y}
          next: {x: end, y: end, else: b}
        b: {say: More words.}  # here: unreachable
    """,
    "no way to an end": """
        a:  # here: no-end
          say: Words?
          choices: {x: X}
          next: {x: b}
        b:  # here: no-end
          say: Words?
          choices: {x: X}
          next: a
    """,
    "no way to an end that is only seen when each answer has its route": """
        a:  # here: no-end
          say: Words?
          scale: {low: 1, high: 2, low_words: no, high_words: yes}
          skip: false
          next: {"1": a, "2": a}
    """.replace("low_words: no, high_words: yes", "low_words: low, high_words: high"),
    "words in a circle": """
        a:  # here: loop
          say: Words.
          next: b
        b:  # here: loop
          say: Words.
          branches: [{when: runs, next: end}]
          next: a
    """,
    "a question without choices": """
        a:
          say: Words?
          choices: {}  # here: choice
    """,
    "more wanted than allowed": """
        a:
          say: Words?
          choices: {x: X, y: Y}
          many: {least: 3}  # here: choice
    """,
    "feedback on a kind of text that there is not": """
        a:
          say: "{{ feedback('letter', none).text }}"  # here: unknown-name
    """,
    "a condition on such feedback": """
        a:
          say: Words.
          branches:
            - {when: "feedback('thanx', none).labels", next: end}  # here: unknown-name
    """,
    "a scale upside down": """
        a:
          say: Words?
          scale: {low: 5, high: 5, low_words: low, high_words: high}  # here: choice
    """,
    "a route of no choice": """
        a:
          say: Words?
          choices: {x: X}
          next:
            y: end  # here: choice
    """,
    "a skip that is not offered": """
        a:
          say: Words?
          choices: {x: X}
          next:
            skip: end  # here: choice
    """,
    "a route of a saying": """
        a:
          say: Words.
          next:
            x: end  # here: choice
    """,
    "a reserved choice": """
        a:
          say: Words?
          choices:
            back: Back  # here: choice
    """,
    "too many letters": f"""
        a:
          say: {"x" * 2049}  # here: too-long
    """,
    "too many letters as Telegram counts them": f"""
        a:
          say: {"😀" * 1025}  # here: too-long
    """,
    "a label too long": f"""
        a:  # here: too-long
          say: Words?
          choices: {{x: {"x" * 65}}}
    """,
    "too many words": f"""
        a:
          say: {"word " * 61}  # here: voice
    """,
    "too many words in one reading": f"""
        a:
          say: "{{% if runs %}}a{{% elif begun %}}{LONG}{{% else %}}c{{% endif %}} {LONG}"  # here: voice
    """,
    "an exclamation mark": """
        a:
          say: Hey!  # here: voice
    """,
    "a partner in a flow for one": """
        a:  # here: who
          say: Words.
          who: partner
    """,
    "words from anyone": """
        a:  # here: who
          say: Words?
          who: anyone
          text: {}
    """,
    "nothing that can be kept": """
        a:
          say: Words?
          choices: {x: X}
          then: [{remember: shoe_size}]  # here: remember
    """,
    "an answer that was not asked": """
        a:
          say: Words.
          then: [{remember: stage}]  # here: remember
    """,
    "another flow that is not there": """
        a:
          say: Words.
          then: [{start: no.where}]  # here: unknown-flow
    """,
    "a gate's name on another's node": """
        a: {say: Words., next: gate_b}
        gate_b: {say: Words.}  # here: gate
    """,
    "a node that hides a name": """
        a: {say: Words., next: me}
        me: {say: Words.}  # here: name
    """,
    "a node called end": """
        a: {say: Words., next: end}
        end: {say: Words, choices: {x: X}}  # here: name
    """,
    "words that do not compile": """
        a:
          say: "{{ me.name"  # here: template
    """,
    "a condition that does not compile": """
        a:
          say: Words.
          branches:
            - {when: runs and, next: end}  # here: template
    """,
    "a condition that is a statement": """
        a:
          say: Words.
          branches:
            - {when: "runs }} {{ runs", next: end}  # here: template
    """,
    "a filter that does not exist": """
        a:
          say: "{{ me.name | shout }}"  # here: template
    """,
    "a filter that does not exist, in a branch": """
        a:
          say: "{% if runs %}{{ me.name | shout }}{% endif %}"  # here: template
    """,
    "a test that does not exist, in a branch": """
        a:
          say: "{% if runs %}{{ 1 if me.name is shouted }}{% endif %}"  # here: template
    """,
    "another file": """
        a:
          say: "{% include '/etc/passwd' %}"  # here: template
    """,
    "a macro from another file": """
        a:
          say: "{% if runs %}{% import 'x' as y %}{% endif %}"  # here: template
    """,
    "an unknown variable": """
        a:
          say: "{{ secret }}"  # here: unknown-name
    """,
    "a variable of a node that asks nothing": """
        a: {say: Words., next: b}
        b:
          say: "{{ a }}"  # here: unknown-name
    """,
    "an unknown variable in a condition": """
        a:
          say: Words.
          branches:
            - {when: secret == 1, next: end}  # here: unknown-name
    """,
    "an unknown variable in a label": """
        a:
          say: Words?
          choices:
            x: "{{ secret }}"  # here: unknown-name
    """,
    "an unknown variable in an end of a scale": """
        a:
          say: Words?
          scale: {low_words: "{{ secret }}", high_words: "{{ me.name }}"}  # here: unknown-name
    """,
    "an unknown variable in a source": """
        a:
          say: Words?
          source: cities(secret)  # here: unknown-name
    """,
    "an unknown variable in a value": """
        a:
          say: Words.
          then:
            - {remember: stage, value: "{{ secret }}"}  # here: unknown-name
    """,
    "what the other said, in a flow for one": """
        a:
          say: "{{ theirs }}"  # here: unknown-name
    """,
}

ALONE |= {
    "a turn to speak, alone": """
        a:  # here: clock
          say: Words?
          clock: {}
          choices: {did: Done}
    """,
    "a reply, alone": """
        a:  # here: reply
          say: Words?
          choices: {did: Done}
          reply: did
    """,
    "the names of two, alone": """
        a:
          say: "{{ other }} {{ mine.a }} {{ initiator }}"  # here: unknown-name, unknown-name, unknown-name
    """,
}

PAIR = {
    "rule 8: sealed for one": """
        a:  # here: sealed
          say: Words?
          who: partner
          where: private
          sealed: true
          choices: {x: X}
    """,
    "rule 8: sealed words before both": """
        a:  # here: sealed
          say: Words?
          sealed: true
          text: {}
    """,
    "rule 8: several choices sealed before both": """
        a:  # here: sealed
          say: Words?
          sealed: true
          many: {}
          choices: {x: X, y: Y}
    """,
    "rule 8: a ranking sealed before both": """
        a:  # here: sealed
          say: Words?
          sealed: true
          rank: true
          choices: {x: X, y: Y}
    """,
    "rule 8: sealed with a way back": """
        a:  # here: sealed
          say: Words?
          where: private
          sealed: true
          back: true
          choices: {x: X}
    """,
    "rule 8: shown without a question about it": """
        a: {say: "Words?", where: private, text: {}, next: b}
        b:  # here: reveal, reveal
          say: Words.
          reveal: [a]
    """,
    "shown, and not there": """
        a:  # here: unknown-node, reveal, reveal
          say: Words.
          reveal: [nowhere]
    """,
    "shared, and not there": """
        a:  # here: unknown-node
          say: Words?
          who: initiator
          choices: {keep: Keep it}
          shares: nowhere
    """,
    "one of several that are shared is not there": """
        a: {say: "Words?", where: private, text: {}, next: b}
        b:  # here: unknown-node
          say: Words?
          where: private
          choices: {keep: Keep it}
          shares: [a, nowhere]
    """,
    "rule 8: one answer shows the way for both": """
        a:
          say: Words?
          choices: {x: X, y: Y}
          next: {x: end, else: end}  # here: route
    """,
    "rule 8: a condition that names a single answer": """
        a:
          say: Words?
          who: initiator
          choices: {x: X}
          branches:
            - {when: a == 'x', next: end}  # here: unknown-name
    """,
    "rule 8: a condition about the one who pressed last": """
        a:
          say: Words?
          choices: {x: X}
          branches:
            - {when: me.stage == 'g1', next: end}  # here: unknown-name
            - {when: nudge.on, next: end}  # here: unknown-name
            - {when: begun > 1, next: end}  # here: unknown-name
            - {when: "everyone_chose('a', 'x')", next: end}
    """,
    "rule 8: a condition about what was opened": """
        a: {say: "Words?", where: private, text: {}, next: b}
        b: {say: "How much?", where: private, shares: a, choices: {words: All}, next: last}
        last:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep}
          timeout: {minutes: 1, next: c}
          next: c
        c:
          say: Words.
          reveal: [a]
          branches:
            - {when: theirs.a, next: end}  # here: unknown-name
            - {when: opened.a, next: end}  # here: unknown-name
            - {when: both.a, next: end}  # here: unknown-name
            - {when: said.a, next: end}  # here: unknown-name
    """,
    "rule 8: words that tell whether the other has answered": """
        a:
          say: "{{ 'both' if everyone_answered('a') }}"  # here: unknown-name
          where: private
          choices:
            x: "{{ 'too' if anyone_chose('a', 'x') }}"  # here: unknown-name
    """,
    "rule 8: the same before both": """
        a:
          say: "{{ 'both' if everyone_answered('a') }}"  # here: unknown-name
          choices:
            x: "{{ 'too' if anyone_chose('a', 'x') }}"  # here: unknown-name
    """,
    "rule 8: one's own answer before both": """
        a: {say: "Words?", where: private, text: {}, next: b}
        b:
          say: "{{ a }}, {{ mine.a }}"  # here: unknown-name, unknown-name
    """,
    "rule 8: what one reader was shown, before both": """
        a:
          say: "{{ theirs.a }}"  # here: unknown-name
          choices: {x: "{{ other }}"}  # here: unknown-name
    """,
    "rule 8: one of two, before both": """
        a:
          say: "{{ me.name }} {{ nudge.on }}"  # here: unknown-name, unknown-name
    """,
    "rule 8: feedback on somebody's words, before both": """
        a:
          say: "{{ feedback('refusal', 'no').text }} {{ worrying('no') }}"  # here: unknown-name, unknown-name
    """,
    "rule 8: the words of a list, before both": """
        a:
          say: Words?
          source: cities(me.place)  # here: unknown-name, unknown-name
    """,
    "a node that hides who the other is": """
        a: {say: Words., next: other}
        other: {say: Words.}  # here: name
    """,
    "a node that hides what was said": """
        a: {say: Words., next: said}
        said: {say: Words.}  # here: name
    """,
    "a deed that needs one person's plan": """
        a:
          say: Words.
          then: [{plan: "If it rains, then we stay"}]  # here: plan
    """,
    # Both agree, and nothing waits for ever
    # (what the head of the file says about that has tests of its own, below)
    # Nothing opens without a last look
    "rule 8: opened without a last look": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b: {say: "How much?", where: private, sealed: true, shares: a, choices: {words: All}, next: c}
        c:  # here: reveal
          say: Words.
          where: private
          reveal: [a]
    """,
    "rule 8: a last look that is not sealed": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b:
          say: "In a minute?"
          where: private
          shares: a
          choices: {keep: Keep}
          timeout: {minutes: 1, next: c}
          next: c
        c:  # here: reveal
          say: Words.
          where: private
          reveal: [a]
    """,
    "rule 8: a last look at which more could be opened": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep, words: All}
          timeout: {minutes: 1, next: c}
          next: c
        c:  # here: reveal
          say: Words.
          where: private
          reveal: [a]
    """,
    "rule 8: a last look at only a part": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b: {say: "And?", where: private, sealed: true, text: {}, next: c}
        c: {say: "How much?", where: private, sealed: true, shares: [a, b], choices: {words: All}, next: d}
        d:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep}
          timeout: {minutes: 1, next: e}
          next: e
        e:  # here: reveal
          say: Words.
          where: private
          reveal: [a, b]
    """,
    "rule 8: a last look that does not lead on by itself": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep}
          next: c
        c:  # here: reveal
          say: Words.
          where: private
          reveal: [a]
    """,
    "rule 8: a way round the last look": """
        a:
          say: "Words?"
          where: private
          sealed: true
          text: {}
          branches: [{when: "everyone_answered('a')", next: c}]
          next: b
        b:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep}
          timeout: {minutes: 1, next: c}
          next: c
        c:  # here: reveal
          say: Words.
          where: private
          reveal: [a]
    """,
    "rule 8: opened again by who presses again": """
        a: {say: "Words?", where: private, sealed: true, text: {}, next: b}
        b:
          say: "In a minute?"
          where: private
          sealed: true
          shares: a
          choices: {keep: Keep}
          timeout: {minutes: 1, next: c}
          next: c
        c:  # here: reveal
          say: Words?
          where: private
          reveal: [a]
          choices: {x: X}
          branches: [{when: "everyone_chose('c', 'x')", next: c}]
          next: end
    """,
    "shared before it was answered": """
        a:  # here: shares
          say: How much?
          where: private
          sealed: true
          shares: b
          choices: {words: All}
          next: b
        b: {say: "Words?", where: private, sealed: true, text: {}}
    """,
    "what is chosen, shared by itself": """
        a: {say: "How much?", where: private, sealed: true, shares: a, choices: {words: All}}  # here: shares
    """,
    "rule 8: left unseen, where each press is seen": """
        a:  # here: quiet
          say: Words?
          sealed: true
          quiet: true
          choices: {x: X}
    """,
    "rule 8: left unseen, where nothing is sealed": """
        a:  # here: quiet
          say: Words?
          where: private
          quiet: true
          choices: {x: X}
    """,
    # Turns to speak
    "a clock for both": """
        a:  # here: clock
          say: Words?
          clock: {}
          choices: {did: Done}
    """,
    "a clock in private": """
        a:  # here: clock
          say: Words?
          who: initiator
          where: private
          clock: {}
          choices: {did: Done}
    """,
    "a clock over words": """
        a:  # here: clock
          say: Words?
          who: partner
          clock: {}
          text: {}
    """,
    "a clock over nothing": """
        a:  # here: clock
          say: Words.
          who: partner
          clock: {}
    """,
    "a reply that counts as no choice": """
        a:  # here: reply
          say: Words?
          who: partner
          choices: {did: Done}
          reply: done_it
    """,
    "a reply in private": """
        a:  # here: reply
          say: Words?
          who: partner
          where: private
          choices: {did: Done}
          reply: did
    """,
    "a reply over words": """
        a:  # here: reply
          say: Words?
          who: partner
          text: {}
          reply: did
    """,
    "a way out of a turn that has no clock": """
        a:
          say: Words?
          who: partner
          choices: {did: Done}
          next:
            over: end  # here: choice
    """,
    "a button that says it is over": """
        a:
          say: Words?
          who: partner
          clock: {}
          choices:
            over: Over  # here: choice
    """,
    "one's history in a flow for two": """
        a:
          say: "{{ runs }} {{ past }} {{ begun }}"  # here: unknown-name, unknown-name, unknown-name
    """,
}


@pytest.mark.parametrize("story", ALONE)
def test_a_flow_for_one_with_one_fault(story: str, tmp_path: Path) -> None:
    files = {STORY: nodes(ALONE[story])}

    assert marked(files)
    assert found(write(tmp_path, files)) == marked(files)


@pytest.mark.parametrize("story", PAIR)
def test_a_flow_for_two_with_one_fault(story: str, tmp_path: Path) -> None:
    files = {STORY: nodes(PAIR[story], TWO)}

    assert marked(files)
    assert found(write(tmp_path, files)) == marked(files)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {
        f"flows/many/{kind}{number:02}.yaml": nodes(text, head).replace(
            "id: story.", f"id: s{number}-{kind}."
        )
        for kind, stories, head in (("one", ALONE, ONE), ("two", PAIR, TWO))
        for number, text in enumerate(stories.values())
    }

    assert len(marked(files)) > 65
    assert found(write(tmp_path, files)) == marked(files)
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert len(caught.value.issues) == len(marked(files))


def test_several_faults_of_one_node_are_all_told(tmp_path: Path) -> None:
    files = {
        STORY: nodes("""
        a:
          say: "{{ secret }} and {{ me.name | shouted }}!"  # here: template, voice
          choices:
            done: "{{ mystery }}"  # here: unknown-name, choice
          then: [{remember: shoe_size}, {start: no.where}]  # here: remember, unknown-flow
          next: nowhere  # here: unknown-node
        b: {say: Words.}  # here: unreachable
        """)
    }

    assert found(write(tmp_path, files)) == sorted([*marked(files), (STORY, 6, "no-end")])


def test_an_issue_reads_like_an_editors_link(tmp_path: Path) -> None:
    write(tmp_path, {STORY: nodes("a: {say: Words., next: nowhere}")})

    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert "flows/story.yaml:6: [unknown-node] story.one: a leads to nowhere" in str(caught.value.issues[0])


def test_what_is_right_has_no_issue(tmp_path: Path) -> None:
    files = {
        "flows/one.yaml": nodes("""
        a:
          say: "Dear {{ me.name }}, {{ min(runs, 3) }}{% for run in past %}, {{ run.a }}{% endfor %}?"
          choices: {x: "X {{ begun }}", y: Y}
          branches: [{when: "a == 'x' and runs > 2", next: b}, {when: not past, next: b}]
          next: {x: b, y: end}
          then: [{remember: stage}, {start: home.menu}]
          timeout: {minutes: 60, next: b}
        b:
          say: "You chose {{ a }}. How many?"
          scale: {low: 1, high: 2, low_words: low, high_words: high}
          next: {"1": c, "2": b, skip: c}
        c:
          say: "{% if a == 'x' %}Where{% else %}And where{% endif %} do you live?"
          source: cities(b)
          next: {elsewhere: a, else: d}
        d:
          branches: [{when: c is not none, next: end}]
        """),
        "flows/two.yaml": nodes(
            """
        a: {say: "A word for {{ other }}, {{ me.name }}?", where: private, sealed: true, text: {}, next: b}
        b: {say: "Which?", where: private, sealed: true, many: {}, choices: {x: X, y: Y}, next: c}
        c:
          say: "How much of “{{ a }}” may {{ other }} see?"
          where: private
          sealed: true
          choices: {keep: Nothing, home: About home, match: What we both picked, words: All}
          shares: [a, b]
          branches: [{when: "everyone_chose('c', 'keep') and not anyone_chose('c', 'home')", next: e}]
          next: last_look
        last_look:
          say: "In a minute: {{ mine.a }}, {{ mine.b }}."
          where: private
          sealed: true
          shares: [a, b]
          choices: {keep: Keep mine closed}
          timeout: {minutes: 1, next: d}
          next: d
        d: {say: "{{ theirs.a or 'kept' }}, {{ a }}, {{ theirs.b }}", where: private, reveal: [a, b], next: e}
        e:
          say: "{{ title }}: {% for one in opened.a %}{{ one.who }} {{ one.words }}{% endfor %}"
          who: anyone
          choices: {x: "{{ initiator }}", y: "{{ both.b | join(' ') }}"}
          next: {x: end, y: f}
        f:
          say: "It was {{ said.e }}."
          who: partner
          scale: {low_words: "{{ partner }}", high_words: x}
          next: g
        g: {say: "{{ minutes }} minutes: sealed?", sealed: true, choices: {x: X, y: Y}, next: h}
        h: {say: "How much?", sealed: true, scale: {low_words: low, high_words: high}, next: i}
        i:
          say: "{{ initiator }} speaks."
          who: initiator
          clock: {minutes: 2, messages: 4}
          choices: {did: Done, pass_on: Pass}
          next: {did: j, pass_on: end, over: j}
        j: {say: "Say it back.", who: partner, choices: {did: Said it}, reply: did, next: k}
        k:
          say: "When?"
          where: private
          who: initiator
          source: days_ahead()
          next: l
        l:
          where: private
          who: initiator
          then: [{do: calendar, value: "{{ k }} 19 90"}]
            """,
            TWO,
        ),
    }

    sound(write(tmp_path, files))


def test_a_choice_id_must_fit_a_button() -> None:
    """The shape allows twenty letters already; this check is the wall behind it."""
    flow = alone(asks("a", Pick((Choice("x" * 31, "X"), Choice("y" * 30, "Y")))))

    (issue,) = lengths(Book(Source("flows/a.yaml", {}, {("nodes", "a"): 7}), flow))
    assert (issue.file, issue.line, issue.code) == ("flows/a.yaml", 7, "too-long")
    assert "does not fit a button" in issue.message


STATELESS = ONE.replace("none needed}", "none needed, stores: false}")


@pytest.mark.parametrize(
    "question",
    [
        "text: {}",
        "scale: {low_words: low, high_words: high}",
        "rank: true, choices: {x: X}",
        "many: {}, choices: {x: X}",
    ],
)
def test_a_flow_that_stores_nothing_has_only_buttons(question: str, tmp_path: Path) -> None:
    files = {STORY: nodes(f"a: {{say: Words, skip: false, {question}}}  # here: stores", STATELESS)}

    assert found(write(tmp_path, files)) == marked(files)


def test_a_flow_that_stores_nothing_has_no_timer(tmp_path: Path) -> None:
    text = "a: {say: Words, choices: {x: X}, timeout: {minutes: 1, next: end}}  # here: stores"
    files = {STORY: nodes(text, STATELESS)}

    assert found(write(tmp_path, files)) == marked(files)


def test_a_menu_that_stores_nothing_needs_no_end(tmp_path: Path) -> None:
    sound(write(tmp_path, {STORY: nodes("a: {say: Words, choices: {x: X}, next: {x: a}}", STATELESS)}))


def test_a_start_that_is_not_there(tmp_path: Path) -> None:
    files = {
        STORY: nodes("a: {say: Words.}  # here: unreachable").replace(
            "start: a", "start: b  # here: unknown-node"
        )
    }

    assert found(write(tmp_path, files)) == marked(files)


def test_a_footer_button_that_is_also_a_choice(tmp_path: Path) -> None:
    head = ONE.replace("nodes:", "footer:\n  x: {label: X, next: end}\nnodes:")
    text = """
        a:
          say: Words?
          footer: true
          choices:
            x: X  # here: choice
            y: Y
    """
    files = {STORY: nodes(text, head)}

    assert found(write(tmp_path, files)) == marked(files)


@pytest.mark.parametrize("roles", ["[]", "[partner]"])
def test_roles_that_nobody_can_take(roles: str, tmp_path: Path) -> None:
    head = ONE.replace("start: a", f"roles: {roles}  # here: who\nstart: a")
    files = {STORY: nodes("a: {say: Words., who: anyone}", head)}

    assert found(write(tmp_path, files)) == marked(files)


@pytest.mark.parametrize("roles", ["[partner, initiator]", "[initiator, initiator]"])
def test_roles_that_two_cannot_take(roles: str, tmp_path: Path) -> None:
    head = TWO.replace("roles: [initiator, partner]", f"roles: {roles}  # here: who")
    files = {STORY: nodes("a: {say: Words., who: anyone}", head)}

    assert found(write(tmp_path, files)) == marked(files)


# What the head of a file for two says


@pytest.mark.parametrize("gate", ["none", "safety"])
def test_an_exercise_for_two_stands_behind_the_gate_of_two(gate: str, tmp_path: Path) -> None:
    about = f"gate: {gate}, evidence: none needed}}  # here: gate"
    head = TWO.replace("gate: together, evidence: none needed}", about)
    files = {
        STORY: nodes("a: {say: Words.}", head),
        "flows/gate.yaml": GATE_OF_TWO.replace("together", "safety"),
    }

    assert ("flows/story.yaml", 3, "gate") in found(write(tmp_path, files))
    assert {code for name, _, code in found(tmp_path) if name == STORY} == {"gate"}


def test_the_gate_of_two_stands_before_nobody_alone(tmp_path: Path) -> None:
    about = "gate: together, evidence: none needed}  # here: gate"
    head = ONE.replace("gate: none, evidence: none needed}", about)
    files = {STORY: nodes("a: {say: Words.}", head), "flows/gates/together.yaml": GATE_OF_TWO}

    assert found(write(tmp_path, files)) == marked(files)


def test_without_a_time_of_the_flow_each_question_for_two_needs_its_own(tmp_path: Path) -> None:
    head = TWO.replace("late: {hours: 24, next: end}\n", "")
    files = {
        STORY: nodes(
            """
            a: {say: "Words?", choices: {x: X}, next: b}  # here: late
            b: {say: "Words?", choices: {x: X}, timeout: {minutes: 5, next: c}, next: c}
            c: {say: "Words?", where: private, who: partner, text: {}, next: d}  # here: late
            d: {say: Words.}
            """,
            head,
        )
    }

    assert head != TWO
    assert found(write(tmp_path, files)) == marked(files)


def test_the_gate_of_two_has_its_time_too(tmp_path: Path) -> None:
    """Leaving there is to look like silence, so silence must lead on by itself."""
    gate = GATE_OF_TWO.replace("    timeout: {minutes: 1440, next: gate_not_today}\n", "")
    files = {STORY: nodes("a: {say: Words.}", TWO), "flows/gates/together.yaml": gate}

    assert gate != GATE_OF_TWO
    assert {(name, code) for name, _, code in found(write(tmp_path, files))} == {
        ("flows/gates/together.yaml", "late"),
        (STORY, "late"),
        (STORY, "quiet"),
    }


def test_a_time_that_leads_nowhere(tmp_path: Path) -> None:
    files = {
        STORY: nodes(
            """
            a:
              say: "Words?"
              choices: {x: X}
              next: end  # here: unknown-node
            """,
            TWO.replace("next: end}", "next: nowhere}"),
        )
    }

    assert found(write(tmp_path, files)) == marked(files)


MISSED = {
    "what is opened by no node": "{{ theirs.a }}",
    "what both see, of what is opened by no node": "{% for one in opened.a %}{{ one.who }}{% endfor %}",
    "what both picked, of what is opened by no node": "{{ both.a }}",
    "what was said at a question that was private": "{{ said.a }}",
    "one's own answer to a question that is not there": "{{ mine.nowhere }}",
}


@pytest.mark.parametrize("story", MISSED)
def test_rule_8_a_name_of_two_that_stands_for_nothing(story: str, tmp_path: Path) -> None:
    text = """
        a: {say: "Words?", where: private, text: {}, next: b}
        b: {say: "%s", where: private}  # here: unknown-name
    """
    files = {STORY: nodes(text % MISSED[story], TWO)}

    assert found(write(tmp_path, files)) == marked(files)


def test_one_id_in_two_files(tmp_path: Path) -> None:
    files = {
        "flows/a.yaml": nodes("a: {say: Words.}"),
        "flows/b.yaml": nodes("a: {say: Words.}").replace("id: story.one", "id: story.one  # here: double"),
    }

    assert found(write(tmp_path, files)) == marked(files)


def test_one_command_of_two_flows_and_one_without_a_hint(tmp_path: Path) -> None:
    about = "none needed}"
    files = {
        "flows/a.yaml": nodes("a: {say: Words.}").replace(about, "none needed, command: go, hint: Go}"),
        "flows/b.yaml": nodes("a: {say: Words.}")
        .replace("story.one", "story.two")
        .replace(about, "none needed, command: go}  # here: double, command"),
    }

    assert found(write(tmp_path, files)) == marked(files)


# Rule 6: ids are for ever


def test_rule_6_a_vanished_node_is_seen(tmp_path: Path) -> None:
    files = {
        STORY: nodes("a: {say: Words.}").replace("nodes:", "nodes:  # here: vanished"),
        "ids.lock": "story.one was\n",
    }

    assert found(write(tmp_path, files)) == marked(files)


def test_rule_6_a_vanished_flow_is_seen(tmp_path: Path) -> None:
    assert found(write(tmp_path, {"ids.lock": "# remarks\nno.more a\n"})) == [("ids.lock", 1, "vanished")]


def test_rule_6_a_renamed_node_is_accepted(tmp_path: Path) -> None:
    files = {
        STORY: nodes("a: {say: Words.}").replace("nodes:", "moved: {was: a}\nnodes:"),
        "ids.lock": "story.one was\nstory.one a\n",
    }

    sound(write(tmp_path, files))


def test_rule_6_a_node_cannot_be_renamed_to_nothing(tmp_path: Path) -> None:
    head = ONE.replace("nodes:", "moved:\n  was: gone  # here: unknown-node\nnodes:")
    files = {STORY: nodes("a: {say: Words.}", head)}

    assert found(write(tmp_path, files)) == marked(files)
