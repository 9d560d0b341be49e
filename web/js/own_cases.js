// What moderators decided about what one made, by which rule and why; each decision can be appealed once, in words of one's own.

import { el, note, set } from "./dom.js";
import { signInFirst } from "./bets.js";
import { kindWords, ruleWords, statusWords } from "./case_words.js";
import { AskingForm, area } from "./forms.js";
import { dayOf, timeOf } from "./names.js";
import { PagedList } from "./paged_list.js";

const APPEALS = { open: "You appealed. Another moderator answers.", granted: "Your appeal was granted.", declined: "Your appeal was declined." };

/** The view of decisions about one's own; `app` is what main.js put together. */
export class OwnCases {
  constructor(app) {
    this._app = app;
    this.title = "Decisions, Slipstream";
    this.wanted = ["live"];
    this.first = el("div", {}, signInFirst("what was decided about you"));
    this.told = el("div", {});
    this.list = new PagedList(app, { keyOf: ({ kind, item_id, status, appeal }) => `${kind} ${item_id} ${status} ${appeal}`, make: (item) => this._card(item), empty: "Nothing of yours was held or removed.", limit: 20, place: el("div", { class: "stack" }) });
    this.body = el("div", { class: "stack" }, this.told, this.list.parts);
    this.element = el("div", { class: "stack" }, el("h1", {}, "Decisions about what is yours"), el("p", { class: "small soft" }, "What moderators held or removed, by which rule and why. Only you see this."), this.first, this.body);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  show() {
    this.told.replaceChildren();
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    set(this.first, "hidden", signedIn);
    set(this.body, "hidden", !signedIn);
    if (signedIn) this.list.update();
  }

  _read() {
    if (this._app.session.signedIn) this.list.show("/v1/account/moderation");
    this.update();
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
        this.told.replaceChildren(note("good", "okc", "Appealed", "Another moderator than the one who decided answers."));
        this._read();
        document.getElementById("main").focus({ preventScroll: true });
        return null;
      },
    });
    return form.element;
  }
}
