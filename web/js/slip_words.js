// What a shared slip says: what each leg costs now, what the whole costs, its stake and its returns. No document: values in, values out.

import { linesOf, nameOf } from "./bet_types.js";
import { compare, ratioOf, ratioOfFolds, returnsMinor, shownRatio } from "./odds.js";
import { marketName, matchName, standing as matchStanding } from "./names.js";
import { money } from "./money.js";
import { ageMs, isStale, standingOf } from "./store.js";

const READ_LIVES_MS = 15_000;
const ENDED = new Set(["ended", "abandoned"]);

/** Return what the stake of a bet is called: cash, a free bet, or of a bonus. */
export const stakeName = (bet) => (bet.free_bet_id ? "Free bet, stake not returned" : bet.bonus_id ? "Stake from bonus" : "Stake");

/** Return how a leg stands now: {state: resulted | open | stale | suspended | closed, odds, direction, ageS}. `readAt` is when the slip was read. */
export function legNow(leg, readAt, world) {
  if (leg.result !== "open") return { state: "resulted" };
  const offer = world.store.offer(leg.market_id, leg.selection);
  if (offer?.fixture && !isStale(offer.fixture, world.now)) return offered(leg, standingOf(offer.market, offer.fixture, world.now), offer.selection.odds);
  const aged = offer?.fixture && offer.fixture.seenAt > readAt ? ageMs(offer.fixture, world.now) : world.now - readAt;
  if (!leg.market || leg.market === "closed" || leg.market === "resulted" || ENDED.has(leg.fixture?.status)) return { state: "closed" };
  if (leg.market !== "open" || !leg.current_odds) return { state: "suspended" };
  if (aged > READ_LIVES_MS) return { state: "stale", odds: leg.current_odds, ageS: Math.round(aged / 1000) };
  return offered(leg, "open", leg.current_odds);
}

function offered(leg, state, odds) {
  if (state === "resulted" || state === "closed") return { state: "closed" };
  if (state !== "open" || !odds) return { state: "suspended" };
  const moved = compare(odds, leg.odds);
  return { state: "open", odds, direction: moved > 0 ? "up" : moved < 0 ? "down" : null };
}

/** Return what the whole slip costs now: {state, ratio, worst, direction}; `state` is open where every leg is, else the first thing that keeps it from being bet. */
export function slipNow(slip, legs) {
  for (const state of ["closed", "suspended", "stale"]) if (legs.some((leg) => leg.state === state || (state === "closed" && leg.state === "resulted"))) return { state };
  const made = linesOf(slip.bet.type, legs.length);
  if (!made || slip.bet.same_game?.length) return { state: "open", ratio: null, worst: null, direction: null };
  const ratio = ratioOfFolds(legs.map((leg) => leg.odds), made.folds, made.lines);
  const [a, b, [c, d]] = [...ratio, ratioOf(slip.bet.odds)];
  return { state: "open", ratio, worst: shownRatio(ratio), direction: a * d > c * b ? "up" : a * d < c * b ? "down" : null };
}

/** Return the other side of a slip with one leg on a market of two selections: {name, selection, total}, where `total` is as `slipNow` returns it; null where there is none or it is not known. */
export function fadeNow(slip, readAt, world) {
  const [leg, ...others] = slip.bet.legs;
  const offer = others.length ? null : world.store.offer(leg.market_id, leg.selection);
  const other = offer?.market.selections.length === 2 ? offer.market.selections.find((each) => each.selection !== leg.selection) : null;
  if (!other) return null;
  const odds = other.odds ?? leg.odds;
  const now = legNow({ ...leg, selection: other.selection, odds, current_odds: null }, readAt, world);
  return { name: other.name, selection: other.selection, total: slipNow({ bet: { type: slip.bet.type, odds } }, [now]) };
}

/** Return which legs are of one match, as people count them: "Legs 1 and 2 together". */
export function togetherWords({ legs }) {
  const numbers = legs.map((number) => number + 1);
  return `Legs ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)} together`;
}

/** Return what a leg is called: {name, type, match, where}. */
export function legName(leg, app) {
  const fixture = app.store.fixtures.get(leg.fixture_id) ?? leg.fixture;
  const named = leg.market_type && fixture ? null : app.naming.of(leg);
  const type = leg.market_type || named?.type;
  const name = leg.selection_name !== leg.selection ? leg.selection_name : (named?.selection ?? leg.selection);
  return { name, type: type ? marketName(type) : "", match: fixture ? matchName(fixture) : (named?.match ?? "\u2026"), where: fixture ? matchStanding(fixture) : "", status: fixture?.status };
}

/** Return what kind of bet it is: "Single", "Treble", or the name of a system. */
export const kindOf = (bet) => nameOf(bet.type, bet.legs.length);

/** Return the stake as its author shows it. */
export function stakeWords(slip) {
  const { bet } = slip;
  if (!slip.verified) return "no stake";
  if (bet.stake_minor !== null) return money(bet.stake_minor, bet.currency);
  return bet.stake_units !== null ? unitsOf(bet.stake_units) : "stake hidden";
}

/** Return "2 units" of "2.00". */
export function unitsOf(text) {
  const plain = text.replace(/\.?0+$/, "");
  return `${plain} ${plain === "1" ? "unit" : "units"}`;
}

/** Return how a slip stands: {words, returns, result}; `result` is won, lost or void once it is known. */
export function outcomeOf(slip) {
  const { bet } = slip;
  const status = slip.verified ? bet.status : pickStatus(bet.legs);
  if (status === "open") return { words: openWords(bet.legs), returns: slip.verified ? possible(bet) : "", result: null };
  const words = { won: "Won", lost: "Lost", void: "Void", part_lost: "Lost in part", cashed_out: "Cashed out" }[status] ?? status.replaceAll("_", " ");
  return { words, returns: slip.verified ? returned(bet, status) : "", result: status === "part_lost" ? "lost" : status === "cashed_out" ? null : status };
}

function pickStatus(legs) {
  if (legs.some((leg) => leg.result === "lost")) return "lost";
  if (legs.some((leg) => leg.result === "open")) return "open";
  return legs.every((leg) => leg.result === "void") ? "void" : "won";
}

function openWords(legs) {
  const known = legs.filter((leg) => leg.result === "won" || leg.result === "half_won").length;
  return legs.length > 1 && known ? `Open, ${known} of ${legs.length} won` : "Open";
}

function possible(bet) {
  if (bet.stake_minor !== null) return `returns ${money(returnsMinor(bet.stake_minor, [bet.odds]), bet.currency)}`;
  if (bet.stake_units === null) return "";
  return `returns ${unitsOf(hundredths(returnsMinor(Math.round(Number(bet.stake_units) * 100), [bet.odds])))}`;
}

function returned(bet, status) {
  if (status === "lost") return bet.stake_minor !== null ? `lost ${money(bet.stake_minor, bet.currency)}` : bet.stake_units !== null ? `lost ${unitsOf(bet.stake_units)}` : "";
  if (bet.returns_minor !== null) return `returned ${money(bet.returns_minor, bet.currency)}`;
  return bet.returns_units !== null ? `returned ${unitsOf(bet.returns_units)}` : "";
}

const hundredths = (whole) => `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
