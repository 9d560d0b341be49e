// The pictures of a trader: what the book wins or loses if a selection wins, and how the prices of a market went.

import { el, svg } from "./dom.js";
import { money } from "./money.js";
import { timeOf } from "./names.js";
import { ratioOf } from "./odds.js";

const [BAR, MIDDLE, BAR_HEIGHT] = [200, 100, 18];
const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [34, 92, 8, 22, 248];
const LABEL_GAP = 12;
/** Lines that are drawn: more cannot be told apart. */
const LINES_MAX = 3;
/** It is drawn to the width that there is, so that its text is as large on a phone. */
const DRAWN = [
  { width: 400, place: "wide" },
  { width: 340, place: "phone" },
];

/** Return a result as it is read: "+€312.00", "−€184.20". */
export const signed = (minor, currency) => `${minor > 0 ? "+" : ""}${money(minor, currency)}`;

/** Return the tone of a result: won, lost, or none. */
export const toneOf = (minor) => (minor < 0 ? "lost" : minor > 0 ? "won" : "");

/** Return a bar left or right of zero, in the scale of `most`, the largest result of the match. */
export function resultBar(name, minor, most, currency) {
  const long = most ? (Math.abs(minor) / most) * MIDDLE : 0;
  const said = minor < 0 ? `the book loses ${money(-minor, currency)}` : `the book wins ${money(minor, currency)}`;
  return svg(
    "svg",
    { viewBox: `0 0 ${BAR} ${BAR_HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name}: ${said}` },
    svg("rect", { class: "track", x: 0, y: 0, width: BAR, height: BAR_HEIGHT }),
    svg("rect", { class: minor < 0 ? "neg" : "pos", x: (minor < 0 ? MIDDLE - long : MIDDLE).toFixed(1), y: 3, width: long.toFixed(1), height: BAR_HEIGHT - 6 }),
    svg("line", { class: "axis", x1: MIDDLE, y1: 0, x2: MIDDLE, y2: BAR_HEIGHT }),
  );
}

/** Return how likely each selection was by the prices, with the margin taken off by proportion; times without bets are gaps. Null for no prices. */
export function chancePicture(market, history) {
  const points = chancesOf(history);
  const open = points.filter((point) => point.chances);
  if (!open.length) return null;
  const last = open.at(-1).chances;
  const shown = market.selections.filter(({ selection }) => last.has(selection)).sort((one, other) => last.get(other.selection) - last.get(one.selection)).slice(0, LINES_MAX);
  const rows = history.items.map(({ version, at, status, offered, by, reason }) => el("tr", {}, el("th", { scope: "row" }, timeOf(at, true)), el("td", { class: "n" }, String(version)), el("td", {}, reason ?? market.selections.map(({ selection }) => offered[selection] ?? "\u2013").join(" / ")), el("td", {}, status), el("td", {}, by || "\u2013")));
  const heads = ["Since", "Version", market.selections.map(({ name }) => name).join(" / "), "State", "By"].map((name, index) => el("th", { scope: "col", class: index === 1 ? "n" : null }, name));
  const table = el("details", { class: "small" }, el("summary", {}, "As a table"), el("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Prices as a table" }, el("table", { class: "data" }, el("caption", { class: "vh" }, "Versions of the market, oldest first"), el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows))));
  return [...DRAWN.map((size) => drawn(shown, points, history.items, size)), table];
}

/** Return {at, chances} for each version; `chances` is null from when no bets were taken. */
function chancesOf({ items }) {
  return items.map(({ at, offered }) => {
    const implied = Object.entries(offered).map(([selection, text]) => {
      const [numerator, denominator] = ratioOf(text);
      return [selection, Number(denominator) / Number(numerator)];
    });
    const whole = implied.reduce((sum, [, chance]) => sum + chance, 0);
    return { at: Date.parse(at), chances: implied.length ? new Map(implied.map(([selection, chance]) => [selection, chance / whole])) : null };
  });
}

function drawn(shown, points, items, { width, place }) {
  const values = shown.flatMap(({ selection }) => points.flatMap(({ chances }) => (chances?.has(selection) ? [chances.get(selection)] : [])));
  const [low, high] = [Math.max(0, Math.floor(Math.min(...values) * 10 - 0.5) / 10), Math.min(1, Math.ceil(Math.max(...values) * 10 + 0.5) / 10)];
  const [from, upto] = [points[0].at, Math.max(Date.now(), points.at(-1).at + 1)];
  const x = (at) => LEFT + ((at - from) / (upto - from)) * (width - LEFT - RIGHT);
  const y = (chance) => TOP + ((high - chance) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const step = high - low > 0.5 ? 0.2 : 0.1;
  const levels = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step).filter((level) => level <= high + 0.001);
  const grid = levels.flatMap((level) => [svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level) }), text(LEFT - 5, y(level) + 4, "end", `${Math.round(level * 100)}%`)]);
  const times = [from, upto].map((at, index) => text(x(at), HEIGHT - 6, index ? "end" : "start", timeOf(at)));
  const gaps = points.flatMap(({ at, chances }, index) => (chances ? [] : [svg("rect", { class: "gap", x: x(at).toFixed(1), y: TOP, width: Math.max(2, x(points[index + 1]?.at ?? upto) - x(at)).toFixed(1), height: HEIGHT - TOP - BOTTOM })]));
  const ends = apart(shown.map(({ selection }) => y(points.findLast(({ chances }) => chances?.has(selection)).chances.get(selection)) + 4));
  const lines = shown.flatMap(({ selection, name }, index) => [svg("path", { class: `l l${index + 1}`, d: path(selection, points, upto, x, y) }), text(width - RIGHT + 6, ends[index], "start", `${short(name)} ${items.findLast(({ offered }) => offered[selection]).offered[selection]}`, `s${index + 1}`)]);
  const first = points.find(({ chances }) => chances).chances;
  const last = points.findLast(({ chances }) => chances).chances;
  const said = shown.map(({ selection, name }) => `${name} from ${percent(first.get(selection))} to ${percent(last.get(selection))}`).join(", ");
  return svg("svg", { class: `pic only-${place}`, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": `Chances by the prices since ${timeOf(from)}: ${said}${gaps.length ? `; suspended ${gaps.length === 1 ? "once" : `${gaps.length} times`}` : ""}` }, ...grid, ...times, ...gaps, ...lines);
}

/** Return the steps of a selection: a price holds until it changes, and there is none while no bets are taken. */
function path(selection, points, upto, x, y) {
  let pen = "M";
  return points
    .map(({ at, chances }, index) => {
      const chance = chances?.get(selection);
      if (chance === undefined) return (pen = "M") && "";
      const begun = pen === "M" ? `M${x(at).toFixed(1)} ${y(chance).toFixed(1)}` : `V${y(chance).toFixed(1)}`;
      pen = "V";
      return `${begun}H${x(points[index + 1]?.at ?? upto).toFixed(1)}`;
    })
    .join("");
}

/** Return places of labels so far from each other that they can be read, in the order given, which is from the top down. */
function apart(places) {
  const moved = [...places];
  for (let index = 1; index < moved.length; index += 1) moved[index] = Math.max(moved[index], moved[index - 1] + LABEL_GAP);
  return moved;
}

const text = (x, y, anchor, words, look = null) => svg("text", { x, y, "text-anchor": anchor, class: look }, words);
const percent = (chance) => (chance === undefined ? "none" : `${Math.round(chance * 100)} percent`);
const short = (name) => (name.length > 11 ? `${name.slice(0, 10)}\u2026` : name);
