// Who follows somebody, and whom they follow: pages of accounts. Of one's own followers each can be removed; beside one's own follows stands whom else to follow.

import { el, fill, note, set, write } from "./dom.js";
import { signInFirst } from "./bets.js";
import { wordsOf } from "./forms.js";
import { PagedList } from "./paged_list.js";
import { avatar } from "./prose.js";
import { Suggestions } from "./suggestions.js";
import { twice } from "./twice.js";

const KINDS = { followers: "Followers", following: "Follows" };

/** The view of the two lists; `app` is what main.js put together. */
export class PeopleLists {
  constructor(app) {
    this._app = app;
    [this.handle, this.kind] = ["", "followers"];
    this.wanted = ["live"];
    this.back = el("a", {});
    this.heading = el("h1", {});
    this.kinds = Object.entries(KINDS).map(([kind, words]) => el("a", { "data-kind": kind }, words));
    this.first = el("div", {}, signInFirst("who follows whom"));
    this.told = el("div", {});
    this.list = new PagedList(app, { keyOf: (each) => each.account_id, make: (each) => this._entry(each), empty: "Nobody to see here.", limit: 50 });
    this.panel = el("section", { class: "panel", "aria-label": "Accounts" }, this.list.parts);
    this.suggestions = new Suggestions(app, "suggested-here");
    const way = el("nav", { class: "title small soft", "aria-label": "Way back" }, this.back);
    this.element = el("div", { class: "stack" }, way, el("div", { class: "title" }, this.heading, el("nav", { class: "seg", "aria-label": "Which list" }, this.kinds)), this.first, this.told, this.panel, this.suggestions.element);
    app.session.addEventListener("change", () => this.element.isConnected && this._read());
  }

  get title() {
    return `${KINDS[this.kind]} of ${this.handle}, Slipstream`;
  }

  show(route) {
    const [handle, kind] = route.id.split("/");
    if (handle !== this.handle || kind !== this.kind) this.list.forget();
    [this.handle, this.kind] = [handle, kind];
    this.told.replaceChildren();
    this._read();
  }

  update() {
    const { signedIn } = this._app.session;
    write(this.back, this.handle);
    set(this.back, "href", `/profile/${this.handle}`);
    write(this.heading, this.kind === "followers" ? `Who follows ${this.handle}` : `Whom ${this.handle} follows`);
    for (const link of this.kinds) {
      set(link, "href", `/profile/${this.handle}/${link.dataset.kind}`);
      set(link, "aria-current", link.dataset.kind === this.kind ? "page" : null);
    }
    set(this.first, "hidden", signedIn);
    set(this.panel, "hidden", !signedIn);
    if (signedIn) this.list.update();
    this.suggestions.update(signedIn && this._isOwn && this.kind === "following");
  }

  get _isOwn() {
    return this.handle.toLowerCase() === this._app.session.handle?.toLowerCase();
  }

  _read() {
    if (this._app.session.signedIn) this.list.show(`/v1/accounts/${encodeURIComponent(this.handle)}/${this.kind}`);
    if (this._isOwn && this.kind === "following") this.suggestions.read();
    this.update();
  }

  _entry(account) {
    const person = el("a", { class: "person", href: `/profile/${account.handle}` }, avatar(account.handle), el("b", {}, account.handle));
    return el("li", {}, person, this._isOwn && this.kind === "followers" ? twice("Remove", `remove ${account.handle} from your followers`, () => this._remove(account)) : null);
  }

  async _remove(account) {
    try {
      await this._app.api.remove(`/v1/followers/${account.account_id}`);
      this.list.remove(account.account_id);
      this.told.replaceChildren(note("good", "okc", `${account.handle} does not follow you any more`, "They are not told, and may follow you again."));
      document.getElementById("main").focus({ preventScroll: true });
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
    }
  }
}
