// How markets came out, as traders say it: by the score, void, on another score, or as before. A second trader approves.

import { el, set } from "./dom.js";
import { AskingForm, Unfit, choice, choices, field } from "./forms.js";

const SCORE = /^(\d{1,3})\s*[-:]\s*(\d{1,3})$/;
const WHATS = {
  score: ["Came out, by the score of the match", ["order"], ["open", "suspended", "closed"]],
  void: ["Is void", ["reason"], ["open", "suspended", "closed"]],
  correction: ["Came out otherwise: correct it", ["goals", "half", "sets", "order", "reason"], ["resulted"]],
  back: ["Was a mistake: take the last result back", ["reason"], ["resulted"]],
};
/** Fields that only some sports have. */
const OF_SPORT = { goals: (sport) => sport !== "racing", half: (sport) => sport === "football", sets: (sport) => sport === "tennis", order: (sport) => sport === "racing" };

/** The panel of results of a match; `done()` is called when one was proposed. */
export class MarketResults {
  constructor(app, done) {
    this._app = app;
    this._done = done;
    this.market = choice("Market", "of", {}, { onchange: () => this._patch() });
    this.what = choice("What became of it", "what", {}, { onchange: () => this._patch() });
    const text = (words, name, placeholder) => field(words, name, { autocomplete: "off", required: false, placeholder });
    this.fields = {
      goals: text("Score of regular time", "goals", "2-1"),
      half: text("Half time, where a market asks for it", "half", "1-0"),
      sets: text("Games of each set", "sets", "6-4 3-6 7-6"),
      order: text("As they finished, = where they tied", "order", "First, Second = Third"),
      reason: field("Why", "why", { autocomplete: "off", required: false, maxlength: 120 }),
    };
    this.form = new AskingForm({ press: "Propose", fields: [this.market, this.what, ...Object.values(this.fields)], ask: (values) => this._ask(values), keeps: true });
    const why = "Another trader sees what it would pay and take back, and approves. What was settled by a result before is settled anew.";
    this.element = el("section", { class: "panel", "aria-labelledby": "market-results" }, el("header", {}, el("h2", { id: "market-results" }, "Results")), el("div", { class: "pad" }, el("p", { class: "small soft" }, why), this.form.element));
  }

  update({ fixture_id: id, sport }, markets, nameOf) {
    set(this.element, "hidden", !markets.length);
    this.form.about(id);
    this._sport = sport;
    this._markets = new Map(markets.map((market) => [market.market_id, market]));
    choices(this.market, markets.map((market) => [market.market_id, `${nameOf(market)}${market.status === "resulted" ? ", resulted" : ""}`]));
    this._patch();
  }

  _patch() {
    const { status } = this._chosen ?? { status: "" };
    choices(this.what, Object.entries(WHATS).filter(([, [, , statuses]]) => statuses.includes(status)).map(([key, [words]]) => [key, words]));
    const [, asked] = WHATS[this.what.querySelector("select").value] ?? ["", []];
    for (const [name, label] of Object.entries(this.fields)) set(label, "hidden", !asked.includes(name) || !(OF_SPORT[name]?.(this._sport) ?? true));
  }

  get _chosen() {
    return this._markets?.get(this.market.querySelector("select").value);
  }

  async _ask({ of, what, goals, half, sets, order, why }) {
    const path = `/v1/trading/markets/${of}`;
    const { selections } = this._markets.get(of);
    const finish = this._sport === "racing" && order.trim() ? { order: orderOf(order, selections) } : {};
    if (what !== "score" && !why.trim()) throw new Unfit("Say why", "It is kept with the result.");
    const asks = {
      score: () => this._app.api.put(`${path}/result`, finish),
      void: () => this._app.api.put(`${path}/result`, { void_reason: why }),
      correction: () => this._app.api.put(`${path}/correction`, { ...this._scores(goals, half, sets), ...finish, reason: why }),
      back: () => this._app.api.put(`${path}/taking-back`, { reason: why }),
    };
    const { proposal_id: proposed } = await asks[what]();
    this._done();
    return proposed ? { title: "Proposed", detail: "Another trader approves it." } : { title: "It came out so already", detail: "" };
  }

  _scores(goals, half, sets) {
    if (this._sport === "racing") return { home: 0, away: 0 };
    const games = sets.trim().split(/[\s,;]+/).filter(Boolean).map((each) => scoreOf(each, "6-4 3-6 7-6"));
    return { ...scoreOf(goals, "2-1"), ...(half.trim() ? { half_time: scoreOf(half, "1-0") } : {}), ...(games.length ? { sets: games } : {}) };
  }
}

function scoreOf(text, example) {
  const found = SCORE.exec(text.trim());
  if (!found) throw new Unfit("That is no score", `For example ${example}.`);
  return { home: Number(found[1]), away: Number(found[2]) };
}

/** Runners as they were typed, those that tied together; each by its name. */
function orderOf(text, selections) {
  const keys = new Map(selections.map(({ selection, name }) => [name.toLowerCase(), selection]));
  return text.split(",").map((place) => place.split("=").map((name) => {
    const key = keys.get(name.trim().toLowerCase());
    if (!key) throw new Unfit(`There is no runner ${name.trim()}`, "Write the names as the race has them.");
    return key;
  }));
}
