// How the bookmaker restricts one's own stakes: told in the slip before anything is pressed, and with the limits of one's own.

/** What the account's restrictions are, as they were read last. It tells "change"; `found` is null until then. */
export class Restrictions extends EventTarget {
  constructor({ api, session, holder }) {
    super();
    this._api = api;
    this._session = session;
    this.found = null;
    session.addEventListener("change", () => {
      this.found = null;
      this.read();
    });
    holder.addEventListener("refused", () => this.read());
    this.read();
  }

  /** The factor of the account and since when it counts, null where there is none or it is not known. */
  get factor() {
    return this.found?.restrictions.find((each) => each.kind === "stake_factor") ?? null;
  }

  /** The most that is paid on a bet, null unless the account is restricted: then the server alone says it. */
  get payoutMinorMax() {
    return this.factor === null ? null : this.found.payout_minor_max;
  }

  /** Read once, now. A trouble leaves what was known as it was: the server refuses what is over a limit. */
  async read() {
    const { token, mayAsk } = this._session;
    if (!mayAsk) return;
    try {
      const found = await this._api.get("/v1/account/restrictions");
      if (this._session.token !== token) return;
      this.found = found;
      this.dispatchEvent(new Event("change"));
    } catch (error) {
      if (this._session.token === token) this.error = error;
    }
  }
}
