// The header, the dock and the band below: where we are, whether prices are current, who is signed in and what they have.

import { button, fill, hidden, note, set, write } from "./dom.js";
import { el } from "./dom.js";
import { money } from "./money.js";

const UNREAD_SHOWN_MAX = 99;
const $ = (id) => document.getElementById(id);

/** Brings what stands around every view up to date. */
export class Header {
  constructor(app) {
    this._app = app;
    this.pulse = $("pulse");
    this.band = $("band");
  }

  update(route) {
    const { connection, session, wallet } = this._app;
    const now = performance.now();
    const [state, words] = connection.pulse(now);
    set(this.pulse, "data-state", state);
    set(this.pulse, "data-via", connection.via);
    write(this.pulse.lastElementChild, words);
    this._patchBand(connection.band(now));
    const known = session.signedIn && wallet.availableMinor !== null;
    set($("money"), "hidden", !known);
    if (known) {
      write($("money"), money(wallet.availableMinor, session.currency));
      set($("money"), "aria-label", `Available: ${money(wallet.availableMinor, session.currency)}`);
    }
    this._patchBell(session.signedIn, this._app.bell.counts?.unread ?? 0);
    set($("nav-trading"), "hidden", !session.roles.includes("trader"));
    set($("sign-in"), "hidden", session.signedIn);
    set($("avatar"), "hidden", !session.signedIn);
    fill($("avatar"), session.handle, () => [el("span", { "aria-hidden": "true" }, session.handle.slice(0, 2)), hidden(`Your account, ${session.handle}`)]);
    for (const link of document.querySelectorAll("[data-nav]")) set(link, "aria-current", link.dataset.nav === PLACE[route.name] ? "page" : null);
  }

  _patchBell(signedIn, unread) {
    const [bell, shown] = [$("bell"), unread > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : String(unread)];
    set(bell, "hidden", !signedIn);
    set(bell, "aria-label", unread ? `Inbox, ${shown} unread` : "Inbox");
    set(bell.lastElementChild, "hidden", !unread);
    write(bell.lastElementChild, shown);
  }

  _patchBand(band) {
    set(this.band, "hidden", !band);
    if (!band) {
      this.band.bandKey = "";
      return this.band.replaceChildren();
    }
    set(this.band, "class", `note band ${band.tone}`);
    const made = () => [...note(band.tone, band.symbol, band.title, band.detail, null).children];
    const key = `${band.symbol} ${band.title.replace(/\d+ s/, "")} ${band.retry}`;
    if (this.band.bandKey !== key) {
      this.band.bandKey = key;
      this.band.replaceChildren(...made(), ...(band.retry ? [button("Try now", () => this._app.live.now())] : []));
    }
    const lines = this.band.querySelectorAll("p");
    write(lines[0], band.title);
    if (lines[1]) write(lines[1], band.detail);
  }
}

const PLACE = { board: "board", match: "board", feed: "feed", slip: "feed", profile: "feed", people: "feed", leaderboard: "leaderboard", search: "search", code: "feed", tag: "feed", share: "feed", drafts: "bets", saved: "feed", muted: "account", decisions: "account", moderation: "account", trading: "trading", bets: "bets", bet: "bets", wallet: "wallet", account: "account", inbox: "inbox", "sign-in": "account", "sign-up": "account" };
