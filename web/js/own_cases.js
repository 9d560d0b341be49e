// What moderators decided about what one made, by which rule and why; each decision can be appealed once, in words of one's own.

import { el } from "./dom.js";
import { kindWords, ruleWords, statusWords } from "./case_words.js";
import { AskingForm, area } from "./forms.js";
import { dayOf, timeOf } from "./names.js";
import { OwnLists } from "./own_lists.js";

const APPEALS = { open: "You appealed. Another moderator answers.", granted: "Your appeal was granted.", declined: "Your appeal was declined." };
const ABOUT = "What moderators held or removed, by which rule and why. Only you see this.";
const keyOf = ({ kind, item_id, status, appeal }) => `${kind} ${item_id} ${status} ${appeal}`;

/** The view of decisions about one's own; `app` is what main.js put together. */
export class OwnCases extends OwnLists {
  constructor(app) {
    super(app, { title: "Decisions", heading: "Decisions about what is yours", about: ABOUT, what: "what was decided about you" });
    const how = { keyOf, make: (item) => this._card(item), empty: "Nothing of yours was held or removed.", limit: 20, place: el("div", { class: "stack" }) };
    this.body.append(...this._list("/v1/account/moderation", how).parts);
  }

  _card(item) {
    const { kind, slip_id, status, rule, reason, decided_at, until, appeal, answer } = item;
    const name = `Your ${kindWords(kind).toLowerCase()}: ${statusWords(kind, status)}`;
    const head = el("header", {}, el("h2", {}, name), el("span", { class: "end small soft" }, `${timeOf(decided_at)}, ${dayOf(decided_at)}`));
    const link = slip_id ? el("p", { class: "small" }, el("a", { href: `/slips/${slip_id}` }, kind === "slip" ? "Open the slip" : "Open its slip")) : null;
    const lines = [
      el("p", {}, rule ? `By the rule: ${ruleWords(rule)}. ` : "", reason),
      until ? el("p", {}, `Until ${timeOf(until)}, ${dayOf(until)}.`) : null,
      appeal ? el("p", {}, APPEALS[appeal] ?? appeal, answer ? ` ${answer}` : "") : null,
    ];
    const form = appeal === null && status !== "released" ? this._form(item) : null;
    return el("article", { class: "panel", "aria-label": name }, head, el("div", { class: "pad" }, lines, link, form));
  }

  _form({ kind, item_id }) {
    const form = new AskingForm({
      press: "Appeal",
      keeps: true,
      fields: [area("What do you say to it? Once, up to 1,000 characters", "text", { required: true })],
      ask: async ({ text }) => {
        await this._app.api.put(`/v1/account/moderation/${kind}/${item_id}/appeal`, { text });
        this._read();
        this._done("Appealed", "Another moderator than the one who decided answers.");
        return null;
      },
    });
    return form.element;
  }
}
