// The inbox: what one was told, newest first, with why; read, archived and narrowed. Beside it, what reaches one.

import { button, el, fill, hidden, icon, set, write } from "./dom.js";
import { signInFirst } from "./bets.js";
import { asOf, deliveriesOf, symbolOf } from "./deliveries.js";
import { EmailSettings } from "./email_settings.js";
import { wordsOf } from "./forms.js";
import { dayOf, timeOf } from "./names.js";
import { NoticeSettings } from "./notice_settings.js";
import { PagedList } from "./paged_list.js";

const GROUPS = { "": "All", bets: "Bets", people: "People", account: "Account" };
const GLYPHS = { bet_settled: "okc", bet_refused: "warn", bet_taken: "okc", kickoff: "live", price_alert: "bell", slip_shared: "slip", comment: "comment", reply: "comment", mention: "comment", like: "heart", repost: "repost", tail: "tail", follow: "user", follow_request: "user", money: "wallet", limits: "shield", security: "lock", moderation: "warn" };
const OF_KIND = { money: "/wallet", limits: "/account", security: "/account", moderation: "/decisions" };

/** The view of the inbox; `app` is what main.js put together. */
export class Inbox {
  constructor(app) {
    this._app = app;
    this.title = "Inbox, Slipstream";
    this.wanted = ["live"];
    this._group = "";
    this._build();
    app.session.addEventListener("change", () => this.element.isConnected && this.show());
    app.bell.addEventListener("change", () => this.element.isConnected && this._readAgain());
  }

  _build() {
    this.count = el("span", { class: "count" });
    this.groups = Object.entries(GROUPS).map(([value, words]) => el("button", { type: "button", "data-value": value, onclick: () => this._choose(value) }, words));
    this.readAll = button("Read all", () => this._mark("read", this._newest()), "plain");
    this.told = el("div", { role: "status" });
    this.list = new PagedList(this._app, {
      keyOf: ({ notice_id }) => notice_id,
      make: () => this._entry(),
      patch: (node, item) => this._patch(node, item),
      empty: "Nothing here yet. Comments, likes, bets that are settled, kick-offs of matches in open bets, prices that you wait for and slips of people whose bell is on come here.",
      limit: 30,
      place: el("ul", { class: "inbox" }),
    });
    this.settings = new NoticeSettings(this._app);
    const head = el("div", { class: "title" }, el("h1", {}, "Inbox"), this.count, el("div", { class: "seg", role: "group", "aria-label": "Shown" }, this.groups), el("div", { class: "end" }, this.readAll));
    const panel = el("section", { class: "panel clip", "aria-label": "Messages" }, this.list.parts);
    this.email = new EmailSettings(this._app);
    this.body = el("div", { class: "stack" }, this.told, panel, this.settings.element, this.email.element);
    this.first = el("div", {}, signInFirst("your inbox"));
    this.element = el("div", { class: "stack" }, head, this.email.question, this.first, this.body);
  }

  show() {
    this.told.replaceChildren();
    this.email.read();
    if (this._app.session.signedIn) {
      this._readAgain();
      this.settings.read();
    }
    this.update();
  }

  update() {
    const { session, bell } = this._app;
    set(this.first, "hidden", session.signedIn);
    set(this.body, "hidden", !session.signedIn);
    set(this.readAll, "hidden", !session.signedIn);
    for (const pressed of this.groups) set(pressed, "aria-pressed", String(pressed.dataset.value === this._group));
    write(this.count, String(bell.counts?.unread ?? ""));
    set(this.count, "hidden", !bell.counts?.unread);
    set(this.readAll, "aria-disabled", bell.counts?.unread ? null : "true");
    if (session.signedIn) this.list.update();
  }

  _choose(group) {
    this._group = group;
    this._readAgain();
    this.update();
  }

  /** Read what is there now, and say that it was seen. */
  async _readAgain() {
    await this.list.show(`/v1/notifications${this._group ? `?group=${this._group}` : ""}`);
    if (this._newest() && this.list.items?.some((item) => item.unseen)) await this._mark("seen", this._newest());
  }

  _newest() {
    return this._app.bell.counts?.newest || this.list.items?.[0]?.position || 0;
  }

