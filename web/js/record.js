// The record of an account: what the bets that it showed to others made in a period, always with how many they are.

import { el, fill } from "./dom.js";
import { money } from "./money.js";
import { marketName, sportName } from "./names.js";
import { profitPicture } from "./profit_picture.js";
import { unitsOf } from "./slip_words.js";

export const FEW = 20;
export const WINDOWS = { "7d": "7 days", "30d": "30 days", season: "Season", all: "All" };

/** The record of `handle` in figures. */
export function recordStats(record, handle) {
  const { bets, won, currency } = record;
  const decided = bets - record.void;
  const few = !decided ? "no bets yet" : decided < FEW ? `${decided} of ${FEW} bets: too few to tell` : `over ${decided} bets`;
  const stat = (name, value, small, tone = "") => el("div", {}, el("dt", {}, name), el("dd", { class: tone }, value, small ? el("small", {}, small) : null));
  const { tailed, streaks } = record;
  return el(
    "dl",
    { class: "panel stats", "aria-label": `Record of ${handle}` },
    stat("Settled bets", String(bets), bets ? `${won} won, ${decided - won} not won, ${record.void} void` : "none yet"),
    stat("Profit", signed(record.profit_minor, money(Math.abs(record.profit_minor), currency)), `${money(record.staked_minor, currency)} staked`, tone(record.profit_minor)),
    stat("ROI", percent(record.roi_bp, true), few, tone(record.roi_bp ?? 0)),
    stat("Win rate", percent(record.win_rate_bp, false), record.average_odds ? `at odds of ${record.average_odds.slice(0, -1)} on average` : "no bets yet"),
    record.closing_line_bets ? stat("Closing-line value", percent(record.closing_line_bp, true), `beat the close in ${record.closing_line_beaten} of ${record.closing_line_bets}`, tone(record.closing_line_bp)) : null,
    record.unit_bets ? stat("Profit in units", signed(Number(record.units), unitsOf(record.units.replace("-", ""))), `over ${record.unit_bets} bets`, tone(Number(record.units))) : null,
    tailed.bets ? stat("Tailers made", tailed.roi_bp === null ? "\u2013" : percent(tailed.roi_bp, true), `over ${tailed.bets} tailed ${tailed.bets === 1 ? "bet" : "bets"}, of all time`, tone(tailed.roi_bp ?? 0)) : null,
    streaks.current ? stat("Streak", `${streaks.current} ${streaks.current_won ? "won" : "not won"}`, `longest: ${streaks.longest_won} won, ${streaks.longest_lost} not won`) : null,
  );
}

/** Show a record in a place; what is not read yet shows nothing. */
export function patchRecord(place, record, handle) {
  fill(place, JSON.stringify([record, handle]), () => (record ? recordParts(record, handle) : []));
}

/** A profit, a percentage and how many bets they are of, as everywhere. */
export const signed = (number, text) => `${number > 0 ? "+" : number < 0 ? "\u2212" : ""}${text}`;
export const tone = (number) => (number > 0 ? "won" : number < 0 ? "lost" : "");

/** Return basis points as a percentage. */
export function percent(basisPoints, withSign) {
  if (basisPoints === null) return "\u2013";
  const tenths = Math.round(Math.abs(basisPoints) / 10);
  const text = `${Math.floor(tenths / 10)}.${tenths % 10}%`;
  return withSign ? signed(basisPoints, text) : text;
}

function recordParts(record, handle) {
  const tables = [parts("By market", record.by_market_type, marketName), parts("By sport", record.by_sport, sportName)].filter(Boolean);
  return [recordStats(record, handle), profitPicture(record, handle), tables.length ? el("div", { class: "split" }, tables) : null];
}

/** A table of the parts of a record; of fewer than 20 bets it shows no ROI, since that is noise. */
function parts(title, scoped, nameOf) {
  if (!scoped.length) return null;
  const row = ({ name, bets, roi_bp: roi, win_rate_bp: rate, average_odds: odds, ...rest }) => {
    const few = bets - rest.void < FEW;
    return el("tr", {}, el("th", { scope: "row" }, name === "mixed" ? "Mixed" : nameOf(name)), el("td", { class: "n" }, String(bets)), el("td", { class: few ? "n soft" : `n ${tone(roi ?? 0)}` }, few ? "too few" : percent(roi, true)), el("td", { class: "n only-wide" }, percent(rate, false)), el("td", { class: "n only-wide" }, odds ? odds.slice(0, -1) : "\u2013"));
  };
  const head = [["", title], ["n", "Bets"], ["n", "ROI"], ["n only-wide", "Won"], ["n only-wide", "Avg odds"]].map(([kind, name]) => el("th", { scope: "col", class: kind || null }, name));
  return el("section", { class: "panel", "aria-label": title }, el("table", { class: "data" }, el("caption", { class: "vh" }, title), el("thead", {}, el("tr", {}, head)), el("tbody", {}, scoped.map(row))));
}
