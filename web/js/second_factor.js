// The second factor of the account: take a secret into an app, confirm it with a first code, keep the recovery codes, turn it off.

import { button, el, fill, note, set, write } from "./dom.js";
import { AskingForm, field, wordsOf } from "./forms.js";
import { qrCode } from "./qr_code.js";

const PATH = "/v1/account/second-factor";
const STATES = { given: ["On", "tag won"], required: ["Needed", "tag warn"], none: ["Off", "tag"] };
const GROUPS_OF = 4;

/** The panel of the second factor. It shows one of four steps: off, offered (a secret to confirm), codes (shown this once), on. */
export class SecondFactor {
  constructor(app) {
    this._app = app;
    this.state = el("span", {});
    this.trouble = el("div", {});
    this.heading = el("h2", { id: "factor-title", tabindex: "-1" }, "Second factor");
    this.body = el("div", { class: "pad" });
    this.element = el("section", { class: "panel", "aria-labelledby": "factor-title" }, el("header", {}, this.heading, el("span", { class: "end" }, this.state)), this.body);
    this._forget();
  }

  update() {
    const { session } = this._app;
    if (this._of !== session.accountId) this._forget();
    const [word, look] = STATES[session.secondFactor] ?? STATES.none;
    write(this.state, word);
    set(this.state, "class", look);
    const step = this._step();
    fill(this.body, `${step} ${session.secondFactor} ${this._offer?.factor_id}`, () => this._stepsBody(step));
  }

  /** What was shown to one account is not left for the next one. */
  _forget() {
    this._of = this._app.session.accountId;
    this._offer = null;
    this._codes = null;
    fill(this.trouble, "", () => []);
  }

  _step() {
    if (this._codes) return "codes";
    if (this._app.session.secondFactor === "given") return "on";
    return this._offer ? "offered" : "off";
  }

  _stepsBody(step) {
    if (step === "codes") return this._codesBody();
    if (step === "on") return this._onBody();
    return step === "offered" ? this._offeredBody() : this._offBody();
  }

  _offBody() {
    const isRequired = this._app.session.secondFactor === "required";
    return [
      isRequired ? note("warn", "lock", "This account needs a second factor", "It works for the book. Until one is set up, nothing else is open to it.") : null,
      el("p", { class: "small soft" }, "At every sign-in, a code of an app on your phone is asked for as well as the password."),
      this.trouble,
      el("div", { class: "form" }, button("Set up a second factor", () => this._enrol(), "")),
    ];
  }

  async _enrol() {
    if (this._asking) return;
    this._asking = true;
    try {
      this._offer = await this._app.api.put(PATH, {});
      fill(this.trouble, "", () => []);
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.trouble, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
    this.update();
    if (this._offer) this.heading.focus();
  }

  _offeredBody() {
    const { secret, otpauth_uri } = this._offer;
    const grouped = secret.match(new RegExp(`.{1,${GROUPS_OF}}`, "g")).join(" ");
    const picture = qrCode(otpauth_uri, "QR code of the key, for the camera of your app");
    const form = new AskingForm({
      press: "Turn on",
      look: "btn main",
      fields: [codeField("The six digits that the app shows now", { inputmode: "numeric", maxlength: 7 })],
      ask: ({ code }) => this._confirm(code),
      more: button("Not now", () => this._leave(), ""),
    });
    return [
      el("div", { class: "enrol" }, picture, el("dl", {}, el("dt", {}, "1. Scan this with your app, or type its key"), el("dd", { class: "secret" }, el("code", {}, grouped)), el("dt", {}, "On this device"), el("dd", { class: "ids" }, el("a", { href: otpauth_uri }, otpauth_uri)))),
      el("h3", {}, "2. Confirm it"),
      form.element,
    ];
  }

  async _confirm(code) {
    const answer = await this._app.api.put(`${PATH}/confirmation`, { factor_id: this._offer.factor_id, code });
    this._offer = null;
    this._codes = answer.recovery_codes;
    this._app.session.begin(answer);
    this.update();
    this.heading.focus();
  }

  _codesBody() {
    const codes = this._codes;
    const copied = el("span", { role: "status" });
    const copy = async () => {
      await navigator.clipboard.writeText(codes.join("\n"));
      write(copied, "Copied");
    };
    return [
      note("good", "okc", "The second factor is on", "Every other device is signed out."),
      note("warn", "warn", "Keep these recovery codes now: they are not shown again", "Each opens one sign-in where the app is lost. Keep them where the phone is not."),
      el("ul", { class: "codes" }, codes.map((each) => el("li", {}, el("code", {}, each)))),
      el("div", { class: "presses" }, button("I have saved them", () => this._leave(), "main"), navigator.clipboard ? button("Copy", copy, "") : null, copied),
    ];
  }

  _onBody() {
    const form = new AskingForm({
      press: "Turn off",
      fields: [codeField("Code of your app, or a recovery code", { maxlength: 40 })],
      ask: ({ code }) => this._remove(code),
    });
    return [
      el("p", { class: "small soft" }, "At every sign-in, a code of your app is asked for. For a new phone, or for new recovery codes, turn it off and set it up again."),
      form.element,
    ];
  }

  async _remove(code) {
    this._app.session.begin(await this._app.api.put(`${PATH}/removal`, { code }));
    this.update();
    fill(this.trouble, "off", () => note("good", "okc", "The second factor is off", "Every other device is signed out."));
    this.heading.focus();
  }

  _leave() {
    this._offer = null;
    this._codes = null;
    this.update();
    this.heading.focus();
  }
}

const codeField = (label, more) => field(label, "code", { autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", ...more });
