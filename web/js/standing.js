// Where the slip stands, in words: what its button says and does, and what each pick tells. No document, no network: values in, values out.

import { nameOf, singleType } from "./bet_types.js";
import { compare, shownOdds } from "./odds.js";
import { money } from "./money.js";
import { unpriced } from "./refusing.js";
import { betsOf, bonusOf, freeBetOf, isFrozen, isSeparate, kindOf, kindsOf, togetherOf } from "./slip.js";
import { ageMs, isStale, standingOf } from "./store.js";
import { marketsIn } from "./ways.js";

/** Return how one pick stands now: {state, odds, version, direction, reason, sinceMs, ageS, delayS}. */
export function legStanding(pick, offer, now) {
  if (!offer) return { state: "unknown" };
  const { market, selection, fixture } = offer;
  const state = standingOf(market, fixture, now);
  if (state === "resulted" || state === "closed") return { state: "closed" };
  if (state === "suspended") return { state, reason: market.reason ?? "", since: market.statusSince };
  if (isStale(fixture, now)) return { state: "stale", ageS: Math.round(ageMs(fixture, now) / 1000) };
  if (!selection.odds) return { state: "suspended", withdrawn: true };
  const moved = compare(selection.odds, pick.odds);
  const delayS = fixture.status === "live" ? (market.bet_delay_s ?? 0) : 0;
  if (moved === 0) return { state: "same", delayS };
  return { state: "changed", direction: moved > 0 ? "up" : "down", odds: selection.odds, version: market.version, delayS };
}

/** Return whether a changed price waits for a press, by what the bettor chose. */
export function asks(leg, accept) {
  return leg.state === "changed" && (accept === "exact" || (accept === "better" && leg.direction === "down"));
}

/**
 * Return where the whole slip stands: {state, label, why, symbol, enabled, action}.
 *
 * `world`: legs (a Map of pick keys to `legStanding`), off, signedIn, staff, protection, availableMinor (null where not known), currency,
 * accept, format (of odds), retryS and pendingS (until what is not known is asked again, until a bet that waits is decided), referredUntil (when a trader has to answer).
 */
export function standing(slip, world) {
  if (isFrozen(slip)) return underWay(slip, world);
  if (!slip.picks.length) return { state: "empty", label: "", why: "" };
  const total = betsOf(slip, world.currency).reduce((sum, bet) => sum + bet.stakeMinor, 0);
  return blocked(slip, world, total) ?? ready(slip, world, total);
}

function underWay(slip, world) {
  const { parts } = slip.sent;
  const open = parts.filter((part) => part.status === "placing" || part.status === "unknown");
  const unknown = open.some((part) => part.status === "unknown");
  if (unknown) return { state: "unknown", label: world.retryS ? `Asking again in ${world.retryS} s` : "Asking again", symbol: "spin", why: "You may leave this page. The answer will be in My bets." };
  if (!open.length && world.referredUntil) return { state: "pending", label: `With the trader until ${world.referredUntil}`, symbol: "spin", why: "The trader takes the bet, a part of it, or nothing. Your stake is set aside." };
  if (!open.length) return { state: "pending", label: world.pendingS ? `Pending, ${world.pendingS} s` : "Checking the price", symbol: "spin", why: "In play a bet waits: market and price are checked again before it is struck. Your stake is set aside." };
  const odds = open.length === 1 && parts.length === 1 ? ` at ${world.sentOdds}` : "";
  return { state: "placing", label: `Placing${odds}\u2026`, symbol: "spin", why: "Usually under a second." };
}

