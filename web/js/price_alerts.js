// The price alerts that stand, among the settings: each with its match, and one press that takes it back.

import { button, el, fill, keyed, note, set } from "./dom.js";
import { wordsOf } from "./forms.js";
import { marketName } from "./names.js";

/** The panel of standing price alerts; `app` is what main.js put together. */
export class PriceAlerts {
  constructor(app) {
    this._app = app;
    this._items = [];
    this.told = el("div", {});
    this.list = el("ul", { class: "list" });
    this.nothing = el("p", { class: "small soft pad" }, "“Alert me” at a pick of your slip tells you once when it is offered at your price or better.");
    this.element = el("section", { class: "panel", "aria-labelledby": "standing-alerts" }, el("header", {}, el("h3", { id: "standing-alerts" }, "Price alerts")), this.told, this.list, this.nothing);
    app.naming.addEventListener("change", () => this._show());
  }

  /** Read them anew. */
  async read() {
    try {
      this._items = (await this._app.api.get("/v1/notifications/price-alerts")).items;
      this._show();
    } catch (error) {
      this._tell(error);
    }
  }

  _show() {
    keyed(this.list, this._items, (item) => `${item.market_id} ${item.selection}`, (item) => this._row(item), (row, item) => this._patch(row, item));
    set(this.nothing, "hidden", this._items.length > 0);
    set(this.list, "hidden", !this._items.length);
  }

  _row(item) {
    const row = el("li", {});
    row.what = el("span", {});
    row.cancel = button("Cancel", () => this._cancel(item));
    row.append(row.what, row.cancel);
    return row;
  }

  /** Call a selection by its name once that is known; one that nobody knows any more is called as the market did. */
  _patch(row, item) {
    const found = this._app.naming.of(item);
    const said = `${found?.selection ?? item.selection} at ${this._app.shown(item.odds)} or better`;
    const where = [found?.match ?? "A match", found?.type && marketName(found.type)].filter(Boolean).join(", ");
    fill(row.what, JSON.stringify([said, where]), () => [el("a", { href: `/match/${item.fixture_id}` }, said), " ", el("small", {}, where)]);
    set(row.cancel, "aria-label", `Cancel: ${said}, ${where}`);
  }

  async _cancel({ market_id: marketId, selection }) {
    this.told.replaceChildren();
    try {
      await this._app.api.remove(`/v1/notifications/price-alerts/${marketId}/${encodeURIComponent(selection)}`);
    } catch (error) {
      this._tell(error);
      return;
    }
    await this.read();
  }

  _tell(error) {
    const { title, detail } = wordsOf(error);
    this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
  }
}
