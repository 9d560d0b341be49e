// Like, repost and save below a slip: pressed at once, sent after each other, taken back where the server refuses.

import { el, icon, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";

const KINDS = {
  like: { name: "Like", symbol: "heart", count: "likes", given: "liked" },
  repost: { name: "Repost", symbol: "repost", count: "reposts", given: "reposted", look: "line" },
  save: { name: "Save", symbol: "save", count: null, given: "saved" },
};

/** The three presses of a slip. `tell(note)` shows what went wrong. */
export class Reactions {
  constructor(app, slipId, tell) {
    this._app = app;
    this._slipId = slipId;
    this._tell = tell;
    this._kinds = Object.entries(KINDS).map(([kind, is]) => this._make(kind, is));
    [this.like, this.repost, this.save] = this._kinds.map(({ button }) => button);
  }

  /** Take a slip as it was read; `readAt` is when it was asked for, so that no older answer takes a press back. */
  take(slip, readAt) {
    for (const each of this._kinds) {
      if (each.asking || readAt < each.answeredAt) continue;
      each.stands = each.wanted = slip[each.is.given];
      each.others = (each.is.count ? slip[each.is.count] : 0) - Number(each.stands);
    }
    const open = slip.visibility === "public" || this._kinds[1].stands;
    set(this.repost, "hidden", !open);
    for (const each of this._kinds) this._show(each);
  }

  _make(kind, is) {
    const figure = el("span", {});
    const button = el("button", { type: "button", class: `act ${is.look ?? ""}`.trim() }, icon(is.symbol), figure);
    const made = { kind, is, button, figure, stands: false, wanted: false, others: 0, asking: false, answeredAt: -Infinity };
    button.addEventListener("click", () => this._press(made));
    return made;
  }

  _show({ is, button, figure, wanted, others }) {
    const count = others + Number(wanted);
    set(button, "aria-pressed", String(wanted));
    set(button, "aria-label", is.count ? `${is.name}, ${count}` : is.name);
    write(figure, is.count ? String(count) : "");
    set(figure, "hidden", !is.count);
  }

  _press(each) {
    if (!this._app.session.signedIn) return this._app.router.go("/sign-in");
    each.wanted = !each.wanted;
    this._tell(null);
    this._show(each);
    if (!each.asking) this._send(each);
  }

  async _send(each) {
    const path = `/v1/slips/${this._slipId}/${each.kind}`;
    each.asking = true;
    while (each.wanted !== each.stands) {
      const wanted = each.wanted;
      try {
        await (wanted ? this._app.api.put(path) : this._app.api.remove(path));
        each.stands = wanted;
      } catch (error) {
        each.wanted = each.stands;
        const { title, detail } = wordsOf(error);
        this._tell(note("bad", "noc", title, detail, null, "alert"));
      }
    }
    each.asking = false;
    each.answeredAt = performance.now();
    this._show(each);
  }
}
