// The profile of an account: who it is, its record, its slips, and what one is to the other. On one's own, the form of what others see.

import { el, fill, note, set, write } from "./dom.js";
import { bones } from "./board.js";
import { failedNote, signInFirst } from "./bets.js";
import { OwnProfile } from "./own_profile.js";
import { Relations } from "./people.js";
import { markOf, prose } from "./prose.js";
import { patchRecord, WINDOWS } from "./record.js";
import { SlipList } from "./slip_list.js";

/** The view of a profile; `app` is what main.js put together. */
export class Profile {
  constructor(app) {
    this._app = app;
    this.handle = "";
    this.window = "all";
    this._build();
    app.session.addEventListener("change", () => this.element.isConnected && this._begin());
  }

  get title() {
    return `${this.handle || "Profile"}, Slipstream`;
  }

  get wanted() {
    return ["live", ...this.slips.wanted];
  }

  /** The slips that are pushed. */
  get pushed() {
    return this.slips.pushed;
  }

  show(route) {
    if (this.handle.toLowerCase() !== route.id.toLowerCase()) this.profile = this.record = this.error = null;
    this.handle = route.id;
    this._begin();
  }

  update() {
    const { session } = this._app;
    const shown = session.signedIn && Boolean(this.profile);
    set(this.body, "hidden", !shown);
    fill(this.says, JSON.stringify([session.signedIn, this.error?.message, Boolean(this.profile), this.handle]), () => this._saying(session));
    if (shown) this._patch(this.profile, session);
  }

  _build() {
    this.says = el("div", {});
    [this.mark, this.name, this.facts, this.bio] = [el("span", { class: "avatar lg", "aria-hidden": "true" }), el("h1", { id: "profile-name" }), el("p", { class: "facts small soft" }), el("p", { class: "bio" })];
    this.relations = new Relations(this._app, (profile) => this._changed(profile));
    this.own = new OwnProfile(this._app, (changes) => this._changed({ ...this.profile, ...changes }));
    const head = el("section", { class: "panel", "aria-labelledby": "profile-name" }, el("div", { class: "head" }, this.mark, el("div", {}, this.name, this.facts, this.bio), this.relations.element, el("div", { class: "do" }, this.own.edit)));
    this.recordPlace = el("div", { class: "stack" });
    this.recordNote = el("p", { class: "end small soft only-wide" }, "Bets that were shared before they were settled. A slip can leave the feed, never the record.");
    this.slips = new SlipList(this._app, { empty: { title: "No slips to see here.", detail: "What is shared for you to see appears here." } });
    this.windows = Object.entries(WINDOWS).map(([value, words]) => el("button", { type: "button", "data-value": value, onclick: () => this._choose(value) }, words));
    const all = el("a", { class: "small soft", href: "/leaderboard" }, "Leaderboard");
    const record = [el("div", { class: "title" }, el("h2", {}, "Record"), el("div", { class: "seg", role: "group", "aria-label": "Period" }, this.windows), all, this.recordNote), this.recordPlace];
    this.shut = el("div", {});
    this.slipsTitle = el("div", { class: "title" }, el("h2", {}, "Slips"));
    this.body = el("div", { class: "stack" }, head, this.relations.told, this.relations.asks, this.own.element, ...record, this.slipsTitle, this.shut, this.slips.element);
    this.element = el("div", { class: "stack" }, this.says, this.body);
  }

  _saying(session) {
    if (!session.signedIn) return [el("h1", { class: "vh" }, "Profile"), signInFirst("this profile")];
    if (this.error?.status === 404 || this.error?.status === 422) return [el("h1", { class: "vh" }, "Profile"), note("", "void", "This profile is not there.")];
    if (this.profile) return [];
    return [el("h1", { class: "vh" }, "Profile"), this.error ? failedNote(this.error, () => this._begin()) : bones()];
  }

  _patch(profile, session) {
    const mine = profile.account_id === session.accountId;
    const named = profile.display_name || profile.handle;
    write(this.mark, profile.handle.slice(0, 2));
    set(this.mark, "class", `avatar lg ${markOf(profile.handle)}`.trim());
    write(this.name, named);
    const since = new Date(profile.registered_at).toLocaleDateString("en-GB", { month: "long", year: "numeric" });
    const { followers, following, handle } = profile;
    const more = [profile.private && "private", profile.relation.follows_you && !mine && "follows you"].filter(Boolean);
    fill(this.facts, JSON.stringify([handle, since, followers, following, more]), () => [
      `@${handle} \u00b7 since ${since} \u00b7 `,
      el("a", { href: `/profile/${handle}/followers` }, `${followers} ${followers === 1 ? "follower" : "followers"}`),
      " \u00b7 ",
      el("a", { href: `/profile/${handle}/following` }, `follows ${following}`),
      more.map((each) => ` \u00b7 ${each}`).join(""),
    ]);
    fill(this.bio, profile.bio ?? "", () => prose(profile.bio ?? ""));
    set(this.relations.element, "hidden", mine);
    for (const part of [this.own.element, this.own.edit.parentNode]) set(part, "hidden", !mine);
    if (mine) this.own.update(profile);
    else this.relations.update(profile);
    for (const pressed of this.windows) set(pressed, "aria-pressed", String(pressed.dataset.value === this.window));
    patchRecord(this.recordPlace, this.record, profile.handle);
    const shut = profile.private && !mine && !profile.relation.follows;
    fill(this.shut, `${shut} ${profile.relation.blocked} ${profile.handle}`, () => this._shut(profile, shut));
    set(this.slips.element, "hidden", shut || profile.relation.blocked);
    if (!shut && !profile.relation.blocked) this.slips.update();
  }

  _shut({ handle, relation }, shut) {
    if (relation.blocked) return note("", "noc", `You block ${handle}`, "Neither of you sees what the other shares.");
    return shut ? note("", "lock", `Only followers see the slips of ${handle}`, "Ask to follow; they answer.") : [];
  }

  _begin() {
    if (!this._app.session.signedIn) return this.update();
    this._read();
    if (this.profile) this._readSlips();
  }

  /** Take a profile as it stands after something that was done here, and read what that changes. */
  _changed(profile) {
    if (profile.account_id !== this.profile?.account_id) return;
    this.profile = profile;
    this.update();
    this._begin();
  }

  /** Show the record of another period. */
  async _choose(window) {
    this.window = window;
    this.update();
    try {
      await this._readRecord(this.profile.account_id);
    } catch (error) {
      this.error = error;
    }
    this._app.update();
  }

  async _readRecord(accountId) {
    const { window } = this;
    const record = await this._app.api.get(`/v1/accounts/${accountId}/record?window=${window}`);
    if (this.profile?.account_id === accountId && this.window === window) this.record = record;
  }

  _readSlips() {
    const { account_id, relation } = this.profile;
    this.slips.show(`/v1/accounts/${account_id}/slips`);
    if (!relation.blocked) this.slips.update();
  }

  async _read() {
    const { handle } = this;
    const { api, session } = this._app;
    try {
      const profile = await api.get(`/v1/accounts/${encodeURIComponent(handle)}`);
      if (handle !== this.handle) return;
      const isNew = !this.profile;
      [this.profile, this.error, this.handle] = [profile, null, profile.handle];
      if (isNew) this._readSlips();
      if (profile.account_id === session.accountId) this.own.read();
      await this._readRecord(profile.account_id);
    } catch (error) {
      if (handle.toLowerCase() !== this.handle.toLowerCase()) return;
      this.error = error;
      if (error.status === 404) this.profile = null;
    }
    document.title = this.element.isConnected ? this.title : document.title;
    this._app.update();
  }
}
