// The words that one does not want to read: a list on one's own profile, with a field to add one.

import { button, el, keyed, note, set } from "./dom.js";
import { AskingForm, choice, field, wordsOf } from "./forms.js";

const DAY_MS = 24 * 3600 * 1000;
const FOR = { 0: "For good", 1: "For a day", 7: "For 7 days", 30: "For 30 days" };

/** The panel of muted words. */
export class MutedWords {
  constructor(app) {
    this._app = app;
    this._items = [];
    this.list = el("ul", { class: "list" });
    this.told = el("div", { class: "pad-in", hidden: true });
    this.form = new AskingForm({
      press: "Mute word",
      fields: [field("A word you do not want to read", "word", { autocomplete: "off" }), choice("How long", "days", FOR, {})],
      ask: async ({ word, days }) => {
        const until = Number(days) ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
        await this._app.api.put("/v1/muted-words", { word, until });
        await this.read();
        return { title: "Muted", detail: "Slips and comments with the word are left out of what you read." };
      },
    });
    this.element = el("section", { class: "panel", "aria-labelledby": "muted-title" }, el("header", {}, el("h2", { id: "muted-title" }, "Muted words")), this.list, this.told, el("div", { class: "pad" }, this.form.element));
  }

  /** Read them anew. */
  async read() {
    try {
      this._items = (await this._app.api.get("/v1/muted-words")).items;
      this._show();
    } catch (error) {
      this._tell(error);
    }
  }

  _show() {
    keyed(this.list, this._items, (each) => each.word_id, (each) => this._entry(each));
    set(this.list, "hidden", !this._items.length);
    set(this.told, "hidden", true);
  }

  _entry({ word_id, word, until }) {
    const again = button("Unmute", () => this._unmute(word_id), "tiny");
    set(again, "aria-label", `Unmute ${word}`);
    const ends = until ? `until ${new Date(until).toLocaleDateString("en-GB", { day: "numeric", month: "long" })}` : "for good";
    return el("li", {}, el("span", {}, el("b", {}, word ?? "\u2013"), el("span", { class: "small soft" }, ` ${ends}`)), again);
  }

  async _unmute(wordId) {
    try {
      await this._app.api.remove(`/v1/muted-words/${wordId}`);
      this._items = this._items.filter((each) => each.word_id !== wordId);
      this._show();
    } catch (error) {
      this._tell(error);
    }
  }

  _tell(error) {
    const { title, detail } = wordsOf(error);
    this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
    set(this.told, "hidden", false);
  }
}
