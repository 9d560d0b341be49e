// Sign in and sign up.

import { el, set } from "./dom.js";
import { CURRENCIES } from "./money.js";
import { AskingForm, field } from "./forms.js";
import { ForgottenPassword, isResetLink } from "./forgotten_password.js";
import { Problem } from "./api.js";
import { newKey } from "./holding.js";

/** A page of one form; who is signed in already is led away from it. */
class FormPage {
  constructor(app, heading, fields, press, more) {
    this._app = app;
    this.wanted = ["live"];
    this.form = new AskingForm({ fields, press, look: "btn main big", more, ask: (values) => this._askAndLeave(values) });
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, heading)), el("section", { class: "panel", "aria-label": heading }, el("div", { class: "pad" }, this.form.element)));
  }

  show() {
    this.form.hush();
    if (this._app.session.signedIn) this._app.router.go("/", { replace: true });
  }

  update() {}

  async _askAndLeave(values) {
    await this._ask(values);
    this._app.leaveForm();
  }

  async _signIn(handle, password, code) {
    this._app.session.begin(await this._app.api.post("/v1/sessions", code ? { handle, password, code } : { handle, password }));
  }
}

/** The page to sign in. */
export class SignIn extends FormPage {
  constructor(app) {
    const fields = [field("Handle", "handle", { autocomplete: "username", minlength: 3, maxlength: 30, autocapitalize: "none" }), field("Password", "password", { type: "password", autocomplete: "current-password" })];
    const code = field("Code of your app, or a recovery code", "code", { autocomplete: "one-time-code", maxlength: 40, required: false });
    super(app, "Sign in", [...fields, code], "Sign in", el("p", { class: "small soft" }, "New here? ", el("a", { href: "/sign-up" }, "Create an account")));
    this.title = "Sign in, Slipstream";
    this._code = code;
    set(code, "hidden", true);
    this.forgotten = new ForgottenPassword(app);
    this.element.append(this.forgotten.element);
  }

  /** A link that sets another password is followed whoever is signed in here. */
  show() {
    this.forgotten.show();
    if (isResetLink()) this.form.hush();
    else super.show();
  }

  /** The code is asked for where the account has a second factor, once the password is known to be right. */
  async _ask({ handle, password, code }) {
    try {
      await this._signIn(handle.trim(), password, code.trim());
    } catch (error) {
      if (error.slug === "second-factor-needed") {
        set(this._code, "hidden", false);
        this._code.querySelector("input").focus();
      }
      throw error;
    }
    set(this._code, "hidden", true);
  }
}

/** The page to create an account; who creates one is signed in. */
export class SignUp extends FormPage {
  constructor(app) {
    const currencies = el("select", { name: "currency" }, Object.entries(CURRENCIES).map(([code, name]) => el("option", { value: code }, `${code}, ${name}`)));
    const fields = [
      field("Handle, 3 to 30 letters, digits and underscores", "handle", { autocomplete: "username", minlength: 3, maxlength: 30, pattern: "[A-Za-z0-9_]{3,30}", autocapitalize: "none" }),
      field("E-mail", "email", { type: "email", autocomplete: "email", maxlength: 254 }),
      field("Password, at least 8 characters", "password", { type: "password", autocomplete: "new-password", minlength: 8, maxlength: 200 }),
      el("label", { class: "field" }, "Currency of the wallet", currencies),
    ];
    super(app, "Create an account", fields, "Create account", el("p", { class: "small soft" }, "You have one? ", el("a", { href: "/sign-in" }, "Sign in")));
    this.title = "Create an account, Slipstream";
  }

  /** The same form keeps the same key until it is answered: pressing again after a lost answer opens no second account. */
  async _ask({ handle, email, password, currency }) {
    const body = JSON.stringify({ handle: handle.trim(), email: email.trim(), password, currency });
    if (this._sent?.body !== body) this._sent = { body, key: newKey() };
    await this._app.api.post("/v1/accounts", body, { "idempotency-key": this._sent.key }).catch((error) => {
      if (error instanceof Problem && error.status < 500) this._sent = null;
      throw error;
    });
    this._sent = null;
    await this._signIn(handle.trim(), password);
  }
}
