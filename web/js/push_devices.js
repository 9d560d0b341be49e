// The devices that get pushes, browsers and phones: this browser turned on and off, others removed.

import { button, el, keyed, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { dayOf } from "./names.js";
import { NoPushes } from "./push.js";

const CHANNELS = ["web_push", "mobile_push"];

/** The panel of devices among the settings; `app` is what main.js put together, `phones(there)` is told whether there is a phone among them. */
export class PushDevices {
  constructor(app, phones) {
    [this._app, this._phones] = [app, phones];
    this._items = [];
    this._here = "";
    this.told = el("div", {});
    this.on = button("Notify me on this device", () => this._turnOn(), "plain");
    this.list = el("ul", { class: "list" });
    this.nothing = el("p", { class: "small soft pad" }, "No device gets pushes. They come also while no page is open, encrypted for the device.");
    this.element = el("section", { class: "panel", "aria-labelledby": "push-devices" }, el("header", {}, el("h3", { id: "push-devices" }, "Devices"), el("div", { class: "end" }, this.on)), this.told, this.list, this.nothing);
  }

  /** Read them anew. */
  async read() {
    try {
      const { items } = await this._app.api.get("/v1/notifications/addresses");
      this._items = items.filter(({ channel }) => CHANNELS.includes(channel));
      this._here = await this._app.push.endpoint();
      this._show();
      this._phones(this._items.some(({ channel }) => channel === "mobile_push"));
    } catch (error) {
      this._tell(error);
    }
  }

  _show() {
    const isHere = ({ address }) => this._here !== "" && address === this._here;
    keyed(this.list, this._items, ({ address_id: id }) => id, (item) => this._row(item), (row, item) => write(row.where, `${isHere(item) ? "This device, since" : "Since"} ${dayOf(item.at)}`));
    set(this.nothing, "hidden", this._items.length > 0);
    set(this.list, "hidden", !this._items.length);
    set(this.on, "hidden", this._items.some(isHere) || !this._app.push.possible);
  }

  _row(item) {
    const where = el("small", {});
    const remove = button("Remove", () => this._remove(item));
    set(remove, "aria-label", `Remove: ${item.device}`);
    const row = el("li", {}, el("span", {}, item.device, " ", where), remove);
    row.where = where;
    return row;
  }

  async _turnOn() {
    await this._done(() => this._app.push.turnOn());
  }

  async _remove({ address_id: id, address }) {
    await this._done(async () => {
      await this._app.api.remove(`/v1/notifications/addresses/${id}`);
      if (address === this._here) await this._app.push.turnOff();
    });
  }

  async _done(work) {
    this.told.replaceChildren();
    try {
      await work();
    } catch (error) {
      this._tell(error);
      return;
    }
    await this.read();
  }

  _tell(error) {
    const { title, detail } = error instanceof NoPushes ? { title: error.message, detail: "" } : wordsOf(error);
    this.told.replaceChildren(note("bad", "noc", title, detail, null, "alert"));
  }
}
