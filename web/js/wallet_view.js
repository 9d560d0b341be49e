// The wallet: what is available and at risk, a demo deposit, a withdrawal, and every movement with the balance after it.

import { DepositQuestion } from "./deposit_question.js";
import { button, el, fill, note, set, write } from "./dom.js";
import { amount, minorOf, money, signOf } from "./money.js";
import { dayOf, timeOf } from "./names.js";
import { failedNote, signInFirst } from "./bets.js";
import { newKey } from "./holding.js";
import { inUtc } from "./own_limits.js";
import { leftWords } from "./refusing.js";
import { NoAnswer, Problem } from "./api.js";
import { kept, keep } from "./storing.js";

const KINDS = { deposit: "Deposit", withdrawal: "Withdrawal", stake: "Stake", released: "Stake released", cash_out: "Cash-out", returns: "Returns", refund: "Refund", lost: "Lost stake", reversal: "Settlement corrected", bonus: "Bonus became cash" };
const OUT = new Set(["withdrawal", "stake"]);
const AN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PENDING = "slipstream.transfer";

/** The page of the wallet. */
export class WalletView {
  constructor(app) {
    this._app = app;
    this.title = "Wallet, Slipstream";
    this.wanted = ["live"];
    this._items = null;
    this._build();
    app.limits.addEventListener("change", () => this.element.isConnected && this.update());
    app.restrictions.addEventListener("change", () => this.element.isConnected && this.update());
    app.wallet.addEventListener("change", () => this.element.isConnected && !this._more && this._read());
  }

  show() {
    this._items = null;
    this._more = false;
    fill(this.told, "", () => []);
    this._read();
    this._app.restrictions.read();
    this._repeat();
  }

  update() {
    const { session, wallet } = this._app;
    set(this.body, "hidden", !session.signedIn);
    fill(this.says, JSON.stringify([session.signedIn, this.error?.message]), () => (!session.signedIn ? signInFirst("your wallet") : this.error ? failedNote(this.error, () => this._read()) : []));
    if (!session.signedIn) return;
    const shown = (minor) => (minor === null ? "\u2013" : money(minor, session.currency));
    write(this.available, shown(wallet.availableMinor));
    write(this.atRisk, shown(wallet.atRiskMinor));
    write(this.bonus, shown(wallet.bonusMinor));
    set(this.ofBonus, "hidden", !wallet.bonusMinor);
    write(this.sign, signOf(session.currency));
    this.question.update();
    set(this.deposit, "hidden", this._app.limits.firstDepositWaits);
    const left = this._app.limits.depositLeftMinor;
    write(this.limited, left === null ? "You have set no deposit limit. " : `Your deposit limits leave ${shown(left)}. `);
    this._updateHold();
    const items = this._items ?? [];
    fill(this.rows, JSON.stringify([items.length, items[0]?.position, session.currency]), () => items.map((line) => rowOf(line, session.currency)));
    set(this.table, "hidden", !items.length);
    set(this.empty, "hidden", this._items === null || items.length > 0);
    set(this.further, "hidden", !this._next);
  }

  /** Say while nothing can be withdrawn since when and why, instead of the button. */
  _updateHold() {
    const hold = this._app.restrictions.withdrawalHold;
    set(this.withdraw, "hidden", hold !== null);
    fill(this.held, JSON.stringify(hold), () => (hold ? note("warn", "noc", `Withdrawals are held since ${inUtc(hold.since)}`, `${hold.reason} Bets and deposits go on.`) : []));
  }

