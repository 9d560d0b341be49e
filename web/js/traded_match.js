// One match as a trader sees it: the figures, the book's result by selection, how a market's prices went, and every market with its switch.

import { button, el, fill, icon, keyed, set, write } from "./dom.js";
import { money } from "./money.js";
import { MarketPrices } from "./market_prices.js";
import { MarketResults } from "./market_results.js";
import { PayoutLimits } from "./payout_limits.js";
import { clockWords, lineOf, marketName, matchName } from "./names.js";
import { chancePicture, resultBar, signed, toneOf } from "./trading_pictures.js";

const MARKETS_PICTURED_MAX = 6;

/** What is shown of the match that is picked. */
export class TradedMatch {
  constructor(app, acts) {
    Object.assign(this, { _app: app, _acts: acts, id: "" });
    this._build();
  }

  show(id) {
    if (this.id === id) return;
    [this.id, this._told, this._history, this._pictured] = [id, null, null, null];
  }

  /** Read what is at risk, and how the prices of the market went that is pictured. */
  async read() {
    const { id } = this;
    if (!id) return;
    const told = await this._app.api.get(`/v1/trading/exposure/${id}`);
    const market = told.markets.find((each) => each.market_id === this._pictured) ?? told.markets[0];
    const history = market ? await this._app.api.get(`/v1/trading/markets/${market.market_id}/prices?limit=200`) : null;
    if (this.id === id) [this._told, this._history, this._pictured] = [told, history, market?.market_id ?? null];
  }

  update() {
    const told = this._told;
    set(this.element, "hidden", !told);
    if (!told) return;
    const board = this._app.store.fixtures.get(this.id);
    this._markets = told.markets.map((market) => ({ ...market, ...(board?.markets?.find((each) => each.market_id === market.market_id) ?? {}), sums: market.sums, payout_minor_max: market.payout_minor_max }));
    const alive = this._markets.filter(({ status }) => ["open", "suspended"].includes(status));
    this.limits.update(this.id, alive, nameOf);
    this.prices.update(this.id, alive, nameOf);
    this.outcomes.update(told, board?.markets ?? this._markets, nameOf);
    this._patchHead(board ?? told);
    this._patchFigures(told.sums, told.payout_minor_max);
    this._patchResults();
    this._patchPrices();
    keyed(this.rows, this._markets, ({ market_id: id }) => id, (market) => this._row(market), (row, market) => this._patchRow(row, market));
    document.title = `${matchName(told)}, trading, Slipstream`;
  }

  /** Stop betting on the match, or let it go on where it is stopped. */
  stop() {
    if (!this._told) return;
    const name = matchName(this._told);
    return this._isStopped ? this._acts.reopenMatch(this.id, name) : this._acts.stop(`/v1/trading/fixtures/${this.id}`, name);
  }

  /** Whether every market that could be bet on is stopped. */
  get _isStopped() {
    const alive = (this._markets ?? []).filter(({ status }) => ["open", "suspended"].includes(status));
    return alive.length > 0 && alive.every(({ status }) => status === "suspended");
  }

