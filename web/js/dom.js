// Small building blocks. Text reaches the page through textContent alone, so nothing that a name contains is ever markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: attributes that are null or false are left out, true is an empty one, `on…` listens; strings become text. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else set(made, key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Set an attribute where it differs; null and false remove it. */
export function set(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/** Write text where it differs. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Return an icon of index.html, hidden from screen readers. */
export function icon(name, more = "") {
  const made = svg("svg", { class: `i ${more}`.trim(), viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" });
  made.append(svg("use", { href: `#i-${name}` }));
  return made;
}

/** Make an SVG element. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Return text for screen readers only. */
export const hidden = (text) => el("span", { class: "vh" }, text);

/** Keep the children of `parent` in step with `items`: a node stays the same node as long as its key is there, and moves only if it must. */
export function keyed(parent, items, keyOf, make, patch = () => {}) {
  const known = (parent.keyed ??= new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, node] of known) {
    if (!wanted.has(key)) {
      node.remove();
      known.delete(key);
    }
  }
  let place = parent.keyedAfter ? parent.keyedAfter.nextSibling : parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    let node = known.get(key);
    if (!node) known.set(key, (node = make(item)));
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    patch(node, item);
  }
}

/** Replace what a node holds, unless `key` says that it is the same as before. */
export function fill(node, key, make) {
  if (node.filled === key) return;
  node.filled = key;
  node.replaceChildren(...[make()].flat().filter((child) => child !== null && child !== undefined));
}

/** Return a note: an icon, what happened, what it means, and the one next step. */
export function note(tone, symbol, title, detail = "", action = null, role = "status") {
  return el("div", { class: `note ${tone}`.trim(), role }, icon(symbol), el("p", {}, title), detail ? el("p", {}, detail) : null, action);
}

/** Return a small button. */
export const button = (text, press, more = "tiny") => el("button", { type: "button", class: `btn ${more}`, onclick: press }, text);
