"""Whatever three people do, no word of one reaches another without its author's own press. Rules 8 and 9.

Each typed word is a canary of its own. After every act every chat but its author's is looked through; a word
may stand there only if its author pressed "My words" for it. Whoever has erased everything is found nowhere.
What was said in the group is only counted: it is kept nowhere.
"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.flow.model import Text
from tests.test_walk import simulator_with_people

if TYPE_CHECKING:
    from bot.simulator import Seen
    from bot.store.protocol import Run, Work

PEOPLE = ("ann", "bo", "cy")
WHO = st.sampled_from(PEOPLE)
COMMANDS = ("/stop", "/menu", "/start", "/export", "/forget", "/kinds", "/privacy")
RISKY = "Erase everything"


class Secrecy(RuleBasedStateMachine):
    """Ann, Bo and Cy, in twos, with Cy pressing what is not meant for anybody but them."""

    def __init__(self) -> None:
        """Let the three be there."""
        super().__init__()
        self.simulator = simulator_with_people("tests/fixtures/two")
        self.typed: dict[str, str] = {}
        self.shared: set[str] = set()
        self.said: set[str] = set()
        self.files: list[tuple[str, str]] = []

    @initialize()
    def an_exercise_for_two_begins(self) -> None:
        self.simulator.begin("two.soft-no", {"initiator": "ann", "partner": "bo"}, "pair")

    def note(self, seen: Seen) -> None:
        """Read the files that were sent as well: what is in them was shown."""
        for bubble in seen.bubbles:
            if bubble.file:
                with zipfile.ZipFile(io.BytesIO(bubble.file[1])) as archive:
                    text = archive.read("notes.html").decode() + archive.read("notes.json").decode()
                self.files.append((bubble.chat, text))

    def known(self, name: str) -> bool:
        number = self.simulator.number(name)
        return self.simulator.heart.do(lambda work: work.person_in(number)) is not None

    def runs(self, name: str) -> list[Run]:
        number = self.simulator.number(name)

        def unit(work: Work) -> list[Run]:
            person = work.person_in(number)
            return work.runs_of(person.id) if person else []

        return self.simulator.heart.do(unit)

    @rule(pair=st.permutations(PEOPLE), group=st.booleans(), sure=st.integers(0, 3))
    def begins(self, pair: list[str], group: bool, sure: int) -> None:  # noqa: FBT001
        first, second = pair[:2]
        if not sure and self.known(first) and self.known(second) and self.free_for_each_other(first, second):
            people = {"initiator": first, "partner": second}
            self.note(self.simulator.begin("two.soft-no", people, "pair" if group else None))

    def free_for_each_other(self, first: str, second: str) -> bool:
        """Say whether these two are a couple, or could become one."""
        one, two = self.person_id(first), self.person_id(second)
        couples = self.simulator.heart.do(lambda work: [work.couple_of(one), work.couple_of(two)])
        return couples == [None, None] or (couples[0] == couples[1] and couples[0] is not None)

    @rule(name=WHO)
    def writes(self, name: str) -> None:
        word = f"canary{len(self.typed):04d}of{name}"
        self.typed[word] = name
        self.note(self.simulator.say(name, word))

    @rule(name=WHO)
    def writes_in_the_group(self, name: str) -> None:
        word = f"canary{len(self.typed):04d}of{name}"
        self.typed[word] = name
        self.said.add(word)
        self.note(self.simulator.say(name, word, "pair"))

    @rule(name=WHO, words=st.sampled_from(["pause", "/pause", "/stop", "/together", "/help"]))
    def commands_in_the_group(self, name: str, words: str) -> None:
        self.note(self.simulator.say(name, words, "pair"))

    @rule(happens=st.sampled_from(["come", "go", "masked"]))
    def the_group_is_not_theirs_alone(self, happens: str) -> None:
        group = self.simulator
        deeds = {"come": lambda: group.come("cy"), "go": lambda: group.go("cy"), "masked": group.masked}
        self.note(deeds[happens]())

    @rule(numbers=st.lists(st.integers(0, 2), min_size=2, max_size=2), again=st.integers(1, 12))
    def two_go_on_as_they_should(self, numbers: list[int], again: int) -> None:
        """Answer what is asked, each of the two in turn: without this the walk would rarely get to an end."""
        for _ in range(again):
            for name, number in zip(("ann", "bo"), numbers, strict=True):
                run = next(iter(self.simulator.open_runs(name)), None)
                role = run.role_of(self.person_id(name)) if run else None
                if run is None or role not in run.session.waiting:
                    continue
                flow = self.simulator.desk.library.flows[run.session.flow]
                node = flow.nodes[run.session.node]
                if isinstance(node.ask, Text):
                    self.writes(name)
                    continue
                if node.id == "last_look" and number:
                    # It opens by itself; only now and then somebody closes theirs.
                    self.waits_a_minute()
                    continue
                chat = "pair" if run.pair_chat is not None and node.where == "pair" else name
                labels = [one for one in self.simulator.labels(chat) if one not in {"Pause", "Stop"}]
                # The first button says yes at the first question, so that there is something to go on with.
                label = labels[0 if run.session.turn == 1 else number % len(labels)] if labels else RISKY
                if label != RISKY:
                    self.shares(name, label)
                    self.note(self.simulator.press(name, label, chat))

    @rule()
    def waits_a_minute(self) -> None:
        self.note(self.simulator.wait(timedelta(minutes=1)))

    @rule(name=WHO, number=st.integers(0, 30))
    def presses(self, name: str, number: int) -> None:
        buttons = [
            (chat, label)
            for chat in (name, "pair")
            for label in self.simulator.labels(chat)
            if label != RISKY
        ]
        if buttons:
            chat, label = buttons[number % len(buttons)]
            self.shares(name, label)
            self.note(self.simulator.press(name, label, chat))

    @rule(name=WHO, number=st.integers(0, 400))
    def presses_any_button_ever_shown_in_any_chat(self, name: str, number: int) -> None:
        """Press as a stranger would too: payloads are guessed, stolen, or kept from another time."""
        shown = [one for one in self.simulator.shown if one[2] != RISKY]
        if shown:
            chat, message_id, label, payload = shown[number % len(shown)]
            self.shares(name, label)
            self.note(self.simulator.press_payload(name, chat, message_id, payload))

    def shares(self, name: str, label: str) -> None:
        """Note what this press may open: the words of this person's own open exercises."""
        if label == "My words":
            self.shared |= {
                str(answer.value)
                for run in self.runs(name)
                if (role := run.role_of(self.person_id(name)))
                for answer in run.session.answers.get(role, {}).values()
            }

    def person_id(self, name: str) -> int:
        number = self.simulator.number(name)
        person = self.simulator.heart.do(lambda work: work.person_in(number))
        return person.id if person else -1

    @rule(name=WHO, command=st.sampled_from(COMMANDS))
    def commands(self, name: str, command: str) -> None:
        self.note(self.simulator.say(name, command))

    @rule(name=WHO)
    def asks_for_the_file(self, name: str) -> None:
        if self.known(name):
            self.simulator.say(name, "/export")
            self.note(self.simulator.press(name, "Send it"))

    @rule(name=WHO, reachable=st.booleans())
    def blocks_the_bot_or_takes_it_back(self, name: str, reachable: bool) -> None:  # noqa: FBT001
        number = self.simulator.number(name)
        self.simulator.heart.do(lambda work: work.set_reachable(number, reachable=reachable))

    @rule(name=WHO, sure=st.integers(0, 3))
    def has_everything_erased(self, name: str, sure: int) -> None:
        if sure or not self.known(name):
            return
        self.simulator.say(name, "/forget")
        self.note(self.simulator.press(name, RISKY))
        assert not self.known(name)

    @rule(hours=st.integers(1, 24 * 30))
    def waits(self, hours: int) -> None:
        self.note(self.simulator.wait(timedelta(hours=hours)))

    @invariant()
    def no_word_is_where_its_author_did_not_send_it(self) -> None:
        texts = [
            (bubble.chat, bubble.text) for bubbles in self.simulator.chats.values() for bubble in bubbles
        ]
        labels = [(chat, label) for chat, _, label, _ in self.simulator.shown]
        everything = [(chat, text) for chat, text in (*texts, *labels, *self.files) if "canary" in text]
        for word, author in self.typed.items():
            reached = {chat for chat, text in everything if chat != author and word in text}
            assert not reached or word in self.shared, (word, author, reached)
            assert "pair" not in reached

    @invariant()
    def what_was_said_in_the_group_is_kept_nowhere(self) -> None:
        for name in PEOPLE:
            for run in self.runs(name):
                answers = [str(one.value) for mine in run.session.answers.values() for one in mine.values()]
                assert self.said.isdisjoint(answers)

    @invariant()
    def nothing_of_the_erased_can_be_opened(self) -> None:
        for name in PEOPLE:
            for run in self.runs(name):
                mine = run.role_of(self.person_id(name))
                for role, answers in run.session.answers.items():
                    for answer in answers.values():
                        author = self.typed.get(str(answer.value))
                        if author is not None and role != mine:
                            assert self.known(author)


Secrecy.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSecrecy = Secrecy.TestCase
