// One person's chat with the bot: listens on one WebSocket, acts by POST.

import { words } from "./words.js";

const $ = (id) => document.getElementById(id);
const log = $("log"), box = $("text"), scroller = $("scroller"), menu = $("commands");
const shown = new Map();      // message_id -> the <li> that shows it
let me = null, clockAhead = 0, editingId = null, retry = 500, typingTimer = 0;

// ---- acting

async function act(what) {
  try {
    const answer = await fetch("/sandbox/act", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what),
    });
    if (!answer.ok) toast((await answer.json()).error ?? "That did not work.");
    return answer.ok;
  } catch {
    toast("The sandbox is not running.");
    return false;
  }
}

const say = (text) => act({ do: "say", text });

async function send() {
  const text = box.value.trim();
  if (!text) return;
  const what = editingId ? { do: "edit", message_id: editingId, text } : { do: "say", text };
  if (!await act(what)) return;
  stopEditing();
  box.value = "";
  grow();
}

function edit(message) {
  editingId = message.message_id;
  box.value = message.text;
  $("editing").hidden = false;
  grow();
  box.focus();
}

function stopEditing() {
  if (!editingId) return;
  editingId = null;
  box.value = "";
  $("editing").hidden = true;
  grow();
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 180)}px`;
}

// ---- showing

const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const day = (date) => new Date(date * 1000).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
const time = (date) => new Date(date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const SENT = { photo: "Photo", voice: "Voice message, 0:04", sticker: "Sticker", location: "Location", contact: "Contact" };

function row(message) {
  const mine = message.from.id === me.id;
  const item = make("li", mine ? "row mine" : "row");
  item.dataset.id = message.message_id;
  item.dataset.day = day(message.date);
  const bubble = make("div", "bubble");
  bubble.append(make("span", "hidden", mine ? "You: " : `${message.from.first_name}: `));
  if (message.reply_to_message) bubble.append(make("p", "quote", message.reply_to_message.text ?? "a message"));
  const attached = attachment(message, mine);
  if (attached) bubble.append(attached);
  const text = message.text ?? message.caption;
  if (text) {
    const body = make("div", "words");
    body.append(words(text, message.entities ?? message.caption_entities, say));
    bubble.append(body);
  }
  bubble.append(foot(message, mine));
  item.append(bubble);
  if (message.reply_markup) item.append(keyboard(message));
  return item;
}

function foot(message, mine) {
  const line = make("div", "foot");
  if (mine && message.text) {
    const change = make("button", "change", "Edit");
    change.type = "button";
    change.addEventListener("click", () => edit(message));
    line.append(change);
  }
  if (message.edit_date) line.append(make("span", "", "edited"));
  const when = make("time", "", time(message.date));
  when.dateTime = new Date(message.date * 1000).toISOString();
  line.append(when);
  return line;
}

function attachment(message, mine) {
  if (message.document) {
    const file = make("a", "file", message.document.file_name);
    if (!mine) file.href = `/sandbox/file/${message.document.file_id}`;
    file.download = message.document.file_name;
    return file;
  }
  if (message.photo && !mine) {
    const picture = make("img", "picture");
    picture.src = `/sandbox/file/${message.photo.at(-1).file_id}`;
    picture.alt = message.caption ?? "A picture from the bot";
    return picture;
  }
  const kind = Object.keys(SENT).find((name) => message[name]);
  return kind ? make("p", `sample ${kind}`, SENT[kind]) : null;
}

function keyboard(message) {
  const keys = make("div", "keys");
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", "Buttons under the message");
  for (const buttons of message.reply_markup.inline_keyboard) {
    const line = make("div", "keyline");
    for (const button of buttons) {
      const key = make("button", "key", button.text);
      key.type = "button";
      if (button.callback_data === undefined) {
        key.classList.add("away");
        key.title = button.url ?? "";
      }
      key.addEventListener("click", () => press(message, button, key));
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}

function press(message, button, key) {
  if (button.callback_data === undefined) return toast(button.url ?? "This button does nothing here.");
  key.classList.add("busy");
  setTimeout(() => key.classList.remove("busy"), 8000);
  return act({ do: "press", message_id: message.message_id, data: button.callback_data });
}

function put(message) {
  const old = shown.get(message.message_id);
  const item = row(message);
  const stay = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight > 160;
  const focused = old?.contains(document.activeElement) ? label(document.activeElement) : null;
  if (old) old.replaceWith(item);
  else {
    if (log.lastElementChild?.dataset.day !== item.dataset.day) {
      const line = make("li", "day", item.dataset.day);
      line.dataset.day = item.dataset.day;
      log.append(line);
    }
    log.append(item);
  }
  shown.set(message.message_id, item);
  // A keyboard user stays where they were when the message under their finger is redrawn.
  if (focused) ([...item.querySelectorAll("button")].find((key) => label(key) === focused) ?? box).focus();
  if (message.from.id !== me.id) hideTyping();
  $("empty").hidden = true;
  if (!stay || message.from.id === me.id) bottom();
}

const label = (node) => node.textContent;
const bottom = () => { scroller.scrollTop = scroller.scrollHeight; };

function remove(id) {
  const item = shown.get(id);
  shown.delete(id);
  const before = item?.previousElementSibling;
  const after = item?.nextElementSibling;
  item?.remove();
  if (before?.classList.contains("day") && (!after || after.classList.contains("day"))) before.remove();
  $("empty").hidden = shown.size > 0;
}

function toast(text, loud = false) {
  const note = make("p", loud ? "toast loud" : "toast", text);
  $("toasts").append(note);
  setTimeout(() => note.remove(), loud ? 9000 : 5000);
}

function typing() {
  const stay = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight > 160;
  $("typing").hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(hideTyping, 5000);
  if (!stay) bottom();
}

function hideTyping() { $("typing").hidden = true; }

function listCommands(commands) {
  menu.replaceChildren();
  if (!commands.length) menu.append(make("p", "none", "The bot has not named any commands yet."));
  for (const { command, description } of commands) {
    const line = make("button", "entry");
    line.type = "button";
    line.append(make("b", "", `/${command}`), make("span", "", description));
    line.addEventListener("click", () => { openMenu(false); say(`/${command}`); box.focus(); });
    menu.append(line);
  }
}

function openMenu(open) {
  menu.hidden = !open;
  $("commands-toggle").setAttribute("aria-expanded", String(open));
  if (open) menu.querySelector("button")?.focus();
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

const heard = {
  hello(event) {
    me = event.me;
    $("bot-name").textContent = document.title = event.bot.first_name;
    $("face").textContent = $("empty-face").textContent = event.bot.first_name.slice(0, 1);
    $("my-name").textContent = me.first_name;
    $("status").textContent = `with ${me.first_name} · on this machine only`;
    shown.clear();
    log.replaceChildren();
    log.setAttribute("aria-live", "off");
    event.messages.forEach(put);
    log.setAttribute("aria-live", "polite");
    $("empty").hidden = event.messages.length > 0;
    listCommands(event.commands);
    setClock(event.now);
  },
  message: ({ what }) => put(what),
  edited: ({ what }) => put(what),
  deleted: ({ what }) => remove(what.message_id),
  action: ({ what }) => { if (what.action === "typing") typing(); },
  commands: ({ commands }) => listCommands(commands),
  clock: ({ now }) => setClock(now),
  answered({ what }) {
    shown.get(what.message_id)?.querySelectorAll(".busy").forEach((key) => key.classList.remove("busy"));
    if (what.text) toast(what.text, what.alert);
  },
};

function listen() {
  const line = new WebSocket(`ws://${location.host}/sandbox/live`);
  line.addEventListener("open", () => { retry = 500; document.body.classList.remove("lost"); });
  line.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    heard[event.type]?.(event);
  });
  line.addEventListener("close", () => {
    document.body.classList.add("lost");
    $("status").textContent = "stopped; trying again …";
    setTimeout(listen, retry);
    retry = Math.min(retry * 2, 5000);
  });
}

// ---- hands

$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (!menu.hidden) { openMenu(false); $("commands-toggle").focus(); }
  stopEditing();
});
document.addEventListener("click", (event) => {
  if (!menu.hidden && !event.target.closest("#commands, #commands-toggle")) openMenu(false);
});
$("commands-toggle").addEventListener("click", () => openMenu(menu.hidden));
$("start").addEventListener("click", () => { say("/start"); box.focus(); });
$("edit-cancel").addEventListener("click", () => { stopEditing(); box.focus(); });
for (const tool of document.querySelectorAll("[data-media]")) {
  tool.addEventListener("click", () => act({ do: "media", kind: tool.dataset.media }));
}
for (const jump of document.querySelectorAll("[data-jump]")) {
  jump.addEventListener("click", () => act({ do: "jump", seconds: Number(jump.dataset.jump) }));
}

listen();
