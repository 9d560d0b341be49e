// What forms share: fields, a question that is asked once at a time, and refusals in words.

import { Problem } from "./api.js";
import { el, fill, note, set } from "./dom.js";
import { troubleWords } from "./connection.js";

const SAID = {
  "credentials-wrong": ["Not signed in: wrong handle or password", "Nothing was changed."],
  "second-factor-needed": ["One more step: the code of your app", "Type the six digits that it shows, or a recovery code."],
  "second-factor-wrong": ["That code is not valid now, or was used already", "Wait for the next one."],
  "second-factor-stands": ["This account has a second factor already", "Turn it off first."],
  "second-factor-unknown": ["This account has no second factor any more", ""],
  "old-password-wrong": ["Not changed: the present password is wrong", ""],
  "session-over": ["You are already signed out", ""],
  "handle-malformed": ["Choose another handle", "3 to 30 letters, digits and underscores."],
  "email-malformed": ["That is not an e-mail address", ""],
  "password-malformed": ["Choose another password", "8 to 200 characters."],
  "handle-taken": ["This handle is taken", "Choose another one."],
};

/** Return {title, detail} of what went wrong. */
export function wordsOf(error) {
  if (error instanceof Problem && error.slug === "too-many-requests") return { title: "Too many attempts", detail: `Try again in ${Math.max(1, error.retryAfterS)} s.` };
  const [title, detail] = SAID[error.slug] ?? [];
  return title ? { title, detail } : troubleWords(error);
}

/** Return an input under its label. */
export const field = (label, name, attributes) => el("label", { class: "field" }, label, el("input", { name, required: true, ...attributes }));

/** A form that asks once at a time and says in words what went wrong, or what `ask(values)` returned: {title, detail}. */
export class AskingForm {
  constructor({ fields, press, ask, look = "btn", more = null }) {
    this._ask = ask;
    this.told = el("div", {});
    this.press = el("button", { type: "submit", class: look }, press);
    this.element = el("form", { class: "form", onsubmit: (event) => (event.preventDefault(), this._submit()) }, fields, this.told, this.press, more);
  }

  /** Take back what was said. */
  hush() {
    fill(this.told, "", () => []);
  }

  async _submit() {
    if (this._asking) return;
    this._asking = true;
    set(this.press, "aria-disabled", "true");
    try {
      const done = await this._ask(Object.fromEntries(new FormData(this.element)));
      this.element.reset();
      fill(this.told, done?.title ?? "", () => (done ? note("good", "okc", done.title, done.detail) : []));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
    set(this.press, "aria-disabled", null);
  }
}
