"""Faults on demand: what networks and servers do on bad days, repeatable from one seed."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import orjson

from bot.sandbox.poison import POISONS

if TYPE_CHECKING:
    from bot.sandbox.shapes import Json


class Fault(Enum):
    """What happens to a call."""

    ANSWER = "answered by the fault, work not done"
    LOSE_REQUEST = "connection dropped, work not done"
    LOSE_REPLY = "work done, connection dropped"
    GARBAGE = "work done, reply is no JSON"
    TRUNCATED = "work done, reply cut in half"
    NOT_OK = "work done, reply says ok:false with status 200"
    NULL = "work done, reply says result:null"
    DELAY = "work done late"
    POISON = "an update that nobody can read comes first"
    DUPLICATE = "the update is delivered twice"
    REORDER = "the next update is delivered first"


_OF_UPDATES: Final = frozenset({Fault.POISON, Fault.DUPLICATE, Fault.REORDER})


@dataclass(slots=True)
class Rule:
    """One fault for one method ("*" for all), for the next `times` matching calls (None for ever).

    `chance` is the probability (0 to 1) that a matching call is hit; `seconds` is for delays; `status` and
    `body` are for answers.
    """

    fault: Fault
    method: str
    times: int | None = 1
    chance: float = 1.0
    seconds: float = 0.0
    status: int = 200
    body: bytes = b""


@dataclass(slots=True, frozen=True)
class Plan:
    """What is to happen to one call: a delay in seconds first, then perhaps one fault."""

    delay: float = 0.0
    rule: Rule | None = None

    @property
    def fault(self) -> Fault | None:
        """The fault besides the delay."""
        return self.rule.fault if self.rule else None


@dataclass(slots=True, frozen=True)
class Trouble:
    """What is to happen to one update: poison in front of it, a second delivery, the next one before it."""

    poison: Json | None = None
    twice: bool = False
    late: bool = False


_NO_FAULT = Plan()
NO_TROUBLE: Final = Trouble()


class Faults:
    """The rules now in force, tried in the order they were made. Print `seed` to repeat a run."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw chances from `seed`, or from a fresh one."""
        self.seed = secrets.randbits(32) if seed is None else seed
        self.rules: list[Rule] = []
        self._random = random.Random(self.seed)  # noqa: S311  (repeatable on purpose)
        # Updates draw from a stream of their own, so that the bot's calls do not shift it.
        self._of_updates = random.Random(f"updates {self.seed}")  # noqa: S311

    def __repr__(self) -> str:
        """Show the seed, so that a failing test prints it."""
        return f"Faults(seed={self.seed}, rules={len(self.rules)})"

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force and return it."""
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Take all rules out of force."""
        self.rules.clear()

    def answer(self, method: str, status: int, body: Json | bytes, *, times: int | None = 1,
               chance: float = 1.0) -> Rule:  # fmt: skip
        """Answer with this HTTP status and body, without doing the work."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return self.add(Rule(Fault.ANSWER, method, times, chance, status=status, body=raw))

    def fail(self, method: str, code: int, description: str, *, retry_after: int | None = None,
             times: int | None = 1) -> Rule:  # fmt: skip
        """Refuse as the Bot API refuses; `retry_after` in seconds makes a whole 429."""
        body: Json = {"ok": False, "error_code": code, "description": description}
        if retry_after is not None:
            body["parameters"] = {"retry_after": retry_after}
        return self.answer(method, code, body, times=times)

    def lose_request(self, method: str = "*", *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Drop the connection before the work is done."""
        return self.add(Rule(Fault.LOSE_REQUEST, method, times, chance))

    def lose_reply(self, method: str = "*", *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Do the work, then drop the connection: the caller cannot know."""
        return self.add(Rule(Fault.LOSE_REPLY, method, times, chance))

    def delay(self, method: str, seconds: float, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Wait before the work; delays of several rules add up, and other faults may follow."""
        return self.add(Rule(Fault.DELAY, method, times, chance, seconds=seconds))

    def garbage(self, method: str, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Do the work and answer 200 with a web page, as a captive portal does."""
        return self.add(Rule(Fault.GARBAGE, method, times, chance))

    def truncate(self, method: str, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Do the work and answer with the first half of the JSON."""
        return self.add(Rule(Fault.TRUNCATED, method, times, chance))

    def not_ok(self, method: str, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Do the work and answer 200 with a bare `{"ok": false}`."""
        return self.add(Rule(Fault.NOT_OK, method, times, chance))

    def null_result(self, method: str, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Do the work and answer `{"ok": true, "result": null}`."""
        return self.add(Rule(Fault.NULL, method, times, chance))

    def duplicate(self, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Deliver the next update again later, as after a confirmation that got lost."""
        return self.add(Rule(Fault.DUPLICATE, "", times, chance))

    def reorder(self, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Deliver the next update after the one that follows it, if both wait at once."""
        return self.add(Rule(Fault.REORDER, "", times, chance))

    def poison(self, *, times: int | None = 1, chance: float = 1.0) -> Rule:
        """Deliver, before the next update, one of wrong shapes that no bot can make sense of."""
        return self.add(Rule(Fault.POISON, "", times, chance))

    def trouble(self) -> Trouble:
        """Decide what happens to the update that comes now, and count the rules that hit it as used."""
        hit = {
            rule.fault for rule in list(self.rules) if rule.fault in _OF_UPDATES and self._hits_update(rule)
        }
        if not hit:
            return NO_TROUBLE
        poison = self._of_updates.choice(POISONS) if Fault.POISON in hit else None
        return Trouble(poison, Fault.DUPLICATE in hit, Fault.REORDER in hit)

    def _hits_update(self, rule: Rule) -> bool:
        hit = rule.chance >= 1.0 or self._of_updates.random() < rule.chance
        if hit:
            self._use(rule)
        return hit

    def plan(self, method: str) -> Plan:
        """Decide what happens to this call of `method`, and count the rules that hit it as used."""
        if not self.rules:
            return _NO_FAULT
        delay = 0.0
        chosen: Rule | None = None
        for rule in list(self.rules):
            if rule.method not in {"*", method} or (chosen and rule.fault is not Fault.DELAY):
                continue
            # The draw is made for a matching rule only, so that unrelated calls do not shift the sequence.
            if rule.chance < 1.0 and self._random.random() >= rule.chance:
                continue
            self._use(rule)
            if rule.fault is Fault.DELAY:
                delay += rule.seconds
            else:
                chosen = rule
        return Plan(delay, chosen)

    def _use(self, rule: Rule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times <= 0:
            self.rules = [kept for kept in self.rules if kept is not rule]


def spoiled(fault: Fault | None, body: bytes) -> bytes:
    """Return the reply `body` as the fault leaves it."""
    if fault is Fault.GARBAGE:
        return b"<html><body>Please sign in to use this network</body></html>"
    if fault is Fault.TRUNCATED:
        return body[: len(body) // 2]
    if fault is Fault.NOT_OK:
        return b'{"ok":false}'
    if fault is Fault.NULL:
        return b'{"ok":true,"result":null}'
    return body
