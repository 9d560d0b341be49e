// One match on the board: clock, teams, goals, three markets, and the way to all of them.

import { el, icon, set, write } from "./dom.js";
import { ageMs, isStale } from "./store.js";
import { clockWords, lineOf, matchName } from "./names.js";
import { fits, makeMarket, patchMarket } from "./prices.js";
import { saidScore, scoreOfSide, slotsOf } from "./sports.js";
import { isRace, makeRaceRow, patchRaceRow } from "./races.js";

const SLOTS = [
  ["m-result", 3],
  ["m-goals", 2],
  ["m-both", 2],
];
const TOTAL = 1;

/** Make the row of a match, or of a race. */
export function makeRow(fixture) {
  if (isRace(fixture)) return makeRaceRow(fixture);
  const href = `/match/${fixture.fixture_id}`;
  const row = el("div", { class: "row", role: "row", "data-row": true });
  row.dataset.fixture = fixture.fixture_id;
  row.small = el("small", {});
  row.minute = el("span", {});
  row.clock = el("p", { class: "clock" }, row.minute, row.small);
  row.sides = ["home", "away"].map(() => el("span", {}));
  row.goals = el("p", { class: "goals", role: "img" }, row.sides);
  row.line = el("div", { role: "gridcell", class: "line m-goals c-line" });
  row.more = el("a", { class: "more", href, tabindex: "-1" });
  row.slots = SLOTS.map(([name]) => el("div", { class: `${name} cell-wide`, role: "none" }));
  const teams = el("a", { class: "teams", href, tabindex: "-1" }, el("span", {}, fixture.home), el("span", {}, fixture.away));
  row.append(
    el("div", { role: "gridcell", class: "c-clock" }, row.clock),
    el("div", { role: "rowheader", class: "c-teams" }, teams),
    el("div", { role: "gridcell", class: "c-goals" }, row.goals),
    row.slots[0],
    row.line,
    row.slots[1],
    row.slots[2],
    el("div", { role: "gridcell", class: "c-more" }, row.more),
  );
  return row;
}

/** Bring a row up to date in place. */
export function patchRow(row, fixture, world) {
  if (isRace(fixture)) return patchRaceRow(row, fixture, world);
  patchClock(row, fixture, world.now);
  patchGoals(row, fixture, world);
  const markets = fixture.markets ?? [];
  const shown = slotsOf(fixture).map((type) => chosen(markets, type));
  SLOTS.forEach(([, cells], index) => patchSlot(row.slots[index], shown[index], cells, fixture, world));
  write(row.line, shown[TOTAL] ? lineOf(shown[TOTAL]) : "");
  const others = markets.length - shown.filter(Boolean).length;
  if (others > 0) write(row.more, `+${others}`);
  else if (!row.more.querySelector(".i")) row.more.replaceChildren(icon("chevup", "sm turned"));
  set(row.more, "aria-label", `All ${markets.length} markets, ${matchName(fixture)}`);
}

function patchClock(row, fixture, now) {
  const [figure, words] = clockWords(fixture);
  const stale = fixture.status === "live" && isStale(fixture, now);
  write(row.minute, figure);
  set(row.clock, "data-state", stale ? "stale" : fixture.status === "live" ? null : "due");
  if (!stale) return write(row.small, words);
  if (!row.small.querySelector(".i")) row.small.replaceChildren(icon("clock", "sm"), el("span", {}));
  write(row.small.lastChild, `${Math.round(ageMs(fixture, now) / 1000)} s`);
}

function patchGoals(row, fixture, world) {
  const begun = fixture.status !== "scheduled";
  set(row.goals, "aria-label", begun ? saidScore(fixture) : null);
  set(row.goals, "role", begun ? "img" : null);
  set(row.goals, "aria-hidden", begun ? null : "true");
  ["home", "away"].forEach((side, index) => {
    write(row.sides[index], begun ? scoreOfSide(fixture, side) : "");
    set(row.sides[index], "class", world.store.justScored(fixture.fixture_id, side, world.now) ? "new" : null);
  });
}

function patchSlot(slot, market, cells, fixture, world) {
  const shown = slot.firstChild;
  if (!market) {
    if (!shown || shown.marketId !== null) slot.replaceChildren(noMarket(cells));
    return;
  }
  let control = shown;
  if (!control || !control.marketId || !fits(control, market)) slot.replaceChildren((control = makeMarket(market, { grid: true })));
  patchMarket(control, market, fixture, world);
}

function noMarket(cells) {
  const empty = Array.from({ length: cells }, () => el("div", { class: "cell", role: "gridcell" }, el("span", { class: "price" }, "\u2013")));
  return Object.assign(el("div", { class: "market", role: "none", "data-state": "none" }, empty), { marketId: null });
}

/** Of several markets of a type, the first that still takes bets; else the first. */
function chosen(markets, type) {
  const of = markets.filter((market) => market.type === type);
  return of.find((market) => market.status === "open" || market.status === "suspended") ?? of[0];
}
