// The leaderboard: who has 20 settled bets or more in a period, by ROI; of everybody, or of those whom one follows.

import { button, el, fill, hidden, note, set } from "./dom.js";
import { bones } from "./board.js";
import { failedNote, signInFirst } from "./bets.js";
import { sportName } from "./names.js";
import { FEW, WINDOWS, percent, signed, tone } from "./record.js";
import { money } from "./money.js";

const AMONG = { everybody: "Everybody", following: "Following" };
const SPORTS = ["football", "tennis", "basketball", "american_football", "racing"];

/** The view of the leaderboard; `app` is what main.js put together. */
export class Leaderboard {
  constructor(app) {
    this._app = app;
    this.title = "Leaderboard, Slipstream";
    this.wanted = ["live"];
    this.asked = { window: "30d", among: "everybody", sport: "" };
    this.says = el("div", {});
    this.place = el("div", { class: "stack", "aria-live": "polite" });
    this.bar = el("div", { class: "title" }, el("h1", {}, "Leaderboard"), this._choice("window", "Period", WINDOWS), this._choice("among", "Among", AMONG), this._sports());
    this.why = el("p", { class: "small soft" }, `By ROI, of accounts with ${FEW} settled bets or more in the period that were shown to others before. Of equal ones, those with more bets go first.`);
    this.element = el("div", { class: "stack" }, this.bar, this.says, this.place, this.why);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  show() {
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    fill(this.says, JSON.stringify([signedIn, this.error?.message, Boolean(this.items)]), () => this._saying(signedIn));
    for (const pressed of this.bar.querySelectorAll("[data-choice]")) set(pressed, "aria-pressed", String(this.asked[pressed.dataset.choice] === pressed.dataset.value));
    set(this.place, "hidden", !signedIn || !this.items);
    if (signedIn && this.items) fill(this.place, JSON.stringify([this.items, this.next]), () => this._table());
  }

  _choice(name, label, choices) {
    const pressed = Object.entries(choices).map(([value, words]) => el("button", { type: "button", "data-choice": name, "data-value": value, onclick: () => this._choose(name, value) }, words));
    return el("div", { class: "seg", role: "group", "aria-label": label }, pressed);
  }

  _sports() {
    const options = [el("option", { value: "" }, "Every sport"), ...SPORTS.map((sport) => el("option", { value: sport }, sportName(sport)))];
    return el("label", {}, hidden("Sport"), el("select", { class: "control", onchange: (event) => this._choose("sport", event.target.value) }, options));
  }

  _choose(name, value) {
    this.asked = { ...this.asked, [name]: value };
    [this.items, this.next] = [null, null];
    this._read();
    this.update();
  }

  _saying(signedIn) {
    if (!signedIn) return signInFirst("the leaderboard");
    if (this.error) return failedNote(this.error, () => this._read());
    return this.items ? [] : bones();
  }

  _table() {
    if (!this.items.length) return note("", "wait", `Nobody has ${FEW} settled bets here yet.`, "A bet counts once it is settled, if it was shared before.");
    const names = [["n", "Rank"], ["", "Account"], ["n", "Bets"], ["n", "ROI"], ["n only-wide", "Profit"], ["n only-wide", "Won"]];
    const head = names.map(([kind, name]) => el("th", { scope: "col", class: kind || null }, name));
    const table = el("table", { class: "data" }, el("caption", { class: "vh" }, "Leaderboard"), el("thead", {}, el("tr", {}, head)), el("tbody", {}, this.items.map((item) => this._row(item))));
    return [el("section", { class: "panel", "aria-label": "Ranks" }, table), this.next ? button("More", () => this._read(this.next), "") : null];
  }

  _row(item) {
    const profit = signed(item.profit_minor, money(Math.abs(item.profit_minor), this.currency));
    return el(
      "tr",
      {},
      el("td", { class: "n" }, String(item.rank)),
      el("th", { scope: "row" }, el("a", { href: `/profile/${item.handle}` }, item.handle)),
      el("td", { class: "n" }, String(item.bets)),
      el("td", { class: `n ${tone(item.roi_bp)}` }, percent(item.roi_bp, true)),
      el("td", { class: `n only-wide ${tone(item.profit_minor)}` }, profit),
      el("td", { class: "n only-wide" }, percent(item.win_rate_bp, false)),
    );
  }

  async _read(cursor = null) {
    const { api, session } = this._app;
    if (!session.signedIn) return this.update();
    const { asked } = this;
    const query = new URLSearchParams(Object.entries({ ...asked, cursor: cursor ?? "", currency: session.currency }).filter(([, value]) => value));
    try {
      const page = await api.get(`/v1/leaderboards?${query}`);
      if (asked !== this.asked) return;
      this.items = cursor ? [...(this.items ?? []), ...page.items] : page.items;
      [this.next, this.currency, this.error] = [page.next_cursor, page.currency, null];
    } catch (error) {
      if (asked !== this.asked) return;
      this.error = error;
    }
    this._app.update();
  }
}
