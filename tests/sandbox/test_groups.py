"""Groups, administrators, supergroups and topics: what the bot is told, shown and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import telegram

from bot.sandbox import HumanError, SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.sandbox import World

    Caller = Callable[..., Coroutine[Any, Any, Any]]

ANN, BO, PAIR = 1001, 1002, -500


@pytest.fixture
def world(server: SandboxServer) -> World:
    """Ann has made a group of herself, Bo and the bot."""
    world = server.world
    world.add_user(ANN, "Ann")
    world.add_user(BO, "Bo")
    world.create_group(PAIR, "Ann and Bo", [ANN, BO])
    return world


@pytest.fixture
def forum(world: World) -> int:
    """Return the id of the forum that the group has become."""
    return world.make_forum(ANN, PAIR)


async def refusal(call: Caller, method: str, **params: object) -> tuple[int, str]:
    status, reply = await call(method, **params)
    return status, reply["description"]


async def fetched(call: Caller) -> list[dict[str, Any]]:
    """Return the updates that wait, and confirm them."""
    result: list[dict[str, Any]] = (await call("getUpdates"))[1]["result"]
    if result:
        await call("getUpdates", offset=result[-1]["update_id"] + 1)
    return result


def changes(updates: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the changes of membership as kind, old and new status."""
    return [
        (kind, body["old_chat_member"]["status"], body["new_chat_member"]["status"])
        for update in updates
        for kind, body in update.items()
        if isinstance(body, dict) and "old_chat_member" in body
    ]


# Coming and going


async def test_the_bot_is_brought_into_a_group(server: SandboxServer, call: Caller) -> None:
    world = server.world
    world.add_user(ANN, "Ann")
    world.create_group(PAIR, "Just Ann", [ANN], with_bot=False)
    world.say(ANN, "alone", PAIR)
    assert await fetched(call) == []
    assert await refusal(call, "sendMessage", chat_id=PAIR, text="x") == (400, "Bad Request: chat not found")
    world.add_bot(ANN, PAIR, "invite_7")
    updates = await fetched(call)
    assert changes(updates) == [("my_chat_member", "left", "member")]
    assert updates[1]["message"]["new_chat_members"] == [world.bot]
    assert updates[2]["message"]["text"] == "/start@sandbox_bot invite_7"
    assert updates[2]["message"]["entities"][0]["type"] == "bot_command"
    for start in ("", "x" * 65, "ї"):
        with pytest.raises(HumanError):
            world.add_bot(ANN, PAIR, start)


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_the_words_for_a_bot_outside(world: World, call: Caller, kind: str) -> None:
    chat_id = world.upgrade(ANN, PAIR)["message"]["chat"]["id"] if kind == "supergroup" else PAIR
    world.kick_bot(ANN, chat_id)
    kicked = f"Forbidden: bot was kicked from the {kind} chat"
    assert await refusal(call, "sendMessage", chat_id=chat_id, text="x") == (403, kicked)
    assert await refusal(call, "getChat", chat_id=chat_id) == (403, kicked)
    world.add_bot(ANN, chat_id)
    assert (await call("leaveChat", chat_id=chat_id))[0] == 200
    left = f"Forbidden: bot is not a member of the {kind} chat"
    assert await refusal(call, "sendMessage", chat_id=chat_id, text="x") == (403, left)
    assert changes(await fetched(call)) == [
        ("my_chat_member", "left", "member"),
        ("my_chat_member", "member", "kicked"),
        ("my_chat_member", "kicked", "member"),
        ("my_chat_member", "member", "left"),
    ]


async def test_members_are_told_to_an_administrator_who_asks(world: World, call: Caller) -> None:
    await call("getUpdates", allowed_updates=["message", "chat_member", "my_chat_member"])
    world.leave(BO, PAIR)
    world.make_bot_admin(ANN, PAIR)
    world.join(BO, PAIR)
    world.make_admin(ANN, BO, PAIR)
    world.kick(BO, world.join(world.add_user(7, "Cy")["id"], PAIR)["message"]["from"]["id"], PAIR)
    assert changes(await fetched(call)) == [
        ("my_chat_member", "left", "member"),
        ("my_chat_member", "member", "administrator"),
        ("chat_member", "left", "member"),
        ("chat_member", "member", "administrator"),
        ("chat_member", "left", "member"),
        ("chat_member", "member", "kicked"),
    ]


