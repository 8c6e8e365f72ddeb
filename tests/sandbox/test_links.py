"""Links to the bot, and what the page can do with groups: each as an app does it, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import ANN, BO, GROUP, HumanError, SandboxServer
from bot.sandbox.acts import Acts
from bot.sandbox.links import brings_into_group, open_alone, open_in_group

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.sandbox import World

ALONE, TO_GROUP = "https://t.me/sandbox_bot?start=abc-1", "https://t.me/Sandbox_Bot?startgroup=abc-1"


@pytest.fixture
def world(server: SandboxServer) -> World:
    return server.world


@pytest.fixture
def acts(server: SandboxServer) -> Acts:
    async def jump(_: timedelta) -> None: ...
    async def start_over() -> None: ...

    return Acts(server.world, server.page.record, jump, start_over)


def newest(world: World, chat_id: int) -> Any:  # noqa: ANN401  (a text, or nothing)
    return world.last(chat_id).get("text")


def test_a_link_says_where_it_leads(world: World) -> None:
    assert not brings_into_group(world, ALONE)
    assert not brings_into_group(world, "https://t.me/sandbox_bot")
    assert brings_into_group(world, TO_GROUP)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/sandbox_bot?start=a",
        "https://t.me/other_bot?start=a",
        "https://t.me.example.org/sandbox_bot?start=a",
        "https://t.me/sandbox_bot?start=a%20b",
        f"https://t.me/sandbox_bot?startgroup={'x' * 65}",
        "t.me/sandbox_bot?start=a",
    ],
)
def test_a_link_that_no_app_opens(world: World, url: str) -> None:
    with pytest.raises(HumanError):
        brings_into_group(world, url)


def test_a_link_is_opened_in_ones_own_chat(world: World) -> None:
    open_alone(world, BO, ALONE)
    assert newest(world, BO) == "/start abc-1"
    open_alone(world, BO, "https://t.me/sandbox_bot")
    assert newest(world, BO) == "/start"


def test_start_lets_a_blocked_bot_in_again(world: World) -> None:
    world.say(BO, "/start")
    world.block(BO)
    open_alone(world, BO, ALONE)
    assert not world.person(BO).blocked
    assert newest(world, BO) == "/start abc-1"


def test_a_link_brings_the_bot_into_a_group_and_only_speaks_where_it_is(world: World) -> None:
    open_in_group(world, ANN, TO_GROUP, GROUP)
    assert world.chats[GROUP].has_bot
    assert newest(world, GROUP) == "/start@sandbox_bot abc-1"
    told = len(world.messages(GROUP))
    open_in_group(world, BO, TO_GROUP, GROUP)
    assert len(world.messages(GROUP)) == told + 1
    assert world.last(GROUP)["from"]["id"] == BO


def test_new_groups_have_their_own_number_and_name(world: World) -> None:
    cy = world.add_user(7, "Cy")["id"]
    first, second = world.new_group(ANN, [BO]), world.new_group(ANN, [BO, cy])
    assert len({GROUP, first, second}) == 3
    assert [world.chats[one].shape["title"] for one in (first, second)] == ["Ann and Bo 2", "Ann, Bo and Cy"]
    assert world.chats[second].members == {ANN, BO, cy}
    assert not world.chats[first].has_bot
    supergroup = world.upgrade(ANN, first)["message"]["chat"]["id"]
    assert world.new_group(BO, [ANN]) > supergroup
    with pytest.raises(HumanError):
        world.new_group(ANN, [99])


async def test_the_page_follows_links(world: World, acts: Acts) -> None:
    await acts.do({"do": "link", "as": BO, "chat": 0, "url": ALONE})
    assert newest(world, BO) == "/start abc-1"
    await acts.do({"do": "link", "as": ANN, "chat": 0, "url": TO_GROUP, "others": [BO]})
    made = next(reversed(world.chats))
    assert world.chats[made].members == {ANN, BO}
    assert newest(world, made) == "/start@sandbox_bot abc-1"
    await acts.do({"do": "link", "as": BO, "chat": GROUP, "url": TO_GROUP})
    assert world.chats[GROUP].has_bot


async def test_the_page_does_what_is_done_in_groups(world: World, acts: Acts) -> None:
    async def do(what: str, chat: int = GROUP, who: int = ANN, **more: object) -> None:
        await acts.do({"do": what, "as": who, "chat": chat, **more})

    cy = world.add_user(7, "Cy")["id"]
    await do("add_bot")
    await do("join", who=cy)
    await do("kick", other=cy)
    assert cy in world.chats[GROUP].banned
    await do("make_bot_admin")
    assert world.chats[GROUP].bot_admin
    await do("upgrade")
    forum = world.chats[GROUP].moved_to
    assert forum is not None
    await do("make_forum", forum)
    await do("open_topic", forum, title="Evenings")
    topic = next(iter(world.chats[forum].topics))
    await do("say_anonymously", forum, text="who am I?", topic=topic)
    masked = world.last(forum)
    assert (masked["sender_chat"]["id"], masked["message_thread_id"]) == (forum, topic)
    await do("close_topic", forum, topic=topic)
    assert world.chats[forum].topics[topic].closed
    await do("reopen_topic", forum, topic=topic)
    assert not world.chats[forum].topics[topic].closed
    await do("media", forum, kind="voice", topic=topic)
    assert world.last(forum)["message_thread_id"] == topic
    await do("delete_topic", forum, topic=topic)
    assert not world.chats[forum].topics
    await do("new_group", forum, others=[BO])
    assert world.chats[next(reversed(world.chats))].members == {ANN, BO}


@pytest.mark.parametrize(
    "act",
    [
        {"do": "say_anonymously", "as": 7, "chat": GROUP, "text": "x"},
        {"do": "say_anonymously", "as": ANN, "chat": GROUP, "text": "x"},
        {"do": "kick", "as": ANN, "chat": GROUP, "other": ANN},
        {"do": "close_topic", "as": ANN, "chat": GROUP, "topic": 5},
        {"do": "link", "as": ANN, "chat": 0, "url": TO_GROUP},
        {"do": "fly", "as": ANN, "chat": GROUP},
    ],
)
async def test_the_page_refuses_what_no_app_offers(world: World, acts: Acts, act: dict[str, object]) -> None:
    world.add_user(7, "Cy")
    world.join(7, GROUP)
    with pytest.raises(HumanError):
        await acts.do(act)
