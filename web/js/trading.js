// The page of traders: matches by their worst case, what each market wins or loses, its prices, and a press that stops betting.

import { button, el, fill, icon, keyed, note, set, write } from "./dom.js";
import { signInFirst } from "./bets.js";
import { FourEyes } from "./four_eyes.js";
import { money } from "./money.js";
import { clockWords, matchName, sportName } from "./names.js";
import { Referrals } from "./referrals.js";
import { signed, toneOf } from "./trading_pictures.js";
import { TradedMatch } from "./traded_match.js";
import { TradingActs } from "./trading_acts.js";

const EVERY_MS = 5000;
const AGAIN_MS = 500;

/** The view of traders; `app` is what main.js put together. */
export class Trading {
  constructor(app) {
    this._app = app;
    this.title = "Trading, Slipstream";
    this.id = "";
    this._list = null;
    this.says = el("div", {});
    this.acts = new TradingActs(app, () => this._look());
    this.match = new TradedMatch(app, this.acts);
    this.referrals = new Referrals(app, () => this._look());
    this.fourEyes = new FourEyes(app);
    this.count = el("span", { class: "end small soft" });
    this.groups = el("div", {});
    this.none = el("p", { class: "pad-in small soft", hidden: true }, "There are no open bets.");
    this.list = el("section", { class: "panel worst-first clip", "aria-labelledby": "worst" }, el("header", {}, el("h2", { id: "worst" }, "Worst case first"), this.count), this.groups, this.none);
    this.body = el("div", { class: "trading" }, this.list, this.match.element, el("div", { class: "stack" }, this.referrals.element, this.fourEyes.element));
    this.element = el("div", { class: "stack" }, this.says, this.acts.told, this.body);
    app.session.addEventListener("change", () => this._begin());
    document.addEventListener("keydown", (event) => this._key(event));
    setInterval(() => document.hidden || !this.element.isConnected || this._look(), EVERY_MS);
  }

  get wanted() {
    return this.id ? [this.id, "live"] : ["live"];
  }

  get _isMine() {
    return this._app.session.mayAsk && this._app.session.roles.includes("trader");
  }

  show(route) {
    this.id = route.id || this._list?.items[0]?.fixture_id || "";
    this._isNamed = Boolean(route.id);
    this.match.show(this.id);
    this._begin();
  }

  update() {
    const { signedIn } = this._app.session;
    fill(this.says, `${signedIn} ${this._isMine}`, () => (!signedIn ? signInFirst("what is at risk") : this._isMine ? [] : note("", "lock", "This page is for traders.", "An operator grants the role.")));
    set(this.body, "hidden", !this._isMine);
    if (!this._isMine || !this.element.isConnected) return;
    this._patchList();
    this.match.update();
  }

  /** Read, and follow what is pushed, as a trader who looks; nobody else asks. */
  _begin() {
    const channel = `exposure:#${this._app.session.accountId}`;
    this._app.channels.want("exposure", new Map(this._isMine && this.element.isConnected ? [[channel, { take: () => this._soon() }]] : []));
    if (this._isMine) this._look();
    else this._list = null;
    this.update();
  }

  /** Read again in a moment; what comes until then is read with it. */
  _soon() {
    this._due ??= setTimeout(() => ((this._due = undefined), this._look()), AGAIN_MS);
  }

  async _look() {
    if (!this._isMine || !this.element.isConnected || this._reading) return;
    this._reading = true;
    try {
      this._list = await this._app.api.get("/v1/trading/exposure?limit=50");
      if (!this._isNamed && !this.id && this._list.items.length) this.match.show((this.id = this._list.items[0].fixture_id));
      await Promise.all([this.match.read(), this.referrals.read(), this.fourEyes.read()]);
    } catch {
      // What is known stays; the band says how the connection is.
    }
    this._reading = false;
    this._app.update();
  }

  _patchList() {
    if (!this._list || this.list.matches(":hover, :focus-within") && this._isSame()) return;
    const { items, competitions } = this._list;
    write(this.count, `${items.length} with bets`);
    set(this.none, "hidden", items.length > 0);
    const keyOf = ({ sport, competition }) => `${sport} ${competition}`;
    keyed(this.groups, competitions, keyOf, (group) => this._group(group), (node, group) => {
      keyed(node.rows, items.filter((item) => keyOf(item) === keyOf(group)), ({ fixture_id: id }) => id, (item) => this._row(item), (row, item) => this._patchRow(row, item));
    });
  }

  /** Whether the rows would only change their order: that waits while somebody points at them. */
  _isSame() {
    const shown = [...this.groups.querySelectorAll(".fix")].map((link) => link.dataset.id);
    return shown.length === this._list.items.length && this._list.items.every((item) => shown.includes(item.fixture_id)) && this._patchInPlace();
  }

  _patchInPlace() {
    for (const item of this._list.items) this._patchRow(this.groups.querySelector(`.fix[data-id="${item.fixture_id}"]`).parentNode, item);
    return true;
  }

  _group({ sport, competition }) {
    const path = `/v1/trading/competitions/${encodeURIComponent(sport)}/${encodeURIComponent(competition)}`;
    const stop = this.acts.stopButton(`Suspend ${competition}`, () => this.acts.stop(path, competition));
    const ids = () => this._list.items.filter((item) => item.sport === sport && item.competition === competition).map((item) => item.fixture_id);
    const again = el("button", { type: "button", class: "btn tiny", "aria-label": `Reopen ${competition}`, onclick: () => this.acts.reopenCompetition(path, competition, ids()) }, "Reopen");
    const node = el("section", { "aria-label": `${sportName(sport)}, ${competition}` }, el("div", { class: "day inline" }, el("span", { class: "cut" }, competition), el("span", { class: "presses" }, again, stop)));
    node.append((node.rows = el("ul", {})));
    return node;
  }

  _row({ fixture_id: id, home, away }) {
    const row = el("li", {});
    [row.clock, row.home, row.away] = [el("span", { class: "clock" }), el("b", { class: "num" }), el("b", { class: "num" })];
    [row.worst, row.more] = [el("span", {}), el("small", {})];
    row.append((row.link = el("a", { class: "fix", href: `/trading/${id}`, "data-id": id }, row.clock, el("span", { class: "teams" }, el("span", {}, `${home} `, row.home), el("span", {}, `${away} `, row.away)), el("span", { class: "worst" }, row.worst, row.more))));
    return row;
  }

  _patchRow(row, item) {
    const deepest = item.sums.reduce((one, other) => (other.worst_minor < one.worst_minor ? other : one));
    write(row.clock, clockWords(item)[0]);
    const begun = item.status !== "scheduled";
    write(row.home, begun ? String(item.score.home) : "");
    write(row.away, begun ? String(item.score.away) : "");
    write(row.worst, signed(deepest.worst_minor, deepest.currency));
    set(row.worst, "class", toneOf(deepest.worst_minor));
    write(row.more, `${money(deepest.stakes_minor, deepest.currency)} staked`);
    set(row.link, "aria-current", item.fixture_id === this.id ? "true" : null);
    set(row.link, "aria-label", `${matchName(item)}, worst case ${signed(deepest.worst_minor, deepest.currency)}`);
  }

  _key(event) {
    if (event.key !== "s" || event.ctrlKey || event.metaKey || event.altKey || !this.element.isConnected || !this._isMine) return;
    if (event.target.matches?.("input, textarea, select")) return;
    event.preventDefault();
    this.match.stop();
  }
}
