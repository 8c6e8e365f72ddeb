// What a chat's menu offers beside words, and where a link to the bot can be opened.

const called = (room, id) => room.people.get(id)?.first_name ?? "Somebody";

// Entries are [label, act, hint], see `room.openMenu`; `view` is the ChatView that the menu belongs to.
export function moreMenu(view) {
  const { room, actor } = view;
  const chat = room.chats.get(view.chat);
  const does = (what, more) => () => view.act({ do: what, ...more });
  if (!view.isGroup) {
    return [room.people.get(actor).blocked ? ["Unblock the bot", does("unblock")] : ["Block the bot", does("block")]];
  }
  const fresh = newGroups(room, actor, "A new group with", (others) => view.act({ do: "new_group", others }));
  if (!chat) return fresh;
  if (!chat.members.includes(actor)) return [[`${called(room, actor)} joins the group`, does("join")], ...fresh];
  return [
    [`${called(room, actor)} leaves the group`, does("leave")],
    ...chat.members.filter((id) => id !== actor && id !== chat.creator)
      .map((id) => [`Put ${called(room, id)} out`, does("kick", { other: id })]),
    chat.has_bot ? ["Put the bot out", does("kick_bot")] : ["Add the bot to the group", does("add_bot")],
    ...(chat.has_bot && !chat.bot_admin ? [["Make the bot an administrator", does("make_bot_admin")]] : []),
    ...supergroup(view, chat, does),
    ...fresh,
  ];
}

function supergroup(view, chat, does) {
  if (chat.type === "group") return [["Turn it into a supergroup", does("upgrade")]];
  const nameless = ["Write without a name", () => withoutName(view), "the words in the box, as the group itself"];
  if (!chat.is_forum) return [["Turn topics on", does("make_forum")], nameless];
  const list = [["Open a topic", does("open_topic", { title: `Topic ${chat.topics.length + 1}` })]];
  const topic = chat.topics.find((one) => String(one.id) === view.topic);
  if (topic) {
    const act = topic.closed ? ["Open again:", "reopen_topic"] : ["Close", "close_topic"];
    list.push([`${act[0]} ${topic.name}`, does(act[1], { topic: topic.id })]);
    list.push([`Delete ${topic.name}`, does("delete_topic", { topic: topic.id }), "with all that is in it"]);
  }
  return [...list, nameless];
}

async function withoutName(view) {
  const text = view.box.value.trim();
  if (!text) return view.toast("Write the words first, then choose this.");
  if (await view.act({ do: "say_anonymously", text, topic: view.topic })) view.clear();
}

function newGroups(room, actor, label, make) {
  return [...room.people.keys()].filter((id) => id !== actor).map((id) => [`${label} ${called(room, id)}`, () => make([id])]);
}

export const isOwnLink = (room, url) => new RegExp(`^https://t\\.me/${room.bot.username}(\\?|$)`, "i").test(url);

// A link that stands in a text can be passed on, so anybody may open it.
export function linkMenu(view, url) {
  const { room } = view;
  return [...room.people.values()].map((person) => [`Open as ${person.first_name}`, () => openAs(view, url, person.id)]);
}

export function openAs(view, url, id) {
  view.room.bringForward(id);
  return view.room.act({ do: "link", as: id, chat: id, url }, view);
}

// A link with `?startgroup=` asks which group it should bring the bot into.
export function groupMenu(view, url) {
  const { room, actor } = view;
  const into = (where) => async () => {
    if (await room.act({ do: "link", as: actor, chat: 0, url, ...where }, view)) room.showGroup();
  };
  const own = [...room.chats.values()].filter((chat) =>
    chat.type !== "private" && !chat.migrated_to && chat.members.includes(actor));
  return [
    ...own.map((chat) => [`To “${chat.title}”`, into({ chat: chat.id }), chat.has_bot ? "the bot is there" : ""]),
    ...newGroups(room, actor, "To a new group with", (others) => into({ others })()),
  ];
}
