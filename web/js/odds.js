// Odds as exact fractions of whole numbers, so that what is shown is what is paid. The forms are those of domain/odds.py.

const THOUSANDTHS = 1000n;

/** Return [numerator, denominator] of the total return on one unit, from "2.35", "5" or "10/11" (profit to stake). */
export function ratioOf(odds) {
  const fraction = /^(\d+)\/(\d+)$/.exec(odds);
  if (fraction) return [BigInt(fraction[1]) + BigInt(fraction[2]), BigInt(fraction[2])];
  const [whole, places = ""] = odds.split(".");
  return [BigInt(whole + places.padEnd(3, "0")), THOUSANDTHS];
}

/** Return 1 where `one` is longer than `other`, -1 where it is shorter, 0 where both are the same price. */
export function compare(one, other) {
  const [a, b] = ratioOf(one);
  const [c, d] = ratioOf(other);
  if (a * d === c * b) return 0;
  return a * d > c * b ? 1 : -1;
}

/** Return the ratio of all odds coming true in one line. */
export function product(list) {
  return list.map(ratioOf).reduce(([a, b], [c, d]) => [a * c, b * d], [1n, 1n]);
}

/**
 * Return the ratio of a bet whose stake is spread evenly over `lines` lines, every combination of as many of its odds as `folds` says: the mean
 * of the lines' products. The sum over all folds of a size is a coefficient of the product of (1 + odds x), see domain/settling/folds.py.
 */
export const ratioOfFolds = (list, folds, lines) => ratioOfMarkets(list.map(ratioOf), folds, lines);

/** Return the same of what a bet's markets make of a unit, as ratios. */
export function ratioOfMarkets(ratios, folds, lines) {
  const coefficients = [1n, ...ratios.map(() => 0n)];
  for (const [numerator, denominator] of ratios) {
    for (let degree = ratios.length; degree > 0; degree -= 1) coefficients[degree] = coefficients[degree] * denominator + coefficients[degree - 1] * numerator;
    coefficients[0] *= denominator;
  }
  return reduced([folds.reduce((sum, size) => sum + coefficients[size], 0n), coefficients[0] * BigInt(lines)]);
}

/** Return the odds of a place, which pays a fraction of the profit: "1/5" of 6.00 is "5000/5000", one for one. */
const placeOdds = (odds, terms) => {
  const [numerator, denominator] = ratioOf(odds);
  const [part, of] = terms.split("/").map(BigInt);
  return `${(numerator - denominator) * part}/${denominator * of}`;
};

/** Return the sum of ratios. */
export const sumOfRatios = (ratios) => ratios.reduce(([a, b], [c, d]) => [a * d + c * b, b * d]);

/**
 * Return the ratio of an each-way bet, win to win: half of its stake is on the win and half on the place, on every one of `lines` lines. `ways` are
 * the numbers of the odds by market.
 */
export function ratioEachWay(list, terms, folds, lines, ways = list.map((_, index) => [index])) {
  const ofMarkets = (ratios) => ratioOfMarkets(ways.map((numbers) => sumOfRatios(numbers.map((number) => ratios[number]))), folds, lines);
  const [a, b] = ofMarkets(list.map(ratioOf));
  const [c, d] = ofMarkets(list.map((odds, index) => ratioOf(placeOdds(odds, terms[index]))));
  return reduced([a * d + c * b, 2n * b * d]);
}

/** Return what a stake pays at a ratio: rounded half up, once, to the minor unit, by the house rules that bets are struck under now. */
export const paidMinor = (stakeMinor, [numerator, denominator]) => Number(rounded(BigInt(stakeMinor) * numerator, denominator));

/** Return the largest stake that pays no more than so much at a ratio: the same amount on each of `lines` lines, 0 where none does. */
export function largestStakeMinor(payoutMinorMax, [numerator, denominator], lines) {
  const most = (denominator * (2n * BigInt(payoutMinorMax) + 1n) - 1n) / (2n * numerator);
  return Number(most - (most % BigInt(lines)));
}

/** Return what a stake pays if every leg wins, as `paidMinor`. */
export const returnsMinor = (stakeMinor, list) => paidMinor(stakeMinor, product(list));

/** Return odds in the format that the bettor reads: "decimal", "fractional" or "american". */
export function shownOdds(odds, format = "decimal") {
  return shownRatio(ratioOf(odds), format);
}

/** Return a ratio in a format; see `shownOdds`. */
export function shownRatio([numerator, denominator], format = "decimal") {
  if (format === "fractional") return fractional(numerator, denominator);
  if (format === "american") return american(numerator, denominator);
  return decimal(numerator, denominator);
}

function decimal(numerator, denominator) {
  const all = (numerator * THOUSANDTHS) / denominator;
  const places = String(all % THOUSANDTHS).padStart(3, "0");
  return `${all / THOUSANDTHS}.${places.replace(/0$/, "")}`;
}

function fractional(numerator, denominator) {
  const profit = numerator - denominator;
  const shared = gcd(profit, denominator);
  return `${profit / shared}/${denominator / shared}`;
}

function american(numerator, denominator) {
  const profit = numerator - denominator;
  if (profit <= 0n) return "\u2013";
  return profit >= denominator ? `+${rounded(100n * profit, denominator)}` : `\u2212${rounded(100n * denominator, profit)}`;
}

function rounded(numerator, denominator) {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** The same ratio in the smallest numbers, so that sums of many lines stay short. */
function reduced([numerator, denominator]) {
  const shared = gcd(numerator, denominator);
  return [numerator / shared, denominator / shared];
}

function gcd(one, other) {
  return other ? gcd(other, one % other) : one;
}
