// What is asked before the first deposit: a limit on deposits of a free amount, or none, which has to be confirmed.

import { button, el, fill, set } from "./dom.js";
import { AskingForm, Unfit, choice, field } from "./forms.js";
import { PERIODS } from "./own_limits.js";
import { amount, minorOf, money } from "./money.js";

/** The question, shown in the wallet until it is answered. */
export class DepositQuestion {
  constructor({ limits, session }) {
    this._limits = limits;
    this._session = session;
    this._confirming = false;
    this.form = new AskingForm({
      press: "Set limit",
      look: "btn main",
      fields: [field("Deposit at most", "most", { inputmode: "decimal", autocomplete: "off" }), choice("In", "period", PERIODS)],
      ask: (values) => this._set(values),
    });
    const title = el("h3", { id: "deposit-question" }, "Before your first deposit: how much may it be?");
    const why = el("p", { class: "small soft" }, "Choose the most that you want to deposit in a day, a week or a month. You can lower it at any time; a higher one counts a day later.");
    this.declining = el("div", {});
    this.element = el("section", { class: "form", "aria-labelledby": "deposit-question", hidden: true }, title, why, this.form.element, this.declining);
  }

  update() {
    set(this.element, "hidden", !this._limits.firstDepositWaits);
    fill(this.declining, String(this._confirming), () => (this._confirming ? this._confirm() : button("I want no limit", () => this._ask(true), "tiny")));
  }

  _confirm() {
    const none = new AskingForm({ press: "Yes, deposit without a limit", fields: [], ask: () => this._limits.decline() });
    return [el("p", {}, "Without a limit nothing stops deposits that you may regret. Do you want none?"), el("div", { class: "pair" }, none.element, button("Back", () => this._ask(false), ""))];
  }

  _ask(confirming) {
    this._confirming = confirming;
    this.update();
    this.declining.querySelector("button")?.focus();
  }

  async _set({ period, most }) {
    const { currency } = this._session;
    const minor = minorOf(most, currency);
    if (!minor) throw new Unfit("Enter an amount", `For example ${amount(5000, currency, false)}.`);
    await this._limits.set("deposit", period, minor);
    return { title: `You deposit at most ${money(minor, currency)} ${PERIODS[period]}`, detail: "" };
  }
}
