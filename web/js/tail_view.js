// Tail in place: the same bet with a stake of one's own, at the odds that the button says or longer ones, or not at all. Where a slip has another side, that can be bet instead.

import { button, el, fill, icon, keyed, note, set, write } from "./dom.js";
import { amount, exponentOf, minorOf, money, signOf } from "./money.js";
import { timeOf } from "./names.js";
import { paidMinor, shownOdds, shownRatio } from "./odds.js";
import { betRefusal, largestStakeOf } from "./refusing.js";
import { legName, unitsOf } from "./slip_words.js";
import { tailStanding } from "./tail_words.js";
import { capText, hundredthsOf, keepCap, keepUnit, minorOfUnits, unitText, unitsText, usualUnit } from "./units.js";

const EYES_MS = 400;
/** Return the whole percent that somebody typed, 0 for what is none. */
const percentOf = (text) => (/^\d{1,3}$/.test(text.trim()) ? Number(text) : 0);
const ORDINALS = ["", "1st", "2nd", "3rd"];
const KINDS = { amount: "Amount", units: "Units", percent: "% of balance" };
const QUICK = { units: ["0.5", "1", "2", "5"], percent: ["1", "2", "5", "10"] };

/** The panel below a slip. `closed()` is told when its own buttons close it. */
export class TailView {
  constructor(app, slip, closed) {
    this._app = app;
    this._slip = slip;
    const { currency } = app.session;
    this._seen = { odds: "", worst: null, at: -Infinity, before: null };
    [this.side, this.by] = ["tail", "amount"];
    this._typed = { amount: amount(10 * 10 ** exponentOf(currency), currency, false), units: "1", percent: "5" };
    this.sides = this._choices("Which side", { tail: "Tail, the same side", fade: "Fade, the other side" }, (side) => this._choose({ side }));
    this.kinds = this._choices("Stake as", KINDS, (by) => this._choose({ by }));
    this.sign = el("span", { "aria-hidden": "true" });
    this.input = el("input", { inputmode: "decimal", autocomplete: "off", "aria-label": `Your stake on the slip of ${slip.author.handle}`, value: this._typed.amount, oninput: () => this._type() });
    this.stake = el("div", { class: "stake" }, el("label", {}, "Your stake ", el("span", { class: "amount" }, this.sign, this.input)));
    this.unit = el("input", { inputmode: "decimal", autocomplete: "off", value: unitText(currency), oninput: () => this._typeUnit() });
    this.size = el("label", { class: "inline small soft" }, "One unit is ", el("span", { class: "amount" }, el("span", { "aria-hidden": "true" }, signOf(currency)), this.unit));
    this.cap = el("input", { inputmode: "decimal", autocomplete: "off", value: capText(currency), oninput: () => this._typeCap() });
    this.limit = el("label", { class: "inline small soft" }, "Most by tails in a day ", el("span", { class: "amount" }, el("span", { "aria-hidden": "true" }, signOf(currency)), this.cap));
    this.quick = el("div", { class: "quick", role: "group", "aria-label": "Quick stakes" });
    this.stake.append(this.quick, this.size, this.limit);
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
    if (sent) [this.side, this.by] = [sent.side ?? "tail", sent.stake?.by ?? this.by];
    const fades = this.side === "fade";
    const total = fades ? (fade?.total ?? { state: "stale" }) : tailed;
    const odds = total.ratio ? shownRatio(total.ratio, settings.odds) : "";
    this._look(odds, total.worst);
    const busy = this._isUnderWay(sent);
    const stake = (busy && sent.stake) || this._stake();
    const stands = tailStanding({ side: this.side, total, odds, stake, capMinor: this._capMinor(), sent, world: this._world() });
    this._stands = { ...stands, stake };
    set(this.element, "data-busy", busy);
    set(this.element, "data-stands", sent?.status === "placed" ? "placed" : stands.state);
    write(this.heading, fades ? `Fade ${slip.author.handle}: the other side, your stake` : `Tail ${slip.author.handle}: same bet, your stake`);
    this._patchChoices(busy, fade);
    this._patchStake(slip, stake, busy);
    set(this.form, "hidden", sent?.status === "placed");
    set(this.press, "aria-disabled", stands.enabled ? null : "true");
    write(this.label, stands.label);
    fill(this.symbol, stands.symbol ?? "", () => (stands.symbol === "spin" ? el("span", { class: "spin", "aria-hidden": "true" }) : stands.symbol ? icon(stands.symbol) : []));
    set(this.symbol, "hidden", !stands.symbol);
    write(this.why, stands.why);
    this._patchSums(slip, total, odds, stake, fades ? fade : null);
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

  _typeUnit() {
    const { currency } = this._app.session;
    if (minorOf(this.unit.value, currency)) keepUnit(currency, this.unit.value);
    this._type();
  }

  _typeCap() {
    keepCap(this._app.session.currency, this.cap.value.trim());
    this._type();
  }

  /** Return the most to stake by tails in a day: 0 for none, null for what is no amount. */
  _capMinor() {
    const typed = this.cap.value.trim();
    return typed ? minorOf(typed, this._app.session.currency) || null : 0;
  }

  /** Return the stake as it is typed; a share is of what is available now, and at least something where that is not known. */
  _stake() {
    const { session, wallet } = this._app;
    const typed = this.input.value;
    if (this.by === "amount") return { by: "amount", minor: minorOf(typed, session.currency) };
    if (this.by === "units") {
      const [hundredths, unitMinor] = [hundredthsOf(typed), minorOf(this.unit.value, session.currency)];
      return { by: "units", hundredths, unitMinor, minor: minorOfUnits(hundredths, unitMinor) };
    }
    const percent = percentOf(typed);
    return { by: "percent", percent, minor: wallet.availableMinor === null ? 1 : Number((BigInt(wallet.availableMinor) * BigInt(percent)) / 100n) };
  }

  _patchStake(slip, stake, busy) {
    const { currency } = this._app.session;
    const names = { units: "Your stake in units", percent: "Your stake in percent of your balance" };
    write(this.sign, { units: "units", percent: "%" }[this.by] ?? signOf(currency));
    set(this.input, "aria-label", names[this.by] ?? `Your stake on the slip of ${slip.author.handle}`);
    if (busy && stake.by !== "amount") this.input.value = stake.by === "units" ? unitsText(stake.hundredths) : String(stake.percent);
    if (busy && stake.by === "units") this.unit.value = amount(stake.unitMinor, currency, false);
    for (const input of [this.input, this.unit, this.cap]) set(input, "readonly", busy);
    set(this.size, "hidden", this.by !== "units");
    set(this.quick, "hidden", busy);
    keyed(this.quick, this._quicks(currency), (text) => `${this.by} ${text}`, (text) => button(this.by === "percent" ? `${text}%` : text, () => this._setStake(text, this.by), ""));
  }

  _quicks(currency) {
    const unit = minorOf(usualUnit(currency), currency);
    return QUICK[this.by] ?? [unit / 2, unit, 2 * unit, 5 * unit].map((minor) => amount(minor, currency, false).replace(/\.0+$/, ""));
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

  _patchSums(slip, total, odds, { by, minor, hundredths, unitMinor }, fade) {
    const { session, settings } = this._app;
    const taken = shownOdds(slip.bet.odds, settings.odds);
    const returns = total.ratio && minor ? paidMinor(minor, total.ratio) : null;
    const share = by === "percent" ? "Stake, of what you have now" : by === "units" ? `Stake, ${unitsOf((hundredths / 100).toFixed(2))} of ${money(unitMinor, session.currency)}` : "";
    const row = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", { class: fade ? "" : (total.direction ?? "") }, value));
    const arrow = total.direction ? el("i", { class: `tri ${total.direction}`, "aria-hidden": "true" }) : null;
    fill(this.sums, JSON.stringify([taken, odds, total.direction, returns, share, minor, fade?.name]), () => [
      fade ? row("You bet on", fade.name) : odds ? row(`${taken} when ${slip.author.handle} took it, now`, arrow, ` ${odds}`) : null,
      share && minor ? el("div", {}, el("dt", {}, share), el("dd", {}, money(minor, session.currency))) : null,
      returns === null ? null : el("div", { class: "returns" }, el("dt", {}, "Returns"), el("dd", {}, money(returns, session.currency))),
    ]);
  }

  _submit(event) {
    event.preventDefault();
    if (!this._stands?.enabled) return;
    if (this._stands.action === "sign-in") return this._app.router.go("/sign-in");
    const { before, at, odds, worst } = this._seen;
    const seen = before && performance.now() - at < EYES_MS ? before : { odds, worst };
    this._app.tails.send(this._slip.slip_id, { side: this.side, stake: this._stands.stake, capMinor: this._capMinor(), ...seen });
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
    const { title, detail } = betRefusal(problem, { currency, format: settings.odds, named });
    const max = largestStakeOf(problem);
    return note("bad", "noc", title, detail, max ? button(`Set stake to ${money(max, currency)}`, () => this._setStake(amount(max, currency, false), "amount")) : null, "alert");
  }

  _setStake(text, by) {
    [this.by, this.input.value, this._typed[by]] = [by, text, text];
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