  _build() {
    this.says = el("div", {});
    this.told = el("div", {});
    this.held = el("div", {});
    [this.available, this.atRisk, this.bonus] = [el("dd", { id: "available" }), el("dd", {}), el("dd", {})];
    this.ofBonus = el("div", { hidden: true }, el("dt", {}, "Bonus, no cash yet"), this.bonus);
    const stats = el("dl", { class: "stats" }, el("div", {}, el("dt", {}, "Available"), this.available), el("div", {}, el("dt", {}, "At risk in open bets"), this.atRisk), this.ofBonus);
    this.sign = el("span", { "aria-hidden": "true" });
    this.input = el("input", { id: "amount", inputmode: "decimal", autocomplete: "off", value: "" });
    this.deposit = el("button", { type: "submit", class: "btn main" }, "Deposit");
    this.withdraw = button("Withdraw", () => this._move("withdrawals"), "");
    const stake = el("div", { class: "stake" }, el("label", { for: "amount" }, "Amount ", el("span", { class: "amount" }, this.sign, this.input)));
    this.question = new DepositQuestion(this._app);
    const form = el("form", { class: "form", onsubmit: (event) => (event.preventDefault(), this._move("deposits")) }, stake, el("div", { class: "pair" }, this.deposit, this.withdraw), this.held, this.told);
    const demo = el("p", { class: "small soft" }, "This is a demonstration: a deposit moves no real money.");
    this.limited = el("span", {});
    const limits = el("p", { class: "small soft" }, this.limited, el("a", { href: "/account" }, "Your limits"));
    const pay = el("section", { class: "panel", "aria-labelledby": "pay-title" }, el("header", {}, el("h2", { id: "pay-title" }, "Deposit or withdraw")), el("div", { class: "pad" }, this.question.element, form, limits, demo));
    this.rows = el("tbody", {});
    const heads = el("tr", {}, el("th", { scope: "col" }, "When"), el("th", { scope: "col" }, "What"), el("th", { scope: "col", class: "n" }, "Amount"), el("th", { scope: "col", class: "n" }, "Available after"));
    this.table = el("table", { class: "data" }, el("caption", { class: "vh" }, "Statement"), el("thead", {}, heads), this.rows);
    this.empty = el("p", { class: "soft pad-in", hidden: true }, "Nothing has moved yet.");
    this.further = button("Show more", () => this._read(this._next), "");
    const statement = el("section", { class: "panel", "aria-labelledby": "statement-title" }, el("header", {}, el("h2", { id: "statement-title" }, "Statement")), this.table, this.empty);
    this.body = el("div", { class: "stack" }, stats, pay, statement, this.further);
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, "Wallet")), this.says, this.body);
  }

  async _read(cursor = null) {
    if (!this._app.session.signedIn) return this.update();
    try {
      const found = await this._app.api.get(`/v1/wallet/statement?limit=30${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      this.error = null;
      this._more = Boolean(cursor);
      this._items = [...(cursor ? this._items : []), ...found.items];
      this._next = found.next_cursor;
    } catch (error) {
      this.error = error;
    }
    this.update();
  }

  /** The reference is the transfer's idempotency key: it is kept until the answer is definite, also over a reload. */
  async _move(which) {
    const { session } = this._app;
    if (kept(PENDING)?.accountId === session.accountId) return this._repeat();
    const minor = minorOf(this.input.value, session.currency);
    if (!minor) return this._tell("bad", "noc", "Enter an amount", `For example ${amount(2500, session.currency, false)}.`);
    const body = { amount_minor: minor, currency: session.currency, reference: `page-${newKey()}` };
    keep(PENDING, { accountId: session.accountId, which, body });
    return this._repeat();
  }

  async _repeat() {
    const { api, session, wallet } = this._app;
    const sent = kept(PENDING);
    if (!sent || sent.accountId !== session.accountId || this._moving) return;
    this._moving = true;
    this._busy(true);
    const name = sent.which === "deposits" ? "deposit" : "withdrawal";
    try {
      const done = await api.post(`/v1/wallet/${sent.which}`, sent.body);
      keep(PENDING, null);
      this.input.value = "";
      this._tell("good", "check", `${name === "deposit" ? "Deposited" : "Withdrawn"} ${money(done.amount_minor, done.currency)}`);
      await Promise.all([wallet.read(), this._read(), this._app.limits.read()]);
    } catch (error) {
      this._refused(error, name, session);
    }
    this._moving = false;
    this._busy(false);
  }

  _refused(error, name, { currency }) {
    const definite = error instanceof Problem && error.status < 500 && ![401, 429].includes(error.status);
    if (!definite && (error instanceof NoAnswer || !(error instanceof Problem) || error.status !== 401)) {
      this._tell("warn", "refresh", `Not known yet whether the ${name} was made`, "Asking again with the same reference. It can be made once at most.");
      setTimeout(() => this._repeat(), 2000);
      return;
    }
    if (definite) keep(PENDING, null);
    if (error.slug === "withdrawals-held") this._app.restrictions.read();
    const limited = error.slug === "deposit-limit-reached" ? leftWords(error.problem, currency) : "";
    const funds = error.slug === "insufficient-funds" ? `You have ${money(error.problem.available_minor, currency)} available.` : "Nothing was moved.";
    this._tell("bad", "noc", error.problem.title, limited || funds);
  }

  _tell(tone, symbol, title, detail = "") {
    fill(this.told, `${title} ${detail} ${performance.now()}`, () => note(tone, symbol, title, detail, null, tone === "bad" ? "alert" : "status"));
  }

  _busy(busy) {
    for (const each of [this.deposit, this.withdraw]) set(each, "aria-disabled", busy ? "true" : null);
    set(this.input, "readonly", busy);
  }
}

function rowOf(line, currency) {
  const signed = OUT.has(line.kind) ? -Math.abs(line.amount_minor) : line.amount_minor;
  const what = KINDS[line.kind] ?? line.kind.replaceAll("_", " ");
  return el(
    "tr",
    {},
    el("td", {}, `${timeOf(line.at)}, ${dayOf(line.at)}`),
    el("td", {}, AN_ID.test(line.reference) && !["deposit", "withdrawal"].includes(line.kind) ? el("a", { href: `/bets/${line.reference}` }, what) : what),
    el("td", { class: "n" }, money(signed, currency)),
    el("td", { class: "n" }, money(line.available_minor, currency)),
  );
}
