// The e-mail address at which one is told: named here, confirmed by the link of a mail, which leads here too.

import { button, el, fill, note, set } from "./dom.js";
import { AskingForm, field, wordsOf } from "./forms.js";

const LINK = /^#confirm=([A-Za-z0-9_-]+)$/;

/** The panel of one's address. `question` stands apart: whoever opens the link need not be signed in. */
export class EmailSettings {
  constructor(app) {
    this._app = app;
    this.list = el("ul", { class: "list" });
    this.form = new AskingForm({
      fields: [field("E-mail address", "email", { type: "email", autocomplete: "email", maxlength: 254 })],
      press: "Send a link to it",
      ask: (values) => this._name(values),
    });
    this.element = el("section", { class: "panel", "aria-labelledby": "email-settings" }, el("header", {}, el("h3", { id: "email-settings" }, "E-mail")), this.list, el("div", { class: "pad" }, this.form.element));
    this.question = el("div", {});
  }

  /** Read the address anew, and ask whether to confirm the one of a link. */
  async read() {
    this._ask();
    if (!this._app.session.signedIn) return;
    try {
      const { items } = await this._app.api.get("/v1/notifications/addresses");
      const mails = items.filter(({ channel }) => channel === "email");
      fill(this.list, JSON.stringify(mails), () => mails.map((each) => this._row(each)));
      set(this.list, "hidden", !mails.length);
    } catch {
      set(this.list, "hidden", true);
    }
  }

  _row({ address_id: addressId, address, confirmed }) {
    return el("li", {}, el("span", {}, address ?? "An address that cannot be read"), el("div", {}, el("span", { class: "tag" }, confirmed ? "Confirmed" : "Not confirmed"), button("Remove", () => this._remove(addressId), "tiny plain")));
  }

  async _name({ email }) {
    const { confirmed } = await this._app.api.put("/v1/notifications/email", { email: email.trim() });
    await this.read();
    return confirmed ? { title: "This address is confirmed already" } : { title: "Look into your mailbox", detail: "Nothing else is sent there until you open the link. None there? Ask again." };
  }

  async _remove(addressId) {
    try {
      await this._app.api.remove(`/v1/notifications/addresses/${addressId}`);
    } catch (error) {
      this._tell("bad", "noc", wordsOf(error));
    }
    await this.read();
  }

  /** The link of a mail confirms by a click, not by being opened: programs open links too. */
  _ask() {
    const token = LINK.exec(location.hash)?.[1];
    if (token) this.question.replaceChildren(note("warn", "bell", "Be told at your e-mail address?", "You opened the link of a mail.", button("Confirm the address", () => this._confirm(token), "tiny main")));
  }

  async _confirm(token) {
    try {
      await this._app.api.post("/v1/notifications/email/confirm", { token });
      history.replaceState(history.state, "", location.pathname);
      this._tell("good", "okc", { title: "Your e-mail address is confirmed", detail: "" });
    } catch (error) {
      this._tell("bad", "noc", wordsOf(error));
    }
    await this.read();
  }

  _tell(tone, symbol, { title, detail }) {
    this.question.replaceChildren(note(tone, symbol, title, detail));
  }
}
