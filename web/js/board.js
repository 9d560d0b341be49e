// The board: matches by competition, three markets each. It is made once; every answer changes texts in place.

import { button, el, fill, keyed, note, set, write } from "./dom.js";
import { matchName, sportName } from "./names.js";
import { makeRow, patchRow } from "./rows.js";
import { isRace } from "./races.js";
import { headsOf } from "./sports.js";
import { roving } from "./roving.js";
import { troubleWords } from "./connection.js";

const SOON_SHOWN = 4;
const WHEN = { live: "Live", scheduled: "Upcoming", ended: "Finished" };
const BONES_MS = 200;
const READING_MS = 1500;
const READING_MS_MAX = 10_000;

/** The view of the board; `app` is what main.js put together. */
export class Board {
  constructor(app) {
    this._app = app;
    this.when = "live";
    this.sport = "";
    this.competition = "";
    [this.typed, this.search] = ["", ""];
    this.sort = "competition";
    this._order = [];
    this._touchedAt = -Infinity;
    this._waitingSince = null;
    this._build();
  }

  /** What the browser's tab says. */
  get title() {
    return "Slipstream: live odds";
  }

  /** The lists that this view needs. */
  get wanted() {
    return this.when === "live" ? ["live", "scheduled"] : ["live", this.when];
  }

  show(route) {
    this.competition = route.query.get("competition") ?? "";
    this.sport = route.query.get("sport") ?? "";
    this._touchedAt = -Infinity;
    if (route.query.has("q")) this.find(route.query.get("q"));
  }

  /** Look for teams and competitions; empty shows all. */
  find(text) {
    this.typed = text;
    this.search = text.trim().toLocaleLowerCase();
    this._touchedAt = -Infinity;
    this.update();
  }

  /** Go to the first match that was found, or to the first price; return whether there is one. */
  enter() {
    const first = this._rows().length ? this.grid.querySelector(".price:not([aria-disabled]), .teams") : null;
    first?.focus();
    return Boolean(first);
  }

  update() {
    const { store } = this._app;
    const now = performance.now();
    this._patchTabs(store);
    const shown = this._shown(store);
    if (this._mayReorder(now, shown)) this._arrange(shown);
    const world = this._app.world();
    for (const row of this._rows()) {
      const fixture = store.fixtures.get(row.dataset.fixture);
      if (fixture) patchRow(row, fixture, world);
    }
    this.roving.settle();
    this._patchHeads(store);
    this._say(store, now, shown.length);
  }

  /** Head the columns, and the switch between them, by the sports that are shown. */
  _patchHeads(store) {
    const sports = new Set([...this._rows()].map((row) => store.fixtures.get(row.dataset.fixture)?.sport));
    const { heads, switch: names } = headsOf([...sports].filter((sport) => sport && sport !== "racing"));
    fill(this.columns, JSON.stringify(heads), () => columns(heads));
    names.forEach((name, index) => write(this.markets.firstChild.children[index], name));
  }

  _build() {
    this.tabs = Object.keys(WHEN).map((when) => el("button", { type: "button", onclick: () => this._choose(when) }, `${WHEN[when]} `, el("span", { class: "num" })));
    this.heading = el("h1", { class: "seen-wide" }, "Football");
    this.sorts = el("select", { id: "sort", class: "control", onchange: () => this._sortBy() }, el("option", { value: "competition" }, "By competition"), el("option", { value: "clock" }, "By clock"));
    const seg = el("div", { class: "seg", role: "group", "aria-label": "When" }, this.tabs);
    const head = el("div", { class: "title" }, this.heading, seg, el("div", { class: "end only-wide" }, el("label", { class: "vh", for: "sort" }, "Order"), this.sorts));
    this.beyond = el("p", { class: "small", hidden: true }, el("a", {}));
    this.says = el("div", { class: "stack" });
    this.columns = el("div", { role: "rowgroup", class: "cols-box" });
    fill(this.columns, "", () => columns(headsOf([]).heads));
    this.grid = el("div", { class: "panel board bleed", role: "grid", "aria-label": "Live prices", "data-market": "result", "data-prices": true }, this.columns);
    this.grid.keyedAfter = this.columns;
    this.element = el("div", { class: "stack" }, head, (this.markets = this._marketSwitch()), this.beyond, this.says, this.grid);
    this.roving = roving(this.grid, { row: "[data-row]", item: ".price, .teams, .more", group: "[role=rowgroup]" });
    const touch = () => (this._touchedAt = performance.now());
    for (const kind of ["pointermove", "pointerdown"]) this.grid.addEventListener(kind, touch, { passive: true });
    this.grid.addEventListener("pointerleave", () => (this._touchedAt = -Infinity));
  }

