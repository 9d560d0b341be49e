// Bonuses of the account: what the slip may stake in place of cash, and the panel of the account page that lists them.

import { AccountReading } from "./account_reading.js";
import { button, el, fill, set } from "./dom.js";
import { money } from "./money.js";
import { inUtc } from "./own_limits.js";
import { setBonus } from "./slip.js";

const EVERY_MS = 60_000;
const WORDS = { active: "Active", converted: "Became cash", expired: "Expired" };

/** What bonuses the account has. */
export class Bonuses extends AccountReading {
  constructor({ api, session, holder }) {
    super({ api, session }, "/v1/bonuses");
    for (const what of ["placed", "refused"]) holder.addEventListener(what, () => this.read());
    setInterval(() => document.hidden || this.read(), EVERY_MS);
  }

  /** Those that a bet may be staked from now, the first to expire first. */
  get usable() {
    const found = (this.found?.items ?? []).filter((each) => each.status === "active" && each.available_minor > 0 && Date.parse(each.expires_at) > Date.now());
    return found.sort((one, other) => Date.parse(one.expires_at) - Date.parse(other.expires_at));
  }
}

/** Return the press that stakes the slip's bet from a bonus, or gives it up where `taken` is that one. */
export function bonusPress(app, { bonus_id: id, available_minor: availableMinor, stake_minor_max: stakeMinorMax, currency }, taken) {
  const isTaken = taken?.id === id;
  const press = button(`${isTaken ? "Staking" : "Stake"} from bonus ${money(availableMinor, currency)}`, () => app.holder.change(setBonus, isTaken ? null : { id, availableMinor, stakeMinorMax, currency }));
  press.setAttribute("aria-pressed", String(isTaken));
  return press;
}

/** The panel that lists the account's bonuses. */
export class BonusesPanel {
  constructor({ bonuses }) {
    this._bonuses = bonuses;
    this.none = el("p", { class: "small soft" }, "You have none at the moment.");
    this.list = el("ul", { class: "stack" });
    const why = "A bonus is staked in the bet slip in place of cash, and what its bets return goes back to it. It becomes cash once enough of it was staked on settled bets; void bets, and those on several selections of one market, do not count. Your cash may be withdrawn at any time, whatever becomes of a bonus.";
    this.element = el("div", { class: "form" }, el("p", { class: "small soft" }, why), this.none, this.list);
    bonuses.addEventListener("change", () => this.update());
  }

  update() {
    const items = this._bonuses.found?.items ?? [];
    set(this.none, "hidden", items.length > 0);
    set(this.list, "hidden", !items.length);
    fill(this.list, JSON.stringify(items), () => items.map((each) => this._row(each)));
  }

  _row({ status, available_minor, at_risk_minor, amount_minor, currency, wagered_minor, wager_minor, times, odds_min, stake_minor_max, expires_at, reason }) {
    const inBets = at_risk_minor ? `, ${money(at_risk_minor, currency)} in open bets` : "";
    return el(
      "li",
      {},
      el("b", {}, `${money(available_minor, currency)}${inBets}`),
      el("p", { class: "small" }, `${WORDS[status]}: ${money(Math.min(wagered_minor, wager_minor), currency)} of ${money(wager_minor, currency)} staked, until ${inUtc(expires_at)}`),
      el("p", { class: "small soft" }, `${money(amount_minor, currency)}, ${reason}, to be staked ${times} times at odds of ${odds_min} or longer, at most ${money(stake_minor_max, currency)} a bet.`),
    );
  }
}
