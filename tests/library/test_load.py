"""The whole shelf: what must be there, the shape of a file, the bot's own sentences, the gate, the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.flow.engine import resume, start
from bot.flow.inbound import Chose, TimedOut
from bot.flow.model import Clock, Pick, PickMany, Rank, Scale, Text, Timeout
from bot.library.gates import splice
from bot.library.load import Library, examine, load, page_key, write_lock
from bot.library.messages import KEYS
from bot.library.schema import json_schema
from bot.library.source import ContentError
from tests.flow.stage import ANN, BO, judge
from tests.library.shelf import BARE, ONE, STORY, TWO, found, marked, nodes, sound, write

if TYPE_CHECKING:
    from pathlib import Path

    from bot.flow.model import Flow, Role

# What must be there


def test_the_bare_shelf_is_sound(tmp_path: Path) -> None:
    library = sound(write(tmp_path))

    assert sorted(library.flows) == ["home.menu", "nudge.weekly", "welcome.consent"]
    assert set(library.messages) == set(KEYS)
    assert library.places.first == ("Europe/Kyiv", "Europe/Berlin")


def test_without_a_folder_there_is_one_clear_issue(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load(tmp_path / "nowhere")

    assert [one.code for one in caught.value.issues] == ["missing"]


def test_an_empty_folder_lacks_everything_at_once(tmp_path: Path) -> None:
    assert found(tmp_path) == [
        ("flows", 1, "missing"),
        ("flows", 1, "missing"),
        ("flows", 1, "missing"),
        ("helplines.yaml", 1, "missing"),
        ("messages.yaml", 1, "missing"),
        ("privacy.yaml", 1, "missing"),
        ("templates/export.html.j2", 1, "missing"),
        ("zones.yaml", 1, "missing"),
    ]


@pytest.mark.parametrize("name", [name for name in BARE if name.startswith(("flows", "nudges"))])
def test_the_bot_needs_each_of_its_own_flows(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()

    assert found(tmp_path) == [("flows", 1, "missing")]


def test_flows_are_found_by_command_and_by_page(tmp_path: Path) -> None:
    about = "none needed}"
    files = {
        STORY: nodes("a: {say: W, choices: {x: X}}").replace(
            about, "none needed, command: go, hint: Go on, stores: false}"
        )
    }
    library = sound(write(tmp_path, files))

    flow = library.by_command("go")
    assert flow is not None
    assert flow.id == "story.one"
    assert library.by_command("stop") is None
    assert library.commands() == [("go", "Go on")]
    assert library.pages == {page_key("story.one", "a"): ("story.one", "a")}
    assert len(page_key("story.one", "a")) == 8
    assert page_key("story.one", "a") != page_key("story.on", "ea")


# The shape of a file

SHAPES = {
    "an unknown word": "a: {say: Words., sya: more}  # here: shape",
    "two questions": "a: {say: W, text: {}, choices: {x: X}}  # here: shape",
    "many without choices": "a: {say: W, many: {}}  # here: shape",
    "rank without choices": "a: {say: W, rank: true}  # here: shape",
    "a question without words": "a: {choices: {x: X}}  # here: shape",
    "a node without anything": "a: {next: end}  # here: shape",
    "only spaces": 'a: {say: "  "}  # here: shape',
    "a deed too much": "a: {say: W, then: [{remember: stage, start: home.menu}]}  # here: shape",
    "a deed too few": "a: {say: W, then: [{value: x}]}  # here: shape",
    "a number for words": "a: {say: 5}  # here: shape",
    "nothing for words": "a: {say: }  # here: shape",
    "a word for yes": "a: {say: W, sealed: maybe}  # here: shape",
    "an empty label": 'a: {say: W, choices: {x: ""}}  # here: shape',
    "a choice in capitals": "a: {say: W, choices: {X: X}}  # here: shape",
    "a choice of 21 letters": f"a: {{say: W, choices: {{{'x' * 21}: X}}}}  # here: shape",
    "a node in capitals": "A: {say: W}  # here: shape",
    "a node of 21 letters": f"{'x' * 21}: {{say: W}}  # here: shape",
    "a scale over ten": "a: {say: W, scale: {high: 11, low_words: l, high_words: h}}  # here: shape",
    "a scale without ends": "a: {say: W, scale: {low_words: l}}  # here: shape",
    "a text over the limit": "a: {say: W, text: {limit: 3501}}  # here: shape",
    "an unknown reader": "a: {say: W, who: nobody}  # here: shape",
    "an unknown place": "a: {say: W, where: public}  # here: shape",
    "a timeout of no time": "a: {say: W, text: {}, timeout: {minutes: 0, next: end}}  # here: shape",
}


@pytest.mark.parametrize("story", SHAPES)
def test_a_file_has_a_shape(story: str, tmp_path: Path) -> None:
    files = {STORY: nodes(SHAPES[story])}

    assert found(write(tmp_path, files)) == marked(files)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("spec: 1", "spec: 2"),
        ("id: story.one", "id: story"),
        ("id: story.one", f"id: story.{'x' * 23}"),
        ("minutes: 1", "minutes: 21"),
        ("minutes: 1", "minutes: '1'"),
        ("gate: none", "gate: maybe"),
        ("title: A story", "tags: [X9], title: A story"),
        ("title: A story", "command: Go, hint: Go, title: A story"),
        (", evidence: none needed", ""),
    ],
)
def test_the_head_of_a_file_has_a_shape(right: str, wrong: str, tmp_path: Path) -> None:
    text = nodes("a: {say: W}")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if right in one)

    assert found(write(tmp_path, {STORY: text.replace(right, wrong)})) == [(STORY, line, "shape")]


def test_several_faults_of_shape_are_told_at_once(tmp_path: Path) -> None:
    files = {
        STORY: nodes("""
        a:
          sya: W  # here: shape
          where: public  # here: shape
          say: 5  # here: shape
        B: {say: W}  # here: shape
        """)
    }

    assert found(write(tmp_path, files)) == marked(files)


def test_each_kind_of_question_is_built(tmp_path: Path) -> None:
    text = nodes("""
        a: {say: " W ", choices: {x: X, y: Y}, next: b, timeout: {minutes: 2, next: b}}
        b: {say: W, choices: {x: X, y: Y}, many: {}, next: c}
        c: {say: W, choices: {x: X, y: Y}, rank: true, next: d}
        d: {say: W, scale: {low_words: l, high_words: h}, next: e}
        e: {say: W, text: {}, next: f}
        f: {say: W, source: cities(a), footer: true, next: {else: g}}
        g: {say: W}
    """).replace("nodes:", "footer:\n  menu: {label: M, next: g}\nnodes:")
    flow = sound(write(tmp_path, {STORY: text})).flows["story.one"]

    assert [type(node.ask) for node in flow.nodes.values()] == [
        Pick,
        PickMany,
        Rank,
        Scale,
        Text,
        Pick,
        type(None),
    ]
    assert flow.nodes["a"].say == "W"
    assert flow.nodes["a"].timeout == Timeout(120, "b")
    assert flow.nodes["f"].routes == {"menu": "g"}
    assert [node.skip for node in flow.nodes.values()] == [False, False, False, True, True, False, False]
    assert [node.back for node in flow.nodes.values()] == [True] * 6 + [False]
    many = flow.nodes["b"].ask
    assert isinstance(many, PickMany)
    assert (many.least, many.most) == (1, 2)


def test_editors_get_a_schema() -> None:
    schema = json_schema()

    assert schema["additionalProperties"] is False
    assert {"spec", "id", "about", "start", "nodes"} <= set(schema["required"])


# The bot's own sentences

SENTENCES = [
    ("noted", "5", "message"),
    ("noted", "", "message"),
    ("noted", '"  "', "message"),
    ("noted", "yes", "message"),
    ("noted", "[a, b]", "message"),
    ("noted", '"{{ me.name }}"', "unknown-name"),
    ("noted", '"{{ me.name"', "template"),
    ("noted", "Noted!", "voice"),
    ("ended", "word " * 61, "voice"),
    ("old", "x" * 201, "too-long"),
]


@pytest.mark.parametrize(("key", "words", "code"), SENTENCES)
def test_a_sentence_with_a_fault(key: str, words: str, code: str, tmp_path: Path) -> None:
    text = "".join(f"{one}: {words if one == key else 'A sentence.'}\n" for one in KEYS)

    assert {(file, one) for file, _, one in found(write(tmp_path, {"messages.yaml": text}))} == {
        ("messages.yaml", code)
    }


def test_a_sentence_too_few_and_one_too_many(tmp_path: Path) -> None:
    text = BARE["messages.yaml"].replace("noted:", "nooted:")

    assert found(write(tmp_path, {"messages.yaml": text})) == [
        ("messages.yaml", 1, "message"),
        ("messages.yaml", 1, "message"),
    ]


def test_a_sentence_may_use_its_own_names(tmp_path: Path) -> None:
    text = BARE["messages.yaml"].replace("too_long: A sentence.", 'too_long: "{{ length }} of {{ limit }}"')

    sound(write(tmp_path, {"messages.yaml": text}))


# Time zones


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("first:\n- Europe/Kyiv\n- Europe/Atlantis", 3),
        ("first:\n- 5", 2),
        ("first: Europe/Kyiv", 1),
        ("first: 5", 1),
        ("first:", 1),
        ("second: []", 1),
    ],
)
def test_a_list_of_zones_with_a_fault(text: str, line: int, tmp_path: Path) -> None:
    assert found(write(tmp_path, {"zones.yaml": text})) == [("zones.yaml", line, "zone")]


# The gate

GATE = (
    ONE.replace("story.one", "gate.safety").replace("start: a", "start: gate_ok")
    + """\
  gate_ok:
    say: "Is it safe?"
    choices: {safe: "Yes", not_now: "No"}
    branches: [{when: "everyone_chose('gate_ok', 'safe')", next: pass}]
    next: gate_no
  gate_no: {say: "Not today."}
