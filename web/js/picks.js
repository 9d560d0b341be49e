// A pick that is typed in by hand: what one would bet, without a bet. It is shown as unverified, has no stake, and is in no record.

import { typesOf } from "./bet_types.js";
import { button, el, fill, keyed, set, write } from "./dom.js";
import { AskingForm, Unfit, area, choice, field } from "./forms.js";
import { newKey } from "./holding.js";
import { clockWords, lineOf, marketName, matchName } from "./names.js";

const LEGS_MAX = 25;
const ODDS = /^\d{1,4}([.,]\d{1,4})?$/;
const TAGS = /[^\s#,]+/gu;
let numbers = 0;

/** The form of a pick. `shared(slip)` is told what the server answered. */
export class PickForm {
  constructor(app, shared) {
    this._app = app;
    this._shared = shared;
    this._legs = [newLeg()];
    this.rows = el("ol", { class: "stack" });
    this.more = button("Add a leg", () => this._add(), "tiny");
    this.from = button("Take the picks of my slip", () => this._take(), "tiny");
    const form = new AskingForm({
      press: "Share this pick",
      look: "btn main",
      keeps: true,
      fields: [this.rows, el("div", { class: "presses" }, this.more, this.from), area("What do you say about it? (optional)", "caption", {}), field("Tags (optional)", "tags", { required: false, placeholder: "derby, underdogs", autocomplete: "off" }), choice("Who sees it", "visibility", { public: "Everybody", followers: "My followers" })],
      ask: (values) => this._share(values),
    });
    this.element = form.element;
  }

  /** Offer the matches of now. */
  update() {
    const { store, holder } = this._app;
    const fixtures = ["live", "scheduled"].flatMap((name) => store.lists[name] ?? []).map((id) => store.fixtures.get(id)).filter((fixture) => fixture?.markets?.length);
    keyed(this.rows, this._legs, ({ id }) => id, (leg) => this._row(leg), (row, leg) => this._patch(row, leg, fixtures));
    set(this.more, "hidden", this._legs.length >= LEGS_MAX);
    set(this.from, "hidden", !holder.slip.picks.length);
  }

  _row(leg) {
    const row = el("li", { class: "leg-form" });
    const changed = (name) => (event) => {
      leg[name] = event.target.value;
      if (name === "fixture") [leg.market, leg.selection] = ["", ""];
      if (name === "market") leg.selection = "";
      this.update();
    };
    const select = (label, name) => {
      row[name] = el("select", { onchange: changed(name) });
      return el("label", { class: "field" }, label, row[name]);
    };
    row.legend = el("b", { class: "small" });
    row.drop = button("Remove", () => this._drop(leg), "tiny");
    row.odds = el("input", { inputmode: "decimal", autocomplete: "off", placeholder: "2.50", value: leg.odds, oninput: changed("odds") });
    row.append(el("div", { class: "inline" }, row.legend, row.drop), select("Match", "fixture"), select("Market", "market"), select("Selection", "selection"), el("label", { class: "field" }, "Odds, decimal", row.odds));
    return row;
  }

  _patch(row, leg, fixtures) {
    const number = this._legs.indexOf(leg) + 1;
    const fixture = fixtures.find((each) => each.fixture_id === leg.fixture);
    const markets = (fixture?.markets ?? []).filter((each) => each.status === "open" || each.status === "suspended");
    const market = markets.find((each) => each.market_id === leg.market);
    write(row.legend, `Leg ${number}`);
    set(row.drop, "hidden", this._legs.length === 1);
    set(row.drop, "aria-label", `Remove leg ${number}`);
    options(row.fixture, leg.fixture, "Choose a match", fixtures.map((each) => [each.fixture_id, `${matchName(each)}, ${clockWords(each).filter(Boolean).join(" ")}`]));
    options(row.market, leg.market, "Choose a market", markets.map((each) => [each.market_id, `${marketName(each.type)} ${lineOf(each)}`.trim()]));
    options(row.selection, leg.selection, "Choose a selection", (market?.selections ?? []).map((each) => [each.selection, each.odds ? `${each.name}, ${this._app.shown(each.odds)} now` : each.name]));
    if (row.odds.value !== leg.odds) row.odds.value = leg.odds;
  }

  _add() {
    this._legs = [...this._legs, newLeg()];
    this.update();
    this.rows.lastElementChild.querySelector("select").focus({ preventScroll: true });
  }

  _drop(leg) {
    this._legs = this._legs.filter((each) => each !== leg);
    this.update();
    this.more.focus({ preventScroll: true });
  }

  /** Take what is on one's slip, at the prices that were picked. */
  _take() {
    this._legs = this._app.holder.slip.picks.map(({ fixture_id, market_id, selection, odds }) => ({ ...newLeg(), fixture: fixture_id, market: market_id, selection, odds: /^\d+(\.\d+)?$/.test(odds) ? odds : "" }));
    this.update();
    this.rows.querySelector("select").focus({ preventScroll: true });
  }

  async _share({ caption, tags, visibility }) {
    const number = this._legs.findIndex(({ market, selection }) => !market || !selection) + 1;
    if (number) throw new Unfit(`Choose the selection of leg ${number}`, "Match, market and selection.");
    const wrong = this._legs.findIndex(({ odds }) => !ODDS.test(odds.trim())) + 1;
    if (wrong) throw new Unfit(`Say the odds of leg ${wrong}`, "Decimal, for example 2.50.");
    const legs = this._legs.map(({ market, selection, odds }) => ({ market_id: market, selection, odds: odds.trim().replace(",", ".") }));
    const [type] = typesOf(legs.length);
    if (!type) throw new Unfit("The types of bet are not known yet", "Try again in a moment.");
    const body = JSON.stringify({ pick: { type, legs }, caption: caption.trim(), visibility, tags: tags.match(TAGS) ?? [] });
    if (this._sent?.body !== body) this._sent = { body, key: newKey() };
    const slip = await this._app.api.post("/v1/slips", body, { "idempotency-key": this._sent.key });
    this._sent = null;
    this._legs = [newLeg()];
    this.element.reset();
    this.update();
    this._shared(slip);
    return null;
  }
}

const newLeg = () => ({ id: (numbers += 1), fixture: "", market: "", selection: "", odds: "" });

/** Bring the options of a select up to date; what is chosen stays chosen as long as it is offered. */
function options(select, chosen, first, choices) {
  fill(select, JSON.stringify(choices), () => [["", first], ...choices].map(([value, text]) => el("option", { value }, text)));
  set(select, "disabled", !choices.length);
  if (select.value !== chosen) select.value = chosen;
}
