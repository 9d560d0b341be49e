// How much of the inbox is new. It is pushed; without a socket it is read now and then while the page is looked at.

const EVERY_MS = 15_000;

/** The counts of the signed-in account's inbox. It tells "change" when they change; they are null until they are known. */
export class Bell extends EventTarget {
  constructor({ api, session, channels }) {
    super();
    this._api = api;
    this._session = session;
    this._channels = channels;
    this._forget();
    session.addEventListener("change", () => this._forget());
  }

  /** Begin to read, and go on. */
  start() {
    this.read();
    setInterval(() => document.hidden || this._channels.isOn(this._channel) || this.read(), EVERY_MS);
  }

  /** Read once, now. A trouble leaves the counts as they were. */
  async read() {
    const { token, mayAsk } = this._session;
    if (!mayAsk) return;
    try {
      const { counts } = await this._api.get("/v1/notifications?limit=1");
      if (this._session.token === token && !this._channels.isOn(this._channel)) this._take(counts);
    } catch {
      // What is known stays; the band says how the connection is.
    }
  }

  get _channel() {
    return `inbox:#${this._session.accountId}`;
  }

  _take(counts) {
    if (JSON.stringify(counts) === JSON.stringify(this.counts)) return;
    this.counts = counts;
    this.dispatchEvent(new Event("change"));
  }

  _forget() {
    const take = (data) => {
      this._api.note(data.position);
      this._take(data.snapshot ?? data.changes);
    };
    this._channels.want("bell", new Map(this._session.signedIn ? [[this._channel, { take }]] : []));
    this.counts = null;
    this.read();
  }
}
