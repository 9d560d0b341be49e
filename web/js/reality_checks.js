// Reality checks: every so often a session has to be looked at, how long it lasts and what it cost, before betting goes on.

import { el, fill } from "./dom.js";
import { AskingForm, choice } from "./forms.js";
import { keep, kept } from "./storing.js";

const TICK_MS = 1000;
const AGAIN_MS = 5000;

/**
 * When the next reality check is due, and whether one stands now. It tells "change".
 *
 * A check counts from the session's beginning or the last acknowledgement, by the server's time. One that stands is remembered on this device, so
 * that a reload shows it again and other tabs show it too; it is acknowledged once.
 */
export class RealityChecks extends EventTarget {
  constructor(api, session) {
    super();
    this._api = api;
    this._session = session;
    this._forget();
    session.addEventListener("change", () => {
      this._forget();
      this.read();
    });
    addEventListener("storage", (event) => event.key === this._name && this.read());
  }

  start() {
    this.read();
    setInterval(() => this._tick(), TICK_MS);
  }

  /** Read once, now. A trouble leaves what was known as it was. */
  async read() {
    const { token, mayAsk, staff } = this._session;
    if (!mayAsk || staff) return;
    this._askedAt = Date.now();
    try {
      const found = await this._api.get("/v1/account/reality-check");
      const costs = await this._api.get("/v1/sessions/current/costs");
      if (this._session.token === token) this._take({ ...found, ...costs });
    } catch (error) {
      if (this._session.token === token) this.error = error;
    }
  }

  /** Choose how often a check comes, in minutes; 0 is never. */
  async choose(minutes) {
    await this._api.put("/v1/account/reality-check", { interval_minutes: minutes });
    await this.read();
  }

  /** The check that stands was read: the next one counts from now. */
  async acknowledge() {
    await this._api.put("/v1/account/reality-check/acknowledgement", { counted_from: this.found.counted_from });
    keep(this._name, null);
    this.stands = false;
    this.dispatchEvent(new Event("change"));
    await this.read();
  }

  get _name() {
    return `slipstream.reality.${this._session.accountId}`;
  }

  _tick() {
    const now = Date.now();
    if (this.stands || this._dueAt === null || now < this._dueAt || now < this._askedAt + AGAIN_MS) return;
    keep(this._name, this.found.counted_from);
    this.read();
  }

  _take(found) {
    this.found = found;
    this._dueAt = found.due_at === null ? null : Date.now() + Date.parse(found.due_at) - Date.parse(found.now);
    this.stands = this._dueAt !== null && (found.due_at <= found.now || kept(this._name) === found.counted_from);
    this.dispatchEvent(new Event("change"));
  }

  _forget() {
    this.found = null;
    this.stands = false;
    this._dueAt = null;
    this._askedAt = 0;
    this.dispatchEvent(new Event("change"));
  }
}

const every = (minutes) => (minutes ? `Every ${minutes} minutes` : "Never");

/** The panel in which one chooses how often a check comes. */
export class RealityPanel {
  constructor({ reality }) {
    this._reality = reality;
    this.form = new AskingForm({
      press: "Set interval",
      fields: [choice("Show how long I am signed in and what it cost", "every", {})],
      keeps: true,
      ask: async (values) => {
        await reality.choose(Number(values.every));
        return { title: "The interval counts from now on", detail: "" };
      },
    });
    this._select = this.form.element.querySelector("select");
    this.element = el("div", { class: "form" }, el("p", { class: "small soft" }, "Betting goes on in the page once you have read it."), this.form.element);
  }

  update() {
    const { found } = this._reality;
    fill(this._select, `${found?.interval_minutes}`, () =>
      (found?.intervals_minutes ?? []).map((minutes) => el("option", { value: minutes, selected: minutes === found.interval_minutes }, every(minutes))),
    );
  }
}
