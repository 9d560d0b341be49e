// Keeps the slip of whoever is signed in, on this device and in step with its other tabs; and asks for its bets until each answer is definite.

import { Problem } from "./api.js";
import { kept, keep } from "./storing.js";
import { protectionOf } from "./refusing.js";
import * as slips from "./slip.js";

export const WAITS_MS = [1000, 2000, 3000, 5000];
const DECIDED_EVERY_MS = 500;
const nameOf = (accountId) => `slipstream.slip.${accountId}`;

/**
 * The slip of this page. It tells "change" whenever the slip is another one, "placed" when a bet was struck or waits in play to be.
 *
 * `pending` is what was sent for an account that is signed out since; it is asked for again when that account is back.
 */
export class Holder extends EventTarget {
  constructor(calls, session) {
    super();
    this._calls = calls;
    this._session = session;
    this._accountId = session.accountId;
    this.slip = slips.revived(kept(nameOf(this._accountId)));
    this.protection = null;
    this.pending = null;
    this.retryAt = 0;
    this._asking = false;
    session.addEventListener("change", () => this._become());
    addEventListener("storage", (event) => event.key === nameOf(this._accountId) && this._reread());
    addEventListener("online", () => this._wake?.());
  }

  /** Change the slip by a function of `slip.js`. */
  change(how, ...given) {
    this._set(how(this.slip, ...given));
  }

  /** The press: freeze the slip and ask, with `refer` a trader about what is over its limit. What another tab froze meanwhile is not asked for a second time. */
  place(accept, refer = false) {
    this._reread();
    const keys = this.slip.picks.map(newKey);
    this.change(slips.freeze, { keys, accept, refer, currency: this._session.currency, accountId: this._session.accountId, at: Date.now() });
    this.resume();
  }

  /** Take what keeps the account from betting now, null where nothing does. */
  guard(protection) {
    if (JSON.stringify(protection) === JSON.stringify(this.protection)) return;
    this.protection = protection;
    this.dispatchEvent(new Event("change"));
  }

  /** Ask for whatever has no definite answer yet: after a press, a reload, a sign-in. One tab asks at a time. */
  async resume() {
    if (this._asking || !this._mine()) return;
    this._asking = true;
    try {
      await alone(nameOf(this._accountId), () => this._ask());
    } finally {
      this._asking = false;
    }
  }

  async _ask() {
    this._reread();
    for (let round = 0; this._mine(); round += 1) {
      await Promise.all(this.slip.sent.parts.filter(isOpen).map((part) => this._askOne(part)));
      if (!this._mine()) return;
      await this._wait(Math.max(this._pauseMs(round), this._askedToWaitMs));
    }
  }

  /** Bets that wait in play are looked at when their delay is over, and often from then on. */
  _pauseMs(round) {
    const parts = this.slip.sent.parts.filter(isOpen);
    if (parts.some((part) => part.status !== "pending")) return WAITS_MS[Math.min(round, WAITS_MS.length - 1)];
    return Math.max(Math.min(...parts.map((part) => part.until)) - Date.now(), DECIDED_EVERY_MS);
  }

  /** Take what is known of the account's bets: where one that waits was decided, ask what became of it. */
  learn(bets) {
    const waiting = new Set((this.slip.sent?.parts ?? []).filter((part) => part.status === "pending").map((part) => part.receipt.bet_id));
    if (waiting.size && bets.some((bet) => waiting.has(bet.bet_id) && bet.status !== "pending")) this._wake?.();
  }

  async _askOne(part) {
    const again = { status: part.tries || part.status === "unknown" ? "unknown" : "placing", tries: part.tries + 1 };
    const accountId = this._accountId;
    if (part.status !== "pending") this.change(slips.answered, part.key, again);
    const news = part.status === "pending" ? await this._decisionOf(part) : await this._answerOf(part);
    if (accountId !== this._accountId) return;
    this.change(slips.answered, part.key, news);
    if (news.status === "placed" || news.receipt?.status === "pending") this.dispatchEvent(new Event("placed"));
    if (news.status === "refused") this.dispatchEvent(new Event("refused"));
    if (news.status === "refused") this.protection = protectionOf(news.problem) ?? this.protection;
  }

  async _answerOf(part) {
    this._askedToWaitMs = 0;
    try {
      const receipt = await this._calls.placeBet(part.body, part.key);
      if (receipt.status === "pending") return { status: "pending", receipt, until: Date.now() + 1000 * (receipt.refer_s ?? receipt.delay_s) };
      return { status: "placed", receipt };
    } catch (error) {
      this._askedToWaitMs = 1000 * (error.retryAfterS ?? 0);
      if (isDefinite(error)) return { status: "refused", problem: error.problem };
      return { status: "unknown" };
    }
  }

  /** Return what became of a bet that waits; as long as that is not known it goes on waiting. */
  async _decisionOf(part) {
    this._askedToWaitMs = 0;
    try {
      const bet = await this._calls.bet(part.receipt.bet_id);
      if (bet.status === "pending") return {};
      if (bet.status !== "refused") return { status: "placed", receipt: { ...bet, status: "open" } };
      return { status: "refused", problem: { type: bet.reason, title: bet.reason_title, delayed: true, referred: bet.referred } };
    } catch (error) {
      this._askedToWaitMs = 1000 * (error.retryAfterS ?? 0);
      return {};
    }
  }

  _wait(ms) {
    this.retryAt = performance.now() + ms;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this._wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Whether there is something to ask for, and this session is whose it is: under another account the key would name another bet. */
  _mine() {
    return this.slip.sent !== null && this._session.signedIn && this.slip.sent.accountId === this._session.accountId;
  }

  _become() {
    const { picks, sent } = this.slip;
    if (!sent) keep(nameOf(this._accountId), null);
    this.pending = sent && !this._session.signedIn ? sent : null;
    this._accountId = this._session.accountId;
    this.protection = null;
    this.slip = slips.revived(kept(nameOf(this._accountId)));
    for (const pick of sent ? [] : picks) if (!this.slip.picks.some((each) => each.key === pick.key)) this.slip = slips.toggle(this.slip, pick);
    keep(nameOf(this._accountId), this.slip);
    this.dispatchEvent(new Event("change"));
    this._wake?.();
    this.resume();
  }

  _reread() {
    const found = kept(nameOf(this._accountId));
    if (!found) return;
    this.slip = slips.revived(found);
    this.dispatchEvent(new Event("change"));
    if (this._mine()) this.resume();
  }

  _set(slip) {
    if (slip === this.slip && kept(nameOf(this._accountId))) return;
    this.slip = slip;
    keep(nameOf(this._accountId), slip);
    this.dispatchEvent(new Event("change"));
  }
}

const isOpen = (part) => part.status === "placing" || part.status === "unknown" || part.status === "pending";

/** A bet is decided by a problem that speaks of the bet. No session, too many requests and trouble of the server say nothing of it. */
export function isDefinite(error) {
  return error instanceof Problem && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
}

/** Return a new idempotency key; `crypto.randomUUID` is not there on plain HTTP. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Do work that one tab does at a time. */
export function alone(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}