  _build() {
    [this.heading, this.score, this.clock, this.tag] = [el("span", {}), el("span", { class: "num" }), el("span", { class: "clock" }), el("span", { class: "tag live only-wide" })];
    this.switch = el("button", { type: "button", class: "btn", onclick: () => this.stop() });
    this.figures = el("dl", { class: "stats panel" });
    this.results = el("div", { class: "pad" });
    this.picture = el("div", { class: "pad" });
    this.pictureName = el("h2", { id: "prices-went" });
    this.choice = el("select", { "aria-label": "Market of the picture", onchange: (event) => this._picture(event.target.value) });
    this.rows = el("tbody", {});
    const heads = [["Market", null], ["State", "only-wide"], ["Version", "n only-wide"], ["Limit", "n only-wide"], ["Staked", "n only-wide"], ["Worst case", "n"]];
    const table = el("table", { class: "data" }, el("caption", { class: "vh" }, "Markets of this match"), el("thead", {}, el("tr", {}, heads.map(([name, look]) => el("th", { scope: "col", class: look }, name)), el("th", { scope: "col" }, el("span", { class: "vh" }, "Suspend or reopen")))), this.rows);
    const title = el("div", { class: "title" }, el("h1", {}, this.heading, " ", this.score), this.clock, this.tag, el("div", { class: "end" }, this.switch));
    const bars = el("section", { class: "panel", "aria-labelledby": "if-it-ends" }, el("header", {}, el("h2", { id: "if-it-ends" }, "If it ends so"), el("span", { class: "end small soft" }, "the book\u2019s result")), this.results);
    const prices = el("section", { class: "panel", "aria-labelledby": "prices-went" }, el("header", {}, this.pictureName, el("span", { class: "end" }, this.choice)), this.picture);
    [this.limits, this.prices, this.outcomes] = [PayoutLimits, MarketPrices, MarketResults].map((Panel) => new Panel(this._app, () => this._acts.done()));
    this.element = el("div", { class: "stack" }, title, this.figures, el("div", { class: "split" }, bars, prices), el("section", { class: "panel", "aria-label": "Markets" }, table), el("div", { class: "split" }, this.prices.element, this.outcomes.element), this.limits.element);
  }

  _patchHead(fixture) {
    const begun = fixture.status !== "scheduled";
    write(this.heading, matchName(fixture));
    write(this.score, begun ? `${fixture.score.home} : ${fixture.score.away}` : "");
    write(this.clock, clockWords(fixture)[0]);
    const open = this._markets.filter(({ status }) => status === "open").length;
    write(this.tag, `${this._markets.length} markets, ${open} open`);
    const stopped = this._isStopped;
    set(this.switch, "class", stopped ? "btn" : "btn stop");
    set(this.switch, "hidden", !["scheduled", "live"].includes(fixture.status) || !this._markets.length);
    fill(this.switch, `${stopped}`, () => (stopped ? ["Reopen match ", el("kbd", { class: "only-wide", "aria-hidden": "true" }, "s")] : [icon("pause", "sm"), "Suspend match ", el("kbd", { class: "only-wide", "aria-hidden": "true" }, "s")]));
  }

  _patchFigures(sums, most) {
    const limit = most === null ? [] : [figure("Limit of the match", money(most, this._app.session.currency), "paid on a bet with a leg on it")];
    fill(this.figures, JSON.stringify([sums, most]), () => [
      ...(sums.length
        ? sums.flatMap(({ currency, bets, stakes_minor, payout_minor_max, worst_minor }) => [
            figure("Worst case", signed(worst_minor, currency), "if the dearest selection of every market wins", toneOf(worst_minor)),
            figure("Staked, open", money(stakes_minor, currency), `${bets} ${bets === 1 ? "bet" : "bets"}`),
            figure("Paid at most", money(payout_minor_max, currency), "multiples as if all their other legs won"),
          ])
        : [figure("Worst case", "\u2013", "no open bets")]),
      ...limit,
    ]);
  }

  _patchResults() {
    const shown = this._markets.filter(({ sums }) => sums.length).sort((one, other) => worstOf(one) - worstOf(other)).slice(0, MARKETS_PICTURED_MAX);
    const most = Math.max(0, ...shown.flatMap(({ sums }) => sums.flatMap(({ selections }) => selections.map(({ result_minor: minor }) => Math.abs(minor)))));
    fill(this.results, JSON.stringify(shown.map(({ market_id, sums, selections }) => [market_id, sums, selections.map(({ odds }) => odds)])), () =>
      shown.length ? shown.flatMap((market) => market.sums.flatMap((sum) => [el("h3", { class: "small soft" }, `${nameOf(market)}${market.sums.length > 1 ? `, ${sum.currency}` : ""}`), bars(market, sum, most)])) : el("p", { class: "small soft" }, "No open bets on this match."),
    );
  }

