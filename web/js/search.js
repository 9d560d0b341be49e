// Searching: people, slips, matches and tags by the beginnings of words. Matches come from the board's own reading, all else from the index of the server.

import { el, keyed, note, set, write } from "./dom.js";
import { signInFirst } from "./bets.js";
import { makeCard, patchCard } from "./card.js";
import { makeEntry, patchEntry } from "./live_now.js";
import { matchName, sportName } from "./names.js";
import { PagedList } from "./paged_list.js";
import { avatar } from "./prose.js";
import { SlipList } from "./slip_list.js";

const KINDS = { all: "All", people: "People", matches: "Matches", tags: "Tags", slips: "Slips" };
const SIGNS = { "@": ["people"], "#": ["tags", "slips"] };
const FEW = 5;
const MANY = 20;
const TYPING_MS = 300;

/** The view of a search; `app` is what main.js put together. */
export class Search {
  constructor(app) {
    this._app = app;
    [this.typed, this.kind] = ["", "all"];
    this.heading = el("h1", {});
    this.kinds = Object.entries(KINDS).map(([kind, words]) => el("button", { type: "button", "data-kind": kind, onclick: () => this._choose(kind) }, words));
    this.hint = el("p", { class: "small soft" }, "One to eight words. @ before a handle finds people, # finds tags.");
    this.first = el("div", {}, signInFirst("people, tags and slips"));
    this.nothing = note("", "search", "Nothing is found.", "Words are found by their beginnings. Try fewer of them.");
    this._build();
    this.element = el("div", { class: "stack" }, this.heading, el("div", { class: "seg kinds", role: "group", "aria-label": "What to find" }, this.kinds), this.hint, this.nothing, this.sections.map(({ element }) => element), this.first);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get title() {
    return `${this.typed ? `${this.typed}, search` : "Search"}, Slipstream`;
  }

  get wanted() {
    return ["live", "scheduled"];
  }

  show(route) {
    this.typed = this._typing = route.query.get("q") ?? "";
    this.kind = KINDS[route.query.get("kind")] ? route.query.get("kind") : "all";
    this._read();
  }

  /** Search for what is being typed, once the hand rests. */
  type(text) {
    clearTimeout(this._timer);
    this._typing = text.trim();
    this._timer = setTimeout(() => this.element.isConnected && this._go(this._typing, this.kind), TYPING_MS);
  }

  update() {
    const { signedIn } = this._app.session;
    write(this.heading, this.typed ? `Results for \u201c${this.typed}\u201d` : "Search");
    for (const pressed of this.kinds) set(pressed, "aria-pressed", String(pressed.dataset.kind === this.kind));
    set(this.hint, "hidden", Boolean(this.typed));
    set(this.first, "hidden", signedIn);
    for (const section of this.sections) {
      const shown = this._isWanted(section.kind);
      if (shown) section.update();
      set(section.element, "hidden", !shown || !this._hasWords(section));
    }
    const nothing = Boolean(this.typed) && this.sections.every(({ element }) => element.hidden) && this.sections.every(({ lists }) => lists.every(([, list]) => !list.isReading));
    set(this.nothing, "hidden", !nothing || !signedIn);
  }

  /** Among all kinds one that nothing is found of is left out; one that was asked for says so. */
  _hasWords({ lists, found }) {
    if (!lists.length) return found > 0 || this.kind !== "all";
    if (!this._app.session.signedIn) return false;
    return this.kind !== "all" || lists.some(([, list]) => list.error || list.items?.length);
  }

  _build() {
    const { _app: app } = this;
    const panel = (kind, api, title, empty, make) => section(kind, title, [[api, new PagedList(app, { keyOf: keyOf(api), make, empty, limit: FEW })]]);
    this.matches = new FoundMatches(app);
    const slips = new PagedList(app, { keyOf: ({ slip }) => slip.slip_id, make: ({ slip }) => makeCard(slip, app, (id) => slips.remove(id)), patch: (card, entry) => patchCard(card, entry, app.world()), empty: "No slip is found.", limit: FEW, place: el("div", { class: "stack" }), of: ({ slip }, readAt) => ({ slip, readAt }) });
    this.sections = [
      panel("people", "account", "People", "Nobody is found.", personEntry),
      this.matches,
      panel("matches", "team", "Teams", "No team is found.", teamEntry),
      panel("matches", "competition", "Competitions", "No competition is found.", competitionEntry),
      panel("tags", "tag", "Tags", "No tag is found.", tagEntry),
      section("slips", "Slips", [["slip", slips]], ""),
    ];
  }

  _isWanted(kind) {
    const signed = SIGNS[this.typed[0]];
    return Boolean(this.typed) && (this.kind === "all" || this.kind === kind) && (!signed || signed.includes(kind));
  }

  _choose(kind) {
    this._go(this._typing, kind);
  }

  _go(typed, kind) {
    if (typed === this.typed && kind === this.kind) return;
    [this.typed, this.kind] = [typed, kind];
    history.replaceState(history.state, "", `/search?${new URLSearchParams({ ...(typed && { q: typed }), ...(kind !== "all" && { kind }) })}`);
    document.title = this.title;
    this._read();
  }

  _read() {
    clearTimeout(this._timer);
    this.matches.find(this.typed);
    for (const { kind, lists } of this.sections) {
      for (const [api, list] of lists) {
        list.limit = this.kind === "all" ? FEW : MANY;
        if (this._isWanted(kind) && this._app.session.signedIn) list.show(`/v1/search?${new URLSearchParams({ q: this.typed, kind: api })}`);
        else list.forget();
      }
    }
    this.update();
  }
}

/** The matches on the board that are called so. */
class FoundMatches {
  constructor(app) {
    this._app = app;
    [this.kind, this.lists, this._words] = ["matches", [], []];
    this.list = el("ul", {});
    this.none = el("p", { class: "pad-in soft small" }, "No live or coming match is found.");
    this.element = el("section", { class: "panel", "aria-labelledby": "found-matches" }, el("header", {}, el("h2", { id: "found-matches" }, "Matches")), this.list, this.none);
  }

