// The page of moderators: what was reported, held or appealed and waits, oldest first, with a decision and its reason beside each.

import { button, el, fill, note, set } from "./dom.js";
import { signInFirst } from "./bets.js";
import { RULED, actionsOf, kindWords, reportsWords, ruleWords, statusWords } from "./case_words.js";
import { AskingForm, choice, field } from "./forms.js";
import { dayOf, timeOf } from "./names.js";
import { PagedList } from "./paged_list.js";
import { prose } from "./prose.js";
import { REASONS } from "./reporting.js";

const DAY_MS = 24 * 3600 * 1000;
const DAYS = { 1: "For a day", 7: "For 7 days", 30: "For 30 days", 365: "For a year" };
const GRANTS = { true: "Grant: show it again", false: "Decline" };

/** The view of what waits; `app` is what main.js put together. */
export class ModerationQueue {
  constructor(app) {
    this._app = app;
    this.title = "Moderation, Slipstream";
    this.wanted = ["live"];
    this.says = el("div", {});
    this.told = el("div", {});
    this.list = new PagedList(app, { keyOf: ({ kind, item_id, status, appealed }) => `${kind} ${item_id} ${status} ${appealed}`, make: (item) => this._card(item), patch: patchCard, empty: "Nothing waits.", limit: 20, place: el("div", { class: "stack" }) });
    this.again = button("Look again", () => this._read(), "tiny");
    this.body = el("div", { class: "stack" }, this.told, this.list.parts);
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, "Moderation"), el("div", { class: "end" }, this.again)), this.says, this.body);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get _isMine() {
    return this._app.session.roles.includes("moderator");
  }

  show() {
    this.told.replaceChildren();
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    fill(this.says, `${signedIn} ${this._isMine}`, () => (!signedIn ? signInFirst("what waits for moderators") : this._isMine ? [] : note("", "lock", "This page is for moderators.", "Report a slip, a comment or an account from its menu.")));
    for (const part of [this.body, this.again]) set(part, "hidden", !this._isMine);
    if (this._isMine) this.list.update();
  }

  _read() {
    if (this._isMine) this.list.show("/v1/moderation/queue");
    this.update();
  }

  _card(item) {
    const { kind, author, text, appeal_text, appealed } = item;
    const card = el("article", { class: "panel", "aria-label": `${kindWords(kind)} of ${author.handle}` });
    card.facts = el("span", { class: "end small soft" });
    card.reports = el("p", { class: "small soft" });
    const whose = el("h2", {}, `${kindWords(kind)} of `, el("a", { href: `/profile/${author.handle}` }, author.handle));
    const where = item.slip_id ? el("p", { class: "small" }, el("a", { href: `/slips/${item.slip_id}` }, kind === "slip" ? "Open the slip" : "Open its slip")) : null;
    const said = kind === "account" ? null : el("blockquote", {}, text === null ? el("i", { class: "soft" }, "It has no text, or none that can be read any more.") : prose(text));
    const appeal = appealed ? el("div", { class: "note", role: "note" }, el("p", {}, el("b", {}, `${author.handle} appeals: `), prose(appeal_text ?? "This text can no longer be read."))) : null;
    card.append(el("header", {}, whose, card.facts), el("div", { class: "pad" }, said, card.reports, where, appeal, appealed ? this._appealForm(item) : this._decisionForm(item)));
    return card;
  }

  _decisionForm(item) {
    const actions = actionsOf(item);
    const rule = choice("By which rule", "rule", REASONS, {});
    const days = choice("How long", "days", DAYS, {});
    const look = (action) => {
      set(rule, "hidden", !RULED.has(action));
      set(days, "hidden", item.kind !== "account" || action !== "hold");
    };
    const action = choice("Decision", "action", actions, { onchange: (event) => look(event.target.value) });
    look(Object.keys(actions)[0]);
    const form = new AskingForm({
      press: "Decide",
      keeps: true,
      fields: [action, rule, days, field("Reason", "reason", { maxlength: 200, autocomplete: "off" })],
      more: el("p", { class: "small soft" }, "The author reads it, unless reports are dismissed or the account is shadowed."),
      ask: (values) => this._decide(item, values),
    });
    return form.element;
  }

  async _decide(item, values) {
    const { action, reason } = values;
    const until = item.kind === "account" && action === "hold" ? new Date(Date.now() + Number(values.days) * DAY_MS).toISOString() : null;
    await this._app.api.put(`/v1/moderation/cases/${item.kind}/${item.item_id}/decision`, { action, reason, ...(RULED.has(action) ? { rule: values.rule } : {}), ...(until ? { until } : {}) });
    this._done(item, actionsOf(item)[action]);
  }

  _appealForm(item) {
    const form = new AskingForm({
      press: "Answer the appeal",
      keeps: true,
      fields: [choice("Answer", "granted", GRANTS, {}), field("Reason, which the author reads", "reason", { maxlength: 200, autocomplete: "off" })],
      ask: async ({ granted, reason }) => {
        await this._app.api.put(`/v1/moderation/cases/${item.kind}/${item.item_id}/appeal`, { granted: granted === "true", reason });
        this._done(item, GRANTS[granted]);
      },
    });
    return form.element;
  }

  _done({ kind, item_id, status, appealed, author }, words) {
    this.list.remove(`${kind} ${item_id} ${status} ${appealed}`);
    this.told.replaceChildren(note("good", "okc", `Decided: ${words}`, `${kindWords(kind)} of ${author.handle}.`));
    document.getElementById("main").focus({ preventScroll: true });
  }
}

/** Bring what changes while a case waits up to date; what is being typed stays. */
function patchCard(card, { kind, status, rule, waits_since, reasons, reports, shadowed }) {
  const stands = [status === "open" ? "" : statusWords(kind, status), rule && `by ${ruleWords(rule)}`, shadowed && "shadowed", `waits since ${timeOf(waits_since)}, ${dayOf(waits_since)}`].filter(Boolean).join(" \u00b7 ");
  fill(card.facts, stands, () => stands);
  const told = reports ? `Reported: ${reportsWords(reasons)}` : "Nobody reported it.";
  fill(card.reports, told, () => told);
}
