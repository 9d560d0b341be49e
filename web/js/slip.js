// The bet slip as a value: what was picked, at which price, and what was sent. Every function returns the next slip and changes nothing.
//
// `sent` holds requests from the first press to a definite answer. While it is there nothing can be edited: body and key stay what they were.

import { singleType, typesOf } from "./bet_types.js";
import { compare, paidMinor, product, ratioEachWay, ratioOfMarkets } from "./odds.js";
import { minorOf } from "./money.js";
import { keyOf } from "./store.js";
import { atBest, hasWays, madeOf, marketsIn, waysOf } from "./ways.js";

export const PICKS_MAX = 25;
export const NOTHING = Object.freeze({ picks: [], kind: null, stake: "10.00", eachWay: false, freeBet: null, bonus: null, sent: null, told: null, together: {} });

/** Return whether a request of this slip has no definite answer yet. */
export const isFrozen = (slip) => slip.sent !== null;

/** Return whether picks of several markets are on one match: in one bet, they have a price together. */
export function isRelated(slip) {
  return new Set(slip.picks.map((pick) => pick.fixture_id)).size < marketsIn(slip.picks);
}

/** Return the types of bet that these picks can be: a bet of its own for each pick, or one bet that takes them all; related ones in one line. */
export function kindsOf(slip) {
  const legs = marketsIn(slip.picks);
  const all = legs > 1 ? typesOf(legs) : [];
  return [singleType(), ...(isRelated(slip) ? all.filter((type) => madeOf(type, slip.picks)?.lines === 1) : all)].filter(Boolean);
}

/** Return the type of the slip's bets: what the bettor chose, where the picks allow it; undefined while no types are known. */
export function kindOf(slip) {
  const [single, usual] = kindsOf(slip);
  if (kindsOf(slip).includes(slip.kind)) return slip.kind;
  return hasWays(slip.picks) ? single : (usual ?? single);
}

/** Return whether each of several picks is a bet of its own. */
export const isSeparate = (slip) => slip.picks.length > 1 && kindOf(slip) === singleType();

/** Take a pick, or take it off where it is there already. */
export function toggle(slip, pick) {
  if (isFrozen(slip)) return slip;
  const kept = slip.picks.filter((each) => each.key !== pick.key);
  if (kept.length < slip.picks.length) return { ...slip, picks: kept, told: null };
  if (kept.length >= PICKS_MAX) return slip;
  return { ...slip, picks: [...kept, pick], told: null };
}

/** Take a pick off. */
export function remove(slip, key) {
  return isFrozen(slip) ? slip : { ...slip, picks: slip.picks.filter((pick) => pick.key !== key), told: null };
}

/** Take all picks off. */
export function clear(slip) {
  return isFrozen(slip) ? slip : { ...NOTHING, kind: slip.kind, stake: slip.stake, eachWay: slip.eachWay };
}

/** Write a stake: of the pick with that key, or of the whole slip where it is null. */
export function setStake(slip, stake, key = null) {
  if (isFrozen(slip)) return slip;
  if (key === null) return { ...slip, stake, told: refusalsOnly(slip.told) };
  return { ...slip, picks: slip.picks.map((pick) => (pick.key === key ? { ...pick, stake } : pick)) };
}

/** Choose the type of the slip's bets. */
export const setKind = (slip, kind) => (isFrozen(slip) ? slip : { ...slip, kind, told: null });

/** Return whether all picks can be bet each way: their markets pay places. */
export const canBeEachWay = (slip) => slip.picks.length > 0 && slip.picks.every((pick) => pick.terms);

/** Return whether the slip's bets are each way: half of the stake on the win, half on the place. */
export const isEachWay = (slip) => Boolean(slip.eachWay) && canBeEachWay(slip);

/** Bet each way, or on the win alone. */
export const setEachWay = (slip, eachWay) => (isFrozen(slip) ? slip : { ...slip, eachWay, told: null });

/** Use a free bet, {id, amountMinor, currency}, as the stake of the slip's one bet, or own money where it is null. */
export const setFreeBet = (slip, freeBet) => (isFrozen(slip) ? slip : { ...slip, freeBet, bonus: null, told: refusalsOnly(slip.told) });

/** Return the free bet that the slip's one bet is struck with; null where it is own money, or where the stake cannot be spread over the lines. */
export function freeBetOf(slip, currency) {
  if (!slip.freeBet || slip.freeBet.currency !== currency || isSeparate(slip)) return null;
  return canTake(slip, slip.freeBet.amountMinor) ? slip.freeBet : null;
}

/** Stake the slip's one bet from a bonus, {id, availableMinor, stakeMinorMax, currency}, or in cash where it is null. */
export const setBonus = (slip, bonus) => (isFrozen(slip) ? slip : { ...slip, bonus, freeBet: null, told: refusalsOnly(slip.told) });

