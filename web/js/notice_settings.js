// What reaches one: everything, a channel, a kind, a person or a match. The narrowest that says something decides.

import { el, fill, keyed, note, set, write } from "./dom.js";
import { matchName } from "./names.js";
import { wordsOf } from "./forms.js";
import { NoticeSchedule } from "./notice_schedule.js";
import { PriceAlerts } from "./price_alerts.js";
import { PushDevices } from "./push_devices.js";

const CHANNELS = { in_app: "In app", web_push: "Push", email: "Mail" };
const PHONE = { mobile_push: "Phone" };
const BELLS = { inherit: "No bell", highlights: "Verified", all: "All slips", off: "Nothing" };
const MATCHES = { inherit: "As usual", on: "On", off: "Off" };

/** The panels of preferences; `app` is what main.js put together. */
export class NoticeSettings {
  constructor(app) {
    this._app = app;
    this._known = null;
    this._turn = 0;
    this._sending = 0;
    this._names = { ...CHANNELS };
    this.told = el("div", {});
    this.devices = new PushDevices(app, (there) => this._withPhones(there));
    this.alerts = new PriceAlerts(app);
    this.everything = toggle("Everything", (on) => this._set("app", "", "", on ? "on" : "off"));
    this.rows = el("tbody", {});
    this.heads = el("tr", {});
    const table = el("table", { class: "data matrix" }, el("caption", { class: "vh" }, "Kinds of message by channel"), el("thead", {}, this.heads), this.rows);
    const locked = el("p", { class: "small soft pad" }, "Money, security, limits and decisions always reach you. The narrowest rule wins: a person or match, then the kind, then the channel, then everything; but a match that is on sends no push or mail that you switched off. What promotes betting is sent by push or mail only where you ask for it, here.");
    this.schedule = new NoticeSchedule((path, body) => this._put(path, body), this._names);
    this.people = el("ul", { class: "list" });
    this.nobody = el("p", { class: "small soft pad" }, "The bell on the profile of somebody you follow tells you of their slips.");
    const kinds = el("section", { class: "panel", "aria-label": "Kinds and channels" }, el("header", {}, el("h3", {}, "Everything"), el("div", { class: "end" }, this.everything)), table, locked);
    const narrow = el("section", { class: "panel", "aria-labelledby": "notice-people" }, el("header", {}, el("h3", { id: "notice-people" }, "People and matches")), this.people, this.nobody);
    this.panels = el("div", { class: "stack", hidden: true }, kinds, this.schedule.element, this.devices.element, this.alerts.element, narrow); // shown once known: a switch sends what stands beside it
    this.element = el("div", { class: "stack", role: "region", "aria-labelledby": "notice-settings" }, el("div", { class: "title" }, el("h2", { id: "notice-settings" }, "What reaches you, and how")), this.told, this.panels);
  }

  /** Read them anew. An answer that something was asked after, or beside, is dropped: it would take back what was just chosen. */
  async read() {
    this.devices.read();
    this.alerts.read();
    const turn = ++this._turn;
    try {
      const known = await this._app.api.get("/v1/notifications/preferences");
      if (turn !== this._turn || this._sending) return;
      this._known = known;
      this._show();
    } catch (error) {
      this._tell(error);
    }
  }

  /** Show the settings of pushes to phones where the account has one, and those alone that it can use. */
  _withPhones(there) {
    if (there === "mobile_push" in this._names) return;
    if (there) Object.assign(this._names, PHONE);
    else delete this._names.mobile_push;
    if (this._known && !this._sending) this._show();
  }

  _show() {
    const { kinds, items, products } = this._known;
    const channels = this._known.channels.filter((channel) => channel in this._names);
    this.everything.firstChild.checked = this._of("app") !== "off";
    fill(this.heads, channels.join(), () => [el("th", { scope: "col" }, "Kind"), ...channels.map((channel) => el("th", { scope: "col" }, this._names[channel]))]);
    const whole = { kind: "", label: "All kinds", locked_in: [], default_in: channels };
    const promoted = products.map(({ product, label }) => ({ kind: product, label, level: "promotion", locked_in: [], default_in: ["in_app"] }));
    keyed(this.rows, [whole, ...kinds.filter((kind) => !kind.by_bell), ...promoted], ({ kind, level }) => `${level ?? "kind"} ${kind} ${channels.join()}`, (kind) => this._row(kind, channels), (row, kind) => this._patch(row, kind, channels));
    this.schedule.update(this._known);
    set(this.panels, "hidden", false);
    const narrow = items.filter(({ level }) => level === "author" || level === "match");
    keyed(this.people, narrow, ({ level, subject }) => `${level} ${subject}`, (item) => this._narrow(item), (node, { setting }) => (node.choice.value = setting));
    set(this.people, "hidden", !narrow.length);
    set(this.nobody, "hidden", narrow.length > 0);
  }