async def test_asking_about_a_group(server: SandboxServer, world: World) -> None:
    world.rename(ANN, PAIR, "Two and a bot")
    world.make_bot_admin(ANN, PAIR)
    world.leave(BO, PAIR)
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as bot:
        assert (await bot.get_chat(PAIR)).title == "Two and a bot"
        assert [one.status for one in await bot.get_chat_administrators(PAIR)] == ["creator", "administrator"]
        assert [(await bot.get_chat_member(PAIR, one)).status for one in (ANN, BO, bot.id)] == [
            "creator",
            "left",
            "administrator",
        ]
        assert await bot.get_chat_member_count(PAIR) == 2


def test_every_change_is_told_to_listeners(world: World) -> None:
    told: list[Any] = []
    world.listeners.append(lambda event, what: told.append(what) if event == "chat" else None)
    acts: list[Callable[[], object]] = [
        lambda: world.leave(BO, PAIR),
        lambda: world.join(BO, PAIR),
        lambda: world.rename(ANN, PAIR, "Two"),
        lambda: world.make_bot_admin(ANN, PAIR),
        lambda: world.kick_bot(ANN, PAIR),
        lambda: world.add_bot(BO, PAIR),
        lambda: world.kick(ANN, BO, PAIR),
    ]
    for number, act in enumerate(acts, 1):
        act()
        assert told == [{"chat_id": PAIR}] * number
    world.say(ANN, "/start")
    world.block(ANN)
    assert told[-1] == {"chat_id": ANN}


# What the bot is shown


async def test_privacy_mode_and_how_it_ends(world: World, call: Caller) -> None:
    assert "update_id" not in world.say(BO, "between us", PAIR)
    world.privacy = False
    assert "update_id" in world.say(BO, "said to all", PAIR)
    assert (await call("getMe"))[1]["result"]["can_read_all_group_messages"]
    world.privacy = True
    world.make_bot_admin(ANN, PAIR)
    assert "update_id" in world.send_media(BO, "photo", PAIR)


async def test_an_administrator_deletes_what_others_wrote(world: World, call: Caller) -> None:
    said = world.say(BO, "/start", PAIR)["message"]["message_id"]
    refused = (400, "Bad Request: message can't be deleted")
    assert await refusal(call, "deleteMessage", chat_id=PAIR, message_id=said) == refused
    world.make_bot_admin(ANN, PAIR)
    assert (await call("deleteMessage", chat_id=PAIR, message_id=said))[0] == 200


def test_anonymous_administrators_look_alike(world: World) -> None:
    with pytest.raises(HumanError, match="upgrade it first"):
        world.say_anonymously(PAIR, "/start")
    chat_id = world.upgrade(ANN, PAIR)["message"]["chat"]["id"]
    update = world.say_anonymously(chat_id, "/start")
    assert "update_id" in update
    assert update["message"]["from"]["id"] == 1087968824
    assert update["message"]["sender_chat"]["id"] == chat_id


# Supergroups


async def test_a_group_moves_to_a_new_id(world: World, call: Caller) -> None:
    await fetched(call)
    told: list[Any] = []
    world.listeners.append(lambda event, what: told.append(what) if event == "chat" else None)
    new = world.upgrade(ANN, PAIR)["message"]["chat"]["id"]
    assert str(new).startswith("-100")
    assert len(str(new)) == 14
    assert told == [{"chat_id": new, "from": PAIR}]
    first, second = [update["message"] for update in await fetched(call)]
    assert (first["chat"]["id"], first["migrate_to_chat_id"]) == (PAIR, new)
    assert (second["chat"]["id"], second["migrate_from_chat_id"]) == (new, PAIR)
    status, reply = await call("sendMessage", chat_id=PAIR, text="x")
    assert (status, reply["description"], reply["parameters"]) == (
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": new},
    )
    assert (await call("sendMessage", chat_id=new, text="x"))[0] == 200
    with pytest.raises(HumanError, match="has become"):
        world.say(BO, "/start", PAIR)
    world.say(BO, "/start", new)


