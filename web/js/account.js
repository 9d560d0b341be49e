// The page of the account: its settings, its password, its second factor, and the way out.

import { button, el, fill, note, set, write } from "./dom.js";
import { CURRENCIES } from "./money.js";
import { signInFirst } from "./bets.js";
import { BonusesPanel } from "./bonuses.js";
import { FreeBetsPanel } from "./free_bets.js";
import { AskingForm, field, wordsOf } from "./forms.js";
import { LimitsPanel } from "./own_limits.js";
import { RealityPanel } from "./reality_checks.js";
import { SecondFactor } from "./second_factor.js";

/** The form to change the password: every session ends, and this device goes on with a new one. */
const changePassword = (app) =>
  new AskingForm({
    press: "Change password",
    fields: [
      field("Password now", "old", { type: "password", autocomplete: "current-password" }),
      field("New password, at least 8 characters", "new", { type: "password", autocomplete: "new-password", minlength: 8, maxlength: 200 }),
    ],
    ask: async (values) => {
      app.session.begin(await app.api.put("/v1/account/password", values));
      return { title: "The password is changed", detail: "Every other device is signed out." };
    },
  });

/** The page of the account. */
export class Account {
  constructor(app) {
    this._app = app;
    this.title = "Account, Slipstream";
    this.wanted = ["live"];
    this.heading = el("h1", {}, "Account");
    this.says = el("div", {});
    this.told = el("div", {});
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
    this.out = button("Sign out", () => this._signOut(), "");
    this.everywhere = button("Sign out on every device", () => this._signOutEverywhere(), "");
    this.password = changePassword(app);
    this.secondFactor = new SecondFactor(app);
    this.limits = new LimitsPanel(app);
    this.freeBets = new FreeBetsPanel(app);
    this.bonuses = new BonusesPanel(app);
    this.reality = new RealityPanel(app);
    const password = panel("password-title", "Password", this.password.element);
    const devices = panel("devices-title", "Devices", el("div", { class: "form" }, el("p", { class: "small soft" }, "Lost a device, or signed in on one that is not yours? This ends every session, also the one here."), this.everywhere));
    this.access = el("div", { class: "stack" }, this.secondFactor.element, el("div", { class: "split" }, password, devices), el("div", { class: "split" }, panel("limits-title", "Limits", this.limits.element), panel("reality-title", "Reality checks", this.reality.element)), el("div", { class: "split" }, panel("free-title", "Free bets", this.freeBets.element), panel("bonus-title", "Bonuses", this.bonuses.element)));
    const link = (href, text) => el("a", { class: "btn tiny", href }, text);
    [this.profile, this.moderation, this.trading] = [link("/", "Your profile"), link("/moderation", "Moderation"), link("/trading", "Trading")];
    this.links = el("nav", { class: "presses", "aria-label": "Your pages" }, this.profile, link("/inbox", "Inbox"), link("/bets", "My bets"), link("/drafts", "Drafts"), link("/saved", "Saved slips"), link("/wallet", "Wallet and statement"), link("/leaderboard", "Leaderboard"), link("/muted", "Muted and blocked"), link("/decisions", "Decisions about what is yours"), this.moderation, this.trading);
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, this.heading, el("div", { class: "end" }, this.out)), this.told, this.says, this.links, this.who, panel("settings-title", "Settings", choices), this.access);
  }

  show() {
    this.password.hush();
    this.limits.form.hush();
    this.reality.form.hush();
    this._app.limits.read();
    this.told.replaceChildren();
  }

  /** Sign out here whatever the server says. Where it did not hear of it, that is told: the session ends there by itself. */
  async _signOut() {
    try {
      await this._app.api.remove("/v1/sessions/current");
      this._leave();
    } catch (error) {
      if (error.slug === "session-over") return this._leave();
      this._app.session.end();
      this._tell(note("warn", "warn", "You are signed out on this device", `${wordsOf(error).title} The session ends there by itself.`));
    }
  }

  /** Sign out everywhere, or nowhere: that others are signed out is said only once it is so. */
  async _signOutEverywhere() {
    try {
      await this._app.api.remove("/v1/sessions");
      this._leave();
    } catch (error) {
      if (error.slug === "session-over") return this._leave();
      const { title, detail } = wordsOf(error);
      this._tell(note("bad", "noc", "No device was signed out", `${title} ${detail}`.trim(), null, "alert"));
    }
  }

  _leave() {
    this._app.session.end();
    this._app.router.go("/");
  }

  _tell(said) {
    this.told.replaceChildren(said);
  }

  update() {
    const { session, settings } = this._app;
    write(this.heading, session.signedIn ? session.handle : "Account");
    write(this.who, session.signedIn ? `Wallet in ${CURRENCIES[session.currency] ?? session.currency}. Settings are kept on this device.` : "Settings are kept on this device.");
    fill(this.says, String(session.signedIn), () => (session.signedIn ? [] : signInFirst("your account")));
    set(this.out, "hidden", !session.signedIn);
    set(this.access, "hidden", !session.signedIn);
    this.secondFactor.update();
    this.limits.update();
    this.freeBets.update();
    this.bonuses.update();
    this.reality.update();
    set(this.links, "hidden", !session.signedIn);
    set(this.moderation, "hidden", !session.roles.includes("moderator"));
    set(this.trading, "hidden", !session.roles.includes("trader"));
    set(this.profile, "href", `/profile/${session.handle}`);
    for (const [name, select] of Object.entries(this.selects)) if (select.value !== settings[name]) select.value = settings[name];
  }
}

const panel = (id, heading, content) => el("section", { class: "panel", "aria-labelledby": id }, el("header", {}, el("h2", { id }, heading)), el("div", { class: "pad" }, content));
