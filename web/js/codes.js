// Codes: what is on the slip, kept as a draft or handed on without being placed; and the page of a code, which puts its picks on one's own slip.

import { button, el, fill, icon, keyed, note, set, write } from "./dom.js";
import { typesOf } from "./bet_types.js";
import { bones } from "./board.js";
import { failedNote, signInFirst } from "./bets.js";
import { wordsOf } from "./forms.js";
import { newKey } from "./holding.js";
import { marketName, matchName, standing } from "./names.js";
import * as slips from "./slip.js";
import { keyOf } from "./store.js";
import { marketsIn } from "./ways.js";

/** The presses below the slip that keep it as a draft, or make a code of it. */
export class CodeSharing {
  constructor(app) {
    this._app = app;
    const presses = el("div", { class: "presses" }, button("Share as a code", () => this._keep(true), "plain"), button("Keep as a draft", () => this._keep(false), "plain"));
    this.told = el("div", {});
    this.element = el("div", { class: "stack" }, presses, this.told);
  }

  /** A code stands for one bet, so several singles have none. */
  update(slip) {
    const kind = slips.kindOf(slip);
    const legs = slip.picks.map(({ market_id, selection }) => ({ market_id, selection }));
    const body = JSON.stringify({ type: kind, legs });
    if (body !== this._body) [this._body, this._key] = [body, newKey()];
    set(this.element, "hidden", !this._app.session.signedIn || slips.isFrozen(slip) || !legs.length || slips.isSeparate(slip));
    if (this._shown && this._shown !== body) {
      this._shown = null;
      this.told.replaceChildren();
    }
  }

  /** Keep the picks; a code is a draft that whoever has it may open. */
  async _keep(handsOn) {
    if (this._asking) return;
    this._asking = true;
    const [body, key] = [this._body, this._key];
    try {
      const { code } = await this._app.api.post("/v1/drafts", body, { "idempotency-key": key });
      if (handsOn) await this._app.api.put(`/v1/drafts/${code}/published`);
      this._say(body, handsOn ? handedOn(code) : note("good", "okc", "Kept as a draft", "It has no stake and holds no price. Only you open it.", el("a", { class: "btn tiny", href: "/drafts" }, "Drafts")));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this._say(body, note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
  }

  _say(body, said) {
    if (body !== this._body) return;
    this._shown = body;
    this.told.replaceChildren(said);
  }
}

const handedOn = (code) => note("good", "okc", `Code ${code}`, "Whoever has it sees these picks at the odds of that moment. It has no stake.", el("a", { class: "btn tiny", href: `/code/${code}` }, "Open"));

/** The view of a code; `app` is what main.js put together. */
export class CodePage {
  constructor(app) {
    this._app = app;
    this.title = "Code, Slipstream";
    this.heading = el("h1", {});
    this.says = el("div", {});
    this.legs = el("ul", { class: "list" });
    this.panel = el("section", { class: "panel", "aria-label": "Picks" }, this.legs);
    this.press = button("", () => this._take(), "main big");
    this.why = el("p", { class: "small soft" }, "At the odds of now. Matches that have begun are left out. Nothing is placed before you press Place.");
    this.body = el("div", { class: "stack" }, this.panel, this.press, this.why);
    this.element = el("div", { class: "stack" }, this.heading, this.says, this.body);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get wanted() {
    return ["live"];
  }

  show(route) {
    if (this.code !== route.id) this.draft = this.error = null;
    this.code = route.id;
    this._read();
  }

  update() {
    const { session, holder } = this._app;
    const picks = this._picks();
    write(this.heading, `Code ${this.draft?.code ?? this.code}`);
    set(this.body, "hidden", !session.signedIn || !this.draft);
    fill(this.says, JSON.stringify([session.signedIn, this.code, Boolean(this.draft), this.error?.message]), () => this._saying());
    keyed(this.legs, this.draft?.legs ?? [], (leg) => JSON.stringify([this.code, leg]), (leg) => this._leg(leg));
    const on = picks.length > 0 && picks.every(({ key }) => holder.slip.picks.some((pick) => pick.key === key));
    write(this.press, on ? "On your slip" : picks.length ? `Put ${picks.length} ${picks.length === 1 ? "pick" : "picks"} on my slip` : "Nothing of it can be bet now");
    set(this.press, "aria-disabled", picks.length && !slips.isFrozen(holder.slip) ? null : "true");
  }

  _saying() {
    if (!this._app.session.signedIn) return signInFirst("this code");
    if (this.error?.slug === "draft-unknown") return note("", "void", "This code stands for nothing.", "It may be mistyped, or was taken back.");
    if (this.error) return failedNote(this.error, () => this._read());
    return this.draft ? [] : bones();
  }

  _leg(leg) {
    const what = [leg.market_type && marketName(leg.market_type), leg.fixture && `${matchName(leg.fixture)}, ${standing(leg.fixture)}`].filter(Boolean).join(" \u00b7 ");
    const state = leg.started ? "begun, left out" : leg.odds ? this._app.shown(leg.odds) : "no price now";
    return el("li", {}, el("span", {}, el("b", {}, leg.selection_name), el("small", { class: "full" }, ` ${what}`)), el("span", { class: leg.odds && !leg.started ? "num" : "small soft" }, leg.started ? icon("lock", "sm") : null, state));
  }

  _picks() {
    const open = (this.draft?.legs ?? []).filter((leg) => !leg.started && leg.odds && leg.market === "open" && leg.fixture);
    return open.map((leg) => ({ key: keyOf(leg.market_id, leg.selection), market_id: leg.market_id, fixture_id: leg.fixture_id, selection: leg.selection, name: leg.selection_name, type: leg.market_type, match: matchName(leg.fixture), odds: leg.odds, version: leg.version }));
  }

  /** Put what is not there yet on the slip, as the kind of bet that it was kept as, and go there. */
  _take() {
    const { holder } = this._app;
    if (this.press.getAttribute("aria-disabled") === "true") return;
    for (const pick of this._picks()) if (!holder.slip.picks.some(({ key }) => key === pick.key)) holder.change(slips.toggle, pick);
    if (typesOf(marketsIn(holder.slip.picks)).includes(this.draft.type)) holder.change(slips.setKind, this.draft.type);
    this._app.openSlip();
  }

  async _read() {
    if (!this._app.session.signedIn) return this.update();
    const { code } = this;
    try {
      const draft = await this._app.api.get(`/v1/codes/${encodeURIComponent(code)}`);
      if (code === this.code) [this.draft, this.error] = [draft, null];
    } catch (error) {
      if (code === this.code) this.error = error;
    }
    this._app.update();
  }
}