  _row({ kind, label, level = "kind", locked_in: locked }, channels) {
    const switches = channels.map((channel) => toggle(`${label}, ${this._names[channel]}`, (on) => (kind ? this._set(level, channel, kind, on ? "on" : "off") : this._switch(channel, on))));
    switches.forEach((each, number) => (each.firstChild.disabled = locked.includes(channels[number])));
    const row = el("tr", {}, el("th", { scope: "row" }, label), switches.map((each) => el("td", {}, each)));
    row.switches = switches;
    return row;
  }

  _patch(row, { kind, level = "kind", locked_in: locked, default_in: usual }, channels) {
    channels.forEach((channel, number) => {
      const wider = level === "kind" ? this._of("channel", channel) || this._of("app") : "";
      const setting = (kind && this._of(level, channel, kind)) || wider || (usual.includes(channel) ? "on" : "off");
      row.switches[number].firstChild.checked = locked.includes(channel) || setting === "on";
    });
  }

  /** Switch a channel off, or let its kinds be as they were chosen one by one. */
  _switch(channel, on) {
    return this._set("channel", channel, "", on ? (this._of("app") === "off" ? "on" : "inherit") : "off");
  }

  _narrow({ level, subject, setting }) {
    const name = el("a", { href: level === "match" ? `/match/${subject}` : "/inbox" }, level === "match" ? "A match" : "Somebody");
    const choices = level === "match" ? MATCHES : BELLS;
    const choice = el("select", { class: "control bellsel", "aria-label": "What of this reaches you", onchange: () => this._set(level, "", subject, choice.value) }, Object.entries(choices).map(([value, words]) => el("option", { value }, words)));
    choice.value = setting;
    const node = el("li", {}, name, choice);
    node.choice = choice;
    this._name(level, subject, name, choice);
    return node;
  }

  /** Call a person or a match by its name, once that is known. */
  async _name(level, subject, link, choice) {
    try {
      const found = await this._app.api.get(level === "match" ? `/v1/fixtures/${subject}` : `/v1/accounts/${subject}`);
      const name = level === "match" ? matchName(found) : found.handle;
      write(link, name);
      if (level === "author") set(link, "href", `/profile/${found.handle}`);
      set(choice, "aria-label", level === "match" ? `What of ${name} reaches you` : `Bell of ${name}`);
    } catch {
      // Who is not there any more can be switched all the same.
    }
  }

  _of(level, channel = "", subject = "") {
    return this._known.items.find((each) => each.level === level && each.channel === channel && each.subject === subject)?.setting ?? "";
  }

  _set(level, channel, subject, setting) {
    return this._put("preferences", { level, channel, subject, setting });
  }

  /** Send one and read all anew, once nothing else is on its way: what was read before that would show, and send, the older hours again. */
  async _put(path, body) {
    this._turn += 1;
    this._sending += 1;
    this.told.replaceChildren();
    try {
      await this._app.api.put(`/v1/notifications/${path}`, body);
    } catch (error) {
      this._tell(error);
    }
    this._sending -= 1;
    if (!this._sending) await this.read();
  }

  _tell(error) {
    const { title, detail } = wordsOf(error);
    this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
  }
}

/** Return a switch with its name. */
function toggle(name, switched) {
  const input = el("input", { type: "checkbox", role: "switch", "aria-label": name, onchange: () => switched(input.checked) });
  return el("label", { class: "switch" }, input);
}

/** The bell on somebody whom one follows: which of their slips one is told of. */
export class BellChoice {
  constructor(app) {
    this._app = app;
    this.element = el("select", { class: "control bellsel", onchange: () => this._choose() }, Object.entries(BELLS).map(([value, words]) => el("option", { value }, words)));
  }

  /** Show how it stands for a profile; it is read once for each. */
  async update({ account_id: accountId, handle, relation }) {
    set(this.element, "hidden", !relation.follows);
    if (!relation.follows || this._of === accountId) return;
    this._of = accountId;
    set(this.element, "aria-label", `Bell of ${handle}`);
    this.element.value = "inherit";
    try {
      const { items } = await this._app.api.get("/v1/notifications/preferences");
      if (this._of === accountId) this.element.value = items.find(({ level, subject }) => level === "author" && subject === accountId)?.setting ?? "inherit";
    } catch {
      this._of = null;
    }
  }

  async _choose() {
    try {
      await this._app.api.put("/v1/notifications/preferences", { level: "author", channel: "", subject: this._of, setting: this.element.value });
    } catch {
      this._of = null;
    }
  }
}
