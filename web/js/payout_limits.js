// Limits of markets and of their match: the most that is paid on a bet with a leg there, set by a trader for a reason.

import { el, set } from "./dom.js";
import { AskingForm, Unfit, choice, choices, field } from "./forms.js";
import { minorOf, money } from "./money.js";

/** The choice of the match as such, later markets included, and that of each market that there is now. */
const MATCH = "match";
const EVERY = "every";

/** The panel of limits of a match; `done()` is called when one was set. */
export class PayoutLimits {
  constructor(app, done) {
    this._app = app;
    this._done = done;
    this.market = choice("On", "market", {}, {});
    const fields = [this.market, field("Pay at most on a bet", "most", { inputmode: "decimal", autocomplete: "off", required: false, placeholder: "nothing: as on any market" }), field("Ask a trader up to", "referred", { inputmode: "decimal", autocomplete: "off", required: false, placeholder: "nothing: no bet is referred" }), field("Reason", "reason", { maxlength: 120, autocomplete: "off" })];
    this.form = new AskingForm({ press: "Set limit", fields, ask: (values) => this._ask(values) });
    const why = "The stake included, from the next bet on. Of several legs the lowest limit counts; the factor of an account multiplies it. Bettors are offered the largest stake that is taken.";
    this.element = el("section", { class: "panel", "aria-labelledby": "payout-limits" }, el("header", {}, el("h2", { id: "payout-limits" }, "Limit bets")), el("div", { class: "pad" }, el("p", { class: "small soft" }, why), this.form.element));
  }

  update(fixtureId, markets, nameOf) {
    this._fixtureId = fixtureId;
    this.form.about(fixtureId);
    set(this.element, "hidden", !markets.length);
    this._names = new Map(markets.map((market) => [market.market_id, nameOf(market)]));
    choices(this.market, [...this._names, [EVERY, "Every market of the match"], [MATCH, "The match, with later markets"]]);
  }

  async _ask({ market, most, referred, reason }) {
    const { currency } = this._app.session;
    const minor = minorOf(most, currency);
    if (most.trim() && !minor) throw new Unfit("That is no amount", "For example 2500.00.");
    const referral = minorOf(referred, currency);
    if (referred.trim() && !referral) throw new Unfit("That is no amount", "For example 10000.00.");
    if (market === MATCH) return this._match(minor, referral, reason, currency);
    const limited = market === EVERY ? [...this._names.keys()] : [market];
    for (const id of limited) await this._app.api.put(`/v1/trading/markets/${id}/payout-limit`, { payout_minor_max: minor || null, referral_minor_max: referral || null, reason });
    this._done();
    const name = market === EVERY ? `${limited.length} markets` : this._names.get(market);
    const detail = referral ? `Up to ${money(referral, currency)} a trader may be asked.` : "";
    return minor ? { title: `At most ${money(minor, currency)} is paid on a bet: ${name}`, detail } : { title: `No limit of its own: ${name}`, detail };
  }

  async _match(minor, referral, reason, currency) {
    if (referral) throw new Unfit("A match asks no trader", "Say at its markets up to which amount one may be asked.");
    await this._app.api.put(`/v1/trading/fixtures/${this._fixtureId}/payout-limit`, { payout_minor_max: minor || null, reason });
    this._done();
    return { title: minor ? `At most ${money(minor, currency)} is paid on a bet on the match` : "No limit of the match", detail: "Limits of its markets stay." };
  }
}
