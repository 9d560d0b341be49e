// A page of lists of what is one's own: who is signed out is asked to sign in, and what was done is said above the lists.

import { el, note, set } from "./dom.js";
import { signInFirst } from "./bets.js";
import { wordsOf } from "./forms.js";
import { PagedList } from "./paged_list.js";

/** The view that others build on; `app` is what main.js put together, `what` is what one signs in for. Lists go into `body`. */
export class OwnLists {
  constructor(app, { title, heading = title, about = null, what }) {
    this._app = app;
    this._lists = [];
    this.title = `${title}, Slipstream`;
    this.wanted = ["live"];
    this.first = el("div", {}, signInFirst(what));
    this.told = el("div", {});
    this.body = el("div", { class: "stack" }, this.told);
    this.element = el("div", { class: "stack" }, el("h1", {}, heading), about && el("p", { class: "small soft" }, about), this.first, this.body);
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
    if (signedIn) for (const { list } of this._lists) list.update();
  }

  /** Return a list of what is at an address; `how` is as `PagedList` takes it. */
  _list(path, how) {
    const list = new PagedList(this._app, how);
    this._lists.push({ path, list });
    return list;
  }

  _read() {
    if (this._app.session.signedIn) for (const { list, path } of this._lists) list.show(path);
    this.update();
  }

  /** Do something and say so; return whether it was done. What was pressed may be gone then, so the focus goes to the page. */
  async _do(asks, title, detail) {
    try {
      await asks();
    } catch (error) {
      const words = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", words.title, words.detail, null, "alert"));
      return false;
    }
    this._done(title, detail);
    return true;
  }

  _done(title, detail) {
    this.told.replaceChildren(note("good", "okc", title, detail));
    document.getElementById("main").focus({ preventScroll: true });
  }
}
