// What the page knows of matches and markets: the newest answer, when it came, and how each price moved on the way.

import { compare } from "./odds.js";
import { matchAfter } from "./pushed.js";

export const LIFETIME_MS = { live: 5000, scheduled: 10_000 };
export const ARROW_MS = 12_000;
const GOAL_MS = 30_000;
const HISTORY_MAX = 240;
const REMEMBERED = "slipstream.history";
const REMEMBERED_MAX = 300;

export const keyOf = (marketId, selection) => `${marketId} ${selection}`;

/** Matches, markets and moves. It tells "change" after every answer that it took. */
export class Store extends EventTarget {
  constructor() {
    super();
    this.fixtures = new Map();
    this.markets = new Map();
    this.lists = { live: null, scheduled: null, ended: null };
    this._moves = new Map();
    this._goals = new Map();
    this._history = new Map(this._recallHistory());
  }

  /** Take the ids of a list, and matches of it, as of `at`. */
  takeList(name, ids, items, at) {
    this.lists[name] = ids;
    this.take(items, at);
  }

  /** Take matches as of `at`. An answer that is older than what is known changes nothing. */
  take(items, at) {
    this._takeAll(items, at);
    this.dispatchEvent(new Event("change"));
  }

  /** Take what channels of matches said, as [id, data] pairs in order, at `at`. A match that begins or ends changes its list. */
  takePushed(pushed, at) {
    for (const [id, data] of pushed) {
      const known = this.fixtures.get(id);
      const fixture = matchAfter(known, data);
      if (!fixture) continue;
      this._takeAll([fixture], at);
      if (known && known.status !== fixture.status) this._relist(id, known.status, fixture.status);
    }
    this.dispatchEvent(new Event("change"));
  }

  _relist(id, from, to) {
    const { lists } = this;
    if (lists[from]) lists[from] = lists[from].filter((each) => each !== id);
    if (lists[to]) lists[to] = [...lists[to].filter((each) => each !== id), id];
  }

  /** Note that matches were as they are known at `at`: nothing that was pushed until then changed them. */
  confirm(ids, at) {
    for (const id of ids) {
      const fixture = this.fixtures.get(id);
      if (fixture && fixture.seenAt < at) fixture.seenAt = at;
    }
  }

  _takeAll(items, at) {
    for (const fixture of items) {
      const known = this.fixtures.get(fixture.fixture_id);
      if (known && known.seenAt > at) continue;
      this._noteGoals(known, fixture, at);
      const markets = fixture.markets ? fixture.markets.map((market) => this._takeMarket(market, at)) : (known?.markets ?? []);
      this.fixtures.set(fixture.fixture_id, { ...fixture, markets, seenAt: at });
    }
  }

  /** Return the selection of a market with what it costs now, or null. */
  offer(marketId, selection) {
    const market = this.markets.get(marketId);
    const found = market?.selections.find((each) => each.selection === selection);
    return found ? { market, selection: found, fixture: this.fixtures.get(market.fixture_id) } : null;
  }

  /** Return how a price moved lately: {direction, at, before: {odds, version}}, or null. */
  move(key, now) {
    const move = this._moves.get(key);
    return move && now - move.at < ARROW_MS ? move : null;
  }

  /** Return whether a side scored within the last 30 s. */
  justScored(fixtureId, side, now) {
    return now - (this._goals.get(`${fixtureId} ${side}`) ?? -GOAL_MS) < GOAL_MS;
  }

  /** Return the prices that this page saw, oldest first: [[at, odds], ...]. */
  history(key) {
    return this._history.get(key) ?? [];
  }

  /** Keep the price history of this tab over a reload. */
  rememberHistory() {
    const origin = performance.timeOrigin;
    const kept = [...this._history].slice(-REMEMBERED_MAX).map(([key, seen]) => [key, seen.map(([at, odds]) => [origin + at, odds])]);
    try {
      sessionStorage.setItem(REMEMBERED, JSON.stringify(kept));
    } catch {
      // Without room the pictures begin anew.
    }
  }

  _recallHistory() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(REMEMBERED)) ?? [];
      return kept.map(([key, seen]) => [key, seen.map(([at, odds]) => [at - performance.timeOrigin, odds])]);
    } catch {
      return [];
    }
  }

  _takeMarket(market, at) {
    const known = this.markets.get(market.market_id);
    if (known && known.version > market.version) return known;
    const changed = known && known.status !== market.status;
    const taken = { ...market, statusSince: changed ? at : (known?.statusSince ?? null) };
    for (const { selection, odds } of market.selections) if (odds) this._notePrice(taken, known, selection, odds, at);
    this.markets.set(market.market_id, taken);
    return taken;
  }

  _notePrice(market, known, selection, odds, at) {
    const key = keyOf(market.market_id, selection);
    const history = this._history.get(key) ?? [];
    const last = history.at(-1)?.[1];
    if (last !== odds) this._history.set(key, [...history, [at, odds]].slice(-HISTORY_MAX));
    const before = known?.selections.find((each) => each.selection === selection)?.odds;
    if (before && before !== odds && compare(before, odds) !== 0)
      this._moves.set(key, { direction: compare(odds, before) > 0 ? "up" : "down", at, before: { odds: before, version: known.version, status: known.status } });
  }

  _noteGoals(known, fixture, at) {
    if (!known || known.status !== "live") return;
    for (const side of ["home", "away"]) if (fixture.score[side] > known.score[side]) this._goals.set(`${fixture.fixture_id} ${side}`, at);
  }
}

/** Return how old a match's prices are, in milliseconds. */
export const ageMs = (fixture, now) => now - fixture.seenAt;

/** Return whether a match's prices are older than they live. */
export function isStale(fixture, now) {
  return ageMs(fixture, now) > (LIFETIME_MS[fixture.status] ?? LIFETIME_MS.scheduled);
}

/** Return how a market stands for somebody who looks at it: open, stale, suspended, closed or resulted. */
export function standingOf(market, fixture, now) {
  if (market.status === "resulted") return "resulted";
  if (market.status === "closed" || !fixture || fixture.status === "ended" || fixture.status === "abandoned") return "closed";
  if (market.status !== "open") return "suspended";
  return isStale(fixture, now) ? "stale" : "open";
}
