// The bet calculator: what a bet of any type returns once its legs came out. The server reckons; nothing is placed.

import { button, el, fill, keyed, set, write } from "./dom.js";
import { Problem } from "./api.js";
import { AskingForm, Unfit, choice, field, wordsOf } from "./forms.js";

const ASKED_AGAIN_MS = 2000;
const RESULTS = { won: "Won", placed: "Placed", lost: "Lost", void: "Void", half_won: "Half won", half_lost: "Half lost" };
const RULES = { "": "To win", win_to_win: "Each way, win to win and place to place", equally_divided: "Each way, divided equally at every leg" };
const NAMES = { roundrobin: "Round robin", fold: "Any number of legs in one line", superyankee: "Super yankee", superheinz: "Super heinz" };

/** Return what people call a type: "lucky15" is "Lucky 15". */
export const typeName = (type) => NAMES[type] ?? type.replace(/^./, (first) => first.toUpperCase()).replace(/(\d+)$/, " $1");

/** Return the sizes that somebody typed, such as "2, 3"; what is no number stays out and is refused by the server for want of it. */
export const foldsOf = (text) => text.split(/[\s,]+/).filter(Boolean).map(Number).filter(Number.isInteger);

/** Return the question that a form's values are: `legs` is how many rows it has. */
export function questionOf(values, legs) {
  const eachWay = Boolean(values.rule);
  const leg = (index) => {
    const at = (name) => (values[`${name}-${index}`] ?? "").trim();
    const asked = { odds: at("odds"), result: at("result"), dead_heat: at("tied") || 1, rule4_pence: Number(at("rule4") || 0) };
    return eachWay ? { ...asked, place_terms: at("terms") } : asked;
  };
  const asked = { type: values.type, unit_stake: (values.unit ?? "").trim().replace(",", "."), each_way: eachWay, legs: Array.from({ length: legs }, (_, index) => leg(index)) };
  if (eachWay) asked.each_way_rule = values.rule;
  const folds = foldsOf(values.folds ?? "");
  return folds.length ? { ...asked, folds } : asked;
}

/** The page of the calculator. */
export class Calculator {
  constructor(app) {
    this._app = app;
    this.title = "Bet calculator, Slipstream";
    this.wanted = ["live"];
    this._types = [];
    this._rows = 1;
    this.type = el("select", { name: "type", onchange: () => this._shape() });
    this.folds = field("Folds, such as 2, 3", "folds", { required: false, inputmode: "numeric", placeholder: "2, 3", autocomplete: "off" });
    this.rule = choice("To win or each way", "rule", RULES, { onchange: () => this._shape() });
    this.legs = el("ol", { class: "stack" });
    this.more = button("Add a leg", () => this._count(this._rows + 1));
    this.fewer = button("Take the last leg off", () => this._count(this._rows - 1));
    this.form = new AskingForm({
      press: "Calculate",
      keeps: true,
      fields: [
        el("label", { class: "field" }, "Type of bet", this.type),
        this.folds,
        field("Stake on each line", "unit", { inputmode: "decimal", value: "1.00", autocomplete: "off" }),
        this.rule,
        this.legs,
        el("div", { class: "presses" }, this.more, this.fewer),
      ],
      ask: (values) => this._ask(values),
    });
    const panel = el("section", { class: "panel", "aria-labelledby": "calculator-title" }, el("header", {}, el("h2", { id: "calculator-title" }, "A bet")), el("div", { class: "pad" }, this.form.element));
    this.says = el("p", { class: "soft small" }, "Nothing is placed here. Returns are the exact sum of all lines, rounded once.");
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, "Bet calculator")), this.says, panel);
    this._shape();
  }

  show() {
    this.form.hush();
    if (!this._types.length) this._read();
  }

  update() {}

  /** Read which types there are, again and again until that was told. */
  async _read() {
    if (this._reading) return;
    this._reading = true;
    try {
      this._types = (await this._app.api.get("/v1/calculator")).types;
      fill(this.type, "read", () => this._types.map(({ type }) => el("option", { value: type }, typeName(type))));
      this._shape();
    } catch (error) {
      write(this.says, `${wordsOf(error).title} The types of bet are read again.`);
      setTimeout(() => this._read(), ASKED_AGAIN_MS);
    }
    this._reading = false;
  }

  /** Have as many rows as the type takes, and the fields that it and an each-way bet need. */
  _shape() {
    const known = this._known();
    set(this.folds, "hidden", known?.type !== "roundrobin");
    const { legs_min: min, legs_max: max } = known ?? { legs_min: 1, legs_max: 1 };
    set(this.more, "hidden", min === max);
    set(this.fewer, "hidden", min === max);
    this._count(this._rows);
  }

  _known() {
    return this._types.find(({ type }) => type === this.type.value);
  }

  _isEachWay() {
    return Boolean(this.rule.querySelector("select").value);
  }

  _count(wanted) {
    const { legs_min: min, legs_max: max } = this._known() ?? { legs_min: 1, legs_max: 1 };
    this._rows = Math.min(max, Math.max(min, wanted));
    keyed(this.legs, Array.from({ length: this._rows }, (_, index) => index), String, (index) => this._leg(index), (node) => set(node.terms, "hidden", !this._isEachWay()));
  }

  _leg(index) {
    const named = (label) => `${label} of leg ${index + 1}`;
    const terms = field("Place terms", `terms-${index}`, { value: "1/5", required: false, "aria-label": named("Place terms"), autocomplete: "off" });
    const fields = el(
      "div",
      { class: "split" },
      field("Odds", `odds-${index}`, { "aria-label": named("Odds"), autocomplete: "off", placeholder: "7/2 or 4.50" }),
      choice("Result", `result-${index}`, RESULTS, { "aria-label": named("Result") }),
      terms,
      field("Tied with others", `tied-${index}`, { value: "1", required: false, "aria-label": named("Dead heat"), autocomplete: "off" }),
      field("Rule 4, pence", `rule4-${index}`, { value: "0", required: false, inputmode: "numeric", "aria-label": named("Rule 4 deduction"), autocomplete: "off" }),
    );
    const node = el("li", {}, fields);
    node.terms = terms;
    return node;
  }

  async _ask(values) {
    const known = this._known();
    if (!known) throw new Unfit("The types of bet are not read yet", "In a moment.");
    const asked = questionOf(values, this._rows);
    if (known.type !== "roundrobin") delete asked.folds;
    try {
      const { total_stake: stake, lines, returns } = await this._app.api.post("/v1/calculator", asked);
      return { title: `Returns ${returns}`, detail: `${lines} ${lines === 1 ? "line" : "lines"}, ${stake} staked in all.` };
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.slug !== "too-many-requests") throw new Unfit(error.problem.title, error.problem.detail.replace(error.problem.title, "").replace(/^\s*\(|\)$/g, ""));
      throw error;
    }
  }
}
