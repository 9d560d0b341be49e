// Races: their runners by price, as a row of favourites on the board and as a card of all runners on their page.

import { el, icon, keyed, set, write } from "./dom.js";
import { compare } from "./odds.js";
import { clockWords, lineOf, matchName } from "./names.js";
import { fits, makeMarket, patchMarket } from "./prices.js";
import { roving } from "./roving.js";

const FAVOURITES = 4;
const WON_FIRST = { won: 0, dead_heat: 1, lost: 2, void: 3 };

/** Return whether a fixture is a race. */
export const isRace = (fixture) => fixture.sport === "racing";

/** Return the market of a race on its winner, or on its places. */
const marketOf = (fixture, type) => (fixture.markets ?? []).find((market) => market.type === type);

/** Return a market's selections, the favourite first; those without a price last, and after the race the winners first. */
function byPrice({ selections }) {
  const place = ({ odds, result }) => (result ? WON_FIRST[result] ?? 2 : odds ? 0 : 1);
  return [...selections].sort((one, other) => place(one) - place(other) || (one.odds && other.odds ? compare(one.odds, other.odds) : 0));
}

/** Return whether nobody is about to press something in an element, so that its prices may change places. */
const isLeftAlone = (element) => !element.matches(":hover") && !element.contains(document.activeElement);

/** Make the row of a race on the board. */
export function makeRaceRow(fixture) {
  const href = `/match/${fixture.fixture_id}`;
  const row = el("div", { class: "row race", role: "row", "data-row": true });
  row.dataset.fixture = fixture.fixture_id;
  [row.minute, row.small, row.terms] = [el("span", {}), el("small", {}), el("small", {})];
  row.clock = el("p", { class: "clock" }, row.minute, row.small);
  row.more = el("a", { class: "more", href, tabindex: "-1" }, icon("chevup", "sm turned"));
  row.favourites = el("div", { class: "c-race", role: "none" });
  row.append(
    el("div", { role: "gridcell", class: "c-clock" }, row.clock),
    el("div", { role: "rowheader", class: "c-teams" }, el("a", { class: "teams", href, tabindex: "-1" }, el("span", {}, fixture.home), el("span", {}, fixture.away), row.terms)),
    row.favourites,
    el("div", { role: "gridcell", class: "c-more" }, row.more),
  );
  return row;
}

/** Bring the row of a race up to date in place: its favourites change places only while nobody points at them. */
export function patchRaceRow(row, fixture, world) {
  const [figure, words] = clockWords(fixture);
  write(row.minute, figure);
  write(row.small, words);
  set(row.clock, "data-state", fixture.status === "live" ? null : "due");
  const market = marketOf(fixture, "race_winner");
  const others = (market?.selections.length ?? 0) - FAVOURITES;
  write(row.terms, market ? eachWayWords(market).replace(" of the odds", "") : "");
  if (others > 0) write(row.more, `+${others}`);
  set(row.more, "aria-label", `All runners, ${matchName(fixture)}`);
  set(row.favourites, "hidden", !market);
  if (!market) return;
  let [control] = row.favourites.children;
  const shown = () => market.selections.filter(({ selection }) => row.order.includes(selection)).sort((one, other) => row.order.indexOf(one.selection) - row.order.indexOf(other.selection));
  const order = byPrice(market).slice(0, FAVOURITES).map(({ selection }) => selection);
  if (!control || (String(order) !== String(row.order) && isLeftAlone(row))) {
    row.order = order;
    row.favourites.replaceChildren((control = makeMarket({ ...market, selections: shown() }, { grid: true, named: true })));
  }
  patchMarket(control, { ...market, selections: shown() }, fixture, world);
}

const eachWayWords = (market) => (lineOf(market) ? `Each way: ${lineOf(market)}` : "To win only");

/** The card of a race: all runners by price, to win and to be placed. */
export class RaceCard {
  constructor() {
    this.terms = el("span", { class: "small soft" });
    this.reason = el("span", { class: "small soft" });
    this.heads = el("div", { class: "runner heads", "aria-hidden": "true" }, el("span", {}), el("span", {}, "Win"), el("span", {}, "Place"));
    this.rows = el("div", { class: "runners" }, this.heads);
    this.rows.keyedAfter = this.heads;
    this.element = el("section", { class: "panel mk", "aria-label": "Runners", "data-prices": true, hidden: true }, el("header", {}, el("h3", {}, "Runners"), el("div", { class: "end" }, this.reason, " ", this.terms)), el("div", { class: "pad" }, this.rows));
    this.roving = roving(this.element, { row: "[data-row]", item: ".price" });
    this._order = [];
  }

  /** Bring the card up to date; it is hidden where the fixture is no race. */
  update(fixture, world) {
    const market = isRace(fixture) ? marketOf(fixture, "race_winner") : undefined;
    set(this.element, "hidden", !market);
    if (!market) return;
    const places = marketOf(fixture, "race_place");
    write(this.terms, eachWayWords(market));
    write(this.reason, market.status === "suspended" ? (market.reason ?? "") : "");
    write(this.heads.lastChild, places ? `Place (${lineOf(places)})` : "");
    const order = byPrice(market).map(({ selection }) => selection);
    if (order.length !== this._order.length || isLeftAlone(this.element)) this._order = order;
    const of = (each, selection) => each && { ...each, selections: each.selections.filter((one) => one.selection === selection) };
    keyed(this.rows, this._order, (selection) => `${market.market_id} ${selection}`, makeRunner, (row, selection) => {
      const [own] = of(market, selection).selections;
      write(row.who, own.name);
      set(row, "data-gone", !own.odds && market.status === "open" ? "true" : null);
      [market, places].forEach((each, index) => patchCell(row.cells[index], of(each, selection), fixture, world));
    });
    this.roving.settle();
  }
}

function makeRunner() {
  const row = el("div", { class: "runner", "data-row": true });
  row.who = el("span", { class: "who" });
  row.cells = [el("div", {}), el("div", {})];
  row.append(row.who, ...row.cells);
  return row;
}

function patchCell(cell, market, fixture, world) {
  if (!market?.selections.length) return cell.replaceChildren();
  let [control] = cell.children;
  if (!control || !fits(control, market)) cell.replaceChildren((control = makeMarket(market)));
  patchMarket(control, market, fixture, world);
}
