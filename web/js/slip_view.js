// The bet slip on the page: made once, brought up to date in place, so that focus and presses survive every answer.

import { button, el, fill, hidden, icon, keyed, note, set, write } from "./dom.js";
import { amount, exponentOf, money, minorOf, signOf } from "./money.js";
import { timeOf } from "./names.js";
import { largestStakeMinor, shownOdds, shownRatio } from "./odds.js";
import { nameOf } from "./bet_types.js";
import { legStanding, standing, kinds } from "./standing.js";
import { makeLeg, patchLeg } from "./legs_view.js";
import { bonusPress } from "./bonuses.js";
import { CodeSharing } from "./codes.js";
import { notesOf, receipts } from "./slip_notes.js";
import { sheet } from "./sheet.js";
import { Together } from "./together.js";
import * as slips from "./slip.js";
import { hasWays, madeOf, marketsIn } from "./ways.js";

/** Return until when a trader may answer the bets of a slip that wait for one, in words; empty where none waits. */
function referredUntil(slip) {
  const until = (slip.sent?.parts ?? []).filter((part) => part.status === "pending" && part.receipt.refer_s).map((part) => part.until);
  return until.length ? timeOf(Math.max(...until), true) : "";
}

/** Return the seconds until the bets of a slip that wait in play are decided, 0 where none waits. */
const pendingS = (slip) => Math.max(0, ...(slip.sent?.parts ?? []).map((part) => (part.status === "pending" ? Math.ceil((part.until - Date.now()) / 1000) : 0)));

const QUICK = { 0: [500, 1000, 2500, 5000], 2: [500, 1000, 2500, 5000], 3: [5000, 10_000, 25_000, 50_000] };

/** The slip in `root`; `app` is what main.js put together. */
export class SlipView {
  constructor(app, root) {
    this._app = app;
    this._build(root);
    this.sheet = sheet(root, this.peek, this.grip, this.input);
  }

  update() {
    const { holder, session } = this._app;
    const slip = holder.slip;
    const world = this._world(slip);
    const stands = standing(slip, world);
    const frozen = slips.isFrozen(slip);
    set(this.slip, "data-busy", frozen);
    set(this.slip, "data-stands", stands.state);
    set(this.count, "hidden", !slip.picks.length);
    write(this.count.firstChild, String(slip.picks.length));
    set(this.clear, "hidden", frozen || !slip.picks.length);
    const key = JSON.stringify([slip.told, slip.sent, holder.protection, holder.pending, session.ended, stands.state, world.retryS, slip.picks.length > 0, this._app.settings.odds]);
    fill(this.notes, key, () => notesOf(this._app, slip, stands, world, (refer) => this._place(refer)));
    fill(this.receipts, JSON.stringify([slip.told, this._app.settings.odds]), () => receipts(this._app, slip));
    set(this.receipts, "hidden", !slip.told?.placed.length);
    set(this.work, "hidden", !slip.picks.length);
    keyed(this.legs, slip.picks, (pick) => pick.key, (pick) => makeLeg(pick, this._app), (node, pick) => patchLeg(node, pick, world.legs.get(pick.key), slip, world));
    this.together.update(slip, world);
    if (slip.picks.length) this._patchWork(slip, stands, world, frozen);
    this._patchPeek(slip, stands, world);
  }

  /** Bring the stake into focus; on a phone that opens the sheet. */
  focus() {
    this.sheet.open();
    if (!this.work.hidden) this.input.focus({ preventScroll: true });
  }

  _world(slip) {
    const { holder, session, settings, connection, wallet } = this._app;
    const world = this._app.world();
    const together = new Set(slips.togetherOf(slip).flatMap(({ picks }) => picks.map((pick) => pick.key)));
    const legs = new Map(slip.picks.map((pick) => [pick.key, this._standing(pick, world, together)]));
    const sentOdds = slip.sent ? this._whole(slip, settings.odds) : "";
    return {
      ...world,
      legs,
      sentOdds,
      off: connection.state(world.now) === "off",
      signedIn: session.signedIn,
      staff: session.staff,
      protection: holder.protection,
      availableMinor: wallet.availableMinor,
      currency: slip.sent?.currency ?? session.currency,
      accept: settings.accept,
      pendingS: pendingS(slip),
      referredUntil: referredUntil(slip),
      retryS: Math.max(0, Math.ceil((holder.retryAt - world.now) / 1000)),
    };
  }

