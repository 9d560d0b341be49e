// A list of the API that is read page by page: it says when it is loading, empty or failed, and keeps the focus when more comes.

import { button, el, fill, keyed, note, set } from "./dom.js";
import { failedNote } from "./bets.js";
import { wordsOf } from "./forms.js";

/** Pages in a row that may be empty before the reader is asked whether to go on. */
const EMPTY_PAGES_MAX = 5;

/** What one address lists. `keyOf(item)`, `make(item)` and `patch(node, item)` are those of `keyed`; `empty` is what is said of no items; `of(item, askedAt)` is how an item is kept. */
export class PagedList {
  constructor(app, { keyOf, make, patch, empty, limit, place = el("ul", { class: "list" }), of = (item) => item, label = "Show more" }) {
    Object.assign(this, { _app: app, _keyOf: keyOf, _make: make, _patch: patch, _empty: empty, _kept: of, limit, place });
    this.says = el("div", { class: "pad-in" });
    this.more = button(label, () => this._readMore(), "");
    this.foot = el("div", { class: "pad-in" }, this.more);
    this.forget();
  }

  get isReading() {
    return this._reading;
  }

  /** The parts in their order. */
  get parts() {
    return [this.place, this.says, this.foot];
  }

  /** Show the items of an address from the beginning; the same address stays as it is shown until its answer is there. */
  show(path) {
    if (this._path !== path) this.forget();
    this._path = path;
    return this._readFirst();
  }

  forget() {
    this._path = null;
    this._round = {};
    [this.items, this.error, this._next, this._reading] = [null, null, null, false];
  }

  remove(key) {
    this.items = this.items.filter((item) => this._keyOf(item) !== key);
    this.update();
  }

  update() {
    keyed(this.place, this.items ?? [], this._keyOf, this._make, this._patch);
    set(this.place, "hidden", !this.items?.length);
    set(this.foot, "hidden", !this._next);
    set(this.more, "aria-disabled", this._reading ? "true" : null);
    fill(this.says, JSON.stringify([this._path, this.items?.length ?? null, this.error?.message]), () => this._saying());
    set(this.says, "hidden", !this.says.childNodes.length);
  }

  _saying() {
    if (this.error?.slug) {
      const { title, detail } = wordsOf(this.error);
      return note("", "void", title, detail);
    }
    if (this.error) return failedNote(this.error, () => this._readFirst());
    return this.items?.length === 0 ? el("p", { class: "soft small" }, this._empty) : [];
  }

  _readFirst() {
    this._round = {};
    return this._read(null, this._round);
  }

  async _readMore() {
    if (this._reading || !this._next) return;
    const before = this.items.length;
    await this._read(this._next, this._round);
    const first = this.items[before];
    if (first) (this.place.keyed.get(this._keyOf(first)).querySelector("a, button") ?? this.more).focus({ preventScroll: true });
  }

  async _read(cursor, round) {
    this._reading = true;
    this.update();
    try {
      for (let pages = 0; pages < EMPTY_PAGES_MAX; pages += 1) {
        const page = await this._page(cursor);
        if (round !== this._round) return;
        this._take(page, cursor);
        cursor = page.next_cursor;
        if (page.items.length || !cursor) break;
      }
    } catch (error) {
      if (round !== this._round) return;
      this.error = error;
    }
    this._reading = false;
    this.update();
    this._app.update();
  }

  async _page(cursor) {
    const askedAt = performance.now();
    const begin = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const { items, next_cursor } = await this._app.api.get(`${this._path}${this._path.includes("?") ? "&" : "?"}limit=${this.limit}${begin}`);
    return { items: items.map((item) => this._kept(item, askedAt)), next_cursor };
  }

  _take({ items, next_cursor }, cursor) {
    const known = new Set(cursor ? this.items.map(this._keyOf) : []);
    this.items = [...(cursor ? this.items : []), ...items.filter((item) => !known.has(this._keyOf(item)))];
    [this._next, this.error] = [next_cursor, null];
  }
}
