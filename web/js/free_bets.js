// Free bets of the account: what the slip may use in place of a stake, and the panel of the account page that lists them.

import { AccountReading } from "./account_reading.js";
import { el, fill, set } from "./dom.js";
import { money } from "./money.js";
import { inUtc } from "./own_limits.js";

const EVERY_MS = 60_000;
const WORDS = { available: "Available", used: "Used", expired: "Expired" };

/** What free bets the account has. */
export class FreeBets extends AccountReading {
  constructor({ api, session, holder }) {
    super({ api, session }, "/v1/free-bets");
    for (const what of ["placed", "refused"]) holder.addEventListener(what, () => this.read());
    setInterval(() => document.hidden || this.read(), EVERY_MS);
  }

  /** Those that a bet may be struck with now, the first to expire first. */
  get usable() {
    const found = (this.found?.items ?? []).filter((each) => each.status === "available" && Date.parse(each.expires_at) > Date.now());
    return found.sort((one, other) => Date.parse(one.expires_at) - Date.parse(other.expires_at));
  }
}

/** The panel that lists the account's free bets. */
export class FreeBetsPanel {
  constructor({ freeBets }) {
    this._freeBets = freeBets;
    this.none = el("p", { class: "small soft" }, "You have none at the moment.");
    this.list = el("ul", { class: "stack" });
    const why = "A free bet is used whole in one bet, in the bet slip. Its stake is not returned: a win pays what the bet returns less the stake. A void bet gives it back.";
    this.element = el("div", { class: "form" }, el("p", { class: "small soft" }, why), this.none, this.list);
    freeBets.addEventListener("change", () => this.update());
  }

  update() {
    const items = this._freeBets.found?.items ?? [];
    set(this.none, "hidden", items.length > 0);
    set(this.list, "hidden", !items.length);
    fill(this.list, JSON.stringify(items), () => items.map((each) => this._row(each)));
  }

  _row({ amount_minor, currency, status, expires_at, reason, bet_id }) {
    const where = status === "used" && bet_id ? el("a", { href: `/bets/${bet_id}` }, "the bet") : null;
    return el("li", {}, el("b", {}, money(amount_minor, currency)), el("p", { class: "small" }, `${WORDS[status]}, ${reason}, until ${inUtc(expires_at)} `, where));
  }
}
