// The drafts of the account: bets that were kept without being placed. Each is opened at the prices of now, handed on as a code, or deleted.

import { button, el, note, set } from "./dom.js";
import { signInFirst } from "./bets.js";
import { wordsOf } from "./forms.js";
import { agoOf, marketName, matchName } from "./names.js";
import { PagedList } from "./paged_list.js";
import { kindOf } from "./slip_words.js";
import { twice } from "./twice.js";

/** The view of one's own drafts; `app` is what main.js put together. */
export class Drafts {
  constructor(app) {
    this._app = app;
    this.title = "Drafts, Slipstream";
    this.wanted = ["live"];
    this.first = el("div", {}, signInFirst("your drafts"));
    this.told = el("div", {});
    this.list = new PagedList(app, { keyOf: ({ code, published }) => `${code} ${published}`, make: (draft) => this._entry(draft), empty: "No drafts. Put picks on your slip and press \u201cKeep as a draft\u201d.", limit: 20 });
    this.panel = el("section", { class: "panel", "aria-label": "Drafts" }, this.list.parts);
    this.element = el("div", { class: "stack" }, el("h1", {}, "Drafts"), el("p", { class: "small soft" }, "Picks that you kept. A draft has no stake and holds no price; only you open it until you hand on its code."), this.first, this.told, this.panel);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  show() {
    this.told.replaceChildren();
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    set(this.first, "hidden", signedIn);
    set(this.panel, "hidden", !signedIn);
    if (signedIn) this.list.update();
  }

  _read() {
    if (this._app.session.signedIn) this.list.show("/v1/drafts");
    this.update();
  }

  _entry(draft) {
    const { code, published, kept_at, legs } = draft;
    const hand = published ? null : button("Hand on", () => this._publish(draft), "tiny");
    if (hand) set(hand, "aria-label", `Hand on draft ${code}`);
    const presses = el("div", { class: "presses" }, el("a", { class: "btn tiny", href: `/code/${code}`, "aria-label": `Open draft ${code}` }, "Open"), hand, twice("Delete", `delete draft ${code}`, () => this._delete(draft)));
    const of = published ? "whoever has the code opens it" : "only you open it";
    return el("li", {}, el("span", {}, el("b", {}, kindOf(draft)), el("span", { class: "ids" }, ` ${code}`)), presses, legs.map((leg) => this._leg(leg)), el("small", { class: "full" }, `Kept ${agoOf(kept_at)} \u00b7 ${of}`));
  }

  _leg({ selection_name, market_type, fixture, odds, started }) {
    const where = [market_type && marketName(market_type), fixture && matchName(fixture)].filter(Boolean).join(" \u00b7 ");
    const now = started ? "begun" : odds ? `${this._app.shown(odds)} now` : "no price now";
    return el("span", { class: "full small" }, selection_name, el("span", { class: "soft" }, ` ${where} \u00b7 ${now}`));
  }

  async _publish({ code }) {
    await this._do(() => this._app.api.put(`/v1/drafts/${code}/published`), `Code ${code}`, "Whoever has it sees these picks at the odds of that moment.");
    this._read();
    document.getElementById("main").focus({ preventScroll: true });
  }

  async _delete(draft) {
    if (!(await this._do(() => this._app.api.remove(`/v1/drafts/${draft.code}`), `Draft ${draft.code} is deleted`, "Its code opens nothing any more."))) return;
    this.list.remove(`${draft.code} ${draft.published}`);
    document.getElementById("main").focus({ preventScroll: true });
  }

  async _do(asks, title, detail) {
    try {
      await asks();
      this.told.replaceChildren(note("good", "okc", title, detail));
      return true;
    } catch (error) {
      const words = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", words.title, words.detail, null, "alert"));
      return false;
    }
  }
}
