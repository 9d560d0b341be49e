// What the slip says above its picks: not known yet, refused, protected, offline, signed out; and the receipts of what was struck.

import { button, el, icon, note } from "./dom.js";
import { nameOf } from "./bet_types.js";
import { amount, money } from "./money.js";
import { marketName, matchName, timeOf } from "./names.js";
import { shownOdds } from "./odds.js";
import { betRefusal, largestStakeOf } from "./refusing.js";
import { stakeName } from "./slip_words.js";
import * as slips from "./slip.js";
import { marketsIn } from "./ways.js";

const ORDINALS = ["", "1st", "2nd", "3rd"];

/** Return the notes of a slip that stands as `stands`; `place` is the press that places it. */
export function notesOf(app, slip, stands, world, place) {
  return [...pendingNotes(app), ...sentNotes(slip, stands), ...refusals(app, slip, world, place), ...protection(app.holder), ...offline(app, stands), ...ended(app)];
}

function sentNotes(slip, stands) {
  if (stands.state !== "unknown") return [];
  const tries = Math.max(...slip.sent.parts.filter((part) => part.status === "unknown").map((part) => part.tries));
  const time = ORDINALS[tries + 1] ?? `${tries + 1}th`;
  const which = slip.sent.parts.length > 1 ? "every bet was placed" : "this bet was placed";
  return [note("warn", "refresh", `Not known yet whether ${which}`, `Asking again with the same request, ${time} time. It can be placed once at most.`)];
}

function pendingNotes({ holder }) {
  if (!holder.pending) return [];
  return [note("warn", "refresh", "Not known yet whether your bet was placed", "Sign in again: the same request is asked again. It can be placed once at most.", el("a", { class: "btn tiny main", href: "/sign-in" }, "Sign in"))];
}

function refusals(app, slip, world, place) {
  if (!slip.told) return [];
  return slip.told.refused.flatMap((part) => {
    const named = (marketId, selection) => part.picks.find((pick) => pick.market_id === marketId && pick.selection === selection)?.name ?? selection;
    const { title, detail, slug } = betRefusal(part.problem, { currency: slip.told.currency, format: world.format, named });
    if (app.holder.protection?.slug === slug) return [];
    return [note("bad", "noc", title, detail, offered(app, slip, part, place), "alert")];
  });
}

/** The press that takes the largest stake instead; of several bets, it is set for the one that was refused. And that which asks a trader. */
function offered(app, slip, part, place) {
  const max = largestStakeOf(part.problem);
  const refer = part.problem.may_refer ? button("Ask the trader", () => place(true), "tiny") : null;
  if (!max) return refer;
  const { currency } = slip.told;
  const each = Math.floor(max / (part.lines || 1));
  const set = (key) => app.holder.change(slips.setStake, amount(each, currency, false), key);
  const less = slips.isSeparate(slip)
    ? button(`Set stake to ${money(each, currency)}`, () => set(part.picks[0].key), "tiny")
    : button(`Bet ${money(each * (part.lines || 1), currency)} instead`, () => (set(null), place()), "tiny");
  return refer ? el("div", { class: "presses" }, less, refer) : less;
}

function protection({ protection: known }) {
  return known ? [note("warn", "pause", known.title, known.detail)] : [];
}

function offline(app, stands) {
  if (stands.state !== "offline") return [];
  return [note("bad", "offline", "No connection", "Your picks are kept; nothing is sent until you press again.", button("Try now", () => app.live.now()))];
}

function ended({ session }) {
  if (session.signedIn || !session.ended) return [];
  return [note("", "user", "You are signed out", "The session has ended. Your picks are kept.", el("a", { class: "btn tiny main", href: "/sign-in" }, "Sign in"))];
}

/** Return the receipts of what was struck: by name, with its number. */
export function receipts(app, slip) {
  if (!slip.told?.placed.length) return [];
  const { placed, currency } = slip.told;
  const keep = button("Keep picks", () => app.holder.change(slips.keepPicks), "");
  const done = button("Done", () => app.holder.change((now) => ({ ...now, told: null })), "");
  return [...placed.map((part) => receipt(app, part, currency)), el("div", { class: "pair" }, keep, done)];
}

function receipt(app, { receipt: bet, picks }, currency) {
  const odds = shownOdds(bet.odds, app.settings.odds);
  const what = picks.map((pick) => `${pick.name}, ${marketName(pick.type).toLowerCase()}, ${matchOf(app, pick)}`);
  const kind = picks.length > 1 ? `${nameOf(bet.type, marketsIn(picks))} placed at ${odds}` : `Bet placed at ${odds}`;
  const row = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
  return el(
    "div",
    {},
    el("div", { class: "receipt", role: "status" }, el("span", { class: "ring" }, icon("check")), el("b", {}, kind), what.map((text) => el("p", { class: "small soft" }, text))),
    el(
      "dl",
      { class: "sums" },
      row(stakeName(bet), money(bet.stake_minor, currency)),
      row("Struck", timeOf(bet.placed_at, true)),
      row("Bet", el("a", { href: `/bets/${bet.bet_id}`, title: bet.bet_id }, bet.bet_id.slice(0, 13))),
      el("div", { class: "returns" }, el("dt", {}, "Returns"), el("dd", {}, money(bet.potential_returns_minor, currency))),
    ),
  );
}

function matchOf(app, pick) {
  const fixture = app.store.fixtures.get(pick.fixture_id);
  return fixture ? matchName(fixture) : pick.match;
}
