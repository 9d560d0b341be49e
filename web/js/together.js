// Picks of one match in one bet: what they cost together, asked for whenever a price of them moves, and shown below the picks.

import { button, el, fill, icon } from "./dom.js";
import { compare, shownOdds } from "./odds.js";
import { Problem } from "./api.js";
import { unpriced } from "./refusing.js";
import { asksTogether } from "./standing.js";
import * as slips from "./slip.js";

/** The prices of picks together, for the slip of the page. One question is under way at a time. */
export class Together {
  constructor(app) {
    this._app = app;
    this._asked = new Map();
    this.element = el("div", { class: "stack", hidden: true });
  }

  /** Ask for what is not known of the slip, and show what is. */
  update(slip, world) {
    const groups = slips.togetherOf(slip);
    if (!slips.isFrozen(slip) && world.signedIn && !world.off) for (const group of groups) this._ask(group, world);
    this.element.hidden = !groups.length;
    const frozen = slips.isFrozen(slip);
    fill(this.element, JSON.stringify([groups.map(({ key, odds, now, problem }) => [key, odds, now, problem]), world.format, world.accept, frozen]), () =>
      groups.map((group) => this._shown(group, world, frozen)),
    );
  }

  async _ask({ key, picks }, world) {
    const offers = picks.map((pick) => world.store.offer(pick.market_id, pick.selection)?.market);
    const stands = JSON.stringify(offers.map((market) => [market?.version, market?.status]));
    if (this._asking || this._asked.get(key) === stands) return;
    this._asking = true;
    this._asked = new Map([[key, stands], ...[...this._asked].slice(-9)]);
    const { calls, holder } = this._app;
    try {
      holder.change(slips.quoted, key, await calls.sameGame(picks.map(({ market_id, selection }) => ({ market_id, selection }))));
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) holder.change(slips.quoted, key, { problem: error.problem });
      else this._asked.delete(key);
    }
    this._asking = false;
  }

  _shown({ key, picks, odds, now, problem }, { format, accept }, frozen) {
    const names = picks.map((pick) => pick.name).join(" + ");
    if (problem) return el("p", { class: "change together" }, icon("warn"), el("span", {}, unpriced(problem)));
    if (!now) return el("p", { class: "change together" }, el("span", {}, `${names}: the price together is asked for.`));
    const moved = compare(now, odds);
    const row = el("p", { class: "together" }, el("span", {}, `${names}, together`), " ", el("b", { class: "odds num" }, shownOdds(odds, format)));
    if (!moved || frozen) return row;
    const arrow = el("i", { class: `tri ${moved > 0 ? "up" : "down"}`, "aria-hidden": "true" });
    const press = asksTogether({ odds, now }, accept) ? button(`Accept ${shownOdds(now, format)}`, () => this._app.holder.change(slips.acceptTogether, key), "tiny") : null;
    return el("div", { class: "stack" }, row, el("div", { class: "change", role: "status" }, arrow, el("p", {}, `Together they were ${shownOdds(odds, format)} and are ${shownOdds(now, format)} now.`), press));
  }
}
