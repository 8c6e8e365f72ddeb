// Behind the glass: where the chosen chat stands, what is coming, how it is stored, and every call of the bot.

import { make } from "./bubble.js";

const $ = (id) => document.getElementById(id);
const MOST_CALLS = 200;
const SOON = 120;

export class Drawer {
  constructor(room) {
    this.room = room;
    this.chat = 0;
    this.timer = 0;
    $("glass-toggle").addEventListener("click", () => this.open($("drawer").hidden));
    $("drawer-close").addEventListener("click", () => { this.open(false); $("glass-toggle").focus(); });
    $("drawer").addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.open(false); $("glass-toggle").focus(); }
    });
    $("drawer-chat").addEventListener("change", (event) => {
      this.chat = Number(event.target.value);
      this.refresh();
    });
  }

  begin({ calls }) {
    $("calls").replaceChildren();
    calls.forEach((call) => this.call(call));
    if (!this.room.chats.has(this.chat)) this.chat = [...this.room.people.keys()][0];
    this.listChats();
    this.refresh();
  }

  open(open) {
    $("drawer").hidden = !open;
    $("glass-toggle").setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("glass", open);
    if (open) { this.refresh(); $("drawer-chat").focus(); }
  }

  lookAt(chatId) {
    if (!chatId || chatId === this.chat) return;
    this.chat = chatId;
    this.listChats();
    this.refresh();
  }

  listChats() {
    const groups = [...this.room.chats.values()].filter((chat) => chat.type !== "private");
    $("drawer-chat").replaceChildren(
      ...[...this.room.people.values()].map((person) => new Option(`${person.first_name} and the bot`, person.id)),
      ...groups.map((chat) => new Option(`Group: ${chat.title}`, chat.id)),
    );
    $("drawer-chat").value = this.chat;
  }

  // Soon, and once for a burst of events.
  refresh() {
    if ($("drawer").hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), SOON);
  }

  async look() {
    const answer = await fetch(`/sandbox/glass/${this.chat}`).catch(() => null);
    if (!answer?.ok) return;
    const view = await answer.json();
    fill($("stands"), (view.stands ?? []).map(card), "Nothing has begun in this chat.");
    fill($("coming"), view.coming?.length ? [table(view.coming.map(([name, value]) => [name, value, false]))] : [],
      "The bot plans nothing here.");
    fill($("stored"), (view.stored ?? []).map(card), "Nothing is stored about this chat.");
  }

  call(call) {
    const item = make("li", call.status === 200 ? "call" : "call refused");
    const details = make("details");
    const line = make("summary");
    const when = new Date(call.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    line.append(make("time", "", when), make("b", "", call.method), make("span", "", this.nameOf(call.chat)));
    line.append(make("i", "", call.status === 200 ? "" : `${call.status || "lost"} ${call.description || call.fault}`));
    details.append(line, make("pre", "", JSON.stringify(call.params, null, 1)));
    item.append(details);
    $("calls").prepend(item);
    if ($("calls").children.length > MOST_CALLS) $("calls").lastElementChild.remove();
  }

  nameOf(chatId) {
    const id = Number(chatId);
    return this.room.people.get(id)?.first_name ?? this.room.chats.get(id)?.title ?? "";
  }
}

function fill(box, nodes, otherwise) {
  box.replaceChildren(...(nodes.length ? nodes : [make("p", "hint", otherwise)]));
}

function card({ title, rows }) {
  const box = make("div", "card");
  box.append(make("h4", "", title), table(rows));
  return box;
}

function table(rows) {
  const list = make("dl");
  for (const [name, value, sealed] of rows) {
    const shown = make("dd", sealed ? "sealed" : "", value);
    list.append(make("dt", "", name), shown);
  }
  return list;
}
