// Brings the matches to the store: all reading of live data is here. Lists are asked for; what changes in their matches is pushed on the socket.
// While there is no socket everything is asked for again and again instead. Views say what they want, no more.

const EVERY_MS = { live: 1000, scheduled: 3000, ended: 15_000, fixture: 1000 };
/** How often a list is asked for whose matches are all pushed: for matches that come into it. */
const PUSHED_EVERY_MS = { live: 5000, scheduled: 5000 };
const RETRY_MS = [1000, 2000, 3000];
const CONFIRM_MS = 500;
const CHANNELS_MAX = 200;
const PATHS = {
  live: "/v1/fixtures?status=live&limit=60",
  scheduled: "/v1/fixtures?status=scheduled&limit=20",
  ended: "/v1/fixtures?status=ended&limit=20",
};
const channelOf = (id) => `fixture:${id}`;

/** Keeps what is wanted up to date. A topic is "live", "scheduled", "ended", or the id of a match. */
export class Live {
  constructor(api, store, connection, socket, channels) {
    this._api = api;
    this._store = store;
    this._connection = connection;
    this._socket = socket;
    this._channels = channels;
    this._topics = new Map();
    this._since = new Map();
    this._arrived = [];
    this._confirmedAt = -Infinity;
    this._wanted = () => [];
    this._inSlip = () => [];
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => (document.hidden ? this._rest() : this.now()));
    socket.addEventListener("open", () => connection.pushes(true, performance.now()));
    socket.addEventListener("closed", () => (connection.pushes(false, performance.now()), this.now()));
    channels.addEventListener("change", () => this._confirm());
    channels.addEventListener("change", () => this._tellVia());
  }

  /** Begin. `wanted` returns the topics to keep up to date, `inSlip` the ids of matches on the slip; both are asked again and again. */
  start(wanted, inSlip) {
    this._wanted = wanted;
    this._inSlip = inSlip;
    setInterval(() => this._confirm(), CONFIRM_MS);
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
    this._subscribe();
  }

  async _ask(topic, state) {
    if (document.hidden) return this._later(topic, state, EVERY_MS.live);
    if (this._channels.isOn(channelOf(topic))) return this._later(topic, state, EVERY_MS.fixture);
    state.asking = true;
    const askedAt = performance.now();
    try {
      await this._take(topic, askedAt);
      state.failures = 0;
      this._connection.ok(askedAt);
      this._later(topic, state, this._isPushed(topic) ? PUSHED_EVERY_MS[topic] : (EVERY_MS[topic] ?? EVERY_MS.fixture));
    } catch (error) {
      const waitMs = Math.max(RETRY_MS[Math.min(state.failures++, RETRY_MS.length - 1)], 1000 * (error.retryAfterS ?? 0));
      this._gone(topic, error);
      if (error.status !== 404 && !this._isShownByPush(topic)) this._connection.failed(error, performance.now() + waitMs);
      this._later(topic, state, waitMs);
    }
    state.asking = false;
    this._store.dispatchEvent(new Event("change"));
  }

  async _take(topic, askedAt) {
    const isList = Boolean(PATHS[topic]);
    const withMarkets = !this._isPushed(topic);
    const path = isList ? `${PATHS[topic]}${withMarkets ? "&include=markets" : ""}` : `/v1/fixtures/${topic}`;
    const { body, position } = await this._api.getAt(path);
    const items = isList ? body.items : [body];
    for (const { fixture_id: id } of items) if (withMarkets && !this._isOn(id)) this._since.set(id, position);
    const older = items.filter(({ fixture_id: id }) => !this._isOn(id));
    if (isList) this._store.takeList(topic, items.map((fixture) => fixture.fixture_id), older, askedAt);
    else this._store.take(older, askedAt);
    this._subscribe();
  }

  /** Have all matches of the topics pushed, each as often as where it is shown needs. */
  _subscribe() {
    const topics = [...this._topics.keys()];
    const listed = topics.filter((topic) => PUSHED_EVERY_MS[topic]).flatMap((topic) => this._store.lists[topic] ?? []);
    const named = topics.filter((topic) => !PATHS[topic] && !this._store.missing?.has(topic));
    const inSlip = new Set(this._inSlip());
    const ids = [...new Set([...named, ...listed])].slice(0, CHANNELS_MAX);
    const looking = (id) => (document.hidden ? "background" : inSlip.has(id) ? "slip" : "screen");
    const want = (id) => ({ looking: looking(id), since: this._since.get(id), take: (data) => this._pushed(id, data) });
    this._channels.want("matches", new Map(ids.map((id) => [channelOf(id), want(id)])));
    this._tellVia();
  }

  /** What is pushed is shown with the next picture, all at once; a page that nobody sees has no pictures. */
  _pushed(id, data) {
    this._arrived.push([id, data]);
    if (this._arrived.length > 1) return;
    if (document.hidden) setTimeout(() => this._show(), 0);
    else requestAnimationFrame(() => this._show());
  }

  _show() {
    const arrived = this._arrived;
    this._arrived = [];
    this._store.takePushed(arrived, performance.now());
  }

  /** Nobody sees the page: what waits for a picture is taken without one. */
  _rest() {
    this._show();
    this._subscribe();
  }

  /** What is pushed is up to date for as long as the gateway is heard. */
  _confirm() {
    const { isOpen, heardAt } = this._socket;
    if (!isOpen || heardAt <= this._confirmedAt) return;
    this._confirmedAt = heardAt;
    this._store.confirm([...this._store.fixtures.keys()].filter((id) => this._isOn(id)), heardAt);
    if ([...this._topics.keys()].some((topic) => this._isPushed(topic))) this._connection.ok(heardAt);
  }

  _tellVia() {
    const asked = [...this._topics.keys()].filter((topic) => topic !== "ended");
    this._connection.via = asked.length && asked.every((topic) => this._isPushed(topic)) ? "socket" : "requests";
  }

  _isOn(id) {
    return this._channels.isOn(channelOf(id));
  }

  /** Whether all matches of a topic are pushed. */
  _isPushed(topic) {
    if (!PATHS[topic]) return this._isOn(topic);
    return Boolean(this._socket.isOpen && PUSHED_EVERY_MS[topic] && this._store.lists[topic]?.every((id) => this._isOn(id)));
  }

  /** Whether trouble with asking for a topic is none for the prices. */
  _isShownByPush(topic) {
    return this._isPushed(topic) || (this._socket.isOpen && Boolean(this._store.lists[topic]));
  }

  _gone(topic, error) {
    if (error.status === 404 || error.status === 422) this._store.missing = (this._store.missing ?? new Set()).add(topic);
  }

  _later(topic, state, waitMs) {
    if (this._topics.get(topic) === state) state.timer = setTimeout(() => this._ask(topic, state), waitMs);
  }
}
