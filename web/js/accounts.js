// Sign in, sign up, and the page of the account: its settings and the way out.

import { button, el, fill, note, set, write } from "./dom.js";
import { CURRENCIES } from "./money.js";
import { signInFirst } from "./bets.js";
import { troubleWords } from "./connection.js";
import { Problem } from "./api.js";
import { newKey } from "./holding.js";

const SAID = {
  "credentials-wrong": ["Not signed in: handle and password do not belong together", "Nothing was changed."],
  "second-factor-needed": ["One more step: the code of your app", "Type the six digits that it shows, or a recovery code."],
  "second-factor-wrong": ["Not signed in: that code does not hold now, or was used", "Wait for the next one."],
  "old-password-wrong": ["Not changed: that is not the password you have", ""],
  "session-over": ["You are signed out already", ""],
  "handle-malformed": ["Choose another handle", "3 to 30 letters, digits and underscores."],
  "email-malformed": ["That is no e-mail address", ""],
  "password-malformed": ["Choose another password", "8 to 200 characters."],
  "handle-taken": ["Somebody has this handle already", "Choose another one."],
};

function wordsOf(error) {
  const [title, detail] = SAID[error.slug] ?? [];
  return title ? { title, detail } : troubleWords(error);
}

const field = (label, name, attributes) => el("label", { class: "field" }, label, el("input", { name, required: true, ...attributes }));

/** A form that asks once at a time and says in words what went wrong. */
class Form {
  constructor(app, heading, fields, press, other) {
    this._app = app;
    this.wanted = ["live"];
    this.told = el("div", {});
    this.press = el("button", { type: "submit", class: "btn main big" }, press);
    this.form = el("form", { class: "form", onsubmit: (event) => (event.preventDefault(), this._submit()) }, fields, this.told, this.press, other);
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, heading)), el("section", { class: "panel", "aria-label": heading }, el("div", { class: "pad" }, this.form)));
  }

  show() {
    fill(this.told, "", () => []);
    if (this._app.session.signedIn) this._app.router.go("/", { replace: true });
  }

  update() {}

  async _submit() {
    if (this._asking) return;
    this._asking = true;
    set(this.press, "aria-disabled", "true");
    try {
      await this._ask(Object.fromEntries(new FormData(this.form)));
      this.form.reset();
      fill(this.told, "", () => []);
      this._app.leaveForm();
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
    set(this.press, "aria-disabled", null);
  }

  async _signIn(handle, password, code) {
    this._app.session.begin(await this._app.api.post("/v1/sessions", code ? { handle, password, code } : { handle, password }));
  }
}

/** The page to sign in. */
export class SignIn extends Form {
  constructor(app) {
    const fields = [field("Handle", "handle", { autocomplete: "username", minlength: 3, maxlength: 30, autocapitalize: "none" }), field("Password", "password", { type: "password", autocomplete: "current-password" })];
    const code = field("Code of your app, or a recovery code", "code", { autocomplete: "one-time-code", maxlength: 40, required: false });
    super(app, "Sign in", [...fields, code], "Sign in", el("p", { class: "small soft" }, "New here? ", el("a", { href: "/sign-up" }, "Create an account")));
    this.title = "Sign in, Slipstream";
    this._code = code;
    set(code, "hidden", true);
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
export class SignUp extends Form {
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

/** The form to change the password: every session ends, and this device goes on with a new one. */
class ChangePassword {
  constructor(app) {
    this._app = app;
    this.told = el("div", {});
    this.press = el("button", { type: "submit", class: "btn" }, "Change password");
    const fields = [field("Password now", "old", { type: "password", autocomplete: "current-password" }), field("New password, at least 8 characters", "new", { type: "password", autocomplete: "new-password", minlength: 8, maxlength: 200 })];
    this.element = el("form", { class: "form", onsubmit: (event) => (event.preventDefault(), this._submit()) }, fields, this.told, this.press);
  }

  async _submit() {
    if (this._asking) return;
    this._asking = true;
    try {
      this._app.session.begin(await this._app.api.put("/v1/account/password", Object.fromEntries(new FormData(this.element))));
      this.element.reset();
      fill(this.told, "changed", () => note("", "user", "The password is changed", "Every other device is signed out.", null, "status"));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
  }
}

/** The page of the account. */
export class Account {
  constructor(app) {
    this._app = app;
    this.title = "Account, Slipstream";
    this.wanted = ["live"];
    this.heading = el("h1", {}, "Account");
    this.says = el("div", {});
    this.who = el("p", { class: "soft small" });
    this.selects = {};
    const { settings, session } = app;
    const choice = (name, label, options) => {
      const select = (this.selects[name] = el("select", { onchange: () => settings.choose(name, select.value) }, Object.entries(options).map(([value, text]) => el("option", { value }, text))));
      return el("label", { class: "field" }, label, select);
    };
    const choices = el(
      "div",
      { class: "form" },
      choice("theme", "Light or dark", { system: "As the system has it", light: "Light", dark: "Dark" }),
      choice("odds", "Odds shown as", { decimal: "Decimal 2.50", fractional: "Fraction 3/2", american: "American +150" }),
      choice("accept", "If a price moves before a bet is placed", { exact: "Ask me", better: "Take a better price", any: "Take any price" }),
    );
    this.out = button("Sign out", () => this._signOut("/v1/sessions/current"), "");
    this.everywhere = button("Sign every device out", () => this._signOut("/v1/sessions"), "");
    this.password = new ChangePassword(app);
    const access = el("div", { class: "form" }, this.password.element, this.everywhere);
    this.access = el("section", { class: "panel", "aria-labelledby": "access-title" }, el("header", {}, el("h2", { id: "access-title" }, "Password and devices")), el("div", { class: "pad" }, access));
    this.links = el("p", { class: "small" }, el("a", { href: "/wallet" }, "Wallet and statement"), " \u00b7 ", el("a", { href: "/bets" }, "My bets"));
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, this.heading, el("div", { class: "end" }, this.out)), this.says, this.who, el("section", { class: "panel", "aria-labelledby": "settings-title" }, el("header", {}, el("h2", { id: "settings-title" }, "Settings")), el("div", { class: "pad" }, choices)), this.access, this.links);
  }

  show() {}

  /** Sign out here whatever the server says; where it cannot be reached, the token runs out by itself. */
  async _signOut(path) {
    await this._app.api.remove(path).catch(() => undefined);
    this._app.session.end();
    this._app.router.go("/");
  }

  update() {
    const { session, settings } = this._app;
    write(this.heading, session.signedIn ? session.handle : "Account");
    write(this.who, session.signedIn ? `Wallet in ${CURRENCIES[session.currency] ?? session.currency}. Settings are kept on this device.` : "Settings are kept on this device.");
    fill(this.says, String(session.signedIn), () => (session.signedIn ? [] : signInFirst("your account")));
    set(this.out, "hidden", !session.signedIn);
    set(this.access, "hidden", !session.signedIn);
    set(this.links, "hidden", !session.signedIn);
    for (const [name, select] of Object.entries(this.selects)) if (select.value !== settings[name]) select.value = settings[name];
  }
}