  /** How a pick stands. What it costs alone is nothing to ask about where it has a price together with others. */
  _standing(pick, world, together) {
    const stands = legStanding(pick, world.store.offer(pick.market_id, pick.selection), world.now);
    return stands.state === "changed" && together.has(pick.key) ? { state: "same" } : stands;
  }

  _build(root) {
    const { holder } = this._app;
    this.peek = el("button", { type: "button", class: "peek", "aria-expanded": "false", hidden: true });
    this.grip = el("button", { type: "button", class: "grip", "aria-label": "Close the slip" });
    this.count = el("span", { class: "count" }, "0", hidden(" picks"));
    this.clear = button("Clear", () => holder.change(slips.clear), "plain tiny");
    const header = el("header", {}, el("h2", { id: "slip-title" }, "Bet slip"), this.count, el("div", { class: "end" }, this.clear));
    this.notes = el("div", { class: "stack" });
    this.receipts = el("div", { class: "stack" });
    this.empty = el("p", { class: "soft" }, "Choose a price. Press it again to take it off.");
    this.seg = el("div", { class: "seg", role: "group", "aria-label": "Kind of bet" });
    this.legs = el("ul", { class: "legs" });
    this.together = new Together(this._app);
    this._buildStake();
    this.sums = el("dl", { class: "sums", id: "slip-sums" });
    this.label = el("span", {});
    this.symbol = el("span", { hidden: true });
    this.place = el("button", { type: "submit", class: "btn main big", "aria-describedby": "slip-why" }, this.symbol, this.label);
    this.deposit = el("a", { class: "btn", href: "/wallet", hidden: true }, "Deposit");
    this.why = el("p", { class: "promise", id: "slip-why" });
    this.codes = new CodeSharing(this._app);
    this.work = el("form", { class: "stack", onsubmit: (event) => this._press(event) }, this.seg, this.legs, this.together.element, this.both, this.free, this.stake, this.sums, this.place, this.deposit, this.why, this._choices(), this.codes.element);
    this.slip = el("section", { class: "slip", "aria-labelledby": "slip-title" }, this.grip, header, el("div", { class: "body" }, this.notes, this.receipts, this.empty, this.work));
    root.append(this.peek, this.slip);
  }

  _buildStake() {
    const { holder } = this._app;
    this.sign = el("span", { "aria-hidden": "true" });
    this.input = el("input", { id: "stake", inputmode: "decimal", autocomplete: "off", "aria-describedby": "slip-short slip-sums", oninput: () => holder.change(slips.setStake, this.input.value) });
    this.box = el("span", { class: "amount" }, this.sign, this.input);
    this.short = el("p", { class: "small lost", id: "slip-short", hidden: true });
    this.quick = el("div", { class: "quick", role: "group", "aria-label": "Quick stakes" });
    this.eachWay = el("input", { type: "checkbox", onchange: () => holder.change(slips.setEachWay, this.eachWay.checked) });
    this.eachWayOf = el("span", {});
    this.both = el("label", { class: "field", hidden: true }, this.eachWay, " Each way ", this.eachWayOf);
    this.free = el("div", { class: "quick", role: "group", "aria-label": "Free bets", hidden: true });
    this.stake = el("div", { class: "stake" }, el("label", { for: "stake" }, "Stake ", this.box), this.short, this.quick);
  }

  _choices() {
    const { settings } = this._app;
    const choice = (name, label, options) => {
      const select = el("select", { onchange: () => settings.choose(name, select.value) }, Object.entries(options).map(([value, text]) => el("option", { value }, text)));
      this[name] = select;
      return el("label", { class: "field" }, label, select);
    };
    return el(
      "div",
      { class: "pair" },
      choice("accept", "If a price moves", { exact: "Ask me", better: "Take a better price", any: "Take any price" }),
      choice("odds", "Odds shown as", { decimal: "Decimal 2.50", fractional: "Fraction 3/2", american: "American +150" }),
    );
  }

