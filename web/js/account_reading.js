// What the server says of the signed-in account, read once and again when somebody else signs in.

/** One answer of the API as it was read last. It tells "change"; `found` is null until then, and for somebody who is signed out. */
export class AccountReading extends EventTarget {
  constructor({ api, session }, path) {
    super();
    this._api = api;
    this._session = session;
    this._path = path;
    this.found = null;
    session.addEventListener("change", () => {
      this.found = null;
      this.read();
    });
    this.read();
  }

  /** Read once, now. A trouble leaves what was known as it was: the server refuses what is over a limit. */
  async read() {
    const { token, mayAsk } = this._session;
    if (!mayAsk) return;
    try {
      const found = await this._api.get(this._path);
      if (this._session.token === token) this.take(found);
    } catch (error) {
      if (this._session.token === token) this.error = error;
    }
  }

  /** Take an answer of the API. */
  take(found) {
    this.found = found;
    this.dispatchEvent(new Event("change"));
  }
}
