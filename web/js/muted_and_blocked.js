// What one does not want to see, on one page: muted accounts, threads and words, and whom one blocks. Each is taken back with a press.

import { button, el, set, write } from "./dom.js";
import { MutedWords } from "./muted_words.js";
import { dayOf } from "./names.js";
import { OwnLists } from "./own_lists.js";
import { avatar } from "./prose.js";

const untilWords = (until) => (until ? `until ${dayOf(until)}` : "for good");

/** The view of mutes and blocks; `app` is what main.js put together. */
export class MutedAndBlocked extends OwnLists {
  constructor(app) {
    super(app, { title: "Muted and blocked", what: "what you mute" });
    this.words = new MutedWords(app);
    const [accounts, threads, blocked] = this._panels();
    this.body.append(accounts, threads, this.words.element, blocked);
  }

  _panels() {
    const handleOf = ({ handle }) => el("a", { class: "person", href: `/profile/${handle}` }, avatar(handle), el("b", {}, handle));
    const accounts = this._panel("Muted accounts", "You mute nobody. The menu of a profile does it.", {
      path: "/v1/mutes",
      keyOf: ({ account_id, what }) => `${account_id} ${what}`,
      name: handleOf,
      more: ({ what, until }) => `${what === "reposts" ? "reposts, " : ""}${untilWords(until)}`,
      undo: ({ account_id, handle }) => ["Unmute", handle, `/v1/mutes/${account_id}`, `You see ${handle} again`],
    });
    const threads = this._panel("Muted threads", "You mute no thread. The menu of a slip does it.", {
      path: "/v1/muted-threads",
      keyOf: ({ slip_id }) => slip_id,
      name: (thread) => this._named(thread),
      more: ({ until }) => untilWords(until),
      undo: ({ slip_id }) => ["Unmute", "this thread", `/v1/slips/${slip_id}/mute`, "Lists show this slip again"],
    });
    const blocked = this._panel("Blocked", "You block nobody. The menu of a profile does it.", {
      path: "/v1/blocks",
      keyOf: ({ account_id }) => account_id,
      name: handleOf,
      more: () => "",
      undo: ({ account_id, handle }) => ["Unblock", handle, `/v1/blocks/${account_id}`, `${handle} is not blocked any more`],
    });
    return [accounts, threads, blocked];
  }

  _panel(heading, empty, { path, keyOf, name, more, undo }) {
    const id = heading.toLowerCase().replaceAll(" ", "-");
    const make = (item) => {
      const [text, whom, asked, said] = undo(item);
      const press = button(text, () => this._undo(list, keyOf(item), asked, said), "tiny");
      set(press, "aria-label", `${text} ${whom}`);
      return el("li", {}, el("span", {}, name(item), more(item) ? el("span", { class: "small soft" }, ` ${more(item)}`) : null), press);
    };
    const list = this._list(path, { keyOf, make, empty, limit: 50 });
    return el("section", { class: "panel", "aria-labelledby": id }, el("header", {}, el("h2", { id }, heading)), list.parts);
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
    if (await this._do(() => this._app.api.remove(path), said)) list.remove(key);
  }

  _read() {
    super._read();
    if (this._app.session.signedIn) this.words.read();
  }
}
