// Whom to follow: accounts that the server suggests, each with its reasons and a press that follows it.

import { button, el, icon, keyed, note, set } from "./dom.js";
import { wordsOf } from "./forms.js";
import { avatar } from "./prose.js";

const SHOWN = 5;
const EVERY_MS = 60_000;

/** A panel of suggestions; `id` is that of its heading. */
export class Suggestions {
  constructor(app, id) {
    this._app = app;
    this._items = [];
    this._readAt = -Infinity;
    this.list = el("ul", { class: "list" });
    this.told = el("div", { class: "pad-in", hidden: true });
    this.element = el("section", { class: "panel", "aria-labelledby": id, hidden: true }, el("header", {}, el("h2", { id }, "Whom to follow")), this.list, this.told);
    app.session.addEventListener("change", () => this._forget());
  }

  /** Show them if they are `wanted` here; nothing where nobody is suggested. */
  update(wanted) {
    keyed(this.list, this._items, (each) => each.account_id, (each) => this._entry(each));
    set(this.element, "hidden", !wanted || !this._items.length);
  }

  /** Read them where they are a minute old; who was followed meanwhile stays where it is until then. */
  async read() {
    const { api, session } = this._app;
    if (!session.signedIn || performance.now() - this._readAt < EVERY_MS) return;
    this._readAt = performance.now();
    const { accountId } = session;
    try {
      const { items } = await api.get(`/v1/suggestions?limit=${SHOWN}`);
      if (session.accountId === accountId) this._items = items;
      this._app.update();
    } catch {
      // Without suggestions the page is whole; they are asked for again later.
    }
  }

  _forget() {
    [this._items, this._readAt] = [[], -Infinity];
    set(this.told, "hidden", true);
  }

  _entry(account) {
    const press = button("Follow", () => this._follow(account, press), "tiny");
    set(press, "aria-label", `Follow ${account.handle}`);
    const person = el("a", { class: "person", href: `/profile/${account.handle}` }, avatar(account.handle), el("span", {}, el("b", {}, account.handle), el("small", {}, reasonsOf(account))));
    return el("li", {}, person, press);
  }

  async _follow(account, press) {
    if (press.asking) return;
    press.asking = true;
    const followed = press.getAttribute("aria-pressed") === "true";
    try {
      const path = `/v1/follows/${account.account_id}`;
      await (followed ? this._app.api.remove(path) : this._app.api.put(path));
      set(press, "aria-pressed", String(!followed));
      set(press, "aria-label", followed ? `Follow ${account.handle}` : `Following ${account.handle}`);
      press.replaceChildren(...(followed ? ["Follow"] : [icon("check", "sm"), "Following"]));
      set(this.told, "hidden", true);
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
      set(this.told, "hidden", false);
    }
    press.asking = false;
  }
}

/** Return why an account is suggested, in words. */
function reasonsOf({ followed_by, on_your_matches, strong_record }) {
  const reasons = [followed_by && `followed by ${followed_by} you follow`, on_your_matches && `${on_your_matches} ${on_your_matches === 1 ? "slip" : "slips"} on your matches`, strong_record && "strong record"];
  return reasons.filter(Boolean).join(", ");
}
