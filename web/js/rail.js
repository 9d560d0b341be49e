// The rail of a wide page: sports and competitions with how many matches are live, and the keys.

import { el, hidden, icon, keyed, set, write } from "./dom.js";
import { sportName } from "./names.js";

const ICONS = { football: "football", tennis: "tennis", basketball: "basket", american_football: "gridiron", racing: "racing" };
const KEYS = [[["/"], "search"], [["\u2190", "\u2191", "\u2192"], "move"], [["Enter"], "pick, take off"], [["b"], "slip"], [["Esc"], "close"]];

/** Fills `root` with the rail of the board. */
export class Rail {
  constructor(app, root) {
    this._app = app;
    this.sports = el("ul", { class: "menu" });
    this.competitions = el("ul", { class: "menu" });
    const keys = el("dl", { class: "keys" }, KEYS.map(([names, does]) => el("div", {}, el("dt", {}, names.map((name) => el("kbd", {}, name))), el("dd", {}, does))));
    root.append(
      el("nav", { "aria-label": "Sports" }, el("h2", {}, "Sports"), this.sports),
      el("nav", { "aria-label": "Competitions" }, el("h2", {}, "Competitions"), this.competitions),
      el("section", { "aria-label": "Keys" }, keys),
    );
  }

  update(board) {
    const { store } = this._app;
    const listed = (name) => (store.lists[name] ?? []).map((id) => store.fixtures.get(id)).filter((fixture) => fixture?.status === name);
    const live = listed("live");
    const known = [...live, ...listed("scheduled")];
    const sports = counted(known, live, "sport");
    const chosen = (sport) => !board.competition && (board.sport === sport || (!board.sport && sports.length === 1));
    keyed(this.sports, sports, ([sport]) => sport, ([sport]) => entry(`/?sport=${encodeURIComponent(sport)}`, sportName(sport), ICONS[sport] ?? "board"), (item, [sport, count]) => patch(item, count, chosen(sport)));
    keyed(
      this.competitions,
      counted(known, live, "competition"),
      ([name]) => name,
      ([name]) => entry(`/?competition=${encodeURIComponent(name)}`, name),
      (item, [name, count]) => patch(item, count, board.competition === name),
    );
  }
}

function counted(known, live, name) {
  const counts = new Map(known.map((fixture) => [fixture[name], 0]));
  for (const fixture of live) counts.set(fixture[name], counts.get(fixture[name]) + 1);
  return [...counts].sort(([one, a], [other, b]) => b - a || one.localeCompare(other)).slice(0, 12);
}

function entry(href, name, symbol) {
  const count = el("span", { class: "num" });
  const link = el("a", { href }, symbol ? icon(symbol) : null, el("span", {}, name), count);
  return Object.assign(el("li", {}, link), { link, count, figure: count.appendChild(el("span", {})), said: count.appendChild(hidden(" live")) });
}

function patch(item, count, current) {
  write(item.figure, String(count));
  set(item.link, "aria-current", current ? "true" : null);
}
