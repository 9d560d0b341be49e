// What one unit of a stake is: an amount in the wallet's currency, which each person chooses and this device keeps.

import { amount, exponentOf } from "./money.js";
import { kept, keep } from "./storing.js";

const UNIT = "slipstream.unit";
const CAP = "slipstream.daily-cap";
const UNITS = /^(\d{1,4})(?:[.,](\d{1,2}))?$/;
export const HUNDREDTHS_MAX = 100_000;

/** Return what a unit usually is, as it is typed: "10.00". */
export const usualUnit = (currency) => amount(10 * 10 ** exponentOf(currency), currency, false);

/** Return what a unit is, as it was typed last. */
export const unitText = (currency) => kept(UNIT)?.[currency] ?? usualUnit(currency);

/** Keep what a unit is, as it was typed. */
export const keepUnit = (currency, text) => keep(UNIT, { ...kept(UNIT), [currency]: text });

/** Return the most to stake by tails in a day, as it was typed last; empty for no cap. */
export const capText = (currency) => kept(CAP)?.[currency] ?? "";

/** Keep the most to stake by tails in a day, as it was typed. */
export const keepCap = (currency, text) => keep(CAP, { ...kept(CAP), [currency]: text });

/** Return the hundredths of a unit that somebody typed, 0 for what is no number of units. */
export function hundredthsOf(text) {
  const found = UNITS.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : 0;
}

/** Return hundredths as the API takes units: "1.5". */
export const unitsText = (hundredths) => String(hundredths / 100);

/** Return what so many hundredths of a unit are, in minor units, rounded down as the server does. */
export const minorOfUnits = (hundredths, unitMinor) => Number((BigInt(hundredths) * BigInt(unitMinor)) / 100n);
