// A slip as a card: who shared it, what they say, the ticket, and below it what one can do: like, comment, repost, save, tail.

import { el, fill, hidden, icon, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { agoOf } from "./names.js";
import { shownRatio } from "./odds.js";
import { avatar, prose } from "./prose.js";
import { Reactions } from "./reactions.js";
import { fadeNow, legNow, slipNow } from "./slip_words.js";
import { slipMenu } from "./slip_menu.js";
import { makeTicket, patchTicket } from "./slip_ticket.js";
import { TailView } from "./tail_view.js";
import { Thread } from "./thread.js";

let number = 0;
const DONE_ASKING_MS = 4000;

/** Make the card of a slip. `removed()` is told when its author takes it down. */
export function makeCard(slip, app, removed) {
  const id = `slip-${(number += 1)}`;
  const card = el("article", { class: "post", "aria-labelledby": id, tabindex: "-1" });
  Object.assign(card, { app, slipId: slip.slip_id, removed, readAt: -Infinity });
  const tell = (said) => card.told.replaceChildren(...(said ? [said] : []));
  [card.why, card.mark, card.name, card.meta, card.caption, card.told] = [el("p", { class: "why" }), el("span", {}), el("div", { class: "by", id }), el("p", { class: "meta" }), el("p", { class: "caption" }), el("div", {})];
  card.tell = tell;
  card.ticket = makeTicket();
  card.reactions = new Reactions(app, slip.slip_id, tell);
  buildActs(card, slip);
  [card.tailPlace, card.threadPlace] = [el("div", { id: `${id}-tail` }), el("div", { id: `${id}-talk` })];
  set(card.tailPress, "aria-controls", `${id}-tail`);
  set(card.talk, "aria-controls", `${id}-talk`);
  const link = el("a", { href: `/profile/${slip.author.handle}`, tabindex: "-1", "aria-hidden": "true" }, avatar(slip.author.handle));
  card.append(card.why, el("header", {}, link, el("div", {}, card.name, card.meta), slipMenu(app, slip, tell)), card.caption, card.ticket, card.acts, card.told, card.tailPlace, card.threadPlace);
  card.addEventListener("keydown", (event) => escape(card, event));
  return card;
}

function buildActs(card, slip) {
  card.count = el("span", {});
  card.talk = el("button", { type: "button", class: "act", "aria-expanded": "false", onclick: () => toggleThread(card) }, icon("comment"), card.count);
  [card.tailSymbol, card.tailLabel] = [el("span", {}), el("span", {})];
  card.tailPress = el("button", { type: "button", class: "btn", "aria-expanded": "false", onclick: () => pressTail(card) }, card.tailSymbol, card.tailLabel);
  card.down = el("button", { type: "button", class: "btn", onclick: () => takeDown(card) }, "Take down");
  const { like, repost, save } = card.reactions;
  card.acts = el("div", { class: "acts", role: "group", "aria-label": `What to do with the slip of ${slip.author.handle}` }, like, card.talk, repost, save, card.tailPress, card.down);
}

/** Bring a card up to date; `entry` is {slip, readAt}. */
export function patchCard(card, entry, world) {
  const { app } = card;
  const { slip, readAt } = entry;
  card.entry = entry;
  if (card.readAt !== readAt) {
    card.readAt = readAt;
    card.reactions.take(slip, readAt);
  }
  card.legs = slip.bet.legs.map((leg) => legNow(leg, readAt, world));
  card.total = slipNow(slip, card.legs);
  card.fade = card.tail ? fadeNow(slip, readAt, world) : null;
  patchHead(card, slip);
  patchTicket(card.ticket, slip, card.legs, app);
  write(card.count, String(slip.comments));
  set(card.talk, "aria-label", `Comments, ${slip.comments}`);
  patchTail(card, slip, app);
  for (const said of entry.said ?? []) card.thread?.take(said);
  entry.said = [];
  if (card.thread && !card.threadPlace.hidden) card.thread.update(slip);
}

function patchHead(card, slip) {
  const reposter = slip.reposted_by?.handle ?? "";
  fill(card.why, reposter, () => (reposter ? [icon("repost", "sm"), el("span", {}, "Reposted by ", el("a", { href: `/profile/${reposter}` }, reposter))] : []));
  fill(card.name, String(slip.verified), () => [el("a", { href: `/profile/${slip.author.handle}` }, slip.author.handle), slip.verified ? el("span", { class: "verified" }, icon("shield", "sm"), "Verified bet") : el("span", { class: "verified not" }, icon("pencil", "sm"), "Pick, unverified")]);
  const ago = agoOf(slip.shared_at);
  const more = [slip.tailers ? `${slip.tailers} tailed` : "", slip.visibility === "followers" ? "for followers" : "", slip.held ? "only you see it" : ""].filter(Boolean);
  fill(card.meta, JSON.stringify([ago, more, slip.held]), () => [el("a", { href: `/slips/${slip.slip_id}` }, hidden("Shared "), el("time", { datetime: slip.shared_at }, ago)), more.map((each) => ` \u00b7 ${each}`).join(""), slip.held ? [" \u00b7 ", el("a", { href: "/decisions" }, "held, see why")] : []].flat());
  fill(card.caption, JSON.stringify(slip.caption), () => (slip.caption === null ? el("i", { class: "soft" }, "This text can no longer be read.") : prose(slip.caption)));
}

function patchTail(card, slip, app) {
  const { session, settings, tails } = app;
  const own = slip.author.account_id === session.accountId;
  const sent = tails.of(slip.slip_id);
  const busy = sent?.status === "placing" || sent?.status === "unknown";
  const suspended = card.total.state === "suspended";
  set(card.down, "hidden", !own);
  set(card.tailPress, "hidden", own || (card.total.state === "closed" && !sent));
  set(card.tailPress, "aria-disabled", suspended && !sent && !card.tail ? "true" : null);
  const odds = card.total.ratio ? ` at ${shownRatio(card.total.ratio, settings.odds)}` : "";
  write(card.tailLabel, busy ? "Placing\u2026" : suspended ? "Suspended" : `Tail${odds}`);
  const symbol = suspended && !busy ? "lock" : "tail";
  if (card.tailShown !== symbol) card.tailSymbol.replaceChildren(icon((card.tailShown = symbol)));
  if (busy && !card.tail) openTail(card, false);
  if (card.tail) card.tail.update(slip, card.total, card.fade);
}

function pressTail(card) {
  if (card.tailPress.getAttribute("aria-disabled") === "true") return;
  if (card.tail) return closeTail(card);
  openTail(card, true);
}

function openTail(card, focus) {
  card.tail = new TailView(card.app, card.entry.slip, () => closeTail(card));
  card.tailPlace.replaceChildren(card.tail.element);
  set(card.tailPress, "aria-expanded", "true");
  card.fade = fadeNow(card.entry.slip, card.entry.readAt, card.app.world());
  card.tail.update(card.entry.slip, card.total, card.fade);
  card.app.live.look();
  if (focus) card.tail.focus();
}

function closeTail(card) {
  card.tail = null;
  card.tailPlace.replaceChildren();
  set(card.tailPress, "aria-expanded", "false");
  (card.tailPress.hidden ? card : card.tailPress).focus({ preventScroll: true });
}

function toggleThread(card) {
  const opens = card.talk.getAttribute("aria-expanded") !== "true";
  set(card.talk, "aria-expanded", String(opens));
  set(card.threadPlace, "hidden", !opens);
  if (!opens) return card.talk.focus();
  openThread(card);
  card.thread.focus();
}

/** Show the comments of a card. */
export function openThread(card) {
  card.thread ??= new Thread(card.app, card.entry.slip, (changes) => {
    card.entry.slip = { ...card.entry.slip, ...changes };
    card.app.update();
  });
  set(card.talk, "aria-expanded", "true");
  set(card.threadPlace, "hidden", false);
  card.threadPlace.replaceChildren(card.thread.element);
  card.thread.open();
}

function escape(card, event) {
  if (event.key !== "Escape") return;
  if (card.tail && card.tailPlace.contains(event.target)) closeTail(card);
  else if (card.thread && card.threadPlace.contains(event.target)) toggleThread(card);
}

/** Take a slip of one's own off every list: a first press asks, a second one within 4 s does it. */
async function takeDown(card) {
  const { down } = card;
  if (down.textContent === "Take down") {
    write(down, "For good? Press again");
    down.timer = setTimeout(() => write(down, "Take down"), DONE_ASKING_MS);
    return;
  }
  clearTimeout(down.timer);
  write(down, "Take down");
  try {
    await card.app.api.remove(`/v1/slips/${card.slipId}`);
    card.removed(card.slipId);
  } catch (error) {
    const { title, detail } = wordsOf(error);
    card.tell(note("bad", "noc", title, detail, null, "alert"));
  }
}
