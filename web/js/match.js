// The page of one match: score, clock, every market, and how the prices went.

import { button, el, fill, keyed, note, set, write } from "./dom.js";
import { bones } from "./board.js";
import { clockWords, lineOf, marketName, matchName, sportName } from "./names.js";
import { fits, makeMarket, patchMarket } from "./prices.js";
import { spark, timeline } from "./pictures.js";
import { keyOf } from "./store.js";
import { isRace, RaceCard } from "./races.js";
import { hasTimeline, saidScore, tennisWords } from "./sports.js";
import { roving } from "./roving.js";
import { SlipList } from "./slip_list.js";
import { troubleWords } from "./connection.js";

const WIDE = [1030, 366];
const SIDED_FROM = 4;
const SPARKS_MAX = 3;

/** The view of a match. */
export class MatchView {
  constructor(app) {
    this._app = app;
    this._goals = new Map();
    this.id = "";
    this._build();
  }

  get fixture() {
    return this._app.store.fixtures.get(this.id);
  }

  get title() {
    const fixture = this.fixture;
    if (!fixture) return "Match, Slipstream";
    return `${matchName(fixture)} ${fixture.status === "scheduled" || isRace(fixture) ? "" : `${fixture.score.home}:${fixture.score.away}`}, Slipstream`.replace(" ,", ",");
  }

  get wanted() {
    return [...new Set([this.id, "live", ...this.slips.wanted])];
  }

  /** The slips that are pushed. */
  get pushed() {
    return this.slips.pushed;
  }

  show(route) {
    if (this.id !== route.id) this.stacks.forEach((stack) => stack.replaceChildren((stack.keyed = undefined, "")));
    this.id = route.id;
    this._readSlips();
  }

  update() {
    const { store, connection } = this._app;
    const fixture = this.fixture;
    const gone = !fixture && store.missing?.has(this.id);
    set(this.page, "hidden", !fixture);
    if (gone) return fill(this.says, "gone", () => note("", "void", "This match is not there.", "It was never announced, or it is over and older than the board keeps.", el("a", { class: "btn tiny", href: "/" }, "To the board")));
    if (!fixture && connection.error) {
      const { title, detail } = troubleWords(connection.error);
      return fill(this.says, title, () => note("bad", "warn", title, detail, button("Try now", () => this._app.live.now())));
    }
    if (!fixture) return fill(this.says, "bones", bones);
    fill(this.says, "", () => []);
    this._patchHead(fixture);
    this._patchMarkets(fixture);
    set(this.talk, "hidden", !this._app.session.signedIn);
    if (this._app.session.signedIn) this.slips.update();
    document.title = this.title;
  }

  _build() {
    this.says = el("div", {});
    this.sport = el("a", { href: "/" });
    this.competition = el("a", { href: "/" });
    const way = el("nav", { class: "title small soft", "aria-label": "Way back" }, this.sport, el("span", { "aria-hidden": "true" }, "/"), this.competition);
    [this.heading, this.home, this.away, this.figures, this.clock] = [el("h1", { class: "vh", id: "match" }), el("p", { class: "side-a" }), el("p", { class: "side-b" }), el("span", {}), el("small", {})];
    this.score = el("p", { class: "score", role: "img" }, this.figures, this.clock);
    this.lines = WIDE.map((_, index) => el("div", { class: index ? "only-phone" : "only-wide" }));
    const hero = el("section", { class: "panel hero", "aria-labelledby": "match" }, this.heading, this.home, this.score, this.away, el("div", { class: "line-up" }, this.lines));
    this.stacks = [el("div", { class: "stack" }), el("div", { class: "stack" })];
    this.markets = el("div", { class: "split", role: "group", "aria-label": "Prices", "data-prices": true }, this.stacks);
    this.says2 = el("div", {});
    this.card = new RaceCard();
    this.slips = new SlipList(this._app, { empty: { title: "Nobody has shared a slip on this match yet.", detail: "Share a bet of yours from My bets." } });
    this.talk = el("section", { class: "stack reading", "aria-labelledby": "match-slips" }, el("div", { class: "title" }, el("h2", { id: "match-slips" }, "Slips on this match")), this.slips.element);
    this._app.session.addEventListener("change", () => this.element.isConnected && this._readSlips());
    this.page = el("div", { class: "stack" }, way, hero, el("h2", { class: "vh" }, "Markets"), this.says2, this.card.element, this.markets, this.talk);
    this.element = el("div", { class: "stack" }, this.says, this.page);
    this.roving = roving(this.markets, { row: "[data-row]", item: ".price" });
  }

  _readSlips() {
    if (this._app.session.signedIn) this.slips.show(`/v1/fixtures/${this.id}/slips`);
  }

  _patchHead(fixture) {
    const live = fixture.status === "live";
    const begun = fixture.status !== "scheduled";
    const [figure, words] = clockWords(fixture);
    write(this.sport, sportName(fixture.sport));
    write(this.competition, fixture.competition);
    set(this.competition, "href", `/?competition=${encodeURIComponent(fixture.competition)}`);
    write(this.heading, matchName(fixture));
    write(this.home, fixture.home);
    write(this.away, fixture.away);
    const scored = begun && !isRace(fixture);
    write(this.figures, scored ? `${fixture.score.home} : ${fixture.score.away}` : figure);
    write(this.clock, scored ? fixture.score.tennis ? tennisWords(fixture) : `${figure} ${words}`.trim() : words);
    set(this.score, "aria-label", isRace(fixture) ? `${figure}, ${words}` : begun && fixture.score.tennis ? saidScore(fixture) : begun ? `${fixture.score.home} to ${fixture.score.away}, ${figure.replace("\u2032", " minutes")} ${words}` : `Kick-off ${figure}, ${words}`);
    const isDrawn = scored && hasTimeline(fixture);
    set(this.lines[0].parentNode, "hidden", !isDrawn);
    const goals = live ? this._goalsOf(fixture) : (this._goals.get(fixture.fixture_id)?.goals ?? []);
    const key = JSON.stringify([fixture.fixture_id, fixture.clock, fixture.status, goals]);
    if (isDrawn) this.lines.forEach((line, index) => fill(line, key, () => timeline(fixture, goals, WIDE[index])));
  }

