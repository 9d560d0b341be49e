// Finds match, market and selection of a bet's legs, which the API gives as ids. What was found is kept: a name does not change.

import { matchName } from "./names.js";
import { kept, keep } from "./storing.js";

const KEPT = "slipstream.names";
const NAMES_MAX = 400;
const ASKED_AGAIN_MS = 30_000;

/** Names of markets by id. It tells "change" when it has learnt more. */
export class Naming extends EventTarget {
  constructor(api, calls, store) {
    super();
    this._api = api;
    this._calls = calls;
    this._store = store;
    this._names = new Map(kept(KEPT) ?? []);
    this._asked = new Map();
  }

  /** Return {match, type, selection, fixture_id} of a leg; null while it is being looked up, `lost` where nobody knows it any more. */
  of(leg) {
    const market = this._store.markets.get(leg.market_id);
    const fixture = market && this._store.fixtures.get(market.fixture_id);
    if (fixture) this._learn(market, fixture);
    const known = this._names.get(leg.market_id);
    if (known) return { ...known, selection: known.selections[leg.selection] ?? leg.selection, selectionKey: leg.selection };
    this._ask(leg.market_id);
    return this._asked.get(leg.market_id) === Infinity ? { lost: true, match: "a match that left the board", type: "", selection: leg.selection, fixture_id: "" } : null;
  }

  _learn(market, fixture) {
    if (this._names.has(market.market_id)) return;
    const selections = Object.fromEntries(market.selections.map(({ selection, name }) => [selection, name]));
    this._names.set(market.market_id, { match: matchName(fixture), type: market.type, fixture_id: fixture.fixture_id, selections });
    keep(KEPT, [...this._names].slice(-NAMES_MAX));
  }

  async _ask(marketId) {
    if (performance.now() - (this._asked.get(marketId) ?? -Infinity) < ASKED_AGAIN_MS || this._asked.get(marketId) === Infinity) return;
    this._asked.set(marketId, performance.now());
    try {
      const market = await this._calls.market(marketId);
      this._learn(market, await this._api.get(`/v1/fixtures/${market.fixture_id}`));
    } catch (error) {
      if (error.status === 404) this._asked.set(marketId, Infinity);
    }
    this.dispatchEvent(new Event("change"));
  }
}
