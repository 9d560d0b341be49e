// How the bookmaker restricts one's own stakes: told in the slip before anything is pressed, and with the limits of one's own.

import { AccountReading } from "./account_reading.js";

/** What the account's restrictions are. */
export class Restrictions extends AccountReading {
  constructor({ api, session, holder }) {
    super({ api, session }, "/v1/account/restrictions");
    holder.addEventListener("refused", () => this.read());
  }

  /** The factor of the account and since when it counts, null where there is none or it is not known. */
  get factor() {
    return this.found?.restrictions.find((each) => each.kind === "stake_factor") ?? null;
  }

  /** The most that is paid on a bet, null unless the account is restricted: then the server alone says it. */
  get payoutMinorMax() {
    return this.factor === null ? null : this.found.payout_minor_max;
  }
}
