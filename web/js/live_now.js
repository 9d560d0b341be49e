// The panel of other live matches beside the page of one.

import { el, keyed, set, write } from "./dom.js";
import { clockWords } from "./names.js";

const SHOWN = 6;

/** A short list of what is live, in `root`. */
export class LiveNow {
  constructor(app, root) {
    this._app = app;
    this.all = el("a", { class: "end small soft", href: "/" });
    this.list = el("ul", {});
    this.panel = el("section", { class: "panel", "aria-labelledby": "live-now", hidden: true }, el("header", {}, el("h2", { id: "live-now" }, "Live now"), this.all), this.list);
    root.append(this.panel);
  }

  /** Show all live matches but the one with the id `except`; nothing where that is null. */
  update(except) {
    const { store } = this._app;
    const ids = store.lists.live ?? [];
    const shown = except === null ? [] : ids.filter((id) => id !== except).slice(0, SHOWN).map((id) => store.fixtures.get(id)).filter(Boolean);
    set(this.panel, "hidden", !shown.length);
    write(this.all, `All ${ids.length}`);
    keyed(this.list, shown, (fixture) => fixture.fixture_id, makeEntry, patchEntry);
  }
}

/** Make the entry of a match in a short list. */
export function makeEntry(fixture) {
  const clock = el("span", { class: "clock" });
  const goals = [el("span", {}), el("span", {})];
  const link = el("a", { class: "mini", href: `/match/${fixture.fixture_id}` }, clock, el("span", { class: "teams" }, el("span", {}, fixture.home), el("span", {}, fixture.away)), el("span", { class: "goals" }, goals));
  return Object.assign(el("li", {}, link), { clock, goals });
}

/** Bring it up to date. */
export function patchEntry(entry, fixture) {
  const begun = fixture.status !== "scheduled";
  write(entry.clock, clockWords(fixture)[0]);
  write(entry.goals[0], begun ? String(fixture.score.home) : "");
  write(entry.goals[1], begun ? String(fixture.score.away) : "");
}
