"""The shape of a flow file, for pydantic; `build` turns what fits into `flow.model` data.

The same models give the JSON Schema that editors use (`alongside schema`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.flow.model import (
    END,
    PLAN,
    About,
    Action,
    Ask,
    Branch,
    Choice,
    Clock,
    Flow,
    Node,
    Pick,
    PickMany,
    Rank,
    Role,
    Scale,
    Text,
    Timeout,
    Where,
    Who,
)

FlowId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$", max_length=28)]
NodeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=20)]
ChoiceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_+.-]*$", max_length=20)]
Code = Annotated[str, StringConstraints(pattern=r"^[WHTPNSG][1-9]$")]
PictureName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=28)]
Words = Annotated[str, StringConstraints(min_length=1)]


class Strict(BaseModel):
    """A part of a file in which nothing unknown may stand."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AboutSpec(Strict):
    """`about:` of a flow."""

    title: Words
    tags: list[Code] = []
    minutes: Annotated[int, Field(ge=0, le=20)]
    again: Annotated[int, Field(ge=1, le=104)] = 26
    gate: Literal["none", "safety", "together", "nudge"]
    evidence: Words
    kind: Literal["exercise", "nudge", "page"] = "exercise"
    command: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = None
    hint: str = ""
    asks: str = ""
    stores: bool = True
    sensitive: bool = True


class BranchSpec(Strict):
    """One entry of `branches:`."""

    when: Words
    next: str


class ScaleSpec(Strict):
    """`scale:` a whole number with both ends in words."""

    low: Annotated[int, Field(ge=0, le=10)] = 1
    high: Annotated[int, Field(ge=1, le=10)] = 7
    low_words: Words
    high_words: Words


class TextSpec(Strict):
    """`text:` the person's own words. Telegram splits at 4,096 characters, so a limit stays below that."""

    limit: Annotated[int, Field(ge=10, le=3500)] = 1500
    kept: bool = True


class ManySpec(Strict):
    """`many:` several choices."""

    least: Annotated[int, Field(ge=0)] = 1
    most: Annotated[int, Field(ge=1)] = 100


class TimeoutSpec(Strict):
    """`timeout:` where to go when nobody has answered."""

    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)]
    next: str


class ClockSpec(Strict):
    """`clock:` one person's turn to speak, in the pair's group: so long, or so many written messages."""

    minutes: Annotated[int, Field(ge=1, le=10)] = 3
    messages: Annotated[int, Field(ge=2, le=10)] = 3


class LateSpec(Strict):
    """`late:` of a flow for two: where each question goes that nobody answers, unless it has a `timeout:`."""

    hours: Annotated[int, Field(ge=1, le=24 * 7)] = 24
    next: str


class ActionSpec(Strict):
    """One entry of `then:`: `remember:` (with or without `value:`), `start:`, `do:` or `plan:` (the line)."""

    remember: str | None = None
    value: str | None = None
    start: str | None = None
    do: str | None = None
    plan: Words | None = None

    @model_validator(mode="after")
    def _one_deed(self) -> Self:
        if [self.remember, self.start, self.do, self.plan].count(None) != 3:  # noqa: PLR2004  all but one
            message = "exactly one of remember:, start:, do: and plan: is needed"
            raise ValueError(message)
        return self


class FooterSpec(Strict):
    """A button that several nodes share, and where it leads."""

    label: Words
    next: str


class NodeSpec(Strict):
    """One node."""

    say: str = ""
    picture: PictureName | None = None
    who: Who | None = None
    where: Where = "here"
    sealed: bool = False
    choices: dict[ChoiceId, Words] | None = None
    source: str | None = None
    many: ManySpec | None = None
    rank: bool = False
    scale: ScaleSpec | None = None
    text: TextSpec | None = None
    skip: bool | None = None
    back: bool | None = None
    branches: list[BranchSpec] = []
    next: str | dict[str, str] = END
    timeout: TimeoutSpec | None = None
    then: list[ActionSpec] = []
    reveal: list[NodeId] = []
    shares: NodeId | list[NodeId] = []
    clock: ClockSpec | None = None
    reply: ChoiceId | None = None
    quiet: bool = False
    footer: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        kinds = [
            self.choices is not None,
            self.source is not None,
            self.scale is not None,
            self.text is not None,
        ]
        if sum(kinds) > 1:
            message = "one question a node: choices, source, scale or text"
            raise ValueError(message)
        if (self.many or self.rank) and self.choices is None:
            message = "many: and rank: need choices:"
            raise ValueError(message)
        if not self.say.strip() and (sum(kinds) or not (self.branches or self.then or self.reveal)):
            message = "say: is missing"
            raise ValueError(message)
        if self.picture and not self.say.strip():
            message = "picture: needs say:, the same in words"
            raise ValueError(message)
        return self


