// One column: a phone that shows one person's chat with the bot, or the group and who acts in it.

import { bubble, button, make } from "./bubble.js";
import { groupMenu, isOwnLink, linkMenu, moreMenu, openAs } from "./menus.js";

const FAR_FROM_END = 160;
const MEDIA = [["photo", "A photo"], ["voice", "A voice message"], ["sticker", "A sticker"],
  ["location", "A location"], ["contact", "A contact"], ["document", "A document"]];

export class ChatView {
  // `room` is what all columns share; see app.js.
  constructor(room, place, isGroup) {
    this.room = room;
    this.isGroup = isGroup;
    this.chat = this.actor = null;
    this.rows = new Map();      // message_id -> the element that shows it
    this.editing = this.answering = null;
    this.stuck = true;
    const copy = document.getElementById("column").content.cloneNode(true);
    this.root = copy.querySelector(".column");
    this.root.id = place;
    this.$ = (selector) => this.root.querySelector(selector);
    this.log = this.$(".log");
    this.scroller = this.$(".scroller");
    this.box = this.$("textarea");
    this.listen();
    const resized = new ResizeObserver(() => { if (this.stuck) this.toEnd(); });
    resized.observe(this.log);
    resized.observe(this.scroller);
  }

  // ---- what is shown

  show(chatId, actorId) {
    const changed = chatId !== this.chat || actorId !== this.actor;
    this.chat = chatId;
    this.actor = actorId;
    if (changed) {
      this.forget();
      this.rows.clear();
      this.forced = null;
      this.log.replaceChildren();
      this.log.setAttribute("aria-live", "off");
      for (const message of this.room.messages(chatId)) this.put(message);
      this.log.setAttribute("aria-live", "polite");
      this.stuck = true;
      this.toEnd();
    }
    this.dress();
  }

  // Names, states and what can be done: everything but the messages.
  dress() {
    const { room } = this;
    const chat = room.chats.get(this.chat);
    const person = room.people.get(this.actor);
    const inGroup = !this.isGroup || chat?.members.includes(this.actor);
    const title = this.isGroup ? chat?.title ?? "No group" : room.bot.first_name;
    this.root.dataset.hue = this.isGroup ? "group" : room.hue(this.actor);
    this.caption = this.isGroup ? "Their group" : `${person.first_name}’s phone`;
    this.$("h2").textContent = this.caption;
    this.root.setAttribute("aria-label", this.caption);
    this.scroller.setAttribute("aria-label", `Messages, ${this.caption}`);
    this.log.setAttribute("aria-label", `Conversation, ${this.caption}`);
    this.box.setAttribute("aria-label", `Message, ${this.caption}`);
    this.$(".face").textContent = title.slice(0, 1);
    this.$(".chat-name b").textContent = title;
    this.$(".state").textContent = this.stateOf(chat, person);
    this.$(".empty p").textContent = this.isGroup
      ? "The two are here alone. The bot comes by its link, or from the menu above."
      : `Nothing said yet. Press Start to meet the bot as ${person.first_name}.`;
    this.$(".primary").hidden = this.isGroup;
    this.$(".empty").hidden = this.rows.size > 0;
    this.box.disabled = this.$(".send").disabled = !inGroup || Boolean(person?.blocked && !this.isGroup);
    this.dressActors(chat);
    this.dressTopics(chat);
    this.dressKeyboard(chat?.keyboard);
  }

  stateOf(chat, person) {
    if (this.isGroup) {
      const others = chat ? `${chat.members.length} people` : "";
      return chat?.has_bot ? `${others} and the bot` : `${others}, without the bot`;
    }
    if (person.gone) return "account deleted";
    return person.blocked ? "blocked" : "bot";
  }

  dressActors(chat) {
    const box = this.$(".as");
    box.hidden = !this.isGroup;
    if (!this.isGroup) return;
    const had = box.contains(document.activeElement);
    box.replaceChildren(make("legend", "", "As"));
    for (const person of this.room.people.values()) {
      const label = make("label", "", "");
      const radio = make("input");
      radio.type = "radio";
      radio.name = "as";
      radio.value = person.id;
      radio.checked = person.id === this.actor;
      radio.addEventListener("change", () => this.show(this.chat, person.id));
      const inside = chat?.members.includes(person.id);
      label.append(radio, make("span", "", inside ? person.first_name : `${person.first_name}, outside`));
      label.dataset.hue = this.room.hue(person.id);
      box.append(label);
      if (had && radio.checked) radio.focus();
    }
  }