  /** Note goals as they fall while this page is open: what was before has no minute here. */
  _goalsOf(fixture) {
    const known = this._goals.get(fixture.fixture_id) ?? { score: fixture.score, goals: [] };
    const minute = fixture.clock.minute ?? 0;
    const fallen = ["home", "away"].flatMap((side) => (fixture.score[side] > known.score[side] ? [{ side, minute }] : []));
    const undone = ["home", "away"].filter((side) => fixture.score[side] < known.score[side]);
    const goals = [...known.goals.filter((goal) => !undone.includes(goal.side)), ...fallen];
    this._goals.set(fixture.fixture_id, { score: fixture.score, goals });
    return goals;
  }

  _patchMarkets(fixture) {
    const world = this._app.world();
    this.card.update(fixture, world);
    const groups = grouped(isRace(fixture) ? (fixture.markets ?? []).filter((market) => !market.type.startsWith("race_")) : (fixture.markets ?? []));
    const halves = [groups.filter((_, index) => index % 2 === 0), groups.filter((_, index) => index % 2 === 1)];
    this.stacks.forEach((stack, side) => keyed(stack, halves[side], ([type]) => type, ([type]) => makePanel(type), (panel, [, markets]) => patchPanel(panel, markets, fixture, world)));
    fill(this.says2, groups.length || !this.card.element.hidden ? "" : "none", () => (groups.length || !this.card.element.hidden ? [] : note("", "void", "There are no markets on this match yet.", "They appear here by themselves.")));
    this.roving.settle();
  }
}

/** Markets by type, in the order they were opened; several lines of one type stand in one panel. */
function grouped(markets) {
  const groups = new Map();
  for (const market of markets) groups.set(market.type, [...(groups.get(market.type) ?? []), market]);
  for (const lines of groups.values()) lines.sort((one, other) => Number(lineOf(one)) - Number(lineOf(other)));
  return [...groups];
}

function makePanel(type) {
  const reason = el("span", { class: "small soft" });
  const rows = el("div", {});
  const heads = el("div", { class: "heads-line", "aria-hidden": "true" }, el("span", {}), el("div", { class: "grid2h" }));
  rows.append(heads);
  const history = el("div", { class: "hist" });
  const panel = el("section", { class: "panel mk", "aria-label": marketName(type) }, el("header", {}, el("h3", {}, marketName(type)), el("div", { class: "end" }, reason)), el("div", { class: "pad" }, rows, history));
  rows.keyedAfter = heads;
  return Object.assign(panel, { rows, heads, reason, history });
}

function patchPanel(panel, markets, fixture, world) {
  const lined = markets.some((market) => lineOf(market) && market.selections.length < SIDED_FROM);
  set(panel.rows, "class", lined ? "lined" : "stack");
  set(panel.heads, "hidden", !lined);
  if (lined) fill(panel.heads.lastChild, "heads", () => markets[0].selections.map(({ name }) => el("span", {}, name.replace(/\s*[+\u2212-]?[\d.]+$/, ""))));
  keyed(panel.rows, markets, (market) => market.market_id, (market) => makeLine(market, lined), (line, market) => {
    if (!fits(line.control, market)) line.control.replaceWith((line.control = controlOf(market, lined)));
    patchMarket(line.control, market, fixture, world);
  });
  const waits = markets.find((market) => market.status === "suspended");
  write(panel.reason, waits ? (waits.reason ?? "") : "");
  patchHistory(panel, markets, world);
}

function controlOf(market, lined) {
  const many = market.selections.length >= SIDED_FROM;
  return makeMarket(market, { named: !many && !lined, sided: many });
}

function makeLine(market, lined) {
  const control = controlOf(market, lined);
  const row = el("div", { "data-row": true }, control);
  const line = lined ? el("div", { class: "one-line" }, el("span", { class: "line num" }, lineOf(market)), row) : row;
  return Object.assign(line, { control });
}

function patchHistory(panel, markets, world) {
  const shown = markets.flatMap((market) => market.selections.map((selection) => ({ market, selection, seen: world.store.history(keyOf(market.market_id, selection.selection)) })));
  const open = markets.some((market) => market.status === "open" || market.status === "suspended");
  const some = open ? shown.filter(({ seen }) => seen.length).slice(0, SPARKS_MAX) : [];
  const key = JSON.stringify([world.format, some.map(({ seen }) => [seen.length, seen.at(-1)[1]])]) + Math.floor(world.now / 5000);
  fill(panel.history, key, () => some.map(({ market, selection, seen }) => el("figure", {}, el("figcaption", {}, el("span", {}, selection.name), el("b", {}, world.shown(seen.at(-1)[1]))), spark(world.nameOf(market, selection), seen, world.now, world.format))));
}
