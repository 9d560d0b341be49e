// My bets: open and settled, each by selection, market and match; and the page of one bet.

import { button, el, fill, hidden, icon, note, set, write } from "./dom.js";
import { nameOf } from "./bet_types.js";
import { bones } from "./board.js";
import { dayOf, marketName, standing as matchStanding, timeOf } from "./names.js";
import { money } from "./money.js";
import { CashOut } from "./cash_out.js";
import { Sharing } from "./sharing.js";
import { stakeName, togetherWords } from "./slip_words.js";
import { troubleWords } from "./connection.js";
import { marketsIn } from "./ways.js";

const RESULTS = { open: ["wait", ""], won: ["check", "won"], placed: ["check", "won"], lost: ["cross", "lost"], void: ["void", ""], half_won: ["check", "won"], half_lost: ["cross", "lost"], dead_heat: ["check", "won"] };

/** Return a bet in short: {name, what, words, tone}. */
export function betWords(app, bet) {
  const legs = bet.legs.map((leg) => app.naming.of(leg));
  const names = legs.map((leg) => leg?.selection ?? "\u2026");
  const single = legs.length === 1;
  const kind = `${nameOf(bet.type, marketsIn(bet.legs))}${bet.each_way ? ", each way" : ""}`;
  const name = single ? `${names[0]}${bet.each_way ? ", each way" : ""}` : `${kind}: ${names.join(", ")}`;
  const where = (leg) => (leg ? [leg.type && marketName(leg.type), leg.match].filter(Boolean).join(single ? " \u00b7 " : ", ") : "\u2026");
  const what = legs.map(where).join(" \u00b7 ");
  return { name, what, ...statusWords(bet) };
}

function statusWords(bet) {
  const returned = money(bet.returns_minor ?? 0, bet.currency);
  const cashed = bet.cashed_out_minor ? `, ${money(bet.cashed_out_minor, bet.currency)} cashed out` : "";
  if (bet.status === "cashed_out") return { words: `cashed out for ${returned}`, tone: "" };
  if (bet.status === "pending" && bet.referred) return { words: `with the trader until ${timeOf(bet.pending_until, true)}`, tone: "" };
  if (bet.status === "pending") return { words: `pending until ${timeOf(bet.pending_until, true)}`, tone: "" };
  if (bet.status === "refused") return { words: `not placed, ${returned} came back. ${bet.reason_title}`, tone: "" };
  if (bet.status === "open") return { words: `returns ${money(bet.potential_returns_minor, bet.currency)}${cashed}`, tone: "" };
  if (bet.status === "won") return { words: `won, returned ${returned}`, tone: "won" };
  if (bet.status === "lost") return { words: "lost", tone: "lost" };
  if (bet.status === "void" && bet.free_bet_id) return { words: "void, free bet given back", tone: "" };
  if (bet.status === "void") return { words: `void, returned ${returned}`, tone: "" };
  return { words: `${bet.status.replaceAll("_", " ")}, returned ${returned}`, tone: "" };
}

/** Return the entry of a bet in a list. */
export function betEntry(app, bet) {
  const { name, what, words, tone } = betWords(app, bet);
  return el(
    "li",
    {},
    el("b", {}, el("a", { href: `/bets/${bet.bet_id}` }, name)),
    el("span", {}, `${bet.free_bet_id ? "Free bet " : bet.bonus_id ? "Bonus " : ""}${money(bet.stake_minor, bet.currency)} at ${app.shown(bet.odds)}`),
    el("small", {}, what),
    el("small", { class: tone }, words),
  );
}

/** The panel of open bets beside the board. */
export class OpenBets {
  constructor(app, root) {
    this._app = app;
    this.count = el("span", { class: "count quiet" });
    this.list = el("ul", { class: "mine" });
    this.panel = el("section", { class: "panel", "aria-labelledby": "mine-title", hidden: true }, el("header", {}, el("h2", { id: "mine-title" }, "Open bets"), this.count, el("a", { class: "end small soft", href: "/bets" }, "All bets")), this.list);
    root.append(this.panel);
  }

  update() {
    const { wallet, session, settings } = this._app;
    const open = wallet.open ?? [];
    set(this.panel, "hidden", !session.signedIn || !open.length);
    write(this.count, String(open.length));
    const shown = open.slice(0, 4);
    const key = JSON.stringify([shown.map((bet) => [bet.bet_id, bet.status, nameOf(bet.type, marketsIn(bet.legs)), this._app.naming.of(bet.legs[0])?.match]), settings.odds]);
    fill(this.list, key, () => shown.map((bet) => betEntry(this._app, bet)));
  }
}

