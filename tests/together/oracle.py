"""What must never happen between two, judged by what people did and what came to be seen.

Of the store it takes only where a run stands (node, turn, open or not). Who said, pressed, shared and agreed
to what, it keeps by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.flow.model import AGAIN, BACK, DONE, PAUSE, SHARES, SKIP, STOP, PickMany, Rank, Text
from bot.library.gates import PREFIX
from tests.together.world import MARKED, NAMES, for_two, marks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.flow.model import Flow, Node
    from tests.together.world import Sight, Watched

WORD = re.compile(r"(ann|bo|cy)-\d+-[a-z]{5}")
TOKEN = re.compile(r"start=(token\d{17})")
LINK_LASTS = REST = timedelta(hours=24)
CONTROLS = {BACK, DONE, AGAIN, SKIP, PAUSE, STOP}
Key = tuple[str, str, str]
"""Whose answer, in which run, to which node."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run of two stands, and whose it is."""

    id: str
    flow: str
    node: str
    turn: int
    status: str
    paused: bool
    waiting: tuple[str, ...]
    seats: dict[str, str]
    group: bool
    quiet: bool

    @property
    def open(self) -> bool:
        return self.status == "active"

    @property
    def gate(self) -> bool:
        """Say whether it has not begun: whoever leaves here leaves unseen."""
        return self.quiet or self.node.startswith(PREFIX)


@dataclass(slots=True)
class Act:
    """One thing that somebody does; `how` says what kind of thing."""

    who: str
    how: str
    what: str = ""
    chat: str = ""

    def __str__(self) -> str:
        return f"{self.who or '---'}@{self.chat or self.who}> {self.how} {self.what}"


class BrokenError(AssertionError):
    """Something happened that must never happen."""