  /** A notice's place in the list. Its parts stay as it changes: an open reason stays open, and the focus where it is. */
  _entry() {
    const node = el("li", {});
    node.glyph = el("span", { class: "glyph", "aria-hidden": "true" });
    node.link = el("a", { onclick: () => node.item.unread && this._mark("read", node.item.position, node.item.notice_id) });
    [node.detail, node.because, node.time] = [el("small", {}), el("div", {}), el("time", {})];
    node.why = el("button", { type: "button", class: "linkish", "aria-expanded": "false", onclick: () => this._why(node) }, "Why?");
    node.away = el("button", { type: "button", class: "linkish", onclick: () => this._archive(node.item) }, "Archive");
    const when = el("div", { class: "when" }, node.time, node.why, node.away);
    node.append(node.glyph, el("div", {}, el("p", {}, node.link), node.detail, node.because), when);
    return node;
  }

  _patch(node, item) {
    node.item = item;
    set(node, "data-unread", item.unread);
    fill(node.glyph, item.kind, () => icon(GLYPHS[item.kind] ?? "feed"));
    set(node.link, "href", hrefOf(item));
    set(node.link.parentNode, "lang", item.language ?? "en");
    fill(node.link, JSON.stringify([item.unread, item.text]), () => [item.unread ? hidden("Unread. ") : null, item.text]);
    write(node.detail, item.detail ?? "");
    set(node.detail, "hidden", !item.detail);
    set(node.time, "datetime", item.at);
    write(node.time, whenOf(item.at));
    set(node.why, "aria-label", `Why did I get this? ${item.text}`);
    set(node.away, "aria-label", `Archive: ${item.text}`);
  }

  async _why({ item, why: press, because: place }) {
    if (place.firstChild) {
      set(press, "aria-expanded", "false");
      return place.replaceChildren();
    }
    try {
      const [found, addresses] = await Promise.all([this._app.api.get(`/v1/notifications/explain?cause=${encodeURIComponent(item.notice_id)}`), this._addresses()]);
      const steps = found.steps.map(({ rule, passed, why }) => el("li", {}, icon(passed ? "check" : "cross"), el("b", {}, rule), el("span", {}, hidden(passed ? "Passed: " : "Stopped: "), why)));
      const sent = deliveriesOf(found, addresses).map(({ word, name, said }) => el("li", {}, icon(symbolOf(word)), el("b", {}, name), el("span", {}, said)));
      const then = asOf(found).map((said) => el("small", {}, said));
      place.replaceChildren(el("ol", { class: "because", "aria-label": "Why you got this" }, steps), ...then, sent.length ? el("ul", { class: "because", "aria-label": "What became of it outside this page" }, sent) : "");
      set(press, "aria-expanded", "true");
    } catch (error) {
      this._tell(error);
    }
  }

  /** The addresses that deliveries are named by; without them they are told all the same. */
  async _addresses() {
    try {
      return (await this._app.api.get("/v1/notifications/addresses")).items;
    } catch {
      return [];
    }
  }

  async _archive(item) {
    if (await this._mark("archived", item.position, item.notice_id)) {
      this.list.remove(item.notice_id);
      document.getElementById("main").focus({ preventScroll: true });
    }
  }

  /** Mark notices up to a position, or one; return whether it was done. */
  async _mark(mark, upto, noticeId = "") {
    if (!upto) return false;
    try {
      await this._app.api.put(`/v1/notifications/${mark}`, { upto, notice_id: noticeId });
    } catch (error) {
      this._tell(error);
      return false;
    }
    if (mark === "read") this.list.items = this.list.items?.map((item) => (noticeId && item.notice_id !== noticeId ? item : { ...item, unread: item.unread && item.position > upto })) ?? null;
    this._app.bell.read();
    this.list.update();
    return true;
  }

  _tell(error) {
    const { title, detail } = wordsOf(error);
    this.told.replaceChildren(el("p", { class: "note bad" }, `${title} ${detail}`.trim()));
  }
}

/** Return where a notice leads. */
function hrefOf({ kind, slip_id: slipId, bet_id: betId, fixture_id: fixtureId, people }) {
  if (slipId) return `/slips/${slipId}`;
  if (betId) return `/bets/${betId}`;
  if (fixtureId) return `/match/${fixtureId}`;
  return OF_KIND[kind] ?? (people.length ? `/profile/${people[0].handle}` : "/inbox");
}

/** Return the time of today, else the day. */
const whenOf = (at) => (dayOf(at) === dayOf(Date.now()) ? timeOf(at) : dayOf(at));
