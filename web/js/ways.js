// Several picks of one market in a bet: each is in lines of its own, and the market counts as one leg of the bet's type. See domain/bet/ways.py.

import { linesOf } from "./bet_types.js";
import { ratioOf, ratioOfMarkets, sumOfRatios } from "./odds.js";

const SEVERAL_MAY_WIN = /double_chance$|^race_/;

/** Return how many markets legs are on. */
export const marketsIn = (legs) => new Set(legs.map((leg) => leg.market_id)).size;

/** Return whether two legs are on one market. */
export const hasWays = (legs) => marketsIn(legs) < legs.length;

/** Return the numbers of the legs by market, in the order of the markets. */
export function waysOf(legs) {
  const byMarket = new Map();
  legs.forEach((leg, number) => byMarket.set(leg.market_id, [...(byMarket.get(leg.market_id) ?? []), number]));
  return [...byMarket.values()];
}

/** Return how a bet of a type on legs is made of lines: {folds, lines}; null where there is no such bet. */
export function madeOf(type, legs) {
  const ways = waysOf(legs);
  const made = linesOf(type, ways.length);
  if (!made || ways.length === legs.length) return made;
  const [lines] = ratioOfMarkets(ways.map((numbers) => [BigInt(numbers.length), 1n]), made.folds, 1);
  return { ...made, lines: Number(lines) };
}

/** Return what each market of picks makes of a unit on all its picks at best: the highest price, or all stakes back, where one pick alone may win. */
export function atBest(picks) {
  return waysOf(picks).map((numbers) => {
    const ratios = numbers.map((number) => ratioOf(picks[number].odds));
    if (numbers.length === 1 || SEVERAL_MAY_WIN.test(picks[numbers[0]].type)) return sumOfRatios(ratios);
    const all = [BigInt(numbers.length), 1n];
    return ratios.reduce(([a, b], [c, d]) => (c * b > a * d ? [c, d] : [a, b]), all);
  });
}
