"""Who is there when the curtain rises: two people, each with a phone, and a group of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.scene import Chat

if TYPE_CHECKING:
    from bot.sandbox.world import World

ANN: Final = 1001
BO: Final = 1002
GROUP: Final = -2001
STRANGERS: Final = ("Cy", "Dee", "Eli", "Fay", "Gil")

_TWO: Final = ((ANN, "Ann", "ann_sandbox"), (BO, "Bo", "bo_sandbox"))


def set_stage(world: World) -> None:
    """Add the two and their group, which the bot is not in, wherever nobody has those ids yet."""
    for user_id, name, username in _TWO:
        if user_id not in world.people:
            world.add_user(user_id, name, username)
    if GROUP not in world.chats:
        shape = {"id": GROUP, "title": "Ann and Bo", "type": "group"}
        world.chats[GROUP] = Chat(shape, {ANN, BO}, has_bot=False, creator=ANN, admins={BO})


def add_stranger(world: World) -> int:
    """Give one more person an account, who is in no chat, and return their id."""
    number = max(world.people) + 1
    names = {person.shape["first_name"] for person in world.people.values()}
    name = next((one for one in STRANGERS if one not in names), f"Guest {number}")
    world.add_user(number, name)
    return number
