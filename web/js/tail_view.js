// Tail in place: the same bet with a stake of one's own, at the odds that the button says or longer ones, or not at all. Where a slip has another side, that can be bet instead.

import { button, el, fill, icon, note, set, write } from "./dom.js";
import { amount, exponentOf, minorOf, money, signOf } from "./money.js";
import { timeOf } from "./names.js";
import { shownOdds, shownRatio } from "./odds.js";
import { betRefusal } from "./refusing.js";
import { legName } from "./slip_words.js";
import { tailStanding } from "./tail_words.js";

const EYES_MS = 400;
/** Return the whole percent that somebody typed, 0 for what is none. */
const percentOf = (text) => (/^\d{1,3}$/.test(text.trim()) ? Number(text) : 0);
const ORDINALS = ["", "1st", "2nd", "3rd"];

/** The panel below a slip. `closed()` is told when its own buttons close it. */
export class TailView {
  constructor(app, slip, closed) {
    this._app = app;
    this._slip = slip;
    const { currency } = app.session;
    this._seen = { odds: "", worst: null, at: -Infinity, before: null };
    [this.side, this.by] = ["tail", "amount"];
    this._typed = { amount: amount(10 * 10 ** exponentOf(currency), currency, false), percent: "5" };
    this.sides = this._choices("Which side", { tail: "Tail, the same side", fade: "Fade, the other side" }, (side) => this._choose({ side }));
    this.kinds = this._choices("Stake as", { amount: "Amount", percent: "% of balance" }, (by) => this._choose({ by }));
    this.sign = el("span", { "aria-hidden": "true" });
    this.input = el("input", { inputmode: "decimal", autocomplete: "off", "aria-label": `Your stake on the slip of ${slip.author.handle}`, value: this._typed.amount, oninput: () => this._type() });
    this.stake = el("div", { class: "stake" }, el("label", {}, "Your stake ", el("span", { class: "amount" }, this.sign, this.input)));
    this.sums = el("dl", { class: "sums" });
    this.told = el("div", {});
    [this.symbol, this.label] = [el("span", { hidden: true }), el("span", {})];
    this.press = el("button", { type: "submit", class: "btn main big" }, this.symbol, this.label);
    this.why = el("p", { class: "promise" });
    this.form = el("form", { class: "stack", onsubmit: (event) => this._submit(event) }, this.sides, this.kinds, this.stake, this.sums, this.press, this.why);
    this.heading = el("h2", {});
    const close = el("button", { type: "button", class: "icon end", "aria-label": "Close the tail", onclick: closed }, icon("cross"));
    this.element = el("section", { class: "tailer", "aria-label": `Tail ${slip.author.handle}` }, el("header", {}, this.heading, close), this.told, this.form);
    this._closed = closed;
  }

  focus() {
    (this.form.hidden ? this.element.querySelector("button") : this.input).focus({ preventScroll: true });
  }

  /** Bring it up to date; `tailed` is what the slip costs now, `fade` its other side as `fadeNow` returns it. */
  update(slip, tailed, fade) {
    [this._slip, this._fade] = [slip, fade];
    const { session, settings, tails } = this._app;
    const sent = tails.of(slip.slip_id);
    if (sent) [this.side, this.by] = [sent.side ?? "tail", sent.percent ? "percent" : "amount"];
    const fades = this.side === "fade";
    const total = fades ? (fade?.total ?? { state: "stale" }) : tailed;
    const odds = total.ratio ? shownRatio(total.ratio, settings.odds) : "";
    this._look(odds, total.worst);
    const percent = this.by === "percent" ? percentOf(this.input.value) : null;
    const stakeMinor = this._isUnderWay(sent) ? sent.stakeMinor : this._stakeMinor(percent);
    const stands = tailStanding({ side: this.side, total, odds, stakeMinor, percent, sent, world: this._world() });
    this._stands = { ...stands, stakeMinor, percent };
    const busy = this._isUnderWay(sent);
    set(this.element, "data-busy", busy);
    set(this.element, "data-stands", sent?.status === "placed" ? "placed" : stands.state);
    write(this.heading, fades ? `Fade ${slip.author.handle}: the other side, your stake` : `Tail ${slip.author.handle}: same bet, your stake`);
    this._patchChoices(busy, fade);
    const shares = this.by === "percent";
    write(this.sign, shares ? "%" : signOf(session.currency));
    set(this.input, "aria-label", shares ? "Your stake in percent of your balance" : `Your stake on the slip of ${slip.author.handle}`);
    if (busy && shares) this.input.value = String(sent.percent);
    set(this.input, "readonly", busy);
    set(this.form, "hidden", sent?.status === "placed");
    set(this.press, "aria-disabled", stands.enabled ? null : "true");
    write(this.label, stands.label);
    fill(this.symbol, stands.symbol ?? "", () => (stands.symbol === "spin" ? el("span", { class: "spin", "aria-hidden": "true" }) : stands.symbol ? icon(stands.symbol) : []));
    set(this.symbol, "hidden", !stands.symbol);
    write(this.why, stands.why);
    this._patchSums(slip, total, odds, { stakeMinor, shares, fade: fades ? fade : null });
    fill(this.told, JSON.stringify([sent, settings.odds]), () => this._saying(sent));
  }

  _choices(label, choices, chosen) {
    const pressed = Object.entries(choices).map(([value, words]) => el("button", { type: "button", "data-value": value, onclick: () => chosen(value) }, words));
    return el("div", { class: "seg", role: "group", "aria-label": label }, pressed);
  }

