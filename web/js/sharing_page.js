// Share something: a bet of one's own, which is verified, or a pick that is typed in by hand.

import { el, fill, keyed, note, set } from "./dom.js";
import { bones } from "./board.js";
import { betWords, failedNote, signInFirst } from "./bets.js";
import { money } from "./money.js";
import { PickForm } from "./picks.js";
import { Sharing } from "./sharing.js";

const KINDS = { bet: "A bet of mine", pick: "A pick, typed in" };

/** The view that shares; `app` is what main.js put together. */
export class SharingPage {
  constructor(app) {
    this._app = app;
    this.title = "Share, Slipstream";
    this.wanted = ["live", "scheduled"];
    this.kind = null;
    this.kinds = Object.entries(KINDS).map(([kind, words]) => el("button", { type: "button", "data-kind": kind, onclick: () => this._choose(kind) }, words));
    this.seg = el("div", { class: "seg kinds", role: "group", "aria-label": "What to share" }, this.kinds);
    this.first = el("div", {}, signInFirst("what you can share"));
    this.told = el("div", {});
    this.bets = el("select", { onchange: () => this.update() });
    this.which = el("label", { class: "field" }, "Which bet", this.bets);
    this.says = el("div", {});
    this.sharing = new Sharing(app);
    this.ofBet = el("div", { class: "stack" }, this.says, el("div", { class: "form" }, this.which), this.sharing.element);
    this.pick = new PickForm(app, (slip) => this._shared(slip));
    this.ofPick = el("section", { class: "panel", "aria-labelledby": "pick-title" }, el("header", {}, el("h2", { id: "pick-title" }, "A pick, typed in")), el("div", { class: "pad" }, el("p", { class: "small soft" }, "Shown as unverified: it has no stake, is in no record, and is never ranked with bets."), this.pick.element));
    this.place = el("div", { class: "stack" });
    this.element = el("div", { class: "stack" }, el("div", { class: "title" }, el("h1", {}, "Share"), this.seg), this.first, this.told, this.place);
  }

  show() {
    this.told.replaceChildren();
    this._app.wallet.read();
  }

  update() {
    const { session, wallet } = this._app;
    const open = wallet.open ?? [];
    const kind = this.kind ?? (wallet.open && !open.length ? "pick" : "bet");
    for (const pressed of this.kinds) set(pressed, "aria-pressed", String(pressed.dataset.kind === kind));
    set(this.first, "hidden", session.signedIn);
    set(this.seg, "hidden", !session.signedIn);
    keyed(this.place, session.signedIn ? [kind] : [], (each) => each, (each) => (each === "bet" ? this.ofBet : this.ofPick));
    if (!session.signedIn) return;
    if (kind === "pick") this.pick.update();
    else this._patchBets(open, wallet);
  }

  _patchBets(open, { open: known, error }) {
    const named = open.map((bet) => [bet.bet_id, this._words(bet)]);
    fill(this.bets, JSON.stringify(named), () => this._options(named));
    fill(this.says, JSON.stringify([known?.length, error?.message]), () => this._saying(known, error));
    set(this.which.parentNode, "hidden", !open.length);
    this.sharing.update(open.find(({ bet_id }) => bet_id === this.bets.value) ?? null);
  }

  _saying(known, error) {
    if (known) return known.length ? [] : note("", "void", "You have no open bet", "Place one, or share a pick that is typed in.");
    return error ? failedNote(error, () => this._app.wallet.read()) : bones();
  }

  _words(bet) {
    const { name, what } = betWords(this._app, bet);
    return `${name} (${what}), ${money(bet.stake_minor, bet.currency)} at ${this._app.shown(bet.odds)}`;
  }

  /** The bet that was chosen stays chosen while names come in. */
  _options(named) {
    const chosen = this.bets.value;
    return named.map(([value, text]) => el("option", { value, selected: value === chosen }, text));
  }

  _choose(kind) {
    this.kind = kind;
    this.told.replaceChildren();
    this.update();
  }

  _shared({ slip_id, held_rule }) {
    const see = el("a", { class: "btn tiny", href: `/slips/${slip_id}` }, "See the slip");
    this.told.replaceChildren(note("good", "okc", "Shared", held_rule ? "Only you see it until a moderator has looked at it." : "It is shown as a pick, unverified.", see));
    see.focus({ preventScroll: true });
  }
}