class FlowSpec(Strict):
    """A whole file."""

    spec: Literal[1]
    id: FlowId
    about: AboutSpec
    roles: list[Role] = ["initiator"]
    start: NodeId
    moved: dict[str, NodeId] = {}
    footer: dict[ChoiceId, FooterSpec] = {}
    late: LateSpec | None = None
    nodes: dict[NodeId, NodeSpec]


def build(spec: FlowSpec) -> Flow:
    """Turn a file that fits the shape into a flow. Nothing is proven yet: that is `checks.py`."""
    nodes = {node_id: _node(node_id, node, spec) for node_id, node in spec.nodes.items()}
    about = About(
        title=spec.about.title,
        tags=tuple(spec.about.tags),
        minutes=spec.about.minutes,
        again=spec.about.again,
        gate=spec.about.gate,
        evidence=spec.about.evidence,
        kind=spec.about.kind,
        command=spec.about.command,
        hint=spec.about.hint,
        asks=spec.about.asks,
        stores=spec.about.stores,
        sensitive=spec.about.sensitive,
    )
    return Flow(spec.id, about, tuple(spec.roles), spec.start, nodes, dict(spec.moved))


def _node(node_id: str, spec: NodeSpec, flow: FlowSpec) -> Node:
    ask = _ask(spec)
    routes = (
        {key: value for key, value in spec.next.items() if key != "else"}
        if isinstance(spec.next, dict)
        else {}
    )
    default = spec.next if isinstance(spec.next, str) else spec.next.get("else", END)
    footer = tuple(Choice(key, extra.label) for key, extra in flow.footer.items()) if spec.footer else ()
    routes |= {key: extra.next for key, extra in flow.footer.items() if spec.footer and key not in routes}
    alone = len(flow.roles) == 1
    own_words = isinstance(ask, Text | Scale)
    return Node(
        id=node_id,
        say=spec.say.strip(),
        ask=ask,
        who=spec.who or ("initiator" if alone else "everyone"),
        where="pair" if spec.where == "here" and not alone else spec.where,
        sealed=spec.sealed,
        branches=tuple(Branch(one.when, one.next) for one in spec.branches),
        routes=routes,
        next=default,
        timeout=_timeout(spec, flow.late if ask is not None else None),
        then=tuple(_action(one) for one in spec.then),
        skip=spec.skip if spec.skip is not None else own_words,
        back=spec.back if spec.back is not None else (alone and flow.about.stores and ask is not None),
        reveal=tuple(spec.reveal),
        shares=(spec.shares,) if isinstance(spec.shares, str) else tuple(spec.shares),
        clock=Clock(spec.clock.minutes * 60, spec.clock.messages) if spec.clock else None,
        reply=spec.reply,
        quiet=spec.quiet,
        footer=footer,
        picture=spec.picture,
    )


def _timeout(spec: NodeSpec, late: LateSpec | None) -> Timeout | None:
    if spec.timeout:
        return Timeout(spec.timeout.minutes * 60, spec.timeout.next)
    return Timeout(late.hours * 3600, late.next) if late else None


def _ask(spec: NodeSpec) -> Ask | None:  # noqa: PLR0911  one a kind of question
    choices = tuple(Choice(key, label) for key, label in (spec.choices or {}).items())
    if spec.source is not None:
        return Pick(source=spec.source)
    if spec.scale is not None:
        return Scale(spec.scale.low, spec.scale.high, spec.scale.low_words, spec.scale.high_words)
    if spec.text is not None:
        return Text(spec.text.limit, spec.text.kept)
    if spec.choices is None:
        return None
    if spec.rank:
        return Rank(choices)
    if spec.many is not None:
        return PickMany(choices, spec.many.least, min(spec.many.most, len(choices)))
    return Pick(choices)


def _action(spec: ActionSpec) -> Action:
    if spec.start is not None:
        return Action("start", spec.start)
    if spec.do is not None:
        return Action("deed", spec.do, spec.value)
    if spec.plan is not None:
        return Action("deed", PLAN, spec.plan)
    return Action("remember", spec.remember or "", spec.value)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a flow file, for editors."""
    return FlowSpec.model_json_schema()
