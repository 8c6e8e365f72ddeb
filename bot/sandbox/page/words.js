// A message's text with its entities, as DOM nodes. Offsets count UTF-16 units, which is what JavaScript counts.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

// `hands` says what a press on a command or a link does: `{command(text), link(url, node)}`.
export function words(text, entities, hands) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const root = document.createDocumentFragment();
  weave(root, text, 0, text.length, sorted, hands);
  return root;
}

// Entities nest: each one wraps its stretch of text and whatever entities begin inside it.
function weave(parent, text, from, to, entities, hands) {
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const end = Math.min(entity.offset + entity.length, to);
    const inside = [];
    next += 1;
    while (next < entities.length && entities[next].offset < end) inside.push(entities[next++]);
    if (entity.offset < at || end <= entity.offset) continue;
    parent.append(text.slice(at, entity.offset));
    const node = element(entity, text.slice(entity.offset, end), hands);
    weave(node, text, entity.offset, end, inside, hands);
    parent.append(node);
    at = end;
  }
  parent.append(text.slice(at, to));
}

function element(entity, covered, hands) {
  if (entity.type === "spoiler") return spoiler();
  if (entity.type === "bot_command") return pressable("command", () => hands.command(covered));
  if (entity.type === "text_link" || entity.type === "url") {
    const url = entity.url ?? covered;
    const node = pressable("link", () => hands.link(url, node));
    node.title = url;
    return node;
  }
  return document.createElement(TAGS[entity.type] ?? "span");
}

function pressable(className, onClick) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = className;
  node.addEventListener("click", onClick);
  return node;
}

function spoiler() {
  const node = document.createElement("span");
  node.className = "spoiler";
  node.tabIndex = 0;
  node.role = "button";
  node.setAttribute("aria-label", "Hidden text, press to show");
  const show = () => {
    node.classList.add("shown");
    for (const name of ["aria-label", "role", "tabindex"]) node.removeAttribute(name);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(); }
  });
  return node;
}
