// One message: who, what it answers, what is attached, its words, its foot and its buttons.

import { words } from "./words.js";

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (tag === "button") node.type = "button";
  return node;
}

export function button(className, text, onClick) {
  const node = make("button", className, text);
  node.addEventListener("click", onClick);
  return node;
}

const day = (date) => new Date(date * 1000).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
const time = (date) => new Date(date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const bytes = (size) => (size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`);
const SENT = {
  photo: "Photo", voice: "Voice message, 0:04", sticker: "Sticker", location: "Location", contact: "Contact",
};

// What happened in a group, as a line of its own; empty for an ordinary message.
function service(message, view) {
  const who = message.from?.first_name ?? "Somebody";
  if (message.new_chat_members) {
    const names = message.new_chat_members.map((one) => one.first_name).join(", ");
    return names === who ? `${who} joined` : `${who} added ${names}`;
  }
  if (message.left_chat_member) {
    const name = message.left_chat_member.first_name;
    return name === who ? `${who} left` : `${who} put ${name} out`;
  }
  if (message.new_chat_title) return `${who} named the group ${message.new_chat_title}`;
  if (message.group_chat_created) return `${who} made the group`;
  if (message.migrate_to_chat_id) return "This group became a supergroup";
  if (message.migrate_from_chat_id) return "This supergroup was a group before";
  if (message.forum_topic_created) return `Topic: ${message.forum_topic_created.name}`;
  if (message.forum_topic_closed) return `${who} closed ${view.topicName(message.message_thread_id)}`;
  if (message.forum_topic_reopened) return `${who} opened ${view.topicName(message.message_thread_id)} again`;
  return "";
}

// `view` is the ChatView it stands in.
export function bubble(message, view) {
  const told = service(message, view);
  const mine = message.from?.id === view.actor;
  const fromBot = message.from?.id === view.room.bot.id;
  const item = make("div", told ? "told" : mine ? "row mine" : "row");
  item.dataset.id = message.message_id;
  item.dataset.day = day(message.date);
  if (told) {
    item.textContent = told;
    return item;
  }
  const body = make("div", "bubble");
  const name = make("span", view.isGroup && !mine ? "name" : "hidden", mine ? "You: " : `${message.sender_chat?.title ?? message.from.first_name} `);
  name.dataset.hue = fromBot ? "bot" : view.room.hue(message.from.id);
  body.append(name);
  if (message.message_thread_id) body.append(make("span", "thread", view.topicName(message.message_thread_id)));
  const answers = message.reply_to_message;
  // Whatever stands in a topic answers the line that opened it; no app shows that.
  if (answers && !answers.forum_topic_created) body.append(make("p", "quote", answers.text ?? answers.caption ?? "a message"));
  const attached = attachment(message, fromBot, view);
  if (attached) body.append(attached);
  const text = message.text ?? message.caption;
  if (text) {
    const said = make("div", "words");
    said.dir = "auto";
    said.append(words(text, message.entities ?? message.caption_entities, {
      command: (command) => view.say(command), link: (url, node) => view.openLink(url, node),
    }));
    body.append(said);
  }
  body.append(foot(message, mine, view));
  item.append(body);
  if (message.reply_markup?.inline_keyboard) item.append(keyboard(message, view));
  return item;
}

function foot(message, mine, view) {
  const line = make("div", "foot");
  line.append(button("change", "Reply", () => view.replyTo(message)));
  if (mine && message.text) line.append(button("change", "Edit", () => view.edit(message)));
  if (message.has_protected_content) line.append(make("span", "", "protected"));
  if (message.edit_date) line.append(make("span", "", "edited"));
  const when = make("time", "", time(message.date));
  when.dateTime = new Date(message.date * 1000).toISOString();
  line.append(when);
  return line;
}

function attachment(message, fromBot, view) {
  if (message.document) {
    const { file_name: name, file_id: id, file_size: size } = message.document;
    const file = make("a", "file");
    file.append(make("b", "", name), make("span", "", size ? bytes(size) : "File"));
    if (fromBot) file.href = `/sandbox/file/${id}`;
    file.download = name;
    return file;
  }
  if (message.photo && fromBot) {
    const source = `/sandbox/file/${message.photo.at(-1).file_id}`;
    const picture = make("img", "picture");
    picture.src = source;
    picture.alt = message.caption ?? "A picture from the bot";
    picture.width = message.photo.at(-1).width;
    picture.height = message.photo.at(-1).height;
    const open = button("open-picture", undefined, () => {
      if (!open.classList.contains("covered")) view.room.showPicture(source, picture.alt);
      open.classList.remove("covered");
      open.setAttribute("aria-label", `Open the picture: ${picture.alt}`);
    });
    open.append(picture);
    if (message.has_media_spoiler) open.classList.add("covered");
    open.setAttribute("aria-label", message.has_media_spoiler ? "A covered picture, press to see it" : `Open the picture: ${picture.alt}`);
    return open;
  }
  const kind = Object.keys(SENT).find((name) => message[name]);
  return kind ? make("p", `sample ${kind}`, SENT[kind]) : null;
}

function keyboard(message, view) {
  const keys = make("div", "keys");
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", "Buttons under the message");
  for (const row of message.reply_markup.inline_keyboard) {
    const line = make("div", "keyline");
    for (const one of row) {
      const key = button("key", one.text, () => view.press(message, one, key));
      if (one.url) {
        key.classList.add("away");
        key.title = one.url;
      }
      line.append(key);
    }
    keys.append(line);
  }
  return keys;
}
