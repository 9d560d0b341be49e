// The ticket of a shared slip: its kind, odds, stake, legs with what they cost now, and what it returns. Made once, updated in place.

import { el, hidden, icon, keyed, set, write } from "./dom.js";
import { kindOf, legName, outcomeOf, stakeWords, togetherWords } from "./slip_words.js";

const RESULTS = { won: ["okc", "won"], half_won: ["okc", "won"], dead_heat: ["okc", "won"], lost: ["noc", "lost"], half_lost: ["noc", "lost"], void: ["void", ""] };

/** Make the ticket of a slip. */
export function makeTicket() {
  const ticket = el("div", { class: "ticket" });
  [ticket.kind, ticket.odds, ticket.stake] = [el("b", {}), el("span", { class: "num" }), el("span", { class: "end" })];
  ticket.together = el("p", { class: "small soft", hidden: true });
  [ticket.legs, ticket.words, ticket.returns] = [el("ul", {}), el("span", {}), el("span", { class: "end" })];
  ticket.append(el("header", {}, ticket.kind, ticket.odds, ticket.stake), ticket.legs, ticket.together, el("p", { class: "result" }, ticket.words, ticket.returns));
  return ticket;
}

/** Bring a ticket up to date; `legs` are the slip's legs as `legNow` says they stand. */
export function patchTicket(ticket, slip, legs, app) {
  const { words, returns, result } = outcomeOf(slip);
  write(ticket.kind, slip.verified ? kindOf(slip.bet) : "Pick");
  write(ticket.odds, `at ${app.shown(slip.bet.odds)}`);
  write(ticket.stake, stakeWords(slip));
  const groups = (slip.bet.same_game ?? []).map((group) => `${togetherWords(group)} at ${app.shown(group.odds)}`);
  set(ticket.together, "hidden", !groups.length);
  write(ticket.together, groups.join("; "));
  set(ticket, "data-result", result);
  write(ticket.words, words);
  write(ticket.returns, returns);
  const all = slip.bet.legs.map((leg, index) => ({ leg, now: legs[index], index }));
  keyed(ticket.legs, all, ({ index }) => index, makeLeg, (node, { leg, now }) => patchLeg(node, leg, now, app));
}

function makeLeg({ leg }) {
  const node = el("li", { class: "tleg" });
  [node.symbol, node.named, node.market, node.odds] = [el("span", {}), el("b", {}), el("span", { class: "soft" }), el("span", {})];
  [node.match, node.where] = [el("a", { href: `/match/${leg.fixture_id}` }), el("span", {})];
  [node.tri, node.moved, node.price] = [el("i", { class: "tri", "aria-hidden": "true" }), hidden(""), el("span", {})];
  node.now = el("span", { class: "now" }, node.tri, node.moved, node.price);
  node.append(node.symbol, el("span", {}, node.named, " ", node.market), el("span", { class: "odds" }, hidden("taken at "), node.odds), el("span", { class: "sub" }, node.match, node.where), node.now);
  return node;
}

function patchLeg(node, leg, now, app) {
  const { name, type, match, where, status } = legName(leg, app);
  const [symbol, tone] = symbolOf(leg, now, status);
  if (node.shown !== symbol + tone) node.symbol.replaceWith((node.symbol = icon(symbol, tone)));
  node.shown = symbol + tone;
  write(node.named, name);
  write(node.market, type);
  write(node.odds, app.shown(leg.odds));
  write(node.match, match);
  write(node.where, [where && ` \u00b7 ${where}`, now.state === "suspended" && ", suspended"].filter(Boolean).join(""));
  const direction = now.state === "open" ? now.direction : null;
  set(node.now, "class", `now ${direction ?? ""}`.trim());
  set(node.tri, "class", `tri ${direction ?? ""}`.trim());
  set(node.tri, "hidden", !direction);
  write(node.moved, direction === "up" ? "longer: " : direction === "down" ? "shorter: " : "");
  write(node.price, priceWords(leg, now, app));
}

function symbolOf(leg, now, status) {
  if (RESULTS[leg.result]) return RESULTS[leg.result];
  if (now.state === "suspended") return ["lock", ""];
  if (now.state === "stale") return ["clock", ""];
  return status === "live" ? ["live", "live"] : ["wait", ""];
}

function priceWords(leg, now, app) {
  if (now.state === "resulted") return leg.result.replaceAll("_", " ");
  if (now.state === "open") return `${app.shown(now.odds)} now`;
  if (now.state === "stale") return `${app.shown(now.odds)}, ${now.ageS} s old`;
  return now.state === "suspended" ? "no price now" : "betting has ended";
}