  _patchWork(slip, stands, world, frozen) {
    const many = slip.picks.length > 1;
    const kind = slips.kindOf(slip);
    set(this.seg, "hidden", !many || frozen);
    keyed(this.seg, kinds(slip), ([type]) => type, ([type]) => this._kind(type), (node, [type, name]) => {
      write(node, name);
      set(node, "aria-pressed", String(type === kind));
    });
    const free = slips.freeBetOf(slip, world.currency);
    this._patchFree(slip, free, world, frozen);
    set(this.stake, "hidden", slips.isSeparate(slip) || free !== null);
    set(this.both, "hidden", !slips.canBeEachWay(slip));
    if (this.eachWay.checked !== slips.isEachWay(slip)) this.eachWay.checked = slips.isEachWay(slip);
    set(this.eachWay, "disabled", frozen);
    write(this.eachWayOf, `(win and place, ${[...new Set(slip.picks.map((pick) => pick.terms))].join(", ")} of the odds)`);
    if (this.input.value !== slip.stake && document.activeElement !== this.input) this.input.value = slip.stake;
    set(this.input, "readonly", frozen);
    write(this.sign, signOf(world.currency));
    this._patchShort(slip, stands, world);
    set(this.quick, "hidden", frozen);
    fill(this.quick, `${world.currency} ${world.availableMinor === null}`, () => this._quicks(world));
    this._patchSums(slip, stands, world);
    set(this.place, "aria-disabled", stands.enabled ? null : "true");
    write(this.label, stands.label);
    fill(this.symbol, stands.symbol ?? "", () => (stands.symbol === "spin" ? el("span", { class: "spin", "aria-hidden": "true" }) : stands.symbol ? icon(stands.symbol) : []));
    set(this.symbol, "hidden", !stands.symbol);
    set(this.deposit, "hidden", stands.action !== "deposit");
    write(this.why, stands.why);
    this.codes.update(slip);
    for (const name of ["accept", "odds"]) {
      if (this[name].value !== this._app.settings[name]) this[name].value = this._app.settings[name];
      set(this[name], "disabled", name === "accept" && frozen);
    }
  }

  /** Offer the free bets that this bet can be struck with, and the bonuses that it can be staked from; a press takes one, another gives it up. */
  _patchFree(slip, free, world, frozen) {
    const usable = this._app.freeBets.usable.filter((each) => each.currency === world.currency && slips.canTake(slip, each.amount_minor));
    const [bonuses, bonus] = [slips.isSeparate(slip) ? [] : this._app.bonuses.usable.filter((each) => each.currency === world.currency), slips.bonusOf(slip, world.currency)];
    set(this.free, "hidden", frozen || !(usable.length + bonuses.length));
    fill(this.free, JSON.stringify([usable, free, bonuses, bonus]), () => [...usable.map((each) => this._freeBet(each, free)), ...bonuses.map((each) => bonusPress(this._app, each, bonus))]);
  }

  _freeBet({ free_bet_id: id, amount_minor: amountMinor, currency }, free) {
    const isTaken = free?.id === id;
    const press = button(`${isTaken ? "Using" : "Use"} free bet ${money(amountMinor, currency)}`, () => this._app.holder.change(slips.setFreeBet, isTaken ? null : { id, amountMinor, currency }));
    press.setAttribute("aria-pressed", String(isTaken));
    return press;
  }

  _kind(type) {
    return el("button", { type: "button", onclick: () => this._app.holder.change(slips.setKind, type) });
  }

  /** The odds of all picks in one bet. */
  _whole(slip, format) {
    const [{ ratio }] = slips.betsOf(slips.isSeparate(slip) ? { ...slip, picks: slip.picks.slice(0, 1) } : slip, this._app.session.currency);
    return ratio[0] ? shownRatio(ratio, format) : "\u2026";
  }

  _patchShort(slip, stands, world) {
    const short = stands.state === "funds";
    set(this.short, "hidden", !short);
    const left = this._app.limits.stakeLeftMinor;
    const limits = left === null ? "" : `Your limits leave ${money(left, world.currency)}.`;
    const largest = this._largest(slip, world.currency);
    if (limits || largest) set(this.short, "hidden", false);
    write(this.short, [short && `You have ${money(world.availableMinor, world.currency)} available.`, limits, largest].filter(Boolean).join(" "));
    set(this.box, "data-bad", short);
    set(this.input, "aria-invalid", short ? "true" : null);
  }

  /** Say the largest stake that is taken where the bookmaker limits the account or a market. */
  _largest(slip, currency) {
    const payoutMinorMax = this._app.restrictions.payoutMinorMax;
    if (payoutMinorMax === null || slips.isSeparate(slip)) return "";
    const [{ ratio, lines }] = slips.betsOf(slip, currency);
    if (!ratio[0]) return "";
    const largest = largestStakeMinor(payoutMinorMax, ratio, lines || 1);
    return largest ? `At most ${money(largest, currency)} is taken on this.` : "No stake is taken on this.";
  }

