// Texts of people: their words as they are, with mentions as links to profiles.

import { el } from "./dom.js";

const MENTION = /(?<![\p{L}\p{N}_@])@([A-Za-z0-9_]{3,30})(?![\p{L}\p{N}_])/gu;

/** Return a text as nodes and strings; only its mentions are links. */
export function prose(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(MENTION)) {
    parts.push(text.slice(at, found.index), el("a", { href: `/profile/${found[1]}` }, found[0]));
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)].filter((part) => part !== "");
}

/** Return one of four looks of a round mark, always the same for a handle. */
export const markOf = (handle) => ["", "b", "c", "d"][[...handle.toLowerCase()].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4];

/** Return the round mark of an account, which says nothing to a screen reader. */
export const avatar = (handle, more = "") => el("span", { class: `avatar ${markOf(handle)} ${more}`.trim(), "aria-hidden": "true" }, handle.slice(0, 2));
