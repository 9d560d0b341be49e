// How the bookmaker restricts one's own stakes: told in the slip before anything is pressed, and with the limits of one's own.

import { AccountReading } from "./account_reading.js";

const PATH = "/v1/account/restrictions";
const MARKETS_MAX = 25;

/** What the account's restrictions are. */
export class Restrictions extends AccountReading {
  constructor({ api, session, holder }) {
    super({ api, session }, PATH);
    holder.addEventListener("refused", () => this.read());
    holder.addEventListener("change", () => this._ask(holder.slip.picks));
    this._ask(holder.slip.picks);
  }

  /** Ask about the markets of the slip, too: the lowest of their limits counts. */
  _ask(picks) {
    const markets = [...new Set(picks.map((pick) => pick.market_id))].slice(0, MARKETS_MAX);
    const path = markets.length ? `${PATH}?${new URLSearchParams(markets.map((id) => ["market_id", id]))}` : PATH;
    if (path === this._path) return;
    this._path = path;
    this.read();
  }

  /** The factor of the account and since when it counts, null where there is none or it is not known. */
  get factor() {
    return this.found?.restrictions.find((each) => each.kind === "stake_factor") ?? null;
  }

  /** The hold on withdrawals: its reason and since when, null where there is none or it is not known. */
  get withdrawalHold() {
    return this.found?.restrictions.find((each) => each.kind === "withdrawal_hold") ?? null;
  }

  /** Whether a market of the slip has a limit of its own. */
  get ofMarkets() {
    return (this.found?.markets_minor_max ?? null) !== null;
  }

  /** The most that is paid on the bet of the slip, null where neither the account nor a market is limited: then the server alone says it. */
  get payoutMinorMax() {
    return this.factor === null && !this.ofMarkets ? null : this.found.payout_minor_max;
  }
}
