// A price is one button, a market one control of them. Both are made once and brought up to date in place, so that no press is lost.

import { el, icon, set, write } from "./dom.js";
import { shownOdds } from "./odds.js";
import { keyOf, standingOf } from "./store.js";

const LONG = 5;
const [SIDED_FROM, MANY_FROM] = [4, 6];
const SHORT_NAME = 7;

/**
 * Make the control of a market.
 *
 * `grid` says that its cells stand in a grid of role `grid`, `named` that each button names its selection, `sided` that name and price
 * stand side by side.
 */
export function makeMarket(market, { grid = false, named = false, sided = false } = {}) {
  const buttons = market.selections.map(({ selection }) => {
    const button = el("button", { type: "button", class: `price${named ? " named" : ""}${sided ? " sided" : ""}`, "aria-pressed": "false", tabindex: "-1" });
    button.dataset.key = keyOf(market.market_id, selection);
    button.figure = el("span", {});
    if (named || sided) button.append((button.who = el("span", { class: "who" })), button.figure);
    else button.append(button.figure);
    return button;
  });
  const cells = buttons.map((button) => el("div", { class: "cell", role: grid ? "gridcell" : null }, button));
  const says = el("div", { class: "says", "aria-hidden": "true", hidden: true }, el("span", {}, icon("lock", "sm"), "Suspended"));
  const root = el("div", { class: `market${sided ? wrapping(market) : ""}`, role: grid ? "none" : null }, cells, says);
  return Object.assign(root, { buttons, says, marketId: market.market_id });
}

/** Return the class of a control whose cells stand in rows, three of short names or two of long ones; empty for one row. */
function wrapping({ selections }) {
  const long = selections.filter(({ name }) => name.length > SHORT_NAME).length > 1;
  if (selections.length < MANY_FROM) return long && selections.length >= SIDED_FROM ? " by-two" : "";
  return long ? " by-two" : " by-three";
}

/** Return whether a control still has the selections of a market. */
export function fits(root, market) {
  return root.marketId === market.market_id && root.buttons.length === market.selections.length;
}

/** Bring a control up to date. `world`: store, picked (a Set of keys), format, now, nameOf(selection). */
export function patchMarket(root, market, fixture, world) {
  const standing = standingOf(market, fixture, world.now);
  const state = { open: null, closed: "none" }[standing];
  set(root, "data-state", state === undefined ? standing : state);
  root.says.hidden = standing !== "suspended";
  set(root, "title", standing === "suspended" && market.reason ? `Suspended: ${market.reason}` : null);
  market.selections.forEach((selection, index) => patchPrice(root.buttons[index], market, selection, standing, world));
}

function patchPrice(button, market, selection, standing, world) {
  const key = keyOf(market.market_id, selection.selection);
  const name = world.nameOf(market, selection);
  const odds = selection.odds ? shownOdds(selection.odds, world.format) : "";
  const [text, label, state] = FACES[standing](odds, name, selection);
  const picked = world.picked.has(key);
  set(button, "aria-label", label);
  set(button, "aria-pressed", String(picked));
  set(button, "aria-disabled", standing === "open" && odds ? null : picked && standing !== "resulted" ? null : "true");
  set(button, "data-state", state);
  set(button, "data-result", standing === "resulted" && selection.result ? selection.result : null);
  if (button.who) write(button.who, selection.name);
  face(button, text, standing, state);
  move(button, standing === "open" && odds ? world.store.move(key, world.now) : null);
}

/** What each standing shows: [text, name for a screen reader, state of the button]. A suspended price is not in the document at all. */
const FACES = {
  open: (odds, name) => (odds ? [odds, `${name} ${odds}`, null] : ["", `${name}, suspended`, "suspended"]),
  stale: (odds, name) => [odds || "\u2013", odds ? `${name} ${odds}, not up to date` : `${name}, no price`, null],
  suspended: (odds, name) => ["", `${name}, suspended`, null],
  closed: (odds, name) => ["\u2013", `${name}, betting has ended`, null],
  resulted: (odds, name, { result, name: short }) => [short, `${name}, ${(result ?? "settled").replaceAll("_", " ")}`, null],
};

function face(button, text, standing, state) {
  write(button.figure, button.who && standing === "resulted" ? "" : text);
  set(button, "data-long", text.length > LONG && (standing === "open" || standing === "stale"));
  const symbol = state === "suspended" ? "lock" : standing === "stale" && text !== "\u2013" ? "clock" : "";
  const wanted = standing === "resulted" && button.dataset.result === "won" ? "check" : symbol;
  if (button.symbol === wanted) return;
  button.symbol = wanted;
  button.querySelector(":scope > .i")?.remove();
  if (wanted === "check") button.prepend(icon("check", "sm"));
  else if (wanted) button.append(icon(wanted));
}

/** Show an arrow for 12 s; a second move in the same direction begins its tint anew. */
function move(button, moved) {
  if (moved && button.movedAt !== moved.at && button.dataset.move === moved.direction) {
    button.removeAttribute("data-move");
    void button.offsetWidth;
  }
  button.movedAt = moved?.at;
  set(button, "data-move", moved?.direction ?? null);
}
