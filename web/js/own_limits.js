// One's own limits: what is left of them for the bet slip and the deposit form, and the panel of the account page that sets and removes them.

import { AccountReading } from "./account_reading.js";
import { button, el, fill, note, set, write } from "./dom.js";
import { AskingForm, Unfit, choice, field, wordsOf } from "./forms.js";
import { amount, minorOf, money } from "./money.js";

const KINDS = { deposit: "Deposits", stake: "Stakes", loss: "Losses" };
export const PERIODS = { day: "a day", week: "a week", month: "a month" };

/** Return a moment as limits tell it: their days are those of UTC. */
export const inUtc = (text) => `${new Date(text).toLocaleString("en-GB", { timeZone: "UTC", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" })} UTC`;

/** What the account's limits are. */
export class OwnLimits extends AccountReading {
  constructor({ api, session, holder }) {
    super({ api, session }, "/v1/account/limits");
    holder.addEventListener("placed", () => this.read());
  }

  /** What the limits leave for the next bet, null where nothing is known to limit it. */
  get stakeLeftMinor() {
    return this.found?.stake_left_minor ?? null;
  }

  /** What the limits leave for the next deposit, null where nothing is known to limit it. */
  get depositLeftMinor() {
    return this.found?.deposit_left_minor ?? null;
  }

  /** Whether the first deposit waits until deposits are limited, or that is declined. */
  get firstDepositWaits() {
    return this.found?.first_deposit_waits ?? false;
  }

  /** Want no limit on deposits. */
  async decline() {
    this.take(await this._api.post("/v1/account/limits/deposit/decline", { confirmed: true }));
  }

  /** Set a limit. */
  async set(kind, period, minor) {
    this.take(await this._api.put(`/v1/account/limits/${kind}/${period}`, { amount_minor: minor }));
  }

  /** Remove a limit, which takes a day. */
  async remove(kind, period) {
    this.take(await this._api.remove(`/v1/account/limits/${kind}/${period}`));
  }
}

/** The panel of one's own limits. */
export class LimitsPanel {
  constructor({ limits, restrictions, session }) {
    this._limits = limits;
    this._restrictions = restrictions;
    this._session = session;
    this.list = el("ul", { class: "stack" });
    this.told = el("div", {});
    this.restricted = el("p", { hidden: true });
    this.form = new AskingForm({
      press: "Set limit",
      fields: [choice("What to limit", "kind", KINDS), choice("In", "period", PERIODS), field("At most", "most", { inputmode: "decimal", autocomplete: "off" })],
      ask: (values) => this._set(values),
    });
    const why = "A lower limit counts at once. A higher one, or none, counts a day later. Days, weeks and months begin at midnight UTC.";
    this.element = el("div", { class: "form" }, el("p", { class: "small soft" }, why), this.restricted, this.list, this.told, this.form.element);
    limits.addEventListener("change", () => this.update());
    restrictions.addEventListener("change", () => this.update());
  }

  update() {
    const { found } = this._limits;
    const { factor, payoutMinorMax, ofMarkets } = this._restrictions;
    set(this.restricted, "hidden", factor === null);
    write(this.restricted, factor === null ? "" : `The bookmaker pays ${ofMarkets ? "less" : `at most ${money(payoutMinorMax, this._session.currency)}`} on a bet of yours: factor ${factor.factor}, since ${inUtc(factor.since)}.`);
    set(this.list, "hidden", !found?.limits.length);
    fill(this.list, JSON.stringify(found?.limits ?? null), () => (found?.limits ?? []).map((each) => this._row(each, found.currency)));
  }

  _row(each, currency) {
    const { kind, period, pending } = each;
    const left = `${money(each.left_minor, currency)} of ${money(each.amount_minor, currency)} left until ${inUtc(each.resets_at)}.`;
    const next = pending ? ` From ${inUtc(pending.effective_from)}: ${pending.amount_minor === null ? "no limit" : money(pending.amount_minor, currency)}.` : "";
    const name = `${KINDS[kind]} in ${PERIODS[period]}`;
    const press = pending
      ? button("Keep this limit", () => this._ask(() => this._limits.set(kind, period, each.amount_minor)), "tiny")
      : button("Remove", () => this._ask(() => this._limits.remove(kind, period)), "tiny");
    press.setAttribute("aria-label", `${pending ? "Keep the limit" : "Remove the limit"}: ${name}`);
    return el("li", {}, el("b", {}, name), el("p", { class: "small" }, left, next), press);
  }

  async _set({ kind, period, most }) {
    const { currency } = this._session;
    const minor = minorOf(most, currency);
    if (!minor) throw new Unfit("Enter an amount", `For example ${amount(2500, currency, false)}.`);
    await this._limits.set(kind, period, minor);
    const waits = this._limits.found.limits.some((each) => each.kind === kind && each.period === period && each.pending);
    return waits ? { title: "The higher limit counts a day from now", detail: "Until then the lower one does." } : { title: "The limit counts from now on", detail: "" };
  }

  async _ask(asked) {
    try {
      await asked();
      this.told.replaceChildren();
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
    }
  }
}
