// A list of slips that is read in pages. While it is looked at, its beginning is asked for again and again: cards change in place, and what
// is new waits behind a button, so that nothing moves under the eyes. Where the server counts what came in since a page, its figure is shown.

import { button, el, fill, icon, keyed, note, set, write } from "./dom.js";
import { bones } from "./board.js";
import { failedNote } from "./bets.js";
import { positionOf } from "./channels.js";
import { makeCard, patchCard } from "./card.js";
import { timeOf } from "./names.js";

const EVERY_MS = 10_000;
const RETRY_MS = 4000;
/** News of one moment are asked for together. */
const NEWS_MS = 500;
const BONES_MS = 200;
const LIMIT = 20;

/** Slips of one address of the API. `empty` is {title, detail} of a list that has none; `counting` is the address that counts what came in since the `marker` of a page. */
export class SlipList {
  constructor(app, { empty, attributes = {}, counting = null }) {
    this._counting = counting;
    this._app = app;
    this._empty = empty;
    this._path = null;
    this.newer = el("button", { type: "button", class: "newer", hidden: true, onclick: () => this._showNewer() }, icon("chevup", "sm"), el("span", {}));
    this.says = el("div", {});
    this.cards = el("div", { class: "stack" });
    this.more = button("Show more", () => this._readMore(), "");
    this.element = el("div", { class: "stack", ...attributes }, this.newer, this.says, this.cards, this.more);
    this._forget();
    const back = () => !document.hidden && this.element.isConnected && this.element.checkVisibility() && this._readNow();
    addEventListener("online", back);
    document.addEventListener("visibilitychange", back);
  }

  /** The matches whose prices are needed to the second: those of a slip that is being tailed. */
  get wanted() {
    const open = [...this._entries.values()].filter(({ slip }) => this.cards.keyed?.get(slip.slip_id)?.tail);
    return [...new Set(open.flatMap(({ slip }) => slip.bet.legs.map((leg) => leg.fixture_id)))];
  }

  /** What is shown and pushed: see `PushedSlips.look`. A slip that may not be seen any more is taken off. */
  get pushed() {
    const lost = ({ slip }) => {
      this._order = this._order.filter((id) => id !== slip.slip_id);
      this._app.update();
    };
    return { entries: this._order.map((id) => this._entries.get(id)), lost };
  }

  /** Take what a feed says of itself: {entries, gone}. What came in after this page is counted at once, and asked for a little later. */
  news({ entries = [], gone = [] }) {
    const known = this._fresh.size;
    for (const id of gone) this._fresh.delete(id);
    for (const { slip_id: id, position } of entries) if (position > this._position && !this._entries.has(id)) this._fresh.add(id);
    if (this._fresh.size === known && !gone.length) return;
    this._app.update();
    if (performance.now() - (this._newsAt ?? -NEWS_MS) < NEWS_MS) return;
    this._newsAt = performance.now();
    setTimeout(() => document.hidden || this._readNow(), NEWS_MS);
  }

  /** Show the slips of an address; the same one goes on from where it was left. */
  show(path) {
    const of = `${path} ${this._app.session.accountId}`;
    if (this._of !== of) {
      this._forget();
      this._path = path;
      this._of = of;
    }
    this._readNow();
  }

  update() {
    const world = this._app.world();
    const shown = this._order.map((id) => this._entries.get(id));
    keyed(this.cards, shown, ({ slip }) => slip.slip_id, ({ slip }) => makeCard(slip, this._app, (id) => this._remove(id)), (card, entry) => patchCard(card, entry, world));
    const told = this._counted ?? { count: this._waiting.length, more: false };
    const { count, more } = this._fresh.size > told.count ? { count: this._fresh.size, more: false } : told;
    set(this.newer, "hidden", !count);
    set(this.newer, "aria-disabled", this._renewing ? "true" : null);
    write(this.newer.lastElementChild, `${more ? `More than ${count}` : count} new ${count === 1 ? "slip" : "slips"}`);
    set(this.more, "hidden", !this._next);
    set(this.more, "aria-disabled", this._readingMore ? "true" : null);
    const loading = this._readAt === null && !this.error && performance.now() - this._beganAt > BONES_MS;
    fill(this.says, JSON.stringify([shown.length > 0, this._readAt === null, loading, this.error?.message, this._of]), () => this._saying(shown.length > 0, loading));
  }

  _saying(some, loading) {
    if (this.error && !some) return failedNote(this.error, () => this._readNow());
    if (this.error) return note("warn", "clock", `These slips are as of ${timeOf(this._readTime, true)}`, "They come back by themselves.");
    if (this._readAt === null) return loading ? bones() : [];
    if (some) return [];
    return el("div", { class: "panel" }, el("div", { class: "pad" }, el("p", {}, this._empty.title), el("p", { class: "soft small" }, this._empty.detail)));
  }

  _forget() {
    clearTimeout(this._timer);
    this._entries = new Map();
    this._order = [];
    this._waiting = [];
    [this._fresh, this._position] = [new Set(), Infinity];
    [this._next, this._marker, this._counted, this._renewing] = [null, null, null, false];
    this._readAt = null;
    this._beganAt = performance.now();
    this.error = null;
    this._round = {};
  }

