// Show a bet of one's own to others, from its page: what to say, who sees it, and how the stake is shown.

import { el, fill, set } from "./dom.js";
import { AskingForm, Unfit, area, choice, field } from "./forms.js";
import { minorOf, money } from "./money.js";
import { keepUnit, unitText, usualUnit } from "./units.js";

/** The form below a bet. A bet is shared once, so its id is the request's key. */
export class Sharing {
  constructor(app) {
    this._app = app;
    this._shared = new Map();
    this._held = new Set();
    this.place = el("div", { class: "pad" });
    this.element = el("section", { class: "panel", "aria-labelledby": "share-title", hidden: true }, el("header", {}, el("h2", { id: "share-title" }, "Share")), this.place);
  }

  /** Show the form of a bet; nothing where there is none. */
  update(bet) {
    set(this.element, "hidden", !bet || !this._app.session.signedIn);
    if (bet) fill(this.place, `${bet.bet_id} ${this._shared.has(bet.bet_id)}`, () => (this._shared.has(bet.bet_id) ? this._done(bet) : this._form(bet)));
  }

  _form(bet) {
    const { currency } = bet;
    const unit = field("One unit is", "unit", { inputmode: "decimal", autocomplete: "off", required: false, value: unitText(currency) });
    set(unit, "hidden", true);
    const stake = { hidden: "Hidden", units: "In units", amount: `As it is: ${money(bet.stake_minor, currency)}` };
    const shown = choice("Your stake is shown", "stake_shown", stake, { onchange: (event) => set(unit, "hidden", event.target.value !== "units") });
    const form = new AskingForm({
      press: "Share this bet",
      look: "btn main",
      keeps: true,
      fields: [area("What do you say about it? (optional)", "caption", {}), choice("Who sees it", "visibility", { public: "Everybody", followers: "My followers" }), shown, unit],
      ask: (values) => this._share(bet, values),
    });
    return [el("p", { class: "small soft" }, "Others see its legs, odds and result, and can bet the same. It counts in your record, won or lost."), form.element];
  }

  async _share(bet, { caption, visibility, stake_shown, unit }) {
    const unitMinor = minorOf(unit, bet.currency);
    if (stake_shown === "units" && !unitMinor) throw new Unfit("Say how much one unit is", `For example ${usualUnit(bet.currency)}.`);
    if (stake_shown === "units") keepUnit(bet.currency, unit);
    const body = { bet_id: bet.bet_id, caption: caption.trim(), visibility, stake_shown, ...(stake_shown === "units" ? { unit_minor: unitMinor } : {}) };
    const slip = await this._app.api.post("/v1/slips", body);
    this._shared.set(bet.bet_id, slip.slip_id);
    if (slip.held_rule) this._held.add(bet.bet_id);
    this.update(bet);
    this.place.querySelector("a").focus({ preventScroll: true });
    return null;
  }

  _done(bet) {
    return el("p", { role: "status" }, this._held.has(bet.bet_id) ? "Shared. Only you see it until a moderator has looked at it. " : "Shared. ", el("a", { href: `/slips/${this._shared.get(bet.bet_id)}` }, "See the slip"));
  }
}