  _patchChoices(busy, fade) {
    set(this.sides, "hidden", !fade && this.side === "tail");
    for (const [choices, chosen] of [[this.sides, this.side], [this.kinds, this.by]]) {
      for (const pressed of choices.children) {
        set(pressed, "aria-pressed", String(pressed.dataset.value === chosen));
        set(pressed, "aria-disabled", busy ? "true" : null);
      }
    }
  }

  /** Take another side or another kind of stake; each kind keeps what was typed. */
  _choose({ side = this.side, by = this.by }) {
    if (this._isUnderWay(this._app.tails.of(this._slip.slip_id))) return;
    [this.side, this.by] = [side, by];
    this.input.value = this._typed[by];
    this._seen = { odds: "", worst: null, at: -Infinity, before: null };
    this._type();
  }

  _type() {
    this._typed[this.by] = this.input.value;
    this._app.tails.forget(this._slip.slip_id);
    this._app.update();
  }

  _stakeMinor(percent) {
    const { session, wallet } = this._app;
    if (percent === null) return minorOf(this.input.value, session.currency);
    return wallet.availableMinor === null ? 1 : Number((BigInt(wallet.availableMinor) * BigInt(percent)) / 100n);
  }

  _isUnderWay(sent) {
    return sent?.status === "placing" || sent?.status === "unknown";
  }

  _world() {
    const { connection, holder, session, wallet } = this._app;
    return { protection: holder.protection, staff: session.staff, off: connection.state(performance.now()) === "off", signedIn: session.signedIn, availableMinor: wallet.availableMinor, currency: session.currency };
  }

  /** Note what the button says, and what it said before: eyes take a while. */
  _look(odds, worst) {
    if (worst === this._seen.worst) return;
    this._seen = { odds, worst, at: performance.now(), before: this._seen.worst === null ? null : { odds: this._seen.odds, worst: this._seen.worst } };
  }

  _patchSums(slip, total, odds, { stakeMinor, shares, fade }) {
    const { session, settings } = this._app;
    const taken = shownOdds(slip.bet.odds, settings.odds);
    const returns = total.ratio && stakeMinor ? Number((BigInt(stakeMinor) * total.ratio[0]) / total.ratio[1]) : null;
    const row = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", { class: fade ? "" : (total.direction ?? "") }, value));
    const arrow = total.direction ? el("i", { class: `tri ${total.direction}`, "aria-hidden": "true" }) : null;
    fill(this.sums, JSON.stringify([taken, odds, total.direction, returns, shares && stakeMinor, fade?.name]), () => [
      fade ? row("You bet on", fade.name) : odds ? row(`${taken} when ${slip.author.handle} took it, now`, arrow, ` ${odds}`) : null,
      shares && stakeMinor ? el("div", {}, el("dt", {}, "Stake, of what you have now"), el("dd", {}, money(stakeMinor, session.currency))) : null,
      returns === null ? null : el("div", { class: "returns" }, el("dt", {}, "Returns"), el("dd", {}, money(returns, session.currency))),
    ]);
  }

  _submit(event) {
    event.preventDefault();
    if (!this._stands?.enabled) return;
    if (this._stands.action === "sign-in") return this._app.router.go("/sign-in");
    const { before, at, odds, worst } = this._seen;
    const seen = before && performance.now() - at < EYES_MS ? before : { odds, worst };
    this._app.tails.send(this._slip.slip_id, { side: this.side, stakeMinor: this._stands.stakeMinor, percent: this._stands.percent, ...seen });
  }

  _saying(sent) {
    if (sent?.status === "unknown") return note("warn", "refresh", "Not known yet whether this bet was placed", `Asking again with the same request, ${ORDINALS[sent.tries + 1] ?? `${sent.tries + 1}th`} time. It can be placed once at most.`);
    if (sent?.status === "refused") return this._refusal(sent);
    return sent?.status === "placed" ? this._receipt(sent) : [];
  }

  _refusal({ problem, currency }) {
    const { settings } = this._app;
    const named = (marketId, selection) => {
      const leg = this._slip.bet.legs.find((each) => each.market_id === marketId && each.selection === selection);
      if (!leg && this._fade?.selection === selection) return this._fade.name;
      return leg ? legName(leg, this._app).name : selection;
    };
    const { title, detail, slug } = betRefusal(problem, { currency, format: settings.odds, named });
    const max = slug === "stake-out-of-range" && problem.stake_minor > problem.stake_minor_max ? problem.stake_minor_max : 0;
    return note("bad", "noc", title, detail, max ? button(`Set stake to ${money(max, currency)}`, () => this._setStake(amount(max, currency, false))) : null, "alert");
  }

  _setStake(text) {
    [this.by, this.input.value, this._typed.amount] = ["amount", text, text];
    this._app.tails.forget(this._slip.slip_id);
    this._app.update();
    this.input.focus();
  }

  _receipt({ receipt: bet, currency }) {
    const { settings, tails } = this._app;
    const row = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
    const done = button("Done", () => (this._closed(), tails.forget(this._slip.slip_id)), "");
    return [
      el("div", { class: "receipt", role: "status" }, el("span", { class: "ring" }, icon("check")), el("b", {}, `Bet placed at ${shownOdds(bet.odds, settings.odds)}`)),
      el("dl", { class: "sums" }, row("Stake", money(bet.stake_minor, currency)), row("Struck", timeOf(bet.placed_at, true)), row("Bet", el("a", { href: `/bets/${bet.bet_id}`, title: bet.bet_id }, bet.bet_id.slice(0, 13))), el("div", { class: "returns" }, el("dt", {}, "Returns"), el("dd", {}, money(bet.potential_returns_minor, currency)))),
      done,
    ];
  }
}