@dataclass
class Oracle:
    """Watches one walk."""

    world: Watched
    words: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    values: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    shares: dict[Key, str] = field(default_factory=dict)
    looks: dict[tuple[str, str], datetime] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)
    rests: dict[tuple[str, frozenset[str]], datetime] = field(default_factory=dict)
    opened: dict[tuple[str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    links: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    knocked: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    couples: dict[int, frozenset[str]] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    exact: bool = True

    def __post_init__(self) -> None:
        """Learn what there is before the first act."""
        library = self.world.desk.library
        self._flows = {flow_id: library.flows[flow_id] for flow_id in for_two(library)}
        self._among = ",".join(f"'{flow_id}'" for flow_id in self._flows)
        self._accepts = {payload for payload, (flow, _) in library.pages.items() if flow == "pair.accept"}
        self._messages = library.messages
        self.learn_people()
        self.couples = self._couples()
        self.now = self.places({})
        self.count = len(self.world.sights)

    # Where things stand

    def learn_people(self) -> None:
        for number, chat in self.world.rows("SELECT id, chat_id FROM people"):
            self.people[int(str(number))] = self.world._name(int(str(chat)))

    def places(self, before: dict[str, Place]) -> dict[str, Place]:
        """Return where the open runs of two stand, and those that were open before."""
        sql = f"SELECT id FROM sessions WHERE status = 'active' AND flow IN ({self._among})"  # noqa: S608  our own ids
        ids = {str(row[0]) for row in self.world.rows(sql)}
        ids |= {one.id for one in before.values() if one.open}
        found = {}
        for run_id in sorted(ids):
            run = self.world.run(run_id)
            if run is None:
                continue
            session = run.session
            seats: dict[str, str] = {self.people[person]: role for role, person in run.seats.items()}
            seats = before[run_id].seats if run_id in before else seats
            waiting = tuple(name for name, role in seats.items() if role in session.waiting)
            node = self._flows[session.flow].find(session.node)
            found[run_id] = Place(
                run_id, session.flow, session.node, session.turn, session.status, bool(session.paused),
                waiting, seats, run.pair_chat is not None, node is not None and node.quiet,
            )  # fmt: skip
        return found

    def now_open(self) -> bool:
        """Say whether any exercise for two is open."""
        return any(one.open for one in self.now.values())

    def flow(self, place: Place) -> Flow:
        return self._flows[place.flow]

    def node(self, place: Place) -> Node | None:
        return self.flow(place).find(place.node)

    def _couples(self) -> dict[int, frozenset[str]]:
        rows = self.world.rows("SELECT id, one_id, two_id FROM couples")
        return {
            int(str(number)): frozenset({self.people[int(str(one))], self.people[int(str(two))]})
            for number, one, two in rows
        }

    def owners(self) -> frozenset[str]:
        """Return the couple whose group it is."""
        rows = self.world.rows(f"SELECT id FROM couples WHERE group_id = {self.world.number('pair')}")  # noqa: S608
        return self.couples.get(int(str(rows[0][0])), frozenset()) if rows else frozenset()

    def alone(self) -> bool:
        """Say whether only the two are in their group."""
        return self.world.there == self.owners()

    # What somebody does, before it is done

    def is_strange(self, act: Act, payload: str = "") -> bool:
        """Say whether this is somebody else's, so that nothing at all may come of it."""
        run_id = payload.partition(".")[0]
        place = self.now.get(run_id)
        if place is not None and act.who not in place.seats:
            return True
        owners = self.owners()
        return act.chat == "pair" and bool(owners) and act.who not in owners

    def dump(self, who: str) -> dict[str, list[tuple[object, ...]]]:
        """Return every row but those of the inbox, and what is only between the bot and one person."""
        number = self.world.number(who)
        found = {}
        for (table,) in self.world.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            where = {"people": f"WHERE chat_id != {number}", "outbox": f"WHERE chat_id != {number}"}
            if table != "inbox":
                found[str(table)] = self.world.rows(f"SELECT * FROM {table} {where.get(str(table), '')}")  # noqa: S608
        return found

    def says(self, who: str, word: str) -> None:
        """Note a marked word, and to which questions it may be the answer."""
        for place in self.now.values():
            node = self.node(place)
            if who in place.seats and place.open and node is not None and isinstance(node.ask, Text):
                key = (who, place.id, node.id)
                self.words[word].add(key)
                self._closed_again(key)

    def presses(self, who: str, payload: str) -> None:
        """Note a press: an answer, how much of one may be seen, a yes."""
        if payload.startswith("~"):
            page, _, choice = payload[1:].partition(".")
            if page in self._accepts and choice == "agree" and who in self.knocked:
                self.agreed[self.knocked[who]].add(who)
            return
        run_id, _, rest = payload.partition(".")
        turn, _, choice = rest.partition(".")
        place = self.now.get(run_id)
        if place is None or who not in place.seats or not place.open or place.paused:
            return
        node = self.node(place)
        if node is None or str(place.turn) != turn:
            return
        if place.gate:
            (self.refused.add if choice == "later" else self.refused.discard)((who, run_id))
        key = (who, run_id, node.id)
        self._answers(node, key, choice)
        for shared in node.shares:
            level = choice if choice in SHARES else "keep" if choice in CONTROLS else "theme"
            self.shares[who, run_id, shared] = level

    def _answers(self, node: Node, key: Key, choice: str) -> None:
        if isinstance(node.ask, PickMany | Rank):
            if choice not in CONTROLS:
                self.values[key] ^= {choice}
                self._closed_again(key)
            elif choice in {SKIP, AGAIN}:
                self.values[key] = set()
        elif choice not in {PAUSE, STOP}:
            self.values[key] = {choice}
            self._closed_again(key)

    def _closed_again(self, key: Key) -> None:
        """Note that an answer is a new one: what was allowed of the one before does not count for it."""
        self.shares.pop(key, None)

    # What came of it

    def judge(self, act: Act, payload: str = "") -> None:
        """Judge one act by all that it changed and showed."""
        before = self.now
        self.learn_people()
        self.now = self.places(before)
        sights, self.count = self.world.sights[self.count :], len(self.world.sights)
        self._learn(before, act)
        self._learn_links(sights)
        self._judge_couples(act, payload)
        for sight in sights:
            self._judge_words(sight)
            self._judge_marks(sight)
        self._judge_opening(sights)
        self._judge_ends(before, act, payload, sights)
        self._judge_company(before, sights)
        self._judge_noes(before, act, sights)
        for place in list(self.now.values()):
            if not place.open:
                self.over.add(place.id)

    def _learn(self, before: dict[str, Place], act: Act) -> None:
        now = self.world.clock.now()
        for place in self.now.values():
            last = before.get(place.id)
            moved = last is None or last.turn != place.turn
            node = self.node(place)
            if node is None or not moved:
                continue
            if is_last_look(node):
                self.looks[place.id, node.id] = now
            if isinstance(node.ask, PickMany | Rank) and not (last and last.node == node.id):
                for name in place.seats:
                    self.values[name, place.id, node.id] = set()
        if act.how == "says" and act.what.startswith("/start token"):
            self.knocked[act.who] = act.what.removeprefix("/start ")

    def _learn_links(self, sights: Iterable[Sight]) -> None:
        for sight in sights:
            for token in TOKEN.findall(sight.text):
                self.links.setdefault(token, (sight.chat, sight.at))

    # a. No word, theme or match but by its owner's own press, once the last look is over

    def _allows(self, key: Key, levels: set[str]) -> bool:
        _, run_id, node_id = key
        if self.shares.get(key) not in levels:
            return False
        flow = next((self.flow(one) for one in self.now.values() if one.id == run_id), None)
        if flow is None:
            flow_id = self.world.rows(f"SELECT flow FROM sessions WHERE id = '{run_id}'")[0][0]  # noqa: S608
            flow = self._flows[str(flow_id)]
        looks = [one for one in flow.nodes.values() if is_last_look(one) and node_id in one.shares]
        now = self.world.clock.now()
        for look in looks:
            asked = self.looks.get((run_id, look.id))
            if asked is not None and look.timeout and now - asked >= timedelta(seconds=look.timeout.seconds):
                return True
        return False

    def _before_both(self, key: Key) -> bool:
        place = self.now.get(key[1])
        node = self.flow(place).find(key[2]) if place else None
        return node is not None and node.where != "private" and not node.sealed

    def _judge_words(self, sight: Sight) -> None:
        for found in WORD.finditer(" ".join((sight.text, *sight.labels, sight.file))):
            word, owner = found[0], found[1]
            if sight.chat == owner:
                continue
            keys = {key for key in self.words.get(word, ()) if self._sees(sight.chat, key)}
            if not any(self._before_both(key) or self._allows(key, {"words"}) for key in keys):
                self._break(f"a word of {owner} is seen in {sight.chat}: {sight.text!r}")
            for key in keys:
                self.opened[key[1], key[2], owner].add(sight.act)

    def _sees(self, chat: str, key: Key) -> bool:
        seats = self._seats(key[1])
        return chat in seats or (chat == "pair" and key[0] in self.owners())

    def _seats(self, run_id: str) -> set[str]:
        place = self.now.get(run_id)
        if place is not None:
            return set(place.seats)
        rows = self.world.rows(f"SELECT initiator_id, partner_id FROM sessions WHERE id = '{run_id}'")  # noqa: S608
        return {self.people[int(str(one))] for row in rows for one in row if one is not None}

    def _judge_marks(self, sight: Sight) -> None:
        """See that each sealed button named in a text was pressed by its reader, or opened by the other."""
        if sight.kind not in {"message", "retold"}:
            return
        for number in MARKED.findall(sight.text):
            mark = marks()[int(number)]
            if sight.run_id is None or sight.run_id not in self.now:
                self._break(f"a sealed button is named outside its exercise: {sight.text!r}")
                continue
            seats = self.now[sight.run_id].seats
            readers = seats if sight.chat == "pair" else {sight.chat: ""}
            for reader in readers:
                own = (reader, sight.run_id, mark.node)
                if sight.chat != "pair" and mark.choice in self.values[own]:
                    continue
                if not any(self._opened_choice((one, sight.run_id, mark.node), mark.choice) for one in seats):
                    self._break(f"{mark} is named in {sight.chat}, and nobody opened it: {sight.text!r}")

    def _opened_choice(self, key: Key, choice: str) -> bool:
        if choice not in self.values[key]:
            return False
        place = self.now[key[1]]
        node = self.flow(place).nodes[key[2]]
        if node.shares and choice not in SHARES:
            return any(self._allows((key[0], key[1], shared), {"theme"}) for shared in node.shares)
        if self._allows(key, {"words"}):
            return True
        both = [(name, key[1], key[2]) for name in place.seats]
        return all(self._allows(one, {"match", "words"}) and choice in self.values[one] for one in both)

    # e. Opened once, and to both in the same act

    def _judge_opening(self, sights: list[Sight]) -> None:
        for (run_id, node_id, owner), acts in self.opened.items():
            place = self.now.get(run_id)
            if place is None or self.world.act not in acts or self._before_both((owner, run_id, node_id)):
                continue
            heard = {one.chat for one in sights if one.run_id == run_id and one.kind == "message"}
            if min(acts) == self.world.act and "pair" not in heard and not set(place.seats) <= heard:
                self._break(f"{owner}'s answer to {node_id} was opened to one side only: {heard}")
            telling = [one for one in self.flow(place).nodes.values() if tells(one, node_id)]
            if all(one.ask is None for one in telling) and len(acts) > len(telling):
                self._break(f"{owner}'s answer to {node_id} was opened {len(acts)} times")

    # c. No couple without two yeses

    def _judge_couples(self, act: Act, payload: str) -> None:
        found = self._couples()
        for number in found.keys() - self.couples.keys():
            two = found[number]
            other = next(iter(two - {act.who}), "")
            good = [
                token
                for token, (maker, at) in self.links.items()
                if maker == act.who
                and other in self.agreed[token]
                and self.world.clock.now() - at <= LINK_LASTS
            ]
            confirmed = payload.endswith(".same") and self._flow_of(payload) == "pair.confirm"
            if act.who not in two or not good or not confirmed:
                self._break(f"a couple without two yeses: {sorted(two)}, {act}")
            for token in good:
                self.agreed.pop(token)
        self.couples = found

    def _flow_of(self, payload: str) -> str:
        run_id = payload.partition(".")[0]
        rows = self.world.rows(f"SELECT flow FROM sessions WHERE id = '{run_id}'")  # noqa: S608
        return str(rows[0][0]) if rows else ""

    # b. Nothing comes of what a stranger does

    def judge_stranger(self, act: Act, before: dict[str, list[tuple[object, ...]]], since: int) -> None:
        after = self.dump(act.who)
        for table, rows in before.items():
            if after[table] != rows:
                self._break(f"{act} has changed {table}")
        for sight in self.world.sights[since:]:
            if sight.chat != act.who:
                self._break(f"{act} was seen in {sight.chat}: {sight.kind} {sight.text!r}")

    # d. After the end nothing more of it; while others are there nothing at all

    def _judge_ends(self, before: dict[str, Place], act: Act, payload: str, sights: list[Sight]) -> None:
        ended = {key for key, place in before.items() if place.open and not self._is_open(key)}
        for key in self._left_by(before, act, payload) - ended:
            if self._is_open(key):
                self._break(f"{act} did not end {key}")
        left = {key for key in ended if key in self.now and self.now[key].status in {"left", "expired"}}
        for sight in sights:
            if sight.kind not in {"message", "retold"} or sight.run_id is None:
                continue
            if sight.run_id in self.over or sight.run_id in left:
                self._break(f"{sight.run_id} is over and says in {sight.chat}: {sight.text!r}")
        for chat in (*NAMES, "pair"):
            lines = [one for one in sights if one.chat == chat and one.text == self._messages["ended"]]
            if len(lines) > len(left):
                self._break(f"{len(lines)} closing lines in {chat} for {len(left)} exercises")

    def _is_open(self, run_id: str) -> bool:
        return run_id in self.now and self.now[run_id].open

    def _left_by(self, before: dict[str, Place], act: Act, payload: str) -> set[str]:
        """Return what must be over after this act."""
        mine = {key: one for key, one in before.items() if act.who in one.seats and one.open}
        if act.how in {"parts", "forgets"}:
            return set(mine)
        if act.how == "says" and act.what == "/stop" and act.chat == act.who:
            return {key for key, one in mine.items() if not one.gate}
        if act.how == "says" and act.what == "/stop" and act.chat == "pair" and act.who in self.owners():
            return {key for key, one in mine.items() if not one.gate and one.group}
        run_id, _, rest = payload.partition(".")
        pressed = mine.get(run_id)
        if pressed and not pressed.gate and rest == f"{pressed.turn}.{STOP}":
            return {run_id}
        return set()

    def _judge_company(self, before: dict[str, Place], sights: list[Sight]) -> None:
        exact = self.alone()
        crowded = not exact and not self.exact
        self.exact = exact
        if not crowded:
            return
        for sight in sights:
            place = self.now.get(sight.run_id or "")
            if place is None or not place.group or sight.kind not in {"message", "retold"}:
                continue
            last = before.get(place.id, place)
            if last.gate and (place.gate or not place.open):
                continue
            self._break(f"{sorted(self.world.there)} are there, and in {sight.chat}: {sight.text!r}")

    # f. A no is complete

    def _judge_noes(self, before: dict[str, Place], act: Act, sights: list[Sight]) -> None:
        now = self.world.clock.now()
        for key, place in before.items():
            after = self.now.get(key)
            two = frozenset(place.seats)
            if place.open and place.gate and after and not after.open and after.status == "done":
                asker = next(name for name, role in place.seats.items() if role == "initiator")
                self.rests[asker, two] = now + REST
            if place.gate and act.who in place.seats and act.how == "says" and act.what == "/stop":
                self.refused.add((act.who, key))
        for two in {two for _, two in self.rests} - set(self.couples.values()):
            self.rests = {one: until for one, until in self.rests.items() if one[1] != two}
        for key, place in self.now.items():
            until = self.rests.get((act.who, frozenset(place.seats)))
            begun_by = place.seats.get(act.who) == "initiator"
            if key not in before and begun_by and act.how != "begins" and until is not None and now < until:
                self._break(f"{act.who} asks again before the rest is over")
        for sight in sights:
            asks = sight.kind == "message" and "Yes, now" in sight.labels
            if asks and (sight.chat, sight.run_id or "") in self.refused:
                self._break(f"{sight.chat} said no and is asked again")

    def _break(self, what: str) -> None:
        raise BrokenError(what)


def is_last_look(node: Node) -> bool:
    """Say whether a node is the minute in which each may still close what opens next."""
    ask = node.ask
    choices = getattr(ask, "choices", ())
    return bool(node.shares) and node.sealed and {one.id for one in choices} == {SHARES[0]}


def tells(node: Node, of: str) -> bool:
    """Say whether a node's words may name what was opened of another."""
    return bool(re.search(rf"\b(theirs|opened|both)\.{of}\b", node.say))