  dressTopics(chat) {
    const select = this.$(".topic");
    const before = select.value;
    select.hidden = !chat?.topics?.length;
    select.replaceChildren(new Option("General", ""));
    for (const topic of chat?.topics ?? []) {
      select.append(new Option(topic.closed ? `${topic.name}, closed` : topic.name, topic.id));
    }
    if ([...select.options].some((one) => one.value === before)) select.value = before;
  }

  topicName(id) {
    const chat = this.room.chats.get(this.chat);
    return chat?.topics?.find((topic) => topic.id === id)?.name ?? "topic";
  }

  dressKeyboard(keyboard) {
    const keys = this.$(".reply-keys");
    keys.hidden = !keyboard?.keyboard;
    keys.replaceChildren();
    for (const row of keyboard?.keyboard ?? []) {
      const line = make("div", "keyline");
      for (const one of row) {
        line.append(button("key", one.text, () => {
          if (keyboard.one_time_keyboard) keys.hidden = true;
          this.say(one.text);
        }));
      }
      keys.append(line);
    }
    this.box.placeholder = keyboard?.input_field_placeholder ?? "Message";
    const last = this.room.messages(this.chat).findLast?.((one) => one.from?.id === this.room.bot.id);
    if (keyboard?.force_reply && last && last.message_id !== this.forced && this.isAsked(keyboard, last)) {
      this.forced = last.message_id;
      this.replyTo(last, false);
    }
  }

  // A selective reply is asked of those who are named in the message, and of the one whom it answers.
  isAsked(keyboard, message) {
    if (!keyboard.selective || !this.isGroup) return true;
    const name = `@${this.room.people.get(this.actor)?.username}`.toLowerCase();
    const named = (message.entities ?? []).some((one) => one.user?.id === this.actor || (one.type === "mention"
      && message.text.slice(one.offset, one.offset + one.length).toLowerCase() === name));
    return named || message.reply_to_message?.from.id === this.actor;
  }

  put(message) {
    const start = performance.now();
    const old = this.rows.get(message.message_id);
    const item = bubble(message, this);
    const focused = old?.contains(document.activeElement) ? document.activeElement.textContent : null;
    if (old) old.replaceWith(item);
    else {
      if (this.log.lastElementChild?.dataset.day !== item.dataset.day) {
        const line = make("div", "day", item.dataset.day);
        line.dataset.day = item.dataset.day;
        this.log.append(line);
      }
      this.log.append(item);
    }
    this.rows.set(message.message_id, item);
    // A keyboard user stays where they were when the message under their finger is redrawn.
    if (focused !== null) {
      const again = [...item.querySelectorAll("button")].find((key) => key.textContent === focused);
      (again ?? this.box).focus();
    }
    if (message.from?.id === this.room.bot.id) this.$(".typing").hidden = true;
    this.$(".empty").hidden = true;
    if (message.from?.id === this.actor && !old) this.stuck = true;
    if (this.stuck) this.toEnd();
    performance.measure("append", { start });
  }

  remove(id) {
    const item = this.rows.get(id);
    this.rows.delete(id);
    const before = item?.previousElementSibling;
    const after = item?.nextElementSibling;
    item?.remove();
    if (before?.classList.contains("day") && (!after || after.classList.contains("day"))) before.remove();
    this.$(".empty").hidden = this.rows.size > 0;
  }

  toEnd() { this.scroller.scrollTop = this.scroller.scrollHeight; }

