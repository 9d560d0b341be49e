// The drafts of the account: bets that were kept without being placed. Each is opened at the prices of now, handed on as a code, or deleted.

import { button, el, set } from "./dom.js";
import { agoOf, marketName, matchName } from "./names.js";
import { OwnLists } from "./own_lists.js";
import { kindOf } from "./slip_words.js";
import { twice } from "./twice.js";

const ABOUT = "Picks that you kept. A draft has no stake and holds no price; only you open it until you hand on its code.";
const keyOf = ({ code, published }) => `${code} ${published}`;

/** The view of one's own drafts; `app` is what main.js put together. */
export class Drafts extends OwnLists {
  constructor(app) {
    super(app, { title: "Drafts", about: ABOUT, what: "your drafts" });
    const empty = "No drafts. Put picks on your slip and press \u201cKeep as a draft\u201d.";
    this.list = this._list("/v1/drafts", { keyOf, make: (draft) => this._entry(draft), empty, limit: 20 });
    this.body.append(el("section", { class: "panel", "aria-label": "Drafts" }, this.list.parts));
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
    const done = await this._do(() => this._app.api.put(`/v1/drafts/${code}/published`), `Code ${code}`, "Whoever has it sees these picks at the odds of that moment.");
    if (done) this._read();
  }

  async _delete(draft) {
    const done = await this._do(() => this._app.api.remove(`/v1/drafts/${draft.code}`), `Draft ${draft.code} is deleted`, "Its code opens nothing any more.");
    if (done) this.list.remove(keyOf(draft));
  }
}
