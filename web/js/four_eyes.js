// Proposals that wait for a second trader: approve or decline another one's, withdraw one's own.

import { button, el, fill, keyed, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { money } from "./money.js";
import { dayOf, matchName, timeOf } from "./names.js";

const ACTIONS = { price_market: "Prices beyond the bounds", resume_market: "Reopen beyond the bounds", open_market: "Open a market", result_market: "Result a market", correct_result: "Correct a result", take_back_result: "Take a result back", void_market: "Void a market", void_bets: "Void bets of a window of time", restore_bets: "Restore bets of a window of time", correct_price: "Correct a price that was an obvious error", restore_price: "Take a corrected price back", abandon_fixture: "Abandon a match", grant_free_bet: "Grant a free bet", credit_bonus: "Credit a bonus" };

/** What a proposal would do to bets and wallets, a line for each currency. */
const linesOf = ({ money: sums }) => (sums.length ? sums.map(lineOf) : ["No bets are concerned."]);

function lineOf({ currency, bets, stake_minor, settled, change_minor, below_zero, owed_minor, paid_minor_max, taken_minor_max }) {
  const wallets = `wallets hold ${money(Math.abs(change_minor), currency)} ${change_minor < 0 ? "less" : "more"}`;
  const below = below_zero ? ` ${below_zero} below zero, owing ${money(owed_minor, currency)}.` : "";
  return `${bets} ${bets === 1 ? "bet" : "bets"} of ${money(stake_minor, currency)}, ${settled} settled by it: ${wallets}.${below} At most ${money(paid_minor_max, currency)} are paid and ${money(taken_minor_max, currency)} taken back, whatever other legs do.`;
}

/** Which bets a proposal is about, where it is about those of a window of time: the end is not in it. */
const strikesOf = ({ window }) => (window ? ` Bets struck ${dayOf(window[0])} from ${timeOf(window[0], true)} to before ${timeOf(window[1], true)}.` : "");

/** Which bets a proposal is about, where it is about those at a price: [selection, first version, last version, odds, right odds]. */
const pricesOf = ({ error }) => (error ? ` Bets on ${error[0]} at ${decimal(error[3])}, right were ${decimal(error[4])}.` : "");

const decimal = ([numerator, denominator]) => (numerator / denominator).toFixed(2);

/** How the price of a selection stood in the versions about those that are said to be wrong, as the log has it. */
function evidenceOf([selection, first, last], { items }) {
  return items.filter(({ version }) => version >= first - 2 && version <= last + 2).map(({ version, at, offered }) => `Version ${version}, ${timeOf(at, true)}: ${selection} ${offered[selection] ?? "not offered"}${version >= first && version <= last ? ", said to be wrong" : ""}.`);
}

/** The panel of what waits. */
export class FourEyes {
  constructor(app) {
    this._app = app;
    this._busy = false;
    this.count = el("span", { class: "count", hidden: true });
    this.told = el("div", {});
    this.none = el("p", { class: "pad-in small soft", hidden: true }, "Nothing waits for a second trader.");
    this.place = el("div", {});
    this.element = el("section", { class: "panel", "aria-labelledby": "four-eyes" }, el("header", {}, el("h2", { id: "four-eyes" }, "Four eyes"), this.count), this.told, this.place, this.none);
  }

  async read() {
    const { items } = await this._app.api.get("/v1/trading/proposals?limit=20");
    write(this.count, String(items.length));
    set(this.count, "hidden", !items.length);
    set(this.none, "hidden", items.length > 0);
    keyed(this.place, items, ({ proposal_id: id }) => id, (item) => this._card(item));
  }

  _card(item) {
    const { proposal_id: id, action, cause, market_id, fixture_id, account_id, proposed_by, proposed_at, expires_at } = item;
    const own = proposed_by === this._app.session.accountId;
    const words = ACTIONS[action] ?? action.replaceAll("_", " ");
    const about = this._app.store.fixtures.get(fixture_id);
    const sees = el("div", { class: "small", "aria-live": "polite" });
    const approve = () => this._approve(item, words, sees, press);
    const press = button("Approve", approve, "tiny main");
    const reject = () => this._decide(`${id}/rejection`, { reason: own ? "withdrawn" : "declined" }, `${own ? "Withdrawn" : "Declined"}: ${words}`);
    const presses = own ? [button("Withdraw", reject)] : [press, button("Decline", reject)];
    const details = el("details", { class: "small" }, el("summary", {}, "What it would do"), el("pre", { class: "details" }, JSON.stringify(item.details, null, 1)));
    return el("div", { class: "ask", role: "group", "aria-label": words }, el("p", { class: "line1" }, el("b", {}, words), el("span", { class: `tag ${own ? "" : "warn"}` }, own ? "yours, waiting" : "needs a second person")), el("p", { class: "small soft" }, `${cause} Proposed ${timeOf(proposed_at, true)}, until ${timeOf(expires_at, true)}${about ? `, ${matchName(about)}` : market_id ? `, market ${market_id.slice(0, 8)}` : account_id ? `, account ${account_id.slice(0, 8)}` : ""}.${strikesOf(item.details)}${pricesOf(item.details)}`), details, sees, el("div", { class: "two" }, presses));
  }

  /** Show what it would do before the press that does it; where that is another thing by then, show it again. */
  async _approve(item, words, sees, press) {
    if (press.shown) {
      await this._decide(`${item.proposal_id}/approval`, { preview: press.shown }, `Approved: ${words}`, () => this._look(item, words, sees, press));
      return;
    }
    await this._look(item, words, sees, press);
  }

  async _look({ proposal_id: id, market_id, details: { error } }, words, sees, press) {
    try {
      const evidence = error ? evidenceOf(error, await this._app.api.get(`/v1/trading/markets/${market_id}/prices`)) : [];
      const { preview } = await this._app.api.get(`/v1/trading/proposals/${id}/preview`);
      if (preview === null) {
        await this._decide(`${id}/approval`, undefined, `Approved: ${words}`);
        return;
      }
      press.shown = preview;
      sees.replaceChildren(...[...evidence, ...linesOf(preview)].map((line) => el("p", {}, line)));
      write(press, "Approve this");
    } catch (error) {
      this._tell(error);
    }
  }

  _tell(error) {
    const { title, detail } = wordsOf(error);
    fill(this.told, performance.now(), () => note("bad", "noc", title, detail, null, "alert"));
  }

  async _decide(path, body, words, again = null) {
    if (this._busy) return;
    this._busy = true;
    try {
      await this._app.api.put(`/v1/trading/proposals/${path}`, body);
      fill(this.told, performance.now(), () => note("good", "okc", words));
      await this.read();
    } catch (error) {
      this._tell(error);
      if (again && error.slug === "preview-outdated") await again();
    }
    this._busy = false;
  }
}
