// A message's text with its entities, as DOM nodes. Offsets count UTF-16 units, which is what JavaScript counts.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

export function words(text, entities, onCommand) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const root = document.createDocumentFragment();
  weave(root, text, 0, text.length, sorted, onCommand);
  return root;
}

// Entities nest: each one wraps its stretch of text and whatever entities begin inside it.
function weave(parent, text, from, to, entities, onCommand) {
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
    const node = element(entity, text.slice(entity.offset, end), onCommand);
    weave(node, text, entity.offset, end, inside, onCommand);
    parent.append(node);
    at = end;
  }
  parent.append(text.slice(at, to));
}

function element(entity, covered, onCommand) {
  if (entity.type === "spoiler") return spoiler();
  if (entity.type === "bot_command") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "command";
    button.addEventListener("click", () => onCommand(covered));
    return button;
  }
  const node = document.createElement(TAGS[entity.type] ?? "span");
  if (entity.type === "text_link" || entity.type === "url" || entity.type === "mention") {
    // Shown, not followed: nothing on this page leads away from this machine.
    node.className = "link";
    node.title = entity.url ?? covered;
  }
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
    node.removeAttribute("aria-label");
    node.removeAttribute("role");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") show(); });
  return node;
}
