// Two phones and a group: listens on one WebSocket, acts by POST, and keeps what all columns share.

import { button, make } from "./bubble.js";
import { ChatView } from "./chat.js";
import { Drawer } from "./drawer.js";

const $ = (id) => document.getElementById(id);
const stored = new Map();      // chat id -> Map of message_id -> message
let clockAhead = 0, retry = 500;

const room = {
  bot: { id: 0, first_name: "", username: "" },
  people: new Map(),
  chats: new Map(),
  commands: [],
  // With those of the group that it was before, as in the apps.
  messages: (chatId) => [...stored].filter(([id]) => room.now(id) === chatId).flatMap(([, said]) => [...said.values()])
    .sort((one, other) => one.message_id - other.message_id),
  // The chat that a chat has become, which mostly is itself.
  now: (chatId) => (room.chats.get(chatId)?.migrated_to ? room.now(room.chats.get(chatId).migrated_to) : chatId),
  hue: (id) => ["ann", "bo"][[...room.people.keys()].indexOf(id)] ?? "other",
  groups: () => [...room.chats.values()].filter((chat) => chat.type !== "private" && !chat.migrated_to),

  async act(what, view) {
    try {
      const answer = await fetch("/sandbox/act", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what),
      });
      if (!answer.ok) (view ?? shownFirst()).toast((await answer.json()).error ?? "That did not work.");
      return answer.ok;
    } catch {
      (view ?? shownFirst()).toast("The sandbox is not running.");
      return false;
    }
  },

  // A list of [label, act, hint] under the button that opened it.
  openMenu(opener, entries) {
    const menu = $("menu");
    menu.replaceChildren(...entries.map(([label, act, hint]) => {
      const entry = button("entry", undefined, () => { menu.hidePopover(); act(); });
      entry.append(make("b", "", label));
      if (hint) entry.append(make("span", "", hint));
      return entry;
    }));
    menu.showPopover();
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    menu.style.top = `${at.bottom + height + 8 > innerHeight ? Math.max(8, at.top - height - 6) : at.bottom + 6}px`;
    menu.querySelector("button")?.focus();
  },

  showPicture(source, alt) {
    const picture = $("picture").querySelector("img");
    picture.src = source;
    picture.alt = alt;
    $("picture").showModal();
  },

  lookAt: (chatId) => drawer.lookAt(chatId),

  // After somebody has opened a link: show their phone, where the bot now answers.
  bringForward(personId) {
    if (!columns.some((view) => !view.isGroup && view.actor === personId)) columns[1].show(personId, personId);
    room.changed();
    chooseTab(columns.findIndex((view) => view.actor === personId));
  },

  showGroup() { chooseTab(columns.findIndex((view) => view.isGroup)); },

  changed() {
    for (const view of columns) view.dress();
    listPeople();
    listTabs();
    drawer.listChats();
  },
};

const columns = [new ChatView(room, "first", false), new ChatView(room, "second", false), new ChatView(room, "group", true)];
const drawer = new Drawer(room);
const shownFirst = () => columns.find((view) => view.root.offsetParent) ?? columns[0];

$("columns").append(...columns.map((view) => view.root));

// ---- who is where

function takePeople({ people, chats }) {
  const known = new Set(room.chats.keys());
  room.people = new Map(people.map((person) => [person.id, person]));
  room.chats = new Map(Object.values(chats).map((chat) => [chat.id, chat]));
  const ids = [...room.people.keys()];
  columns.forEach((view, index) => {
    if (view.isGroup) view.show(groupFor(view, known), ids.includes(view.actor) ? view.actor : ids[0]);
    else view.show(ids.includes(view.actor) ? view.actor : ids[index], ids.includes(view.actor) ? view.actor : ids[index]);
  });
  room.changed();
}

// The group that is shown: one that has just been made, else the one of before under its present number.
function groupFor(view, known) {
  const ids = room.groups().map((chat) => chat.id);
  const moved = room.now(view.chat);
  const made = known.size ? ids.find((id) => !known.has(id) && id !== moved) : undefined;
  return made ?? (ids.includes(moved) ? moved : ids.at(-1) ?? 0);
}