  _readNow() {
    clearTimeout(this._timer);
    this._round = {};
    this._read(this._round, true);
  }

  /** Ask for the beginning, and again later; `round` ends when another one begins. */
  async _read(round, atOnce = false) {
    if (!this._app.session.signedIn) return;
    if (!atOnce && (document.hidden || !this.element.checkVisibility())) return this._later(round, EVERY_MS);
    const askedAt = performance.now();
    try {
      const { body: found, position } = await this._app.api.getAt(this._address());
      const counted = this._marker && this._order.length ? await this._app.api.get(`${this._counting}?since=${encodeURIComponent(this._marker)}`) : null;
      if (round !== this._round) return;
      this.error = null;
      this._take(found, askedAt, position);
      this._counted = counted;
      this._later(round, EVERY_MS);
    } catch (error) {
      if (round !== this._round) return;
      this.error = error;
      this._later(round, Math.max(RETRY_MS, 1000 * (error.retryAfterS ?? 0)));
    }
    this._app.update();
  }

  _later(round, ms) {
    if (round === this._round) this._timer = setTimeout(() => this._read(round), ms);
  }

  _address(cursor = null) {
    return `${this._path}${this._path.includes("?") ? "&" : "?"}limit=${LIMIT}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
  }

  _take({ items, next_cursor, marker }, askedAt, position) {
    const known = items.map(({ slip_id }) => this._entries.has(slip_id));
    const last = known.lastIndexOf(true);
    const fresh = items.filter((_, index) => !known[index] && (last < 0 || index < last));
    for (const slip of items) this._note(slip, askedAt);
    if (!this._order.length) {
      this._begin(items, next_cursor, marker, position);
    } else if (!this._counting) {
      const newest = fresh.map(({ slip_id }) => slip_id);
      this._waiting = [...newest, ...this._waiting.filter((id) => !newest.includes(id))];
    }
    this._readAt = askedAt;
    this._readTime = Date.now();
    const shown = new Set([...this._order, ...this._waiting]);
    for (const id of this._entries.keys()) if (!shown.has(id)) this._entries.delete(id);
  }

  _begin(items, next, marker, position) {
    [this._fresh, this._position] = [new Set(), positionOf(position)?.offset ?? Infinity];
    this._order = items.map(({ slip_id }) => slip_id);
    this._next = next;
    this._marker = this._counting ? marker : null;
  }

  _note(slip, askedAt) {
    const entry = this._entries.get(slip.slip_id);
    if (!entry) this._entries.set(slip.slip_id, { slip, readAt: askedAt });
    else if (entry.readAt < askedAt) Object.assign(entry, { slip, readAt: askedAt });
  }

  /** Show what is new: what waits, or the list from its beginning where the server counted. The first card that was not there takes the focus. */
  async _showNewer() {
    if (this._counting) return this._renew();
    const [first] = this._waiting;
    this._order = [...this._waiting, ...this._order.filter((id) => !this._waiting.includes(id))];
    this._waiting = [];
    this.update();
    scrollTo(0, 0);
    this.cards.keyed.get(first)?.focus({ preventScroll: true });
  }

  async _renew() {
    if (this._renewing) return;
    const [of, askedAt, before] = [this._of, performance.now(), new Set(this._order)];
    this._renewing = true;
    this.update();
    try {
      const { body, position } = await this._app.api.getAt(this._address());
      const { items, next_cursor, marker } = body;
      if (of !== this._of) return;
      for (const slip of items) this._note(slip, askedAt);
      this._begin(items, next_cursor, marker, position);
      [this._counted, this.error] = [null, null];
      this.update();
      scrollTo(0, 0);
      this.cards.keyed.get(this._order.find((id) => !before.has(id)) ?? this._order[0])?.focus({ preventScroll: true });
    } catch (error) {
      this.error = error;
    } finally {
      if (of === this._of) this._renewing = false;
    }
    this._readNow();
  }

  async _readMore() {
    if (this._readingMore || !this._next) return;
    const [round, cursor, askedAt] = [this._of, this._next, performance.now()];
    this._readingMore = true;
    this.update();
    try {
      const { items, next_cursor } = await this._app.api.get(this._address(cursor));
      if (round === this._of) this._append(items, next_cursor, askedAt);
    } catch (error) {
      this.error = error;
    }
    this._readingMore = false;
    this._app.update();
  }

  _append(items, next, askedAt) {
    const added = items.map(({ slip_id }) => slip_id).filter((id) => !this._order.includes(id) && !this._waiting.includes(id));
    for (const slip of items) this._note(slip, askedAt);
    this._order = [...this._order, ...added];
    this._next = next;
    this.update();
    if (document.activeElement === this.more || this.more.hidden) this.cards.keyed.get(added[0])?.focus({ preventScroll: true });
  }

  _remove(id) {
    this._order = this._order.filter((each) => each !== id);
    this._entries.delete(id);
    this.update();
    document.getElementById("main").focus({ preventScroll: true });
  }
}
