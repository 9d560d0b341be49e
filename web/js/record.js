// The record of an account: what the bets that it showed to others made, always with how many they are.

import { el, fill } from "./dom.js";
import { money } from "./money.js";
import { unitsOf } from "./slip_words.js";

const FEW = 20;

/** The record of `handle` in figures. */
export function recordStats(record, handle) {
  const { bets, won, currency } = record;
  const decided = bets - record.void;
  const few = !decided ? "no bets yet" : decided < FEW ? `${decided} of ${FEW} bets: too few to tell` : `over ${decided} bets`;
  const stat = (name, value, small, tone = "") => el("div", {}, el("dt", {}, name), el("dd", { class: tone }, value, small ? el("small", {}, small) : null));
  const tone = (number) => (number > 0 ? "won" : number < 0 ? "lost" : "");
  return el(
    "dl",
    { class: "panel stats", "aria-label": `Record of ${handle}` },
    stat("Settled bets", String(bets), bets ? `${won} won, ${decided - won} not won, ${record.void} void` : "none yet"),
    stat("Profit", signed(record.profit_minor, money(Math.abs(record.profit_minor), currency)), `${money(record.staked_minor, currency)} staked`, tone(record.profit_minor)),
    stat("ROI", percent(record.roi_bp, true), few, tone(record.roi_bp ?? 0)),
    stat("Win rate", percent(record.win_rate_bp, false), record.average_odds ? `at odds of ${record.average_odds.slice(0, -1)} on average` : "no bets yet"),
    record.unit_bets ? stat("Profit in units", signed(Number(record.units), unitsOf(record.units.replace("-", ""))), `over ${record.unit_bets} bets`, tone(Number(record.units))) : null,
  );
}

/** Show a record in a place; what is not read yet shows nothing. */
export function patchRecord(place, record, handle) {
  fill(place, JSON.stringify([record, handle]), () => (record ? recordStats(record, handle) : []));
}

const signed = (number, text) => `${number > 0 ? "+" : number < 0 ? "\u2212" : ""}${text}`;

function percent(basisPoints, withSign) {
  if (basisPoints === null) return "\u2013";
  const tenths = Math.round(Math.abs(basisPoints) / 10);
  const text = `${Math.floor(tenths / 10)}.${tenths % 10}%`;
  return withSign ? signed(basisPoints, text) : text;
}
