// What the signed-in account has: money available, what is at risk, open bets. Read often while the page is looked at, at once after a bet.

import { protectionNow } from "./refusing.js";

const EVERY_MS = 3000;
const GUARD_EVERY = 10;

/** The account's figures. It tells "change" when they are read; they are null until then. */
export class Wallet extends EventTarget {
  constructor(api, session, holder) {
    super();
    this._api = api;
    this._session = session;
    this._holder = holder;
    this._reads = 0;
    this._forget();
    session.addEventListener("change", () => {
      this._forget();
      this._reads = 0;
      this.read();
    });
    holder.addEventListener("placed", () => this.read());
  }

  /** Begin to read, and go on. */
  start() {
    this.read();
    setInterval(() => document.hidden || this.read(), EVERY_MS);
  }

  /** Read once, now. A trouble leaves the figures as they were. */
  async read() {
    const { token, signedIn } = this._session;
    if (!signedIn || this._reading === token) return;
    this._reading = token;
    try {
      const found = await this._api.get("/v1/portfolio");
      if (this._session.token === token) this._take(found);
      if (this._reads++ % GUARD_EVERY === 0) await this._guard(token);
    } catch (error) {
      if (this._session.token === token) this.error = error;
    } finally {
      if (this._reading === token) this._reading = null;
    }
    this.dispatchEvent(new Event("change"));
  }

  async _guard(token) {
    const account = await this._api.get("/v1/account");
    if (this._session.token === token) this._holder.guard(protectionNow(account));
  }

  _take(found) {
    this.error = null;
    this.availableMinor = found.available_minor;
    this.atRiskMinor = found.at_risk_minor;
    this.open = found.open.items;
    this.settled = found.settled.items;
  }

  _forget() {
    this.error = null;
    this.availableMinor = null;
    this.atRiskMinor = null;
    this.open = null;
    this.settled = null;
  }
}