  typing() {
    this.$(".typing").hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { this.$(".typing").hidden = true; }, 5000);
    if (this.stuck) this.toEnd();
  }

  toast(text, loud = false) {
    const note = make("p", loud ? "toast loud" : "toast", text);
    this.$(".toasts").append(note);
    setTimeout(() => note.remove(), loud ? 9000 : 5000);
  }

  answered(what) {
    this.rows.get(what.message_id)?.querySelectorAll(".busy").forEach((key) => key.classList.remove("busy"));
    if (!what.text) return;
    const name = this.room.people.get(what.user_id)?.first_name;
    this.toast(this.isGroup ? `${name} sees: ${what.text}` : what.text, what.alert);
  }

  // ---- what is done

  // The topic that is written into, "" for none.
  get topic() { return this.$(".topic").value; }

  act(what) { return this.room.act({ as: this.actor, chat: this.chat, ...what }, this); }

  say(text) {
    return this.act({ do: "say", text, reply_to: this.answering?.message_id, topic: this.topic });
  }

  async send() {
    const text = this.box.value.trim();
    if (!text) return;
    const change = this.editing;
    const done = change ? this.act({ do: "edit", message_id: change.message_id, text }) : this.say(text);
    if (await done) this.clear();
  }

  clear() {
    this.forget();
    this.box.value = "";
    this.grow();
  }

  press(message, one, key) {
    if (one.url) return this.openLink(one.url, key, true);
    if (one.callback_data === undefined) return this.toast("This button does nothing here.");
    key.classList.add("busy");
    setTimeout(() => key.classList.remove("busy"), 8000);
    // What a supergroup was before still stands above, in a chat of its own.
    return this.act({ do: "press", chat: message.chat.id, message_id: message.message_id, data: one.callback_data });
  }

  // A button opens its link on the phone where it is pressed. A link in a text can be passed on to anybody.
  openLink(url, node, isButton = false) {
    if (!isOwnLink(this.room, url)) return this.toast(`Not opened, it leads away from this machine: ${url}`);
    if (url.includes("startgroup=")) return this.room.openMenu(node, groupMenu(this, url));
    if (isButton) return openAs(this, url, this.actor);
    return this.room.openMenu(node, linkMenu(this, url));
  }

  edit(message) {
    this.forget();
    this.editing = message;
    this.box.value = message.text;
    this.banner("Changing your message.");
    this.grow();
    this.box.focus();
  }

  replyTo(message, focus = true) {
    this.forget();
    this.answering = message;
    this.banner(`Answering: ${(message.text ?? message.caption ?? "a message").slice(0, 60)}`);
    if (focus) this.box.focus();
  }

  banner(text) {
    this.$(".banner").hidden = !text;
    this.$(".banner span").textContent = text;
  }

  // Neither changing a message nor answering one any more.
  forget() {
    if (this.editing) this.box.value = "";
    this.editing = this.answering = null;
    this.banner("");
    this.grow();
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 180)}px`;
  }

  listen() {
    this.$(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.box.addEventListener("input", () => this.grow());
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
      if (event.key === "Escape") this.forget();
    });
    this.scroller.addEventListener("scroll", () => {
      const left = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
      this.stuck = left < FAR_FROM_END;
    });
    this.root.addEventListener("focusin", () => this.room.lookAt(this.chat));
    this.root.addEventListener("pointerdown", () => this.room.lookAt(this.chat));
    this.$(".banner button").addEventListener("click", () => { this.forget(); this.box.focus(); });
    this.$(".primary").addEventListener("click", () => { this.say("/start"); this.box.focus(); });
    this.$(".more").addEventListener("click", (event) => this.room.openMenu(event.target, moreMenu(this)));
    this.$(".commands").addEventListener("click", (event) => {
      const list = this.room.commands.map(({ command, description }) => [
        `/${command}`, () => { this.say(`/${command}`); this.box.focus(); }, description]);
      this.room.openMenu(event.target, list.length ? list : [["The bot has not named any commands yet", () => {}]]);
    });
    this.$(".attach").addEventListener("click", (event) => {
      this.room.openMenu(event.target, MEDIA.map(([kind, label]) => [label, () => this.act({ do: "media", kind })]));
    });
    this.$(".whose").addEventListener("change", (event) => {
      const id = Number(event.target.value);
      this.show(id, this.isGroup ? this.actor : id);
      this.room.changed();
    });
  }
}