  _patchPrices() {
    const market = this._markets.find(({ market_id: id }) => id === this._history?.market_id);
    fill(this.choice, JSON.stringify(this._markets.map(nameOf)), () => this._markets.map((each) => el("option", { value: each.market_id }, nameOf(each))));
    if (market) this.choice.value = market.market_id;
    set(this.choice, "hidden", this._markets.length < 2);
    write(this.pictureName, market ? `${marketName(market.type)}, by its prices` : "Prices");
    fill(this.picture, JSON.stringify([market?.market_id, this._history?.items.at(-1)?.version]), () => (market ? chancePicture(market, this._history) : null) ?? el("p", { class: "small soft" }, "No prices yet."));
  }

  async _picture(marketId) {
    this._pictured = marketId;
    await this.read().catch(() => null);
    this._app.update();
  }

  _row(market) {
    const row = el("tr", {});
    [row.states, row.presses] = [[el("span", {}), el("span", {})], el("td", { class: "n" })];
    [row.version, row.limit, row.staked, row.worst] = [1, 2, 3, 4].map(() => el("td", { class: "n only-wide" }));
    row.append(el("th", { scope: "row" }, button(nameOf(market), () => this._picture(market.market_id), "linkish"), el("span", { class: "only-phone under" }, row.states[0])), el("td", { class: "only-wide" }, row.states[1]), row.version, row.limit, row.staked, row.worst, row.presses);
    return row;
  }

  _patchRow(row, market) {
    const name = nameOf(market);
    const [sum] = market.sums;
    const is = market.status;
    for (const place of row.states) fill(place, `${is} ${market.reason}`, () => [stateTag(market)]);
    write(row.version, market.version.toLocaleString("en-GB"));
    write(row.limit, market.payout_minor_max === null ? "\u2013" : money(market.payout_minor_max, this._app.session.currency));
    write(row.staked, market.sums.map(({ stakes_minor, currency }) => money(stakes_minor, currency)).join(", ") || "\u2013");
    write(row.worst, sum ? market.sums.map(({ worst_minor, currency }) => signed(worst_minor, currency)).join(", ") : "\u2013");
    set(row.worst, "class", `n ${sum ? toneOf(worstOf(market)) : ""}`.trim());
    fill(row.presses, is, () => {
      if (is === "open") return this._acts.stopButton(`Suspend ${name}`, () => this._acts.stop(`/v1/trading/markets/${market.market_id}`, name));
      const again = () => this._acts.reopenMarket(this._markets.find((each) => each.market_id === market.market_id), name);
      return is === "suspended" ? el("button", { type: "button", class: "btn tiny", "aria-label": `Reopen ${name}`, onclick: again }, "Reopen") : [];
    });
  }
}

function bars(market, { currency, selections }, most) {
  const named = new Map(market.selections.map((each) => [each.selection, each]));
  return el("div", { class: "expo pic" }, selections.flatMap(({ selection, result_minor: minor }) => {
    const { name, odds } = named.get(selection) ?? { name: selection, odds: null };
    return [el("span", { class: "cut", title: name }, name), el("span", { class: "soft num" }, odds ? odds : "\u2013"), resultBar(name, minor, most, currency), el("span", { class: `n ${toneOf(minor)}` }, signed(minor, currency))];
  }));
}

function stateTag({ status, reason }) {
  const words = { open: "Open", suspended: "Suspended", closed: "Closed", resulted: "Resulted" }[status] ?? status;
  return el("span", { class: `tag ${{ open: "live", suspended: "warn" }[status] ?? ""}`.trim(), title: reason ?? null }, status === "suspended" ? icon("lock", "sm") : null, words);
}

const figure = (name, value, more, tone = "") => el("div", {}, el("dt", {}, name), el("dd", { class: tone || null }, value, el("small", {}, more)));
const worstOf = (market) => Math.min(...market.sums.map(({ worst_minor: minor }) => minor));
const nameOf = (market) => `${marketName(market.type)} ${lineOf(market)}`.trim();
