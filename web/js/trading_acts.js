// What a trader does with one press: stop betting on a market, a match or a competition, and let it go on. What became of it is said.

import { el, fill, icon, note, set } from "./dom.js";
import { wordsOf } from "./forms.js";

/** Why betting was stopped, where nobody says more. */
const REASON = "stopped by a trader";
/** What the board says of a market whose prices are void. */
const AWAITED = "awaiting fresh prices";
export const isAwaited = ({ status, reason }) => status === "suspended" && reason === AWAITED;


/** The presses; `done()` is called after each. */
export class TradingActs {
  constructor(app, done) {
    this._app = app;
    this.done = done;
    this._busy = new Set();
    this.told = el("div", {});
  }

  /** Return a button that stops something. */
  stopButton(label, press, words = "Suspend") {
    return el("button", { type: "button", class: "btn tiny stop", "aria-label": label, onclick: press }, icon("pause", "sm"), el("span", { class: "seen-wide" }, words));
  }

  /** Stop betting on what stands at a path. */
  stop(path, name) {
    return this._once(path, `Suspended: ${name}`, () => this._app.api.put(`${path}/suspension`, { reason: REASON }));
  }

  /** Let betting on a match go on: its markets are offered at the prices that stood, but for those that were stopped by themselves. */
  reopenMatch(id, name) {
    return this._reopen(`/v1/trading/fixtures/${id}`, name, [id]);
  }

  /** Let betting on a competition go on, and on its matches that have bets, as `reopenMatch` does. */
  reopenCompetition(path, name, ids) {
    return this._reopen(path, name, ids);
  }

  _reopen(path, name, ids) {
    return this._once(path, `Reopened: ${name}`, async () => {
      await this._app.api.remove(`${path}/suspension`);
      for (const id of ids) {
        const { markets } = await this._app.api.get(`/v1/trading/exposure/${id}`);
        for (const market of markets.filter(isAwaited)) await this._priced(market);
      }
    });
  }

  /** Take bets on a market again, at the prices that stood. */
  reopenMarket(market, name) {
    const path = `/v1/trading/markets/${market.market_id}`;
    return this._once(path, `Reopened: ${name}`, () => this._priced(market));
  }

  /** Ask something once at a time, and say what became of it. */
  async _once(key, words, ask) {
    if (this._busy.has(key)) return;
    this._busy.add(key);
    try {
      await ask();
      this._say(note("good", "okc", words));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this._say(note("bad", "noc", title, detail, null, "alert"));
    }
    this._busy.delete(key);
    this.done();
  }

  /** A market whose prices are void is priced again; one that was suspended itself is resumed. */
  _priced(market) {
    const prices = Object.fromEntries(market.selections.filter(({ odds }) => odds).map(({ selection, odds }) => [selection, odds]));
    return this._app.api.put(`/v1/trading/markets/${market.market_id}/${isAwaited(market) ? "prices" : "resumption"}`, { prices });
  }

  _say(words) {
    fill(this.told, performance.now(), () => words);
    set(this.told, "hidden", false);
  }
}
