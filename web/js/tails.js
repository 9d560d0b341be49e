// Bets that are built from slips: each is one request from the press to a definite answer, kept on this device as the bet slip's are.

import { WAITS_MS, alone, isDefinite, newKey } from "./holding.js";
import { kept, keep } from "./storing.js";
import { unitsText } from "./units.js";

const nameOf = (accountId) => `slipstream.tails.${accountId}`;

/** Return a stake as the API takes it. */
function asked({ by, minor, percent, hundredths, unitMinor }) {
  if (by === "percent") return { percent_of_balance: percent };
  return by === "units" ? { units: unitsText(hundredths), unit_minor: unitMinor } : { stake_minor: minor };
}

/** The tails of this page by slip. It tells "change" when one is another one, "placed" when a bet was struck. */
export class Tails extends EventTarget {
  constructor(api, session) {
    super();
    this._api = api;
    this._session = session;
    this._told = new Map();
    this._asking = new Set();
    session.addEventListener("change", () => {
      this._told.clear();
      this._changed();
      this.resume();
    });
    addEventListener("online", () => this._wake?.());
  }

  /** Return the tail of a slip that is under way or was answered: {status: placing | unknown | placed | refused, side, odds, stake, currency, receipt, problem}; null where there is none. */
  of(slipId) {
    return this._told.get(slipId) ?? this._open()[slipId] ?? null;
  }

  /** The press: keep body and key, and ask. One tail of a slip is under way at a time; its `stake` is as `tailStanding` takes it. */
  send(slipId, { side, stake, worst, odds, capMinor }) {
    if (this._open()[slipId] || !this._session.signedIn) return;
    const guards = { ...(worst ? { worst_odds: worst } : {}), ...(capMinor ? { daily_cap_minor: capMinor } : {}) };
    const body = JSON.stringify({ ...asked(stake), ...(side === "fade" ? { side } : {}), ...guards });
    this._told.delete(slipId);
    this._keep(slipId, { key: newKey(), body, side, odds, stake, currency: this._session.currency, status: "placing", tries: 0 });
    this.resume();
  }

  /** Take back what was answered. */
  forget(slipId) {
    if (this._told.delete(slipId)) this._changed();
  }

  /** Ask for whatever has no definite answer yet: after a press, a reload, a sign-in. */
  resume() {
    if (!this._session.signedIn) return;
    for (const [slipId, { key }] of Object.entries(this._open())) if (!this._asking.has(key)) this._ask(slipId, key);
  }

  async _ask(slipId, key) {
    const { accountId } = this._session;
    const mine = () => this._session.accountId === accountId && this._open()[slipId]?.key === key;
    this._asking.add(key);
    await alone(`slipstream.tail.${key}`, async () => {
      for (let round = 0; mine(); round += 1) {
        const sent = this._open()[slipId];
        this._keep(slipId, { ...sent, status: sent.tries ? "unknown" : "placing", tries: sent.tries + 1 });
        const news = await this._answerOf(slipId, sent);
        if (!mine()) return;
        if (news.waitMs === undefined) return this._finish(slipId, { ...sent, ...news });
        this._keep(slipId, { ...this._open()[slipId], status: "unknown" });
        await this._wait(Math.max(WAITS_MS[Math.min(round, WAITS_MS.length - 1)], news.waitMs));
      }
    });
    this._asking.delete(key);
    this._changed();
  }

  async _answerOf(slipId, { key, body }) {
    try {
      return { status: "placed", receipt: await this._api.post(`/v1/slips/${slipId}/tail`, body, { "idempotency-key": key }) };
    } catch (error) {
      return isDefinite(error) ? { status: "refused", problem: error.problem } : { waitMs: 1000 * (error.retryAfterS ?? 0) };
    }
  }

  _finish(slipId, told) {
    this._told.set(slipId, told);
    this._keep(slipId, null);
    if (told.status === "placed") this.dispatchEvent(new Event("placed"));
  }

  _wait(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this._wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  _open() {
    return kept(nameOf(this._session.accountId)) ?? {};
  }

  _keep(slipId, sent) {
    const { [slipId]: _, ...others } = this._open();
    const all = sent ? { ...others, [slipId]: sent } : others;
    keep(nameOf(this._session.accountId), Object.keys(all).length ? all : null);
    this._changed();
  }

  _changed() {
    this.dispatchEvent(new Event("change"));
  }
}
