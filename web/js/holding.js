// Keeps the slip of whoever is signed in, on this device and in step with its other tabs; and asks for its bets until each answer is definite.

import { Problem } from "./api.js";
import { kept, keep } from "./storing.js";
import { protectionOf } from "./refusing.js";
import * as slips from "./slip.js";

export const WAITS_MS = [1000, 2000, 3000, 5000];
const nameOf = (accountId) => `slipstream.slip.${accountId}`;

/**
 * The slip of this page. It tells "change" whenever the slip is another one, "placed" when a bet was struck.
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

  /** The press: freeze the slip and ask. What another tab froze meanwhile is not asked for a second time. */
  place(accept) {
    this._reread();
    const keys = this.slip.picks.map(newKey);
    this.change(slips.freeze, { keys, accept, currency: this._session.currency, accountId: this._session.accountId, at: Date.now() });
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
      await this._wait(Math.max(WAITS_MS[Math.min(round, WAITS_MS.length - 1)], this._askedToWaitMs));
    }
  }

  async _askOne(part) {
    const again = { status: part.tries || part.status === "unknown" ? "unknown" : "placing", tries: part.tries + 1 };
    const accountId = this._accountId;
    this.change(slips.answered, part.key, again);
    const news = await this._answerOf(part);
    if (accountId !== this._accountId) return;
    this.change(slips.answered, part.key, news);
    if (news.status === "placed") this.dispatchEvent(new Event("placed"));
    if (news.status === "refused") this.dispatchEvent(new Event("refused"));
    if (news.status === "refused") this.protection = protectionOf(news.problem) ?? this.protection;
  }

  async _answerOf(part) {
    this._askedToWaitMs = 0;
    try {
      return { status: "placed", receipt: await this._calls.placeBet(part.body, part.key) };
    } catch (error) {
      this._askedToWaitMs = 1000 * (error.retryAfterS ?? 0);
      if (isDefinite(error)) return { status: "refused", problem: error.problem };
      return { status: "unknown" };
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

const isOpen = (part) => part.status === "placing" || part.status === "unknown";

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