  _quicks(world) {
    const { holder } = this._app;
    const write_ = (minor) => holder.change(slips.setStake, amount(minor, world.currency, false));
    const add = (minor) => button(`+${amount(minor, world.currency).replace(/\.0+$/, "")}`, () => write_(minorOf(holder.slip.stake || "0", world.currency) + minor));
    const quick = (QUICK[exponentOf(world.currency)] ?? QUICK[2]).map(add);
    if (world.availableMinor !== null) {
      const lines = () => (madeOf(slips.kindOf(holder.slip), holder.slip.picks)?.lines ?? 1) * (slips.isEachWay(holder.slip) ? 2 : 1);
      const max = button("Max", () => write_(Math.floor(this._app.wallet.availableMinor / lines())));
      max.setAttribute("aria-label", "Max, all that is available");
      quick.push(max);
    }
    for (const each of quick) each.addEventListener("click", () => (this.input.value = holder.slip.stake));
    return quick;
  }

  _patchSums(slip, stands, world) {
    const parts = slips.betsOf(slip, world.currency);
    const staked = parts.reduce((sum, bet) => sum + bet.stakeMinor, 0);
    const returns = parts.reduce((sum, bet) => sum + bet.returnsMinor, 0);
    const changed = [...world.legs.values()].some((leg) => leg.state === "changed");
    const all = parts.length === 2 ? "Returns, both win" : parts.length > 2 ? "Returns, all win" : parts[0]?.lines > 1 ? (hasWays(slip.picks) ? "Best case, returns" : "Best case, all win: returns") : "Returns";
    const rows = [];
    if (parts.length === 1 && parts[0].lines > 0 && (slip.picks.length > 1 || parts[0].eachWay)) {
      const [{ lines, ratio }] = parts;
      rows.push([`${lines} line${lines === 1 ? "" : "s"} \u00d7 ${money(lines ? staked / lines : 0, world.currency)}`, money(staked, world.currency)], [changed ? "Odds as picked" : "Odds", shownRatio(ratio, world.format)]);
      if (lines > 1) rows.push(["Worst case, no line wins", money(parts[0].freeBetId ? 0 : -staked, world.currency)]);
    }
    if (parts.length > 1) rows.push([`${parts.length} bets`, money(staked, world.currency)]);
    if (stands.state === "unknown") rows.push(["Stake", money(staked, world.currency)]);
    if (parts[0]?.bonusId) rows.push(["Stake from bonus", money(staked, world.currency)]);
    if (parts[0]?.freeBetId) rows.push(["Free bet, stake not returned", money(staked, world.currency)]);
    const title = changed && !slips.isFrozen(slip) ? "Returns as picked" : all;
    fill(this.sums, JSON.stringify([rows, title, returns]), () => [
      ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
      el("div", { class: "returns" }, el("dt", {}, title), el("dd", {}, el("output", { for: "stake" }, money(returns, world.currency)))),
    ]);
  }

  _patchPeek(slip, stands, world) {
    const picks = slip.picks.length;
    set(this.empty, "hidden", picks > 0 || Boolean(slip.told?.placed.length) || stands.state === "protected");
    set(this.peek, "hidden", !picks && !slip.told);
    const changes = [...world.legs.values()].filter((leg) => leg.state === "changed");
    const name = picks === 1 ? `${slip.picks[0].name} at ${shownOdds(slip.picks[0].odds, world.format)}` : slips.isSeparate(slip) ? `${picks} ${nameOf(slips.kindOf(slip), 1).toLowerCase()}s` : picks ? `${nameOf(slips.kindOf(slip), marketsIn(slip.picks))} at ${this._whole(slip, world.format)}` : slip.told?.placed.length ? "Bet placed" : "Bet slip";
    const says = slips.isFrozen(slip) ? stands.label : changes.length ? `${changes.length} price${changes.length > 1 ? "s" : ""} changed` : "Open";
    const tri = changes.length && !slips.isFrozen(slip) ? el("i", { class: `tri ${changes[0].direction}`, "aria-hidden": "true" }) : null;
    fill(this.peek, JSON.stringify([picks, name, says, changes[0]?.direction]), () => [picks ? el("span", { class: "count" }, String(picks)) : null, name, el("span", { class: "end" }, tri, says, icon("chevup"))]);
  }

  _press(event) {
    event.preventDefault();
    this._place();
  }

  _place(refer = false) {
    const slip = this._app.holder.slip;
    const stands = standing(slip, this._world(slip));
    if (!stands.enabled) return;
    if (stands.action === "sign-in") return this._app.router.go("/sign-in");
    this._app.holder.place(this._app.settings.accept, refer);
  }
}
