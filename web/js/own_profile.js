// One's own profile: the form of what others see, and who asks to follow.

import { button, el, fill, keyed, note, set } from "./dom.js";
import { AskingForm, area, field, wordsOf } from "./forms.js";

const EVERY_MS = 15_000;

/** The panels that stand on one's own profile alone. `changed(profile)` is told what was changed. */
export class OwnProfile {
  constructor(app, changed) {
    this._app = app;
    this._changed = changed;
    this.place = el("div", { class: "pad" });
    this.form = el("section", { class: "panel", id: "own-form", "aria-labelledby": "own-title", hidden: true }, el("header", {}, el("h2", { id: "own-title" }, "What others see")), this.place);
    this.edit = el("button", { type: "button", class: "btn", "aria-expanded": "false", "aria-controls": "own-form", onclick: () => this._toggle() }, "Edit profile");
    this.asked = el("ul", { class: "list" });
    this.told = el("div", { class: "pad-in", hidden: true });
    this.requests = el("section", { class: "panel", "aria-labelledby": "asked-title", hidden: true }, el("header", {}, el("h2", { id: "asked-title" }, "Asking to follow you")), this.asked, this.told);
    this.element = el("div", { class: "stack" }, this.requests, this.form);
    this._items = [];
    setInterval(() => this._shown() && this.read(), EVERY_MS);
  }

  update(profile) {
    fill(this.place, profile.account_id, () => this._form(profile));
    keyed(this.asked, this._items, (each) => each.account_id, (each) => this._entry(each));
    set(this.requests, "hidden", !this._items.length && this.told.hidden);
  }

  /** Read who asks to follow. */
  async read() {
    try {
      this._items = (await this._app.api.get("/v1/follow-requests?limit=50")).items;
      this._app.update();
    } catch {
      // Who asks stays as it was read before; the profile itself says that there is trouble.
    }
  }

  _toggle() {
    const opens = this.form.hidden;
    set(this.form, "hidden", !opens);
    set(this.edit, "aria-expanded", String(opens));
    if (opens) this.form.querySelector("input").focus();
  }

  _shown() {
    return this.element.isConnected && !this.element.hidden && !document.hidden && this._app.session.signedIn;
  }

  _form(profile) {
    const isPrivate = el("input", { type: "checkbox", name: "private", checked: profile.private });
    const bio = area("About you, up to 300 characters", "bio", {});
    bio.querySelector("textarea").value = profile.bio ?? "";
    const form = new AskingForm({
      press: "Save profile",
      keeps: true,
      fields: [field("Name, up to 50 characters", "display_name", { required: false, autocomplete: "nickname", value: profile.display_name ?? "" }), bio, el("label", { class: "check" }, isPrivate, "Private: only followers see my slips, and others ask first")],
      ask: async (values) => {
        const { display_name, bio: about, private: only } = await this._app.api.patch("/v1/account", { display_name: values.display_name.trim(), bio: values.bio.trim(), private: isPrivate.checked });
        this._changed({ display_name, bio: about, private: only });
        return { title: "Saved", detail: only ? "Only followers see your slips." : "Everybody sees your public slips." };
      },
    });
    return [form.element, el("p", { class: "small" }, el("a", { href: "/muted" }, "Muted and blocked"))];
  }

  _entry(asking) {
    const answer = (accepts) => button(accepts ? "Accept" : "Decline", () => this._answer(asking, accepts), accepts ? "tiny main" : "tiny");
    const [yes, no] = [answer(true), answer(false)];
    set(yes, "aria-label", `Accept ${asking.handle}`);
    set(no, "aria-label", `Decline ${asking.handle}`);
    return el("li", {}, el("a", { href: `/profile/${asking.handle}` }, el("b", {}, asking.handle)), el("div", { class: "presses" }, yes, no));
  }

  async _answer(asking, accepts) {
    const path = `/v1/follow-requests/${asking.account_id}`;
    try {
      await (accepts ? this._app.api.put(path) : this._app.api.remove(path));
      this._items = this._items.filter((each) => each.account_id !== asking.account_id);
      this._tell(note("good", "okc", accepts ? `${asking.handle} follows you now` : `${asking.handle} was declined`));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      this._tell(note("bad", "noc", title, detail, null, "alert"));
    }
    this._app.update();
  }

  _tell(said) {
    this.told.replaceChildren(said);
    set(this.told, "hidden", false);
  }
}
