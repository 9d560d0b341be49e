// The slips that one saved, the last first. Nobody else sees this list.

import { signInFirst } from "./bets.js";
import { el, set } from "./dom.js";
import { SlipList } from "./slip_list.js";

/** The view of one's own saved slips; `app` is what main.js put together. */
export class SavedSlips {
  constructor(app) {
    this._app = app;
    this.slips = new SlipList(app, { empty: { title: "Nothing saved.", detail: "Press \u201cSave\u201d under a slip to keep it here. Nobody else sees what you save." } });
    this.first = el("div", {}, signInFirst("your saved slips"));
    this.element = el("div", { class: "stack" }, el("h1", {}, "Saved slips"), this.first, this.slips.element);
    app.session.addEventListener("change", () => this.element.isConnected && this.show());
  }

  get title() {
    return "Saved slips, Slipstream";
  }

  get wanted() {
    return ["live", ...this.slips.wanted];
  }

  /** The slips that are pushed. */
  get pushed() {
    return this.slips.pushed;
  }

  show() {
    if (this._app.session.signedIn) this.slips.show("/v1/saved-slips");
  }

  update() {
    const { signedIn } = this._app.session;
    set(this.first, "hidden", signedIn);
    set(this.slips.element, "hidden", !signedIn);
    if (signedIn) this.slips.update();
  }
}