/** The page of all bets. */
export class Bets {
  constructor(app) {
    this._app = app;
    this.title = "My bets, Slipstream";
    this.wanted = ["live"];
    this.which = "open";
    this._pages = { open: null, settled: null };
    this.tabs = ["open", "settled"].map((which) => el("button", { type: "button", onclick: () => this._choose(which) }, which === "open" ? "Open" : "Settled"));
    this.says = el("div", {});
    this.list = el("ul", { class: "mine" });
    this.more = button("Show more", () => this._read(this._pages[this.which]?.next), "");
    this.panel = el("section", { class: "panel", "aria-label": "Bets" }, this.list);
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, "My bets"), el("div", { class: "seg", role: "group", "aria-label": "Which" }, this.tabs), el("a", { class: "end small", href: "/calculator" }, "Bet calculator")), this.says, this.panel, this.more);
    app.wallet.addEventListener("change", () => this.element.isConnected && this._refresh());
  }

  show() {
    this._pages = { open: null, settled: null };
    this._read();
  }

  update() {
    const { session, settings } = this._app;
    const page = this._pages[this.which];
    ["open", "settled"].forEach((which, index) => set(this.tabs[index], "aria-pressed", String(which === this.which)));
    const items = page?.items ?? [];
    set(this.panel, "hidden", !items.length);
    set(this.more, "hidden", !page?.next);
    const key = JSON.stringify([this.which, settings.odds, items.map((bet) => [bet.bet_id, nameOf(bet.type, marketsIn(bet.legs)), bet.status, bet.legs.map((leg) => this._app.naming.of(leg)?.match)])]);
    fill(this.list, key, () => items.map((bet) => betEntry(this._app, bet)));
    fill(this.says, JSON.stringify([session.signedIn, this.which, page === null, items.length, this.error?.message]), () => this._saying(session, page, items));
  }

  _saying(session, page, items) {
    if (!session.signedIn) return signInFirst("your bets");
    if (this.error && !page) return failedNote(this.error, () => this._read());
    if (!page) return bones();
    if (items.length) return [];
    return el("div", { class: "panel" }, el("div", { class: "pad" }, el("p", {}, this.which === "open" ? "No open bets." : "No settled bets yet."), el("p", { class: "soft small" }, "Choose a price on the board; what you bet on appears here.")));
  }

  _choose(which) {
    this.which = which;
    this.update();
    if (!this._pages[which]) this._read();
  }

  _refresh() {
    if (this.which === "open" && this._pages.open && !this._pages.open.next) this._read();
  }

  async _read(cursor = null) {
    const { api, session } = this._app;
    const which = this.which;
    if (!session.signedIn) return this.update();
    try {
      const found = await api.get(`/v1/bets?status=${which}&limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      this.error = null;
      this._pages[which] = { items: [...(cursor ? this._pages[which].items : []), ...found.items], next: found.next_cursor };
    } catch (error) {
      this.error = error;
    }
    this.update();
  }
}

/** The page of one bet. */
export class BetDetail {
  constructor(app) {
    this._app = app;
    this.title = "Bet, Slipstream";
    this.wanted = ["live"];
    this.body = el("div", { class: "stack" });
    this.cashOut = new CashOut(app, () => this._read());
    this.sharing = new Sharing(app);
    this.element = el("div", { class: "stack" }, el("nav", { class: "title small soft", "aria-label": "Way back" }, el("a", { href: "/bets" }, "My bets")), this.body, this.cashOut.element, this.sharing.element);
    app.wallet.addEventListener("change", () => this.element.isConnected && ["pending", "open"].includes(this.bet?.status) && this._read());
  }

  show(route) {
    if (this.id !== route.id) this.bet = this.error = null;
    this.id = route.id;
    this._read();
  }

  update() {
    const { session, settings } = this._app;
    const { bet, error } = this;
    const live = bet?.legs.map((leg) => this._leg(leg).where).join();
    const own = bet?.free_bet_id ? null : bet;
    this.sharing.update(bet?.bonus_id ? null : own);
    this.cashOut.update(session.signedIn ? own : null);
    fill(this.body, JSON.stringify([session.signedIn, bet, bet && nameOf(bet.type, marketsIn(bet.legs)), error?.message, live, settings.odds]), () => {
      if (!session.signedIn) return signInFirst("this bet");
      if (error?.status === 404 || error?.status === 422) return note("", "void", "This bet is not there.");
      if (error && !bet) return failedNote(error, () => this._read());
      return bet ? this._ticket(bet) : bones();
    });
  }

  async _read() {
    const { id } = this;
    if (!this._app.session.signedIn) return this.update();
    try {
      const bet = await this._app.api.get(`/v1/bets/${id}`);
      if (id === this.id) [this.bet, this.error] = [bet, null];
    } catch (error) {
      if (id === this.id) this.error = error;
    }
    this.update();
  }

  _leg(leg) {
    const found = this._app.naming.of(leg);
    const fixture = found && this._app.store.fixtures.get(found.fixture_id);
    return { found, where: fixture ? matchStanding(fixture) : "" };
  }

  _ticket(bet) {
    const { words, tone } = betWords(this._app, bet);
    const row = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
    const result = { won: "won", lost: "lost", void: "void" }[bet.status];
    return [
      el("h1", {}, `${nameOf(bet.type, marketsIn(bet.legs))} at ${this._app.shown(bet.odds)}`),
      el(
        "article",
        { class: "ticket", "data-result": result, "aria-label": "Bet" },
        el("header", {}, el("b", {}, `${nameOf(bet.type, marketsIn(bet.legs))}${bet.each_way ? ", each way" : ""}`), el("span", { class: "num" }, `at ${this._app.shown(bet.odds)}`), el("span", { class: "end" }, money(bet.stake_minor, bet.currency))),
        el("ul", {}, bet.legs.map((leg) => this._ticketLeg(leg))),
        el("p", { class: "result" }, el("span", {}, bet.status === "open" ? "Open" : words), el("span", { class: `end ${tone}` }, bet.status === "open" ? words : "")),
      ),
      el(
        "dl",
        { class: "sums panel pad-in" },
        row(stakeName(bet), money(bet.stake_minor, bet.currency)),
        ...(bet.same_game ?? []).map((group) => row(togetherWords(group), `at ${this._app.shown(group.odds)}`)),
        row(["pending", "refused"].includes(bet.status) ? "Asked for" : "Struck", `${timeOf(bet.placed_at, true)}, ${dayOf(bet.placed_at)}`),
        row(["pending", "open"].includes(bet.status) ? "Returns if it wins" : "Returned", money(bet.returns_minor ?? bet.potential_returns_minor, bet.currency)),
        bet.settled_at ? row("Settled", `${timeOf(bet.settled_at, true)}, ${dayOf(bet.settled_at)}`) : "",
        row("Number", el("span", { class: "ids" }, bet.bet_id)),
      ),
    ];
  }

  _ticketLeg(leg) {
    const { found, where } = this._leg(leg);
    const [symbol, tone] = RESULTS[leg.result] ?? RESULTS.open;
    const match = found && !found.lost ? el("a", { href: `/match/${found.fixture_id}` }, found.match) : (found?.match ?? "\u2026");
    return el(
      "li",
      { class: "tleg" },
      icon(symbol, tone),
      el("span", {}, el("b", {}, found?.selection ?? "\u2026"), " ", el("span", { class: "soft" }, found?.type ? marketName(found.type) : "")),
      el("span", { class: "odds" }, hidden(leg.struck_odds ? "paid at " : "taken at "), this._app.shown(leg.odds)),
      el("span", { class: "sub" }, match, where ? ` \u00b7 ${where}` : "", leg.result === "open" ? "" : ` \u00b7 ${leg.result.replaceAll("_", " ")}`, leg.struck_odds ? ` \u00b7 taken at ${this._app.shown(leg.struck_odds)}, an obvious error: the right odds are paid` : ""),
    );
  }
}

/** Return what stands where only somebody who is signed in sees something. */
export const signInFirst = (what) => note("", "user", `Sign in to see ${what}`, "New here? An account takes a minute.", el("a", { class: "btn tiny main", href: "/sign-in" }, "Sign in"));

/** Return a trouble in words with a button to try again. */
export function failedNote(error, again) {
  const { title, detail } = troubleWords(error);
  return note("bad", "warn", title, detail, button("Try again", again), "alert");
}