# Topics


async def test_messages_stay_in_their_topic(world: World, forum: int, call: Caller) -> None:
    topic = world.open_topic(ANN, forum, "Evenings")
    created = (await fetched(call))[-1]["message"]
    assert created["forum_topic_created"]["name"] == "Evenings"
    said = world.say(BO, "/start", forum, topic=topic)["message"]
    assert (said["message_thread_id"], said["is_topic_message"]) == (topic, True)
    assert said["reply_to_message"]["message_id"] == topic
    _, sent = await call("sendMessage", chat_id=forum, text="x", message_thread_id=topic)
    assert sent["result"]["message_thread_id"] == topic
    answering = {"message_id": said["message_id"]}
    _, sent = await call("sendMessage", chat_id=forum, text="x", reply_parameters=answering)
    assert sent["result"]["message_thread_id"] == topic
    answer = world.say(BO, "an answer", forum, reply_to=sent["result"]["message_id"])
    assert answer["message"]["message_thread_id"] == topic
    assert "update_id" in answer
    _, sent = await call("sendMessage", chat_id=forum, text="x")
    assert "message_thread_id" not in sent["result"]


async def test_what_stands_in_a_topic_of_the_bot_is_no_reply_to_it(
    world: World, forum: int, call: Caller
) -> None:
    refused = (400, "Bad Request: not enough rights to create a topic")
    assert await refusal(call, "createForumTopic", chat_id=forum, name="Mornings") == refused
    world.make_bot_admin(ANN, forum)
    _, made = await call("createForumTopic", chat_id=forum, name="Mornings")
    world.chats[forum].bot_admin = False
    topic = made["result"]["message_thread_id"]
    assert "update_id" not in world.say(BO, "between us", forum, topic=topic)
    assert "update_id" in world.say(BO, "/start", forum, topic=topic)


async def test_topics_that_are_closed_or_gone(world: World, forum: int, call: Caller) -> None:
    topic = world.open_topic(ANN, forum, "Evenings")
    asked = {"chat_id": forum, "message_thread_id": topic}
    world.close_topic(ANN, forum, topic)
    for method, more in (("sendMessage", {"text": "x"}), ("sendChatAction", {"action": "typing"})):
        assert await refusal(call, method, **asked, **more) == (400, "Bad Request: TOPIC_CLOSED")
    with pytest.raises(HumanError, match="is closed"):
        world.say(BO, "/start", forum, topic=topic)
    world.reopen_topic(ANN, forum, topic)
    assert (await call("sendMessage", **asked, text="x"))[0] == 200
    world.delete_topic(ANN, forum, topic)
    gone = (400, "Bad Request: message thread not found")
    assert await refusal(call, "sendMessage", **asked, text="x") == gone
    assert [one for one in world.messages(forum) if one.get("message_thread_id")] == []
    with pytest.raises(HumanError, match="no topic"):
        world.say(BO, "/start", forum, topic=topic)


@pytest.mark.parametrize(
    "act",
    [
        lambda world: world.kick_bot(BO, PAIR),
        lambda world: world.upgrade(BO, PAIR),
        lambda world: world.rename(77, PAIR, "Mine"),
        lambda world: world.make_forum(BO, PAIR),
        lambda world: world.open_topic(ANN, PAIR, "No forum"),
        lambda world: world.kick(ANN, ANN, PAIR),
        lambda world: world.kick(ANN, 77, PAIR),
        lambda world: world.add_bot(ANN, PAIR),
        lambda world: world.make_bot_admin(BO, PAIR),
        lambda world: world.create_group(5, "Positive", [ANN]),
        lambda world: world.join(ANN, 5),
    ],
)
def test_what_no_app_offers(world: World, act: Callable[[World], object]) -> None:
    with pytest.raises(HumanError):
        act(world)
