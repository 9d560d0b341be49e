// A forgotten password: a mail is asked for, and its link leads back here with what sets another one.

import { AskingForm, field } from "./forms.js";
import { el, set } from "./dom.js";

const LINK = /^#reset=([A-Za-z0-9_-]+)$/;

/** Whether the address is that of a mail's link. */
export const isResetLink = () => LINK.test(location.hash);

/** The two forms beside the one to sign in; `app` is what main.js put together. */
export class ForgottenPassword {
  constructor(app) {
    this._app = app;
    this.asking = new AskingForm({
      fields: [field("E-mail of your account", "email", { type: "email", autocomplete: "email", maxlength: 254 })],
      press: "Send a link",
      ask: (values) => this._askForMail(values),
    });
    this.setting = new AskingForm({
      fields: [field("New password, at least 8 characters", "password", { type: "password", autocomplete: "new-password", minlength: 8, maxlength: 200 })],
      press: "Set the password",
      look: "btn main big",
      ask: (values) => this._setPassword(values),
    });
    this.forgotten = el("section", { class: "panel", "aria-labelledby": "forgotten" }, el("header", {}, el("h2", { id: "forgotten" }, "Forgot your password?")), el("div", { class: "pad" }, this.asking.element));
    this.another = el("section", { class: "panel", "aria-labelledby": "another-password" }, el("header", {}, el("h2", { id: "another-password" }, "Set another password")), el("div", { class: "pad" }, this.setting.element));
    this.element = el("div", { class: "stack" }, this.another, this.forgotten);
  }

  /** Show what the address is about. */
  show() {
    this.asking.hush();
    this.setting.hush();
    set(this.setting.press, "hidden", false);
    this.update();
  }

  update() {
    set(this.another, "hidden", !(isResetLink() || this._done));
    set(this.forgotten, "hidden", isResetLink());
  }

  async _askForMail({ email }) {
    await this._app.api.post("/v1/accounts/password-reset", { email: email.trim() });
    return { title: "Look into your mailbox", detail: "If an account has this address, a link is on its way. It works for an hour. None there? Ask again." };
  }

  /** The token goes from the address once it was used: the link is of no further use. */
  async _setPassword({ password }) {
    await this._app.api.post("/v1/accounts/password-reset/confirm", { token: LINK.exec(location.hash)?.[1] ?? "", password });
    this._done = true;
    history.replaceState(history.state, "", location.pathname);
    set(this.setting.press, "hidden", true);
    this.update();
    return { title: "Your password is set", detail: "Every session of the account has ended. Sign in with the new password." };
  }
}