function blocked(slip, world, total) {
  const { protection, accept, format } = world;
  const legs = slip.picks.map((pick) => world.legs.get(pick.key));
  const has = (state) => legs.some((leg) => leg.state === state);
  if (protection) return { state: "protected", label: protection.label, symbol: "pause", why: "" };
  if (world.staff) return { state: "protected", label: "Staff do not bet", symbol: "pause", why: "This account works for the book." };
  if (world.off) return { state: "offline", label: "No connection", symbol: "offline", why: "" };
  if (has("closed")) return { state: "closed", label: "Closed", symbol: "lock", why: slip.picks.length > 1 ? "Remove what has ended first." : "" };
  if (has("suspended")) return { state: "suspended", label: "Suspended", symbol: "lock", why: suspendedWhy(slip, format) };
  if (!kindOf(slip)) return { state: "stale", label: "Waiting for the types of bet", symbol: "clock", why: "" };
  if (has("stale") || has("unknown")) return { state: "stale", label: "Waiting for a price", symbol: "clock", why: "" };
  const related = togetherBlocked(slip, world, total);
  if (related) return related;
  const waiting = slip.picks.filter((pick) => asks(world.legs.get(pick.key), accept));
  if (waiting.length) return { state: "changed", label: placeLabel(slip, world, total), why: acceptWhy(waiting, world) };
  if (betsOf(slip, world.currency).some((bet) => bet.stakeMinor < 1)) return { state: "stake", label: "Enter a stake", why: "" };
  if (!world.signedIn) return { state: "signed-out", label: `Sign in to place ${money(total, world.currency)}`, enabled: true, action: "sign-in", why: "Your picks stay here." };
  const bonus = bonusOf(slip, world.currency);
  if (bonus) return total > Math.min(bonus.availableMinor, bonus.stakeMinorMax) ? { state: "bonus", label: placeLabel(slip, world, total), why: `From this bonus at most ${money(Math.min(bonus.availableMinor, bonus.stakeMinorMax), world.currency)} a bet.` } : null;
  if (!freeBetOf(slip, world.currency) && world.availableMinor !== null && total > world.availableMinor) return { state: "funds", label: placeLabel(slip, world, total), why: "", action: "deposit" };
  return null;
}

/** Return what keeps picks of one match from being one bet: no price together, or one that waits for a press; null where nothing does. */
function togetherBlocked(slip, world, total) {
  const groups = togetherOf(slip);
  const refused = groups.find((group) => group.problem);
  if (refused) return { state: "related", label: placeLabel(slip, world, total), why: unpriced(refused.problem) };
  if (groups.length && !world.signedIn) return { state: "signed-out", label: "Sign in to see what these cost together", enabled: true, action: "sign-in", why: "Your picks stay here." };
  if (groups.some((group) => !group.now)) return { state: "stale", label: "Waiting for a price", symbol: "clock", why: "" };
  const waiting = groups.filter((group) => asksTogether(group, world.accept));
  if (!waiting.length) return null;
  const accepts = waiting.map((group) => shownOdds(group.now, world.format)).join(" and ");
  return { state: "changed", label: placeLabel(slip, world, total), why: `Accept ${accepts} first. Struck at the odds shown, or not at all.` };
}

/** Return whether a changed price of picks together waits for a press, by what the bettor chose. */
export function asksTogether({ odds, now }, accept) {
  const moved = compare(now, odds);
  return moved !== 0 && (accept === "exact" || (accept === "better" && moved < 0));
}

function suspendedWhy(slip, format) {
  const odds = slip.picks.length === 1 ? `the picked price stays ${shownOdds(slip.picks[0].odds, format)}` : "the picked prices stay";
  return `It opens by itself when the market does; ${odds}.`;
}

function acceptWhy(waiting, world) {
  const accepts = waiting.map((pick) => shownOdds(world.legs.get(pick.key).odds, world.format));
  return `Accept ${accepts.join(" and ")} or remove the pick first. Struck at the odds shown, or not at all.`;
}

function ready(slip, world, total) {
  const promise = { exact: "Struck at the odds shown, or not at all.", better: "Struck at the odds shown or better ones, or not at all.", any: "Struck at the odds that stand when it arrives." };
  const delayS = Math.max(0, ...slip.picks.map((pick) => world.legs.get(pick.key).delayS ?? 0));
  const waits = delayS ? ` In play it waits ${delayS} s, and is checked again then.` : "";
  return { state: "ready", label: placeLabel(slip, world, total), why: `${promise[world.accept]}${waits}`, enabled: true, action: "place" };
}

function placeLabel(slip, world, total) {
  const bets = isSeparate(slip) ? `${slip.picks.length} bets` : freeBetOf(slip, world.currency) ? "free bet" : "bet";
  return `Place ${bets} ${total ? money(total, world.currency) : ""}`.trim();
}

/** Return the types of bet that several picks can be, each with its name: [[type, "Singles"], [type, "Treble"]]. */
export const kinds = (slip) => kindsOf(slip).map((type) => [type, type === singleType() ? `${nameOf(type, 1)}s` : nameOf(type, marketsIn(slip.picks))]);