/** Return the bonus that the slip's one bet is staked from; null where it is cash or a free bet. */
export const bonusOf = (slip, currency) => (slip.bonus?.currency === currency && !isSeparate(slip) ? slip.bonus : null);

/** Return whether an amount is spread evenly over the lines of the slip's one bet. */
export function canTake(slip, amountMinor) {
  const lines = (madeOf(kindOf(slip), slip.picks)?.lines ?? 0) * (isEachWay(slip) ? 2 : 1);
  return !isSeparate(slip) && lines > 0 && amountMinor % lines === 0;
}

/** Agree to another price of one pick: a press of its own, for the price that its button named. */
export function accept(slip, key, odds, version) {
  if (isFrozen(slip)) return slip;
  return { ...slip, told: null, picks: slip.picks.map((pick) => (pick.key === key ? { ...pick, odds, version } : pick)) };
}

/** Follow the versions of markets whose price is still the one that was picked. What was picked never changes. */
export function follow(slip, offerOf) {
  if (isFrozen(slip)) return slip;
  let moved = false;
  const picks = slip.picks.map((pick) => {
    const offer = offerOf(pick);
    if (!offer || offer.market.status !== "open" || !offer.selection.odds) return pick;
    if (offer.market.version <= pick.version || compare(offer.selection.odds, pick.odds) !== 0) return pick;
    moved = true;
    return { ...pick, version: offer.market.version };
  });
  return moved ? { ...slip, picks } : slip;
}

/** Return the picks of one match that are in one bet: [{key, numbers, picks, odds, now, problem}], `odds` those agreed to, `now` those quoted last. */
export function togetherOf(slip) {
  if (!isRelated(slip) || isSeparate(slip)) return [];
  const matches = [...new Set(slip.picks.map((pick) => pick.fixture_id))];
  return matches.flatMap((fixtureId) => {
    const numbers = slip.picks.flatMap((pick, number) => (pick.fixture_id === fixtureId ? [number] : []));
    if (numbers.length < 2) return [];
    const picks = numbers.map((number) => slip.picks[number]);
    const key = picks.map((pick) => pick.key).join(" ");
    return [{ key, numbers, picks, ...slip.together?.[key] }];
  });
}

/** Take a quote of picks of one match together: what they cost, and what each costs alone at which version; or the problem that says why not. */
export function quoted(slip, key, { odds, legs, problem }) {
  if (isFrozen(slip)) return slip;
  const before = slip.together?.[key];
  const known = problem ? { problem } : { odds: before?.odds ?? odds, now: odds };
  const alone = new Map((legs ?? []).map((leg) => [keyOf(leg.market_id, leg.selection), leg]));
  const picks = slip.picks.map((pick) => (alone.has(pick.key) ? { ...pick, odds: alone.get(pick.key).odds, version: alone.get(pick.key).version } : pick));
  return { ...slip, picks, together: { ...slip.together, [key]: known } };
}

/** Agree to what picks of one match cost together now. */
export function acceptTogether(slip, key) {
  if (isFrozen(slip)) return slip;
  const { now } = slip.together[key];
  return { ...slip, told: null, together: { ...slip.together, [key]: { odds: now, now } } };
}

/** Return the stake of a pick that is a bet of its own. */
export const stakeOf = (slip, pick) => (slip.picks.length === 1 ? slip.stake : (pick.stake ?? slip.stake));

/** Return what would be struck: the bets, each with its type, picks, number of lines, ratio, stake and returns. What is typed is the stake of one line; that of a free bet is not returned. */
export function betsOf(slip, currency) {
  const type = kindOf(slip);
  const groups = togetherOf(slip);
  const bet = (picks, stake) => {
    const { folds, lines: combinations } = madeOf(type, picks) ?? { folds: [marketsIn(picks)], lines: 0 };
    const [odds, eachWay] = [picks.map((pick) => pick.odds), isEachWay(slip)];
    const lines = combinations * (eachWay ? 2 : 1);
    const stakeMinor = minorOf(stake, currency) * lines;
    const ratio = eachWay ? ratioEachWay(odds, picks.map((pick) => pick.terms), folds, combinations || 1, waysOf(picks)) : ratioOfMarkets(atBest(picks), folds, lines || 1);
    return { type, picks, lines, ratio, stakeMinor, eachWay, returnsMinor: paidMinor(stakeMinor, ratio) };
  };
  if (isSeparate(slip)) return slip.picks.map((pick) => bet([pick], stakeOf(slip, pick)));
  const whole = groups.length ? inOneLine(slip, type, groups, minorOf(slip.stake, currency)) : bet(slip.picks, slip.stake);
  const free = freeBetOf(slip, currency);
  const bonus = bonusOf(slip, currency);
  if (!free) return [bonus ? { ...whole, bonusId: bonus.id } : whole];
  const returns = paidMinor(free.amountMinor, whole.ratio);
  return [{ ...whole, stakeMinor: free.amountMinor, freeBetId: free.id, returnsMinor: Math.max(returns - free.amountMinor, 0) }];
}