  _marketSwitch() {
    const names = { result: "Result", goals: "Total goals", both: "Both score" };
    const choose = (event) => {
      this.grid.dataset.market = event.currentTarget.dataset.market;
      for (const each of event.currentTarget.parentNode.children) set(each, "aria-pressed", String(each === event.currentTarget));
      this.roving.settle();
    };
    const buttons = Object.entries(names).map(([market, name]) => el("button", { type: "button", "data-market": market, "aria-pressed": String(market === "result"), onclick: choose }, name));
    return el("div", { class: "pick-market" }, el("div", { class: "seg", role: "group", "aria-label": "Market" }, buttons));
  }

  _choose(when) {
    this.when = when;
    this._touchedAt = -Infinity;
    this._app.live.look();
    this.update();
  }

  _sortBy() {
    this.sort = this.sorts.value;
    this._touchedAt = -Infinity;
    this.update();
  }

  _patchTabs(store) {
    Object.keys(WHEN).forEach((when, index) => {
      set(this.tabs[index], "aria-pressed", String(when === this.when));
      const count = when === "live" ? store.lists.live?.length : 0;
      write(this.tabs[index].querySelector(".num"), count ? String(count) : "");
    });
    const sports = this.sport ? [this.sport] : this._sports(store);
    write(this.heading, this.competition || (sports.length > 1 ? "All sports" : sportName(sports[0] ?? "football")));
  }

  /** The sports of the matches that may be shown, football first. */
  _sports(store) {
    const found = new Set([...store.fixtures.values()].filter((fixture) => this._matches(fixture)).map((fixture) => fixture.sport));
    return [...found].sort((one, other) => (other === "football") - (one === "football") || one.localeCompare(other));
  }

  /** Return [group, ids] pairs in the order that they should be shown. */
  _shown(store) {
    const groups = this._grouped(store, this.when, this.sort === "clock" ? () => WHEN[this.when] : nameOfGroup);
    if (this.when !== "live" || this.search) return groups;
    const soon = this._grouped(store, "scheduled", (fixture) => (isRace(fixture) ? "Next races" : "Upcoming"));
    return [...groups, ...soon.map(([name, ids]) => [name, ids.slice(0, SOON_SHOWN)])];
  }

  _grouped(store, status, nameOf) {
    const ids = store.lists[status] ?? [];
    const groups = new Map();
    const fixtures = ids.map((id) => store.fixtures.get(id)).filter((fixture) => fixture?.status === status && this._matches(fixture));
    if (this.sort === "clock") fixtures.sort((one, other) => (other.clock.minute ?? -1) - (one.clock.minute ?? -1));
    for (const fixture of fixtures) {
      const name = nameOf(fixture);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(fixture.fixture_id);
    }
    if (this.sort === "clock") return [...groups];
    const sports = this._sports(store);
    const orderOf = ([, [id]]) => sports.indexOf(store.fixtures.get(id).sport);
    return [...groups].sort((one, other) => orderOf(one) - orderOf(other));
  }

  _matches(fixture) {
    if (this.sport && fixture.sport !== this.sport) return false;
    if (this.competition && fixture.competition !== this.competition) return false;
    return !this.search || `${matchName(fixture)} ${fixture.competition}`.toLocaleLowerCase().includes(this.search);
  }

  /** Rows come, go and move only while nobody points at them: at most 10 s later. */
  _mayReorder(now, shown) {
    if (JSON.stringify(shown) === JSON.stringify(this._order)) return false;
    this._waitingSince ??= now;
    const reading = now - this._touchedAt < READING_MS && now - this._waitingSince < READING_MS_MAX;
    if (reading && this._order.length) return false;
    this._waitingSince = null;
    return true;
  }

