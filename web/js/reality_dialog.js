// The dialog of a reality check: it is over everything, keeps the focus, and goes only when it is acknowledged or the session ends.

import { button, el, note } from "./dom.js";
import { wordsOf } from "./forms.js";
import { money } from "./money.js";

/** Shows the reality check that stands. */
export class RealityDialog {
  constructor(app) {
    this._app = app;
    this._reality = app.reality;
    this.heading = el("h2", { id: "reality-heading", tabindex: "-1" }, "Reality check");
    this.says = el("p", { id: "reality-says" });
    this.sums = el("dl", {});
    this.told = el("div", {});
    const presses = [
      button("Go on", () => this._acknowledge(), ""),
      el("a", { class: "btn tiny", href: "/wallet", onclick: (event) => this._leaveFor(event, "/wallet") }, "Statement"),
      el("a", { class: "btn tiny", href: "/account", onclick: (event) => this._leaveFor(event, "/account") }, "Limits"),
      button("Sign out", () => this._signOut()),
    ];
    this._stops = presses;
    this.element = el(
      "dialog",
      { class: "reality", role: "dialog", "aria-modal": "true", "aria-labelledby": "reality-heading", "aria-describedby": "reality-says" },
      ...[this.heading, this.says, this.sums, this.told, el("div", { class: "presses" }, presses)],
    );
    this.element.addEventListener("cancel", (event) => event.preventDefault());
    this.element.addEventListener("keydown", (event) => this._key(event));
    this.element.addEventListener("close", () => this._sync());
    this._reality.addEventListener("change", () => this._sync());
  }

  _sync() {
    const { stands, found } = this._reality;
    if (!stands) return this.element.open && this.element.close();
    if (this.element.open) return;
    this.told.replaceChildren();
    this.says.textContent = `You have been signed in for ${lasted(Date.parse(found.now) - Date.parse(found.session_began_at))}.`;
    const least = found.complete ? "" : "at least ";
    const sum = (name, minor, more = "") => [el("dt", {}, name), el("dd", {}, `${more}${money(minor, found.currency)}`)];
    this.sums.replaceChildren(...sum("Staked", found.staked_minor, least), ...sum("Returned", found.returned_minor, least), ...sum(found.net_minor < 0 ? "Net loss" : "Net win", Math.abs(found.net_minor)));
    this.element.showModal();
    this.heading.focus();
  }

  /** Escape closes nothing, nor anything behind; Tab stays inside. */
  _key(event) {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    if (event.key !== "Tab") return;
    const [first, last] = [this._stops[0], this._stops.at(-1)];
    const at = this._stops.indexOf(document.activeElement);
    if (event.shiftKey ? at > 0 : at >= 0 && at < this._stops.length - 1) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }

  async _leaveFor(event, path) {
    event.preventDefault();
    event.stopPropagation();
    if (await this._acknowledge()) this._app.router.go(path);
  }

  async _acknowledge() {
    try {
      await this._reality.acknowledge();
      return true;
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
      return false;
    }
  }

  /** Sign out here whatever the server says: without an answer the session ends there by itself. */
  async _signOut() {
    try {
      await this._app.api.remove("/v1/sessions/current");
    } catch (error) {
      this._reality.error = error;
    }
    this._app.session.end();
    this._app.router.go("/");
  }
}

function lasted(ms) {
  const minutes = Math.max(1, Math.floor(ms / 60_000));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const of = (count, name) => (count ? [`${count} ${name}${count === 1 ? "" : "s"}`] : []);
  return [...of(hours, "hour"), ...of(rest, "minute")].join(" and ");
}