/** Return the bet on picks of which some are of one match: these count at what they cost together, at no odds while that is not known. */
function inOneLine(slip, type, groups, stakeMinor) {
  const together = new Set(groups.flatMap((group) => group.numbers));
  const alone = slip.picks.filter((_, number) => !together.has(number)).map((pick) => pick.odds);
  const isKnown = groups.every((group) => group.odds);
  const ratio = isKnown ? product([...alone, ...groups.map((group) => group.odds)]) : [0n, 1n];
  return { type, picks: slip.picks, lines: 1, ratio, stakeMinor, eachWay: false, groups, returnsMinor: paidMinor(stakeMinor, ratio) };
}

/** Freeze the slip: the first press. `keys` are as many new idempotency keys as there are bets. */
export function freeze(slip, { keys, accept: agreed, currency, accountId, at, refer = false }) {
  if (isFrozen(slip) || !slip.picks.length) return slip;
  const parts = betsOf(slip, currency).map(({ type, picks, lines, stakeMinor, eachWay, freeBetId, bonusId, groups, returnsMinor: returns }, index) => ({
    key: keys[index],
    picks: picks.map((pick) => pick.key),
    body: bodyOf(type, picks, stakeMinor, currency, agreed, eachWay, { freeBetId, bonusId }, groups, refer),
    lines,
    stakeMinor,
    returnsMinor: returns,
    status: "placing",
    tries: 0,
  }));
  return { ...slip, told: null, sent: { parts, currency, accountId, accept: agreed, at } };
}

function bodyOf(type, picks, stakeMinor, currency, agreed, eachWay, { freeBetId, bonusId }, groups = [], refer = false) {
  const legs = picks.map(({ market_id, selection, odds, version }) => ({ market_id, selection, odds, version }));
  return JSON.stringify({ type, stake_minor: stakeMinor, currency, legs, accept: agreed, ...(eachWay ? { each_way: true } : {}), ...(freeBetId ? { free_bet_id: freeBetId } : {}), ...(bonusId ? { bonus_id: bonusId } : {}), ...(groups.length ? { same_game: groups.map(({ numbers, odds }) => ({ legs: numbers, odds })) } : {}), ...(refer ? { refer: true } : {}) });
}

/** Note what became of one request: {status: "placing" | "unknown" | "pending" | "placed" | "refused", receipt, problem}; one that is pending is decided after `until`. */
export function answered(slip, key, news) {
  if (!slip.sent) return slip;
  const parts = slip.sent.parts.map((part) => (part.key === key && !isDefinite(part) ? { ...part, ...news } : part));
  const next = { ...slip, sent: { ...slip.sent, parts } };
  return parts.every(isDefinite) ? finished(next) : next;
}

const isDefinite = (part) => part.status === "placed" || part.status === "refused";

/** All answers are there: placed picks leave the slip, refused ones stay as they were picked. */
function finished(slip) {
  const { parts, currency } = slip.sent;
  const placed = parts.filter((part) => part.status === "placed");
  const gone = new Set(placed.flatMap((part) => part.picks));
  const of = (part) => ({ ...part, picks: slip.picks.filter((pick) => part.picks.includes(pick.key)) });
  return {
    ...slip,
    sent: null,
    freeBet: null,
    bonus: null,
    picks: slip.picks.filter((pick) => !gone.has(pick.key)),
    told: { currency, placed: placed.map(of), refused: parts.filter((part) => part.status === "refused").map(of) },
  };
}

/** Put the picks of what was just placed back on the slip. */
export function keepPicks(slip) {
  if (isFrozen(slip) || !slip.told) return slip;
  const again = slip.told.placed.flatMap((part) => part.picks).filter((pick) => !slip.picks.some((each) => each.key === pick.key));
  return { ...slip, told: null, picks: [...again, ...slip.picks] };
}

/** Return a slip from what was kept; what is no slip is an empty one. */
export function revived(kept) {
  if (!kept || !Array.isArray(kept.picks)) return NOTHING;
  const picks = kept.picks.filter((pick) => pick && pick.key === keyOf(pick.market_id, pick.selection) && pick.odds && pick.version);
  const sent = kept.sent?.parts?.length ? kept.sent : null;
  return { ...NOTHING, ...kept, picks: sent ? kept.picks : picks, sent };
}

const refusalsOnly = (told) => (told?.placed.length ? null : told);
