"""How sealed answers are opened: once, for all, each as far as its owner chose (design.md, rule 8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.flow.effects import Reveal
from bot.flow.leading import asked

if TYPE_CHECKING:
    from bot.flow.effects import Effect
    from bot.flow.model import Flow, Node
    from bot.flow.session import Session


def open_answers(flow: Flow, session: Session, node: Node, effects: list[Effect]) -> Session:
    """Reveal answers at the level each owner chose, once, and only when all who were asked have answered."""
    for opened in node.reveal:
        source = flow.find(opened)
        if source is None or not all(session.final(role, opened) for role in asked(session, source.who)):
            continue
        for of in session.roles:
            answer = session.answer(of, opened)
            if answer is None or answer.share == "keep" or (of, opened) in session.revealed:
                continue
            others = (other for other in session.roles if other != of)
            effects += [Reveal(of, to, opened, answer.share) for to in others]
            session = replace(session, revealed=(*session.revealed, (of, opened)))
    return session