  _arrange(shown) {
    this._order = shown;
    const focused = document.activeElement?.closest?.("[data-row]");
    keyed(this.grid, withFocused(shown, focused), ([name]) => name, ([name]) => makeGroup(name), (group, [name, ids]) => {
      group.keyedAfter = group.heading;
      keyed(group, ids, (id) => id, (id) => makeRow(this._app.store.fixtures.get(id)));
      const live = ids.filter((id) => this._app.store.fixtures.get(id)?.status === "live").length;
      write(group.count, live ? `${live} live` : "");
      set(group, "aria-label", name);
    });
  }

  _rows() {
    return this.grid.querySelectorAll("[data-row]");
  }

  /** Loading, empty, nothing found and errors, in words. */
  _say(store, now, groups) {
    const { connection } = this._app;
    const list = store.lists[this.when];
    set(this.beyond, "hidden", !this.search);
    write(this.beyond.firstChild, `Search people, tags and slips for \u201c${this.typed.trim()}\u201d`);
    set(this.beyond.firstChild, "href", `/search?${new URLSearchParams({ q: this.typed.trim() })}`);
    const rows = this._rows().length;
    const onlyRaces = rows > 0 && !this.grid.querySelector("[data-row]:not(.race)");
    for (const each of [this.columns, this.markets]) set(each, "hidden", onlyRaces);
    set(this.grid, "hidden", !rows);
    const text = { live: ["Nothing is live at the moment.", "The next kick-off appears here by itself."], scheduled: ["No match is announced.", "The next ones appear here by themselves."], ended: ["Nothing has finished yet.", ""] };
    if (list === null && connection.error) {
      const { title, detail } = troubleWords(connection.error);
      return fill(this.says, `error ${title}`, () => note("bad", "warn", title, `${detail} Prices come back by themselves.`.trim(), button("Try now", () => this._app.live.now())));
    }
    if (list === null) return now - connection.begunAt > BONES_MS && fill(this.says, "bones", bones);
    if (this.search && !rows) return fill(this.says, `none ${this.search}`, () => saying(`Nothing matches \u201c${this.search}\u201d.`, "Try a team or a competition. Escape shows everything again."));
    const emptyNow = !list.length || !groups;
    fill(this.says, emptyNow ? `empty ${this.when} ${this.competition}` : "", () => (emptyNow ? saying(...text[this.when]) : []));
  }
}

/** A row that ended keeps its place until the focus has left it. */
function withFocused(shown, row) {
  if (!row || shown.some(([, ids]) => ids.includes(row.dataset.fixture))) return shown;
  const group = row.closest("[role=rowgroup]")?.groupName;
  if (shown.some(([name]) => name === group)) return shown.map(([name, ids]) => (name === group ? [name, [...ids, row.dataset.fixture]] : [name, ids]));
  return group ? [[group, [row.dataset.fixture]], ...shown] : shown;
}

function makeGroup(name) {
  const count = el("div", { role: "gridcell", class: "faint num" });
  const heading = el("div", { class: "comp", role: "row" }, el("div", { role: "rowheader" }, el("h2", {}, name)), count);
  return Object.assign(el("div", { role: "rowgroup", "aria-label": name }, heading), { heading, count, groupName: name });
}

/** Return what a group of matches is called: its competition, with the sport where that is not football. */
function nameOfGroup({ sport, competition }) {
  return sport === "football" || sport === "racing" ? competition : `${sportName(sport)}: ${competition}`;
}

function columns([first, second, third]) {
  const head = ([title, ...heads]) => el("div", { role: "columnheader" }, el("b", {}, title), heads.length ? el("span", { class: "heads", "aria-hidden": "true" }, heads.map((each) => el("span", {}, each))) : null);
  const unseen = (title) => el("div", { role: "columnheader" }, el("span", { class: "vh" }, title));
  return el("div", { class: "cols", role: "row" }, head(["Match"]), head(first), unseen("Line"), head(second), third[0] ? head(third) : unseen("Others"), unseen("All markets"));
}

const saying = (title, detail) => el("div", { class: "panel" }, el("div", { class: "pad" }, el("p", {}, title), detail ? el("p", { class: "soft small" }, detail) : null));

/** Still bars in the place of what is loading. */
export const bones = () => el("div", { class: "panel bones", "aria-busy": "true", role: "status", "aria-label": "Loading" }, Array.from({ length: 5 }, () => el("i", {})));
