// What one account is to another: follow or ask to, answer a request, mute, block, report. Each press says what it did.

import { el, fill, icon, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { BellChoice } from "./notice_settings.js";
import { reporting } from "./reporting.js";

/** The presses on a profile. `changed()` is told when something was done. */
export class Relations {
  constructor(app, changed) {
    this._app = app;
    this._changed = changed;
    this.follow = el("button", { type: "button", class: "btn main", onclick: () => this._follow() });
    [this.mute, this.block, this.drop, this.report] = [() => this._mute(), () => this._block(), () => this._drop(), () => this._report()].map((does) => el("button", { type: "button", onclick: does }));
    this.summary = el("summary", { class: "btn" }, icon("dots"));
    this.pop = el("details", { class: "pop", onkeydown: (event) => event.key === "Escape" && this._close() }, this.summary, el("ul", { class: "menu panel" }, [this.mute, this.drop, this.block, this.report].map((press) => el("li", {}, press))));
    document.addEventListener("pointerdown", (event) => this.pop.contains(event.target) || this.pop.removeAttribute("open"));
    this.told = el("div", {});
    this.asks = el("div", {});
    this.bell = new BellChoice(app);
    this.element = el("div", { class: "do" }, this.follow, this.bell.element, this.pop);
  }

  /** Bring the presses up to date with a profile. */
  update(profile) {
    this._profile = profile;
    const { relation, handle } = profile;
    const isNew = this._of !== profile.account_id;
    this._of = profile.account_id;
    if (isNew) this.told.replaceChildren();
    const word = relation.follows ? "Following" : relation.requested ? "Requested" : profile.private ? "Ask to follow" : "Follow";
    fill(this.follow, word, () => [relation.follows ? icon("check", "sm") : null, word]);
    set(this.follow, "class", `btn ${relation.follows || relation.requested ? "" : "main"}`.trim());
    set(this.follow, "aria-pressed", String(relation.follows || relation.requested));
    set(this.follow, "hidden", relation.blocked);
    this.bell.update(profile);
    set(this.summary, "aria-label", `More about ${handle}`);
    fill(this.mute, String(relation.muted), () => (relation.muted ? "Unmute" : "Mute"));
    write(this.drop, "Remove as follower");
    write(this.report, "Report");
    set(this.drop.parentNode, "hidden", !relation.follows_you);
    fill(this.block, String(relation.blocked), () => (relation.blocked ? "Unblock" : "Block"));
    fill(this.asks, `${relation.requests_you} ${handle}`, () => (relation.requests_you ? this._request(handle) : []));
  }

  _request(handle) {
    const press = (text, does, look = "") => el("button", { type: "button", class: `btn tiny ${look}`.trim(), onclick: does }, text);
    const accept = press("Accept", () => this._do("put", "follow-requests", { requests_you: false, follows_you: true }, `${handle} follows you now`), "main");
    const decline = press("Decline", () => this._do("remove", "follow-requests", { requests_you: false }, "Declined"));
    return el("div", { class: "note", role: "status" }, icon("user"), el("p", {}, `${handle} asks to follow you`), el("div", { class: "presses" }, accept, decline));
  }

  _follow() {
    const { relation, handle } = this._profile;
    if (relation.follows || relation.requested) return this._do("remove", "follows", { follows: false, requested: false }, relation.follows ? `You no longer follow ${handle}` : "The request is withdrawn");
    return this._do("put", "follows", null, (answer) => (answer.requested ? `You asked to follow ${handle}` : `You follow ${handle}`));
  }

  _mute() {
    this._close();
    const { relation, handle } = this._profile;
    if (relation.muted) return this._do("remove", "mutes", { muted: false }, `You see ${handle} again`);
    return this._do("put", "mutes", { muted: true }, `${handle} is muted: nothing of theirs comes into your feed`, { what: "all" });
  }

  _drop() {
    this._close();
    const { handle } = this._profile;
    return this._do("remove", "followers", { follows_you: false }, `${handle} does not follow you any more`);
  }

  _block() {
    this._close();
    const { relation, handle } = this._profile;
    if (relation.blocked) return this._do("remove", "blocks", { blocked: false }, `${handle} is not blocked any more`);
    return this._do("put", "blocks", { blocked: true, follows: false, follows_you: false, requested: false }, `${handle} is blocked: neither of you sees the other`);
  }

  _report() {
    this._close();
    const { account_id, handle } = this._profile;
    const tell = (said) => (said ? this._say(said) : this.told.replaceChildren());
    tell(reporting(this._app, { account_id }, handle, tell));
  }

  _close() {
    if (!this.pop.open) return;
    this.pop.removeAttribute("open");
    this.summary.focus({ preventScroll: true });
  }

  async _do(method, what, then, said, body) {
    if (this._app.session.signedIn === false) return this._app.router.go("/sign-in");
    if (this._asking) return;
    this._asking = true;
    const profile = this._profile;
    try {
      const answer = await this._app.api[method](`/v1/${what}/${profile.account_id}`, body);
      const changes = then ?? { follows: answer.following, requested: answer.requested };
      this._say(note("good", "okc", typeof said === "function" ? said(answer) : said));
      this._changed({ ...profile, relation: { ...profile.relation, ...changes } });
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this._say(note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
  }

  _say(said) {
    this.told.replaceChildren(said);
  }
}
