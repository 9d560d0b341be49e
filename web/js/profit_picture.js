// The profit of a record as a picture: its sum day by day, with the same figures as a table for whoever wants to read them.

import { el, svg } from "./dom.js";
import { money } from "./money.js";

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [180, 64, 16, 12, 24];
/** It is drawn to the width that there is, so that its text is as large on a phone. */
const DRAWN = [
  { width: 640, place: "wide" },
  { width: 340, place: "phone" },
];

/** Return the panel of a record's profit; null where no day has bets. */
export function profitPicture(record, handle) {
  const { days, currency } = record;
  if (!days.length) return null;
  const sums = [];
  for (const day of days) sums.push((sums.at(-1) ?? 0) + day.profit_minor);
  const said = (minor) => `${minor < 0 ? "\u2212" : minor > 0 ? "+" : ""}${money(Math.abs(minor), currency)}`;
  const rows = days.map((day, index) => el("tr", {}, el("th", { scope: "row" }, dayName(day.day)), el("td", { class: "n" }, String(day.bets)), el("td", { class: "n" }, said(day.profit_minor)), el("td", { class: "n" }, said(sums[index]))));
  const head = ["Day", "Bets", "Profit", "Sum"].map((name, index) => el("th", { scope: "col", class: index ? "n" : null }, name));
  const table = el("details", { class: "small" }, el("summary", {}, "As a table"), el("table", { class: "data" }, el("caption", { class: "vh" }, "Profit by day"), el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
  return el("section", { class: "panel", "aria-labelledby": "profit-curve" }, el("header", {}, el("h3", { id: "profit-curve" }, "Profit"), el("span", { class: "small soft" }, "day by day")), el("div", { class: "pad" }, DRAWN.map((size) => drawn(days, sums, said, handle, size)), table));
}

function drawn(days, sums, said, handle, { width, place }) {
  const [low, high] = [Math.min(0, ...sums), Math.max(0, ...sums)];
  const first = dayNumber(days[0].day) - 1;
  const span = Math.max(dayNumber(days.at(-1).day) - first, 1);
  const x = (day) => LEFT + ((dayNumber(day) - first) * (width - LEFT - RIGHT)) / span;
  const y = (minor) => TOP + ((high - minor) * (HEIGHT - TOP - BOTTOM)) / (high - low || 1);
  const points = [[LEFT, y(0)], ...days.map((day, index) => [x(day.day), y(sums[index])])];
  const line = points.map(([across, down], index) => `${index ? "L" : "M"}${across.toFixed(1)} ${down.toFixed(1)}`).join("");
  const [endX, endY] = points.at(-1);
  const level = (minor, kind) => [svg("line", { class: kind, x1: LEFT, x2: width - RIGHT, y1: y(minor), y2: y(minor) }), label(LEFT - 6, y(minor) + 4, "end", said(minor))];
  const title = svg("title", { id: `profit-title-${place}` }, `Profit of ${handle}, day by day: ${said(sums.at(-1))} in the end, ${said(high)} at its highest, ${said(low)} at its lowest`);
  return svg(
    "svg",
    { class: `pic only-${place}`, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-labelledby": `profit-title-${place}` },
    title,
    ...(high > 0 ? level(high, "grid") : []),
    ...level(0, "axis"),
    ...(low < 0 ? level(low, "grid") : []),
    svg("path", { class: "l l1", d: line }),
    svg("circle", { class: "dot1", cx: endX, cy: endY, r: 4 }),
    ...(days.length > 1 ? [label(LEFT, HEIGHT - 6, "start", dayName(days[0].day))] : []),
    label(width - RIGHT, HEIGHT - 6, "end", dayName(days.at(-1).day)),
  );
}

const label = (x, y, anchor, text) => svg("text", { x, y, "text-anchor": anchor }, text);
const dayNumber = (day) => Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
const dayName = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
