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
  "handle-looks-taken": ["This handle looks like another one", "0 and O, 1, l and I, m and rn look alike."],
  "slip-unknown": ["This slip is not there", "Nothing was changed."],
  "account-unknown": ["This profile is not there", "Nothing was changed."],
  "comment-unknown": ["This comment is not there", "Nothing was changed."],
  "slip-for-followers": ["Not reposted: this slip is for its author\u2019s followers", ""],
  "slip-key-reused": ["This bet is shared already, in other words", "A bet is shared once."],
  "slip-taken-down": ["Not shared: its slip was taken down", "A bet is shared once."],
  "text-empty": ["Write something first", ""],
  "text-malformed": ["Not sent: it holds a character that cannot be shown", "Take out what cannot be seen, such as control characters."],
  "replies-closed": ["Not sent: the author takes no comments on this slip", ""],
  "too-many-mentions": ["Not sent: too many people are mentioned", ""],
  "blocked-by-caller": ["You block this account", "Unblock it first."],
  "search-malformed": ["Search for one to eight words", "Each with a letter or a digit, 60 characters in all."],
  "profile-marked": ["Not saved: name and text hold offensive words", "What was there before stays."],
  "own-item-reported": ["Not reported: it is your own", ""],
  "reported-enough": ["Reported often enough", "Moderators see it already."],
  "nothing-to-appeal": ["Not appealed: nothing stands against it any more", ""],
  "appealed-before": ["Not appealed: it was appealed before", "A decision is appealed once."],
  "appeal-unknown": ["Not answered: there is no appeal any more", "Look again."],
  "appeal-of-own-decision": ["Not answered: you decided this first", "Another moderator answers the appeal."],
  "held-by-another-rule": ["Not decided: it is held by another rule already", "Show it again first."],
  "role-missing": ["This account does not have the role for it any more", ""],
  "already-suspended": ["Suspended already, for another reason", "Look again."],
  "betting-suspended": ["Not reopened: betting on its match, competition or sport is stopped", "Reopen that first."],
  "betting-stopped-already": ["Stopped already, for another reason", "Reopen it first."],
  "referral-over": ["This bet waits no more", "Another trader answered, or its time is up."],
  "stake-over-asked": ["That is more than was asked for", "Take at most the stake of the bet."],
  "bet-delay-not-over": ["Not yet", "In play a bet waits for its delay first."],
  "proposal-closed": ["Another trader has decided this", "Look again."],
  "preview-missing": ["Not approved: look at what it would do first", ""],
  "preview-outdated": ["Not approved: it would do something else by now", "Look at it again."],
  "bets-still-taken": ["Not approved: bets are still taken there", "Suspend it first."],
  "proposal-overtaken": ["Not approved: something changed since it was proposed", "It has to be proposed anew."],
  "approval-by-proposer": ["Not approved: you proposed it", "Another trader approves."],
  "reason-malformed": ["Give a reason in other words", "The author is told it."],
  "draft-unknown": ["This draft is not there any more", ""],
  "slip-legs-malformed": ["Not shared: these legs are no bet", "One leg of each match, each with its odds."],
  "odds-malformed": ["Not shared: these are no odds", "Decimal, for example 2.50."],
  "odds-out-of-range": ["Not shared: no bet has such odds", "Decimal, above 1."],
  "odds-too-fine": ["Not shared: the odds have too many places", ""],
  "tags-malformed": ["Not shared: a tag is one word of letters, digits and _", "At most a few of them."],
  "market-not-open": ["Not shared: betting on a market has ended", "Choose another one."],
  "mail-link-invalid": ["This link was used, or has expired", "Ask for another mail."],
  "mail-not-sent": ["This server sends no mail", "Its operator has set no mail server."],
  "mails-waiting": ["Too many mails are waiting", "Try again in a minute."],
  "address-unknown": ["This address was taken back, or another took its place", ""],
  "reality-check-interval-unknown": ["Choose another interval", "Nothing was changed."],
  "own-account": ["This is your own account", "Nothing was changed."],
};

/** What was typed cannot be sent as it is; said before anything is asked. */
export class Unfit extends Error {
  constructor(title, detail = "") {
    super(title);
    this.words = { title, detail };
  }
}

/** Return {title, detail} of what went wrong. */
export function wordsOf(error) {
  if (error instanceof Unfit) return error.words;
  if (error instanceof Problem && error.slug === "too-many-requests") return { title: "Too many attempts", detail: `Try again in ${Math.max(1, error.retryAfterS)} s.` };
  if (error.slug === "text-too-long") return { title: "Not sent: the text is too long", detail: `At most ${error.problem.characters_max} characters.` };
  if (error.slug === "mention-unknown") return { title: `Not sent: nobody here is called @${error.problem.handle}`, detail: "Take the @ away, or write another handle." };
  if (error.slug === "sharing-suspended") return suspended(error.problem);
  const [title, detail] = SAID[error.slug] ?? [];
  return title ? { title, detail } : troubleWords(error);
}

/** Return what is said to somebody who may not share for a time; the decision has a page, where it can be appealed. */
function suspended({ until, reason }) {
  const ends = until ? `until ${new Date(until).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" })}` : "for now";
  return { title: `Not sent: you are suspended from sharing ${ends}`, detail: `${reason ? `${reason} ` : ""}You can appeal under Account, Decisions.` };
}

/** Return an input under its label. */
export const field = (label, name, attributes) => el("label", { class: "field" }, label, el("input", { name, required: true, ...attributes }));

/** Return a text of several lines under its label. */
export const area = (label, name, attributes) => el("label", { class: "field" }, label, el("textarea", { name, rows: 3, ...attributes }));

/** Return a choice under its label; `options` are value to text. */
export const choice = (label, name, options, attributes) => el("label", { class: "field" }, label, el("select", { name, ...attributes }, Object.entries(options).map(([value, text]) => el("option", { value }, text))));

/** Give a choice these [value, text]; what was chosen stays chosen where it is there yet. */
export function choices(label, options) {
  const select = label.querySelector("select");
  const { value } = select;
  fill(select, JSON.stringify(options), () => options.map(([key, words]) => el("option", { value: key }, words)));
  if (options.some(([key]) => key === value)) select.value = value;
}

/** A form that asks once at a time and says in words what went wrong, or what `ask(values)` returned: {title, detail, action}. `keeps` leaves what was typed in place. */
export class AskingForm {
  constructor({ fields, press, ask, look = "btn", more = null, keeps = false }) {
    this._ask = ask;
    this._keeps = keeps;
    this.told = el("div", {});
    this.press = el("button", { type: "submit", class: look }, press);
    this.element = el("form", { class: "form", onsubmit: (event) => (event.preventDefault(), this._submit()) }, fields, this.told, this.press, more);
  }

  /** Take back what was said. */
  hush() {
    fill(this.told, "", () => []);
  }

  /** Say what the form asks about: what was typed and said about another thing goes. */
  about(what) {
    if (this._about === what) return;
    this._about = what;
    this.element.reset();
    this.hush();
  }

  async _submit() {
    if (this._asking) return;
    this._asking = true;
    set(this.press, "aria-disabled", "true");
    try {
      const done = await this._ask(Object.fromEntries(new FormData(this.element)));
      if (!this._keeps) this.element.reset();
      fill(this.told, `${done?.title ?? ""} ${performance.now()}`, () => (done ? note("good", "okc", done.title, done.detail, done.action) : []));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(this.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    this._asking = false;
    set(this.press, "aria-disabled", null);
  }
}
