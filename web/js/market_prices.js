// Prices by hand: what a trader gives each selection of a market, at which it is offered or offered again.

import { el, fill, set } from "./dom.js";
import { AskingForm, Unfit, choice, choices } from "./forms.js";
import { isAwaited } from "./trading_acts.js";

/** The panel of prices of a match; `done()` is called when some were given. */
export class MarketPrices {
  constructor(app, done) {
    this._app = app;
    this._done = done;
    this.market = choice("Market", "priced", {}, { onchange: () => this._patch() });
    this.places = el("div", { class: "form" });
    this.form = new AskingForm({ press: "Set prices", fields: [this.market, this.places], ask: (values) => this._ask(values), keeps: true });
    const why = "A selection left empty is not offered. A suspended market is offered again. Prices that are no book wait for another trader.";
    this.element = el("section", { class: "panel", "aria-labelledby": "market-prices" }, el("header", {}, el("h2", { id: "market-prices" }, "Prices by hand")), el("div", { class: "pad" }, el("p", { class: "small soft" }, why), this.form.element));
  }

  update(fixtureId, markets, nameOf) {
    this.form.about(fixtureId);
    set(this.element, "hidden", !markets.length);
    this._markets = new Map(markets.map((market) => [market.market_id, market]));
    choices(this.market, markets.map((market) => [market.market_id, nameOf(market)]));
    this._patch();
  }

  /** A field for each selection of the market; what is typed in one stays, whatever the prices do meanwhile. */
  _patch() {
    const market = this._markets?.get(this.market.querySelector("select").value);
    fill(this.places, market?.market_id ?? "", () => (market?.selections ?? []).map(({ selection, name, odds }) => el("label", { class: "field" }, name, el("input", { name: `odds ${selection}`, inputmode: "decimal", autocomplete: "off", value: odds ?? "" }))));
  }

  async _ask(values) {
    const market = this._markets.get(values.priced);
    const prices = Object.fromEntries(market.selections.map(({ selection }) => [selection, values[`odds ${selection}`].trim()]).filter(([, odds]) => odds));
    if (!Object.keys(prices).length) throw new Unfit("No selection has a price", "Suspend the market instead.");
    const { proposal_id: proposed } = await this._app.api.put(`/v1/trading/markets/${market.market_id}/${market.status === "suspended" && !isAwaited(market) ? "resumption" : "prices"}`, { prices });
    this._done();
    return proposed ? { title: "Proposed: these prices are beyond the bounds", detail: "Another trader approves them." } : { title: "Offered at these prices", detail: "" };
  }
}
