// Bets over their limit that wait for a trader: take one, a part of it, or nothing, while there is time.

import { nameOf } from "./bet_types.js";
import { button, el, fill, keyed, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { amount, minorOf, money } from "./money.js";
import { marketsIn } from "./ways.js";

const TICK_MS = 1000;

/** The panel of what waits; `done()` is called when something was answered. */
export class Referrals {
  constructor(app, done) {
    this._app = app;
    this._done = done;
    this._busy = false;
    this.count = el("span", { class: "count", hidden: true });
    this.told = el("div", {});
    this.none = el("p", { class: "pad-in small soft" }, "No bet waits for a trader.");
    this.place = el("div", {});
    this.element = el("section", { class: "panel", "aria-labelledby": "referrals" }, el("header", {}, el("h2", { id: "referrals" }, "Referrals"), this.count, el("span", { class: "end small soft" }, "first to end on top")), this.told, this.place, this.none);
    setInterval(() => document.hidden || !this.element.isConnected || this._tick(), TICK_MS);
  }

  async read() {
    const { items } = await this._app.api.get("/v1/trading/referrals?limit=20");
    write(this.count, String(items.length));
    set(this.count, "hidden", !items.length);
    set(this.none, "hidden", items.length > 0);
    keyed(this.place, items, ({ bet_id: id }) => id, (item) => this._card(item), (card, item) => this._patch(card, item));
  }

  _card(item) {
    const { bet_id: id, stake_minor: stake, currency, lines, odds, potential_returns_minor: pays } = item;
    const card = el("div", { class: "ask", role: "group" });
    card.heading = el("b", {});
    card.left = el("b", { class: "num" });
    card.meter = el("meter", { min: "0" });
    const half = Math.max(Math.floor(stake / 2 / lines), 1) * lines;
    const part = el("input", { class: "num", inputmode: "decimal", autocomplete: "off", "aria-label": "Part of the stake", value: amount(half, currency, false) });
    card.take = button("Take", () => this._answer(`${id}/approval`, currency, { stake_minor: null }), "tiny main");
    card.takePart = button("Take a part", () => this._answer(`${id}/approval`, currency, { stake_minor: minorOf(part.value, currency) }));
    const refuse = button("Refuse", () => this._answer(`${id}/refusal`, currency));
    card.append(
      el("p", { class: "line1" }, card.heading, el("span", { class: "num" }, money(stake, currency))),
      el("p", { class: "small soft" }, `at ${this._app.shown(odds)}, pays ${money(pays, currency)}${lines > 1 ? `, ${lines} lines` : ""}`),
      el("div", { class: "line1 small" }, el("span", { class: "soft" }, "decide within"), card.left),
      card.meter,
      el("div", { class: "two" }, part, card.takePart),
      el("div", { class: "two" }, card.take, refuse),
    );
    return card;
  }

  _patch(card, item) {
    card.item = item;
    const legs = item.legs.map((leg) => this._app.naming.of(leg));
    const names = legs.map((leg) => leg?.selection ?? "\u2026").join(", ");
    const words = legs.length > 1 ? `${nameOf(item.type, marketsIn(item.legs))}: ${names}` : `${names}${legs[0]?.match ? `, ${legs[0].match}` : ""}`;
    write(card.heading, words);
    set(card, "aria-label", `Referral, ${words}`);
    this._tickCard(card);
  }

  _tick() {
    for (const card of this.place.children) this._tickCard(card);
  }

  /** Say how long there is to decide; a bet in play is taken only once it has waited as any other does. */
  _tickCard(card) {
    const { asked_at: asked, answer_from: from, answer_until: until } = card.item;
    const left = Math.max(0, Math.ceil((new Date(until) - Date.now()) / 1000));
    const waits = Math.ceil((new Date(from) - Date.now()) / 1000);
    write(card.left, `${left} s`);
    set(card.left, "class", left < 8 ? "num lost" : "num");
    set(card.meter, "max", String(Math.round((new Date(until) - new Date(asked)) / 1000)));
    set(card.meter, "value", String(left));
    set(card.meter, "aria-label", `${left} seconds left`);
    write(card.take, waits > 0 ? `Take in ${waits} s` : "Take");
    for (const press of [card.take, card.takePart]) set(press, "disabled", waits > 0);
  }

  async _answer(path, currency, body) {
    if (this._busy) return;
    this._busy = true;
    try {
      const became = await this._app.api.put(`/v1/trading/referrals/${path}`, body);
      const words = became.status === "refused" ? `Not struck: ${became.reason.replaceAll("-", " ")}` : `Taken: ${money(became.stake_minor, currency)}`;
      fill(this.told, performance.now(), () => note("good", "okc", words));
      await this.read();
      this._done();
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.told, performance.now(), () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._busy = false;
  }
}