// The second phone can change hands, and the group can be another one, where there are several.
function listPeople() {
  columns.forEach((view, index) => {
    const select = view.$(".whose");
    const list = view.isGroup ? room.groups().map((chat) => new Option(chat.title, chat.id))
      : [...room.people.values()].filter((person) => person.id !== columns[0].actor)
        .map((person) => new Option(`${person.first_name}’s phone`, person.id));
    select.hidden = index === 0 || list.length < 2;
    select.replaceChildren(...list);
    select.value = view.isGroup ? view.chat : view.actor;
    select.setAttribute("aria-label", view.isGroup ? "Which group" : "Whose phone");
    view.$("h2").classList.toggle("hidden", !select.hidden);
  });
}

let tab = 0;

function listTabs() {
  $("tabs").replaceChildren(...columns.map((view, index) => {
    const name = view.isGroup ? "Group" : room.people.get(view.actor)?.first_name ?? "";
    const one = button("tab", name, () => chooseTab(index));
    one.dataset.hue = view.root.dataset.hue;
    if (index === tab) one.setAttribute("aria-current", "true");
    if (view.unread) one.append(make("span", "unread", String(view.unread)));
    view.root.classList.toggle("chosen", index === tab);
    return one;
  }));
}

function chooseTab(index) {
  tab = Math.max(index, 0);
  columns[tab].unread = 0;
  listTabs();
  if (columns[tab].stuck) columns[tab].toEnd();
  room.lookAt(columns[tab].chat);
}

// ---- the clock

function setClock(now) {
  clockAhead = now * 1000 - Date.now();
  tick();
}

function tick() {
  const now = new Date(Date.now() + clockAhead);
  $("clock").dateTime = now.toISOString();
  $("clock").textContent = now.toLocaleString([], {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  });
}

setInterval(tick, 1000);

// ---- listening

function put(chatId, message, isNew) {
  if (!stored.has(chatId)) stored.set(chatId, new Map());
  stored.get(chatId).set(message.message_id, message);
  for (const view of columns.filter((one) => one.chat === room.now(chatId))) {
    view.put(message);
    if (isNew && !view.root.offsetParent) { view.unread = (view.unread ?? 0) + 1; listTabs(); }
  }
}

const seeing = (chatId, what) => columns.filter((view) => view.chat === room.now(chatId)).forEach(what);

const heard = {
  hello(event) {
    room.bot = event.bot;
    room.commands = event.commands;
    $("bot-name").textContent = document.title = event.bot.first_name;
    $("status").textContent = "a stand-in for Telegram, on this machine only";
    stored.clear();
    for (const [chatId, messages] of Object.entries(event.messages)) {
      stored.set(Number(chatId), new Map(messages.map((message) => [message.message_id, message])));
    }
    for (const view of columns) view.chat = null;
    takePeople(event);
    setClock(event.now);
    drawer.begin(event);
  },
  people: takePeople,
  message: ({ chat, what }) => put(chat, what, true),
  edited: ({ chat, what }) => put(chat, what, false),
  deleted({ chat, what }) {
    stored.get(chat)?.delete(what.message_id);
    seeing(chat, (view) => view.remove(what.message_id));
  },
  keyboard({ chat, what }) {
    const known = room.chats.get(chat);
    if (known) known.keyboard = what.keyboard;
    seeing(chat, (view) => view.dressKeyboard(what.keyboard));
  },
  action({ chat, what }) { if (what.action === "typing") seeing(chat, (view) => view.typing()); },
  answered: ({ chat, what }) => seeing(chat, (view) => view.answered(what)),
  commands: ({ commands }) => { room.commands = commands; },
  clock: ({ now }) => setClock(now),
  call: ({ call }) => drawer.call(call),
};

function listen() {
  const line = new WebSocket(`ws://${location.host}/sandbox/live`);
  line.addEventListener("open", () => { retry = 500; document.body.classList.remove("lost"); });
  line.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    heard[event.type]?.(event);
    if (event.type !== "clock" && event.type !== "hello") drawer.refresh();
  });
  line.addEventListener("close", () => {
    document.body.classList.add("lost");
    $("status").textContent = "stopped; trying again …";
    setTimeout(listen, retry);
    retry = Math.min(retry * 2, 5000);
  });
}

// ---- hands

for (const jump of document.querySelectorAll("[data-jump]")) {
  jump.addEventListener("click", () => room.act({ do: "jump", seconds: Number(jump.dataset.jump) }));
}
$("next").addEventListener("click", () => room.act({ do: "next" }));
$("stranger").addEventListener("click", () => room.act({ do: "stranger" }));
$("start-over").addEventListener("click", (event) => {
  room.openMenu(event.target, [["Forget everything and begin again", () => room.act({ do: "start_over" })]]);
});
$("picture").addEventListener("click", () => $("picture").close());
listTabs();
listen();
