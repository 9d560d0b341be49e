// Brings the matches to the store. All reading of live data is here, so that a socket can take its place: views say what they want, no more.

const EVERY_MS = { live: 1000, scheduled: 3000, ended: 15_000, fixture: 1000 };
const RETRY_MS = [1000, 2000, 3000];
const PATHS = {
  live: "/v1/fixtures?status=live&include=markets&limit=60",
  scheduled: "/v1/fixtures?status=scheduled&include=markets&limit=12",
  ended: "/v1/fixtures?status=ended&include=markets&limit=20",
};

/** Polls what is wanted. A topic is "live", "scheduled", "ended", or the id of a match. */
export class Live {
  constructor(api, store, connection) {
    this._api = api;
    this._store = store;
    this._connection = connection;
    this._topics = new Map();
    this._wanted = () => [];
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  /** Begin. `wanted` returns the topics to keep up to date, asked again and again. */
  start(wanted) {
    this._wanted = wanted;
    this.now();
  }

  /** Ask for everything at once. */
  now() {
    this.look(true);
  }

  /** Take up topics that are wanted now, and leave those that are not. */
  look(atOnce = false) {
    const wanted = new Set(this._wanted());
    for (const [topic, { timer }] of this._topics) {
      if (!wanted.has(topic)) {
        clearTimeout(timer);
        this._topics.delete(topic);
      }
    }
    for (const topic of wanted) {
      const known = this._topics.get(topic);
      if (known && !atOnce) continue;
      clearTimeout(known?.timer);
      const state = known ?? { failures: 0, asking: false };
      this._topics.set(topic, state);
      if (!state.asking) this._ask(topic, state);
    }
  }

  async _ask(topic, state) {
    if (document.hidden) return this._later(topic, state, EVERY_MS.live);
    state.asking = true;
    const askedAt = performance.now();
    try {
      await this._take(topic, askedAt);
      state.failures = 0;
      this._connection.ok(askedAt);
      this._later(topic, state, EVERY_MS[topic] ?? EVERY_MS.fixture);
    } catch (error) {
      const waitMs = Math.max(RETRY_MS[Math.min(state.failures++, RETRY_MS.length - 1)], 1000 * (error.retryAfterS ?? 0));
      this._gone(topic, error);
      if (error.status !== 404) this._connection.failed(error, performance.now() + waitMs);
      this._later(topic, state, waitMs);
    }
    state.asking = false;
    this._store.dispatchEvent(new Event("change"));
  }

  async _take(topic, askedAt) {
    if (PATHS[topic]) this._store.takeList(topic, (await this._api.get(PATHS[topic])).items, askedAt);
    else this._store.take([await this._api.get(`/v1/fixtures/${topic}`)], askedAt);
  }

  _gone(topic, error) {
    if (error.status === 404 || error.status === 422) this._store.missing = (this._store.missing ?? new Set()).add(topic);
  }

  _later(topic, state, waitMs) {
    if (this._topics.get(topic) === state) state.timer = setTimeout(() => this._ask(topic, state), waitMs);
  }
}