  find(text) {
    this._words = wordsOf(text);
  }

  update() {
    const { store } = this._app;
    const listed = ["live", "scheduled"].flatMap((name) => store.lists[name] ?? []).map((id) => store.fixtures.get(id));
    const found = listed.filter((fixture) => fixture && this._words.length && this._fits(fixture)).slice(0, MANY);
    keyed(this.list, found, ({ fixture_id }) => fixture_id, makeEntry, patchEntry);
    this.found = found.length;
    set(this.none, "hidden", found.length > 0 || !store.lists.live);
  }

  _fits(fixture) {
    const names = wordsOf(`${matchName(fixture)} ${fixture.competition}`);
    return this._words.every((word) => names.some((name) => name.startsWith(word)));
  }
}

/** Return the words of a text without case and accents. */
export const wordsOf = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function section(kind, title, lists, look = "panel") {
  const id = `found-${title.toLowerCase()}`;
  const element = el("section", { class: look || "stack", "aria-labelledby": id }, el("header", {}, el("h2", { id }, title)), lists.flatMap(([, list]) => list.parts));
  return { kind, lists, element, update: () => lists.forEach(([, list]) => list.update()) };
}

const keyOf = (api) => (item) => JSON.stringify(item[api]);

const entry = (href, name, more) => el("li", {}, el("a", { href }, name), more ? el("span", { class: "small soft" }, more) : null);

const personEntry = ({ account: { handle } }) => el("li", {}, el("a", { class: "person", href: `/profile/${handle}` }, avatar(handle), el("b", {}, handle)));

const teamEntry = ({ team: { name, sport } }) => entry(`/?${new URLSearchParams({ q: name })}`, name, sportName(sport));

const competitionEntry = ({ competition: { name, sport } }) => entry(`/?${new URLSearchParams({ competition: name })}`, name, sportName(sport));

const tagEntry = ({ tag }) => entry(`/tags/${tag}`, `#${tag}`, "");

/** The slips with one tag. */
export class TagPage {
  constructor(app) {
    this._app = app;
    this.heading = el("h1", {});
    this.slips = new SlipList(app, { empty: { title: "No slip with this tag.", detail: "Slips that you may see and that have the tag appear here." } });
    this.first = el("div", {}, signInFirst("slips with this tag"));
    this.element = el("div", { class: "stack" }, this.heading, this.first, this.slips.element);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get title() {
    return `#${this.tag}, Slipstream`;
  }

  get wanted() {
    return ["live", ...this.slips.wanted];
  }

  /** The slips that are pushed. */
  get pushed() {
    return this.slips.pushed;
  }

  show(route) {
    this.tag = route.id.toLowerCase();
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    write(this.heading, `#${this.tag}`);
    set(this.first, "hidden", signedIn);
    set(this.slips.element, "hidden", !signedIn);
    if (signedIn) this.slips.update();
  }

  _read() {
    if (this._app.session.signedIn) this.slips.show(`/v1/tags/${this.tag}/slips`);
  }
}
