// What one does not want to see, on one page: muted accounts, threads and words, and whom one blocks. Each is taken back with a press.

import { button, el, note, set, write } from "./dom.js";
import { signInFirst } from "./bets.js";
import { wordsOf } from "./forms.js";
import { MutedWords } from "./muted_words.js";
import { dayOf } from "./names.js";
import { PagedList } from "./paged_list.js";
import { avatar } from "./prose.js";

const untilWords = (until) => (until ? `until ${dayOf(until)}` : "for good");

/** The view of mutes and blocks; `app` is what main.js put together. */
export class MutedAndBlocked {
  constructor(app) {
    this._app = app;
    this.title = "Muted and blocked, Slipstream";
    this.wanted = ["live"];
    this.first = el("div", {}, signInFirst("what you mute"));
    this.told = el("div", {});
    this.words = new MutedWords(app);
    this._build();
    const panels = [this.accounts, this.threads, this.blocked].map(({ element }) => element);
    this.body = el("div", { class: "stack" }, this.told, panels.slice(0, 2), this.words.element, panels[2]);
    this.element = el("div", { class: "stack" }, el("h1", {}, "Muted and blocked"), this.first, this.body);
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
    if (signedIn) for (const { list } of [this.accounts, this.threads, this.blocked]) list.update();
  }

  _build() {
    const handleOf = ({ handle }) => el("a", { class: "person", href: `/profile/${handle}` }, avatar(handle), el("b", {}, handle));
    this.accounts = this._list("Muted accounts", "You mute nobody. The menu of a profile does it.", {
      path: "/v1/mutes",
      keyOf: ({ account_id, what }) => `${account_id} ${what}`,
      name: handleOf,
      more: ({ what, until }) => `${what === "reposts" ? "reposts, " : ""}${untilWords(until)}`,
      undo: ({ account_id, handle }) => ["Unmute", handle, `/v1/mutes/${account_id}`, `You see ${handle} again`],
    });
    this.threads = this._list("Muted threads", "You mute no thread. The menu of a slip does it.", {
      path: "/v1/muted-threads",
      keyOf: ({ slip_id }) => slip_id,
      name: (thread) => this._named(thread),
      more: ({ until }) => untilWords(until),
      undo: ({ slip_id }) => ["Unmute", "this thread", `/v1/slips/${slip_id}/mute`, "Lists show this slip again"],
    });
    this.blocked = this._list("Blocked", "You block nobody. The menu of a profile does it.", {
      path: "/v1/blocks",
      keyOf: ({ account_id }) => account_id,
      name: handleOf,
      more: () => "",
      undo: ({ account_id, handle }) => ["Unblock", handle, `/v1/blocks/${account_id}`, `${handle} is not blocked any more`],
    });
  }

  _list(heading, empty, { path, keyOf, name, more, undo }) {
    const id = heading.toLowerCase().replaceAll(" ", "-");
    const make = (item) => {
      const [text, whom, asked, said] = undo(item);
      const press = button(text, () => this._undo(list, keyOf(item), asked, said), "tiny");
      set(press, "aria-label", `${text} ${whom}`);
      return el("li", {}, el("span", {}, name(item), more(item) ? el("span", { class: "small soft" }, ` ${more(item)}`) : null), press);
    };
    const list = new PagedList(this._app, { keyOf, make, empty, limit: 50 });
    return { path, list, element: el("section", { class: "panel", "aria-labelledby": id }, el("header", {}, el("h2", { id }, heading)), list.parts) };
  }

  /** Return the link to a slip, which is called by its author and picks once somebody looks at it. */
  _named({ slip_id }) {
    const link = el("a", { href: `/slips/${slip_id}` }, el("b", {}, "A slip"));
    const looked = new IntersectionObserver(async ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      looked.disconnect();
      try {
        const { author, bet } = await this._app.api.get(`/v1/slips/${slip_id}`);
        write(link.firstChild, `Slip of ${author.handle}: ${bet.legs.map((leg) => leg.selection_name).join(", ")}`);
      } catch {
        // A slip that is not there any more, or cannot be read now, can be shown again all the same.
      }
    });
    looked.observe(link);
    return link;
  }

  async _undo(list, key, path, said) {
    try {
      await this._app.api.remove(path);
      list.remove(key);
      this.told.replaceChildren(note("good", "okc", said));
      document.getElementById("main").focus({ preventScroll: true });
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
    }
  }

  _read() {
    if (!this._app.session.signedIn) return this.update();
    for (const { list, path } of [this.accounts, this.threads, this.blocked]) list.show(path);
    this.words.read();
    this.update();
  }
}
