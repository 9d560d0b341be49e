// Small pictures: how a price went, and how a match goes. SVG by attributes, coloured in css/pages.css.

import { svg } from "./dom.js";
import { ratioOf, shownOdds } from "./odds.js";

const WIDTH = 160;
const HEIGHT = 28;
const PAD = 4;
const MINUTES = 90;

/** Return the steps of a price in its own scale, oldest first, with a sentence of its first and last. `history` is [[at, odds], ...]. */
export function spark(name, history, now, format) {
  const root = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const first = shownOdds(history[0][1], format);
  const last = shownOdds(history.at(-1)[1], format);
  root.setAttribute("aria-label", history.length > 1 ? `${name}: from ${first} to ${last}, ${history.length - 1} moves` : `${name}: ${last}, not moved yet`);
  root.append(svg("path", { d: path(history, now) }));
  return root;
}

function path(history, now) {
  const values = history.map(([, odds]) => Math.log(valueOf(odds)));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const begun = history[0][0];
  const span = Math.max(now - begun, 1);
  const x = (at) => (((at - begun) / span) * (WIDTH - PAD)).toFixed(1);
  const y = (value) => (high === low ? HEIGHT / 2 : HEIGHT - PAD - ((value - low) / (high - low)) * (HEIGHT - 2 * PAD)).toFixed(1);
  const steps = history.slice(1).map(([at], index) => `H${x(at)}V${y(values[index + 1])}`);
  return `M0 ${y(values[0])}${steps.join("")}H${WIDTH - PAD}`;
}

function valueOf(odds) {
  const [numerator, denominator] = ratioOf(odds);
  return Number(numerator) / Number(denominator);
}

/** Return the line of a match with its clock and the goals that this page saw: {minute, side} each. */
export function timeline(fixture, goals, width) {
  const left = 40;
  const span = width - left - 16;
  const x = (minute) => left + (Math.min(minute, MINUTES) / MINUTES) * span;
  const minute = fixture.status === "ended" ? MINUTES : (fixture.clock.minute ?? 0);
  const root = svg("svg", { class: "pic", viewBox: `0 0 ${width} 70`, role: "img" });
  const said = goals.map((goal) => `${fixture[goal.side]} score at ${goal.minute} minutes`);
  root.setAttribute("aria-label", `Timeline: ${[...said, fixture.status === "ended" ? "the match is over" : `now ${minute} minutes`].join("; ")}`);
  for (const mark of width < 500 ? [0, 45, 90] : [0, 15, 30, 45, 60, 75, 90]) {
    root.append(svg("line", { class: "grid", x1: x(mark), y1: 12, x2: x(mark), y2: 52 }));
    root.append(svg("text", { x: x(mark), y: 66, "text-anchor": "middle" }, `${mark}\u2032`));
  }
  root.append(svg("rect", { class: "track", x: left, y: 29, width: span, height: 6, rx: 3 }));
  root.append(svg("rect", { class: "bar-a", x: left, y: 29, width: x(minute) - left, height: 6, rx: 3 }));
  for (const goal of goals) {
    const y = goal.side === "home" ? 14 : 50;
    root.append(svg("circle", { class: "dot1", cx: x(goal.minute), cy: y, r: 6 }), svg("text", { x: x(goal.minute) + 9, y: y + 4 }, `${goal.minute}\u2032`));
  }
  if (fixture.status === "live") root.append(svg("line", { class: "axis", x1: x(minute), y1: 8, x2: x(minute), y2: 54 }));
  root.append(svg("text", { class: "strong", x: 0, y: 18 }, short(fixture.home)), svg("text", { class: "strong", x: 0, y: 54 }, short(fixture.away)));
  return root;
}

const short = (team) => team.replace(/[^\p{L}]/gu, "").slice(0, 3).toLocaleUpperCase();
