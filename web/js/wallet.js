// What the signed-in account has: money available, what is at risk, open bets. It is pushed; without a socket it is read often while the page
// is looked at, at once after a bet.

import { portfolioAfter } from "./pushed.js";
import { protectionNow } from "./refusing.js";

const EVERY_MS = 3000;
const GUARD_MS = 30_000;

/** The account's figures. It tells "change" when they are read; they are null until then. */
export class Wallet extends EventTarget {
  constructor(api, session, holder, channels) {
    super();
    this._api = api;
    this._session = session;
    this._holder = holder;
    this._channels = channels;
    this._forget();
    session.addEventListener("change", () => {
      this._forget();
      this.read();
    });
    holder.addEventListener("placed", () => this.placed());
  }

  /** Begin to read, and go on. */
  start() {
    this.read();
    setInterval(() => document.hidden || (this._isPushed && performance.now() < this._guardedAt + GUARD_MS) || this.read(), EVERY_MS);
  }

  /** A bet was struck: read, where it is not pushed. */
  placed() {
    if (!this._isPushed) this.read();
  }

  /** Read once, now. A trouble leaves the figures as they were. */
  async read() {
    const { token, mayAsk } = this._session;
    if (!mayAsk || this._reading === token) return;
    this._reading = token;
    try {
      const found = await this._api.get("/v1/portfolio");
      if (this._session.token === token && !this._isPushed) this._take(found);
      if (performance.now() >= this._guardedAt + GUARD_MS) await this._guard(token);
    } catch (error) {
      if (this._session.token === token) this.error = error;
    } finally {
      if (this._reading === token) this._reading = null;
    }
    this.dispatchEvent(new Event("change"));
  }

  get _isPushed() {
    return this._channels.isOn(this._channel);
  }

  get _channel() {
    return `portfolio:#${this._session.accountId}`;
  }

  /** Take what the channel says. What the page asks for next is as new. */
  _pushed(data) {
    const after = portfolioAfter(this._shown, data);
    this._api.note(data.position);
    if (!after) return;
    this._take(after);
    this.dispatchEvent(new Event("change"));
  }

  async _guard(token) {
    this._guardedAt = performance.now();
    const account = await this._api.get("/v1/account");
    if (this._session.token === token) this._holder.guard(protectionNow(account));
  }

  _take(found) {
    this._shown = found;
    this.error = null;
    this.availableMinor = found.available_minor;
    this.atRiskMinor = found.at_risk_minor;
    this.bonusMinor = found.bonus_minor + found.bonus_at_risk_minor;
    this.open = found.open.items;
    this.settled = found.settled.items;
  }

  _forget() {
    const channels = this._session.signedIn ? [[this._channel, { take: (data) => this._pushed(data) }]] : [];
    this._channels.want("wallet", new Map(channels));
    this._guardedAt = -Infinity;
    this._shown = null;
    this.error = null;
    this.availableMinor = null;
    this.atRiskMinor = null;
    this.bonusMinor = null;
    this.open = null;
    this.settled = null;
  }
}