"""
)


TOGETHER = (
    GATE.replace("gate.safety", "gate.together")
    .replace("start: gate_ok", "roles: [initiator, partner]\nstart: gate_ok")
    .replace('    say: "Is it safe?"\n', '    say: "Is it safe?"\n    where: private\n    sealed: true\n')
    .replace("    next: gate_no\n", "    next: gate_no\n    timeout: {minutes: 1440, next: gate_no}\n")
    .replace('{say: "Not today."}', '{say: "Not today.", where: private}')
)
GATES = {"flows/gate.yaml": GATE, "flows/gates/together.yaml": TOGETHER}


def behind_the_gate(tmp_path: Path, head: str, more: str = "") -> Library:
    text = nodes("a: {say: Words, choices: {x: X}}" + more, head).replace("gate: none", "gate: safety")
    return sound(write(tmp_path, {**GATES, STORY: text}))


def walk(flow: Flow, *presses: tuple[Role, str], late: bool = False) -> str:
    """Return where a flow stands after these presses, or once its time has run out as well."""
    session = start(flow, _judge).session
    for role, choice in presses:
        session = resume(flow, session, Chose(role, session.turn, choice), _judge).session
    return resume(flow, session, TimedOut(session.turn), _judge).session.node if late else session.node


def _judge(condition: str, session: object) -> bool:
    words = condition.replace("('", " ").replace("', '", " ").removesuffix("')")
    return judge(words, session)  # type: ignore[arg-type]


def test_the_gate_stands_before_an_exercise_for_one(tmp_path: Path) -> None:
    flow = behind_the_gate(tmp_path, ONE).flows["story.one"]

    assert flow.start == "gate_ok"
    assert set(flow.nodes) == {"gate_ok", "gate_no", "a"}
    assert flow.nodes["gate_ok"].who == "initiator"
    assert not flow.nodes["gate_ok"].sealed
    assert walk(flow, (ANN, "safe")) == "a"
    assert walk(flow, (ANN, "not_now")) == "gate_no"


def test_rule_8_the_gate_asks_two_alone_and_no_one_passes_for_both(tmp_path: Path) -> None:
    flow = behind_the_gate(tmp_path, TWO).flows["story.two"]

    gate = flow.nodes["gate_ok"]
    assert (gate.who, gate.where, gate.sealed, gate.back) == ("everyone", "private", True, False)
    for ann, bo in (("safe", "not_now"), ("not_now", "safe"), ("not_now", "not_now")):
        for presses in (((ANN, ann), (BO, bo)), ((BO, bo), (ANN, ann))):
            assert walk(flow, *presses) == "gate_ok", "a no looks like no answer"
            assert walk(flow, *presses, late=True) == "gate_no"
    assert walk(flow, (ANN, "safe"), (BO, "safe")) == "a"
    assert walk(flow, (ANN, "safe")) == "gate_ok"
    assert walk(flow, (ANN, "safe"), late=True) == "gate_no"


def test_rule_8_only_before_two_leaving_at_the_gate_is_unseen(tmp_path: Path) -> None:
    two = behind_the_gate(tmp_path, TWO).flows["story.two"]
    one = behind_the_gate(tmp_path / "one", ONE).flows["story.one"]

    assert [node.id for node in two.nodes.values() if node.quiet] == ["gate_ok", "gate_no"]
    assert not any(node.quiet for node in one.nodes.values())


def test_rule_8_a_gate_that_goes_by_one_answer_cannot_stand_before_two(tmp_path: Path) -> None:
    branches = (
        """    branches: [{when: "everyone_chose('gate_ok', 'safe')", next: pass}]\n    next: gate_no"""
    )
    ways = "    next: {safe: pass, not_now: gate_no}"
    assert branches in TOGETHER
    files = {"flows/gates/together.yaml": TOGETHER.replace(branches, ways)}
    text = nodes("a: {say: Words, choices: {x: X}}", TWO)

    assert {code for _, _, code in found(write(tmp_path, {**files, STORY: text}))} == {"route"}
    files = {"flows/gate.yaml": GATE.replace(branches, ways)}
    text = nodes("a: {say: Words, choices: {x: X}}").replace("gate: none", "gate: safety")
    sound(write(tmp_path / "one", {**files, STORY: text}))


def test_a_gate_is_joined_to_a_copy_and_stays_itself(tmp_path: Path) -> None:
    library = behind_the_gate(tmp_path, ONE)

    assert set(library.flows["gate.safety"].nodes) == {"gate_ok", "gate_no"}
    again = splice(library.flows["home.menu"], library.flows["gate.safety"])
    assert again.nodes["gate_ok"].branches[0].next == "menu"
    assert again.id == "home.menu"


def test_a_gate_lends_its_row_of_buttons_to_who_has_none(tmp_path: Path) -> None:
    gate = GATE.replace("nodes:", "footer:\n  stop: {label: Stop, next: gate_no}\nnodes:")
    text = nodes("a: {say: Words, choices: {x: X}, footer: true}").replace("gate: none", "gate: safety")
    flow = sound(write(tmp_path, {"flows/gate.yaml": gate, STORY: text})).flows["story.one"]

    assert [one.id for one in flow.nodes["a"].footer] == ["stop"]
    assert walk(flow, (ANN, "safe"), (ANN, "stop")) == "gate_no"


def test_a_gate_that_is_missing(tmp_path: Path) -> None:
    text = nodes("a: {say: Words.}").replace("evidence: none needed}", "evidence: none needed}  # here: gate")
    files = {STORY: text.replace("gate: none", "gate: safety")}

    assert found(write(tmp_path, files)) == marked(files)


def test_a_question_for_two_has_its_time_from_its_flow_or_its_own(tmp_path: Path) -> None:
    text = """
        a: {say: Words, choices: {x: X}, next: b}
        b: {say: Words, choices: {x: X}, timeout: {minutes: 5, next: c}, next: c}
        c: {say: Words.}
    """
    flow = sound(write(tmp_path, {STORY: nodes(text, TWO)})).flows["story.two"]

    times = {node.id: node.timeout for node in flow.nodes.values() if not node.id.startswith("gate_")}
    assert times == {"a": Timeout(24 * 3600, "end"), "b": Timeout(300, "c"), "c": None}


def test_what_is_for_two_is_for_everyone_and_before_both_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = """
        a: {say: Words, choices: {x: X}, next: b}
        b: {say: Words, where: private, who: partner, choices: {x: X}}
    """
    flow = sound(write(tmp_path, {STORY: nodes(text, TWO)})).flows["story.two"]

    assert (flow.nodes["a"].who, flow.nodes["a"].where) == ("everyone", "pair")
    assert (flow.nodes["b"].who, flow.nodes["b"].where) == ("partner", "private")


def test_a_turn_to_speak_and_what_is_shared_are_built(tmp_path: Path) -> None:
    text = """
        a: {say: Words, where: private, sealed: true, text: {}, next: b}
        b: {say: Words, where: private, sealed: true, many: {}, choices: {x: X}, next: c}
        c: {say: Words, where: private, sealed: true, shares: [a, b], choices: {keep: Keep}, next: d}
        d: {say: Words, who: initiator, clock: {}, choices: {did: Done}, next: {over: e, did: e}}
        e: {say: Words, who: partner, clock: {minutes: 2, messages: 5}, choices: {did: Done}, reply: did}
    """
    flow = sound(write(tmp_path, {STORY: nodes(text, TWO)})).flows["story.two"]

    assert flow.nodes["c"].shares == ("a", "b")
    assert (flow.nodes["d"].clock, flow.nodes["d"].routes) == (Clock(180, 3), {"over": "e", "did": "e"})
    assert (flow.nodes["e"].clock, flow.nodes["e"].reply) == (Clock(120, 5), "did")


def test_a_gate_that_never_lets_anybody_pass(tmp_path: Path) -> None:
    gate = GATE.replace("next: pass", "next: gate_no")
    files = {STORY: nodes("a: {say: Words.}  # here: unreachable").replace("gate: none", "gate: safety")}

    assert found(write(tmp_path, {"flows/gate.yaml": gate, **files})) == marked(files)


def test_an_exercise_cannot_put_its_own_node_in_the_place_of_the_gates(tmp_path: Path) -> None:
    text = """
        a: {say: Words.}
        gate_ok: {say: Nothing to see here., next: a}  # here: gate
    """
    files = {STORY: nodes(text).replace("gate: none", "gate: safety")}
    issues = found(write(tmp_path, {"flows/gate.yaml": GATE, **files}))

    assert set(marked(files)) <= set(issues)


def test_a_gates_nodes_bear_its_name_and_it_has_no_command(tmp_path: Path) -> None:
    files = {
        "flows/gate.yaml": GATE.replace("gate_no", "nope")
        .replace('  nope: {say: "Not today."}', '  nope: {say: "Not today."}  # here: gate')
        .replace("none needed}", "none needed, command: safe, hint: Ask}  # here: gate")
    }

    assert found(write(tmp_path, files)) == marked(files)


def test_nobody_starts_a_gate(tmp_path: Path) -> None:
    files = {
        STORY: nodes("a: {say: W, then: [{start: gate.safety}]}  # here: unknown-flow"),
        "flows/gate.yaml": GATE,
    }

    assert found(write(tmp_path, files)) == marked(files)


# Rule 6: the lock


def test_rule_6_the_lock_remembers_every_id_and_drops_none(tmp_path: Path) -> None:
    files = {STORY: nodes("a: {say: W, next: b}\nb: {say: W}")}
    library = sound(write(tmp_path, files))
    assert write_lock(tmp_path, library) == 5
    sound(tmp_path)

    write(tmp_path, {STORY: nodes("a: {say: W, next: c}\nc: {say: W}")})
    assert found(tmp_path) == [(STORY, 5, "vanished")]
    changed, _ = examine(tmp_path)
    assert changed is not None
    assert write_lock(tmp_path, changed) == 6
    assert found(tmp_path) == [(STORY, 5, "vanished")]
    assert "story.one b\n" in (tmp_path / "ids.lock").read_text()


def test_rule_6_the_lock_sees_a_gate_that_was_taken_away(tmp_path: Path) -> None:
    write_lock(tmp_path, behind_the_gate(tmp_path, ONE))
    path = tmp_path / STORY
    path.write_text(path.read_text().replace("gate: safety", "gate: none"))

    assert [code for _, _, code in found(tmp_path)] == ["vanished", "vanished"]
