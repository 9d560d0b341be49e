// The feed: what is worth seeing (Home), or only what those share whom one follows (Following); and the page of one slip.

import { el, fill, note, set } from "./dom.js";
import { bones } from "./board.js";
import { failedNote, signInFirst } from "./bets.js";
import { makeCard, openThread, patchCard } from "./card.js";
import { SlipList } from "./slip_list.js";

const TABS = { home: "Home", following: "Following" };
const EMPTY = {
  home: { title: "Nothing is shared yet.", detail: "Share a bet of yours from My bets; what others share appears here." },
  following: { title: "Nobody you follow has shared a slip.", detail: "Follow somebody from their profile; what they share appears here." },
};
const EVERY_MS = 10_000;

/** The view of the feed; `app` is what main.js put together. */
export class Feed {
  constructor(app) {
    this._app = app;
    this.title = "Feed, Slipstream";
    this.tab = "home";
    this.tabs = Object.entries(TABS).map(([tab, name]) => el("button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": `feed-${tab}`, onclick: () => this._choose(tab) }, name));
    this.lists = Object.fromEntries(Object.keys(TABS).map((tab) => [tab, new SlipList(app, { empty: EMPTY[tab], counting: "/v1/feed/new", attributes: { id: `feed-${tab}`, role: "tabpanel", "aria-labelledby": `tab-${tab}` } })]));
    this.says = el("div", {});
    this.bar = el("div", { class: "tabs", role: "tablist", "aria-label": "Feed", onkeydown: (event) => this._key(event) }, this.tabs);
    this.top = el("div", { class: "topped" }, this.bar, el("a", { class: "btn", href: "/share" }, "Share"));
    this.element = el("div", { class: "stack" }, el("h1", { class: "vh" }, "Feed"), this.says, this.top, Object.values(this.lists).map((list) => list.element));
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get wanted() {
    return ["live", ...this.lists[this.tab].wanted];
  }

  /** The list whose slips are pushed, and that what is new comes into. */
  get pushed() {
    const list = this.lists[this.tab];
    return { ...list.pushed, news: (changes) => list.news(changes) };
  }

  show(route) {
    this.tab = TABS[route.query.get("tab")] ? route.query.get("tab") : "home";
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    fill(this.says, String(signedIn), () => (signedIn ? [] : signInFirst("the feed")));
    set(this.top, "hidden", !signedIn);
    Object.keys(TABS).forEach((tab, index) => {
      set(this.tabs[index], "aria-selected", String(tab === this.tab));
      set(this.tabs[index], "tabindex", tab === this.tab ? null : "-1");
      set(this.lists[tab].element, "hidden", !signedIn || tab !== this.tab);
    });
    if (signedIn) this.lists[this.tab].update();
  }

  _read() {
    if (this._app.session.signedIn) this.lists[this.tab].show(`/v1/feed?tab=${this.tab}`);
  }

  _choose(tab) {
    this.tab = tab;
    history.replaceState(history.state, "", tab === "home" ? "/feed" : `/feed?tab=${tab}`);
    this._read();
    this._app.live.look();
    this.update();
  }

  _key(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const names = Object.keys(TABS);
    const step = event.key === "ArrowRight" ? 1 : -1;
    const index = (names.indexOf(this.tab) + step + names.length) % names.length;
    this._choose(names[index]);
    this.tabs[index].focus();
  }
}

/** The page of one slip, with its comments open. */
export class SlipPage {
  constructor(app) {
    this._app = app;
    this.title = "Slip, Slipstream";
    this.place = el("div", { class: "stack" });
    this.says = el("div", {});
    this.element = el("div", { class: "stack" }, el("nav", { class: "title small soft", "aria-label": "Way back" }, el("a", { href: "/feed" }, "Feed")), el("h1", { class: "vh" }, "Slip"), this.says, this.place);
    setInterval(() => this.element.isConnected && !document.hidden && this.entry && this._read(), EVERY_MS);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get wanted() {
    return ["live", ...(this.entry?.slip.bet.legs.map((leg) => leg.fixture_id) ?? [])];
  }

  /** The slip that is pushed. */
  get pushed() {
    return { entries: this.entry ? [this.entry] : [], lost: () => this._read() };
  }

  show(route) {
    if (this.id !== route.id) {
      this.entry = this.card = this.error = null;
      this.place.replaceChildren();
    }
    this.id = route.id;
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    set(this.place, "hidden", !signedIn || !this.card);
    fill(this.says, JSON.stringify([signedIn, this.error?.message, Boolean(this.card), this.id]), () => {
      if (!signedIn) return signInFirst("this slip");
      if (this.error?.status === 404 || this.error?.status === 422) return note("", "void", "This slip is not there.");
      if (this.error && !this.card) return failedNote(this.error, () => this._read());
      return this.card ? [] : bones();
    });
    if (this.card && signedIn) patchCard(this.card, this.entry, this._app.world());
  }

  async _read() {
    if (!this._app.session.signedIn) return this.update();
    const [id, askedAt] = [this.id, performance.now()];
    try {
      const slip = await this._app.api.get(`/v1/slips/${id}`);
      if (id === this.id) this._take(slip, askedAt);
    } catch (error) {
      if (id !== this.id) return;
      this.error = error;
      if (error.status === 404) this._drop();
    }
    this._app.update();
  }

  _take(slip, readAt) {
    this.error = null;
    if (this.entry) return Object.assign(this.entry, { slip, readAt });
    this.entry = { slip, readAt };
    this.card = makeCard(slip, this._app, () => this._drop({ status: 404, message: "taken down" }));
    patchCard(this.card, this.entry, this._app.world());
    openThread(this.card);
    this.place.replaceChildren(this.card);
    this._app.live.look();
  }

  _drop(error = this.error) {
    this.error = error;
    this.entry = this.card = null;
    this.place.replaceChildren();
    this.update();
  }
}
