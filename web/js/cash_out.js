// Cash-out of an open bet: the offer of the moment, read again while it is looked at; one press, and a definite answer before anything is called accepted.

import { button, el, fill, note } from "./dom.js";
import { WAITS_MS, isDefinite, newKey } from "./holding.js";
import { money } from "./money.js";

const EVERY_MS = 2000;
const SHARES = [100, 75, 50, 25];

/** The offer of one bet, with a press to take it. `closed` is called when a part or all of the bet was cashed out. */
export class CashOut {
  constructor(app, closed) {
    this._app = app;
    this._closed = closed;
    this.share = el("select", { id: "cash-share", onchange: () => this._again() }, SHARES.map((share) => el("option", { value: share }, share === 100 ? "All of it" : `${share} percent`)));
    this.choice = el("label", { class: "field" }, "How much of the bet", this.share);
    this.says = el("div", { class: "stack", "aria-live": "polite" });
    this.element = el("section", { class: "panel", "aria-labelledby": "cash-title", hidden: true }, el("header", {}, el("h2", { id: "cash-title" }, "Cash out")), el("div", { class: "pad" }, el("div", { class: "form" }, this.choice, this.says)));
    setInterval(() => this.element.isConnected && !document.hidden && this._isOpen && !this._pending && this._read(), EVERY_MS);
  }

  /** Show what stands for a bet; null where there is none. */
  update(bet) {
    if (bet?.bet_id !== this._bet?.bet_id) this._offer = this._why = this._told = null;
    const opened = bet?.status === "open" && !this._isOpen;
    this._bet = bet;
    this._isOpen = bet?.status === "open";
    if (opened) this._read();
    this._show();
  }

  async _read() {
    const id = this._bet.bet_id;
    const share = this.share.value;
    let found = null;
    let why = null;
    try {
      found = await this._app.api.get(`/v1/bets/${id}/cash-out?share=${share}`);
    } catch (error) {
      why = error;
    }
    if (id !== this._bet?.bet_id || share !== this.share.value || this._pending) return;
    [this._offer, this._why] = [found, why];
    this._show();
  }

  _again() {
    this._offer = this._told = null;
    this._read();
    this._show();
  }

  /** The press: the offer that was on the screen, under one key until the answer is definite. */
  async _take() {
    if (this._pending) return;
    const { bet_id: id, offer_minor, version, share, currency } = this._offer;
    const [body, key] = [JSON.stringify({ offer_minor, version, share }), newKey()];
    this._pending = true;
    this._told = { kind: "pending", words: `Cashing out ${money(offer_minor, currency)}\u2026 not accepted yet` };
    this._show();
    this._told = await this._answer(`/v1/bets/${id}/cash-out`, body, key, currency);
    this._pending = false;
    this._offer = null;
    this._show();
    if (this._told.kind === "accepted") this._closed();
    if (this._isOpen) this._read();
  }

  async _answer(path, body, key, currency) {
    for (let tries = 0; ; tries += 1) {
      try {
        const done = await this._app.api.post(path, body, { "idempotency-key": key });
        return { kind: "accepted", words: `Cashed out ${money(done.amount_minor, done.currency)}` };
      } catch (error) {
        if (isDefinite(error) || error.status === 401) {
          const changed = error.problem?.offer_minor;
          return { kind: "changed", words: changed ? `The offer is ${money(changed, currency)} now` : error.message };
        }
        await new Promise((wait) => setTimeout(wait, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]));
      }
    }
  }

  _show() {
    const { _offer: offer, _why: why, _told: told } = this;
    this.element.hidden = !this._isOpen && told?.kind !== "accepted";
    this.choice.hidden = !this._isOpen;
    fill(this.says, JSON.stringify([offer, why?.message, told, this._isOpen]), () => [
      told ? note(told.kind === "accepted" ? "good" : "", told.kind === "accepted" ? "check" : "wait", told.words) : "",
      this._isOpen && !told?.kind.startsWith("pending") ? this._press(offer, why) : "",
    ]);
  }

  _press(offer, why) {
    if (why) return el("p", { class: "soft" }, `No cash-out at the moment: ${why.message}`);
    if (!offer) return el("p", { class: "soft" }, "Asking for an offer\u2026");
    const left = offer.stake_left_minor ? ` for ${money(offer.stake_minor, offer.currency)} of the stake` : "";
    return button(`Cash out ${money(offer.offer_minor, offer.currency)}${left}`, () => this._take(), "main");
  }
}
