"""A flow as a chart: every node and every way that can be taken, in words that Mermaid can read."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.flow.model import Branch, Flow, Node, Scale, Text, Timeout
from bot.library.graph import mermaid
from tests.flow.stage import alone, asks, buttons, pick, says

_QUOTED = r'"[^"\n]*"'
_ID = r"[A-Za-z][A-Za-z0-9_]*"
LINES = (
    re.compile(r"flowchart TD"),
    re.compile(rf"  {_ID}(\({_QUOTED}\)|\[{_QUOTED}\])"),
    re.compile(rf"  {_ID} -->(\|{_QUOTED}\|)? {_ID}"),
    re.compile(rf"  Start\(\( \)\) --> {_ID}"),
    re.compile(r"  End\(\(\(end\)\)\)"),
)
RESERVED = {
    "end",
    "graph",
    "subgraph",
    "style",
    "class",
    "click",
    "default",
    "direction",
    "flowchart",
    "call",
    "href",
}


def plausible(chart: str) -> None:
    """Hold each line to one of the few forms that we write, and each arrow to nodes that are drawn."""
    drawn, pointed = {"End", "Start"}, set()
    for line in chart.splitlines():
        assert any(form.fullmatch(line) for form in LINES), line
        if "-->" in line:
            ends = re.findall(rf"^  ({_ID}).*?({_ID})$", line)[0]
            pointed |= set(ends)
            assert not set(ends) & RESERVED
        elif (name := re.match(rf"  ({_ID})", line)) is not None:
            drawn.add(name[1])
    assert pointed <= drawn


def story() -> Flow:
    return alone(
        says("hello", next="how"),
        asks("how", pick("well", "badly", "so"), routes={"well": "note"}, next="why",
             timeout=Timeout(7200, "late"), branches=(Branch("runs < 3 and begun > 1", "note"),)),
        asks("why", Scale(1, 2, "no", "yes"), routes={"1": "how", "2": "note"}, next="end"),
        asks("note", Text(100), skip=True, footer=buttons("menu"),
             routes={"skip": "end", "menu": "hello"}, next="late"),
        says("late"),
    )  # fmt: skip


def test_every_node_and_every_way_is_in_the_chart() -> None:
    chart = mermaid(story()).splitlines()

    plausible("\n".join(chart))
    for line in (
        "  Start(( )) --> hello",
        '  hello["Words of hello."]',
        "  hello --> how",
        '  how("Question how?")',
        '  how -->|"runs #lt; 3 and begun #gt; 1"| note',
        '  how -->|"well"| note',
        '  how -->|"after 120 min"| late',
        "  how --> why",
        '  why -->|"1"| how',
        '  why -->|"2"| note',
        '  note -->|"skip"| End',
        '  note -->|"menu"| hello',
        "  note --> late",
        "  late --> End",
        "  End(((end)))",
    ):
        assert chart.count(line) == 1, line
    assert len(chart) == 19


def test_a_way_that_no_answer_takes_is_not_drawn() -> None:
    chart = mermaid(
        alone(asks("how", pick("a", "b"), routes={"a": "how", "b": "bye"}, next="how"), says("bye"))
    )

    assert "  how --> how" not in chart.splitlines()
    plausible(chart)


def test_words_of_mermaid_itself_are_no_ids() -> None:
    names = sorted(RESERVED - {"end"})
    chart = mermaid(
        alone(*(says(name, next=then) for name, then in zip(names, [*names[1:], "end"], strict=True)))
    )

    plausible(chart)
    assert '  Style["Words of style."]' in chart.splitlines()


@given(words=st.text(), condition=st.text(), label=st.sampled_from(["yes", "0-0", "a+b", "x_y.z"]))
def test_any_words_leave_the_chart_readable(words: str, condition: str, label: str) -> None:
    node = asks("a", pick(label), branches=(Branch(condition, "b"),), routes={label: "b"})
    chart = mermaid(alone(node, says("b")))
    spoken = mermaid(alone(Node("a", words)))

    plausible(chart)
    plausible(spoken)
