// Every refusal in words: what did not happen, why with the figures, that nothing was staked, and the one next step.

import { money } from "./money.js";
import { inUtc } from "./own_limits.js";
import { shownOdds } from "./odds.js";

const NOTHING_STAKED = "Nothing was staked.";
const STAKE_BACK = "The stake is back.";

/** Return {title, detail} of a bet that was refused. `named` returns the selection of a market id, `format` is how odds are written. */
export function betRefusal(problem, { currency, format, named }) {
  const slug = (problem.type ?? "").split(":").pop();
  if (problem.delayed && problem.referred) return { slug, title: "Not placed by the trader", detail: `${problem.title ?? "It was refused."} ${STAKE_BACK}` };
  if (problem.delayed) return { slug, title: "Not placed after the delay", detail: `${problem.title ?? "It was refused."} ${STAKE_BACK}` };
  const said = WORDS[slug]?.(problem, { currency, format, named });
  if (said) return { slug, title: `Not placed: ${said[0]}`, detail: `${said[1] ?? ""} ${NOTHING_STAKED}`.trim() };
  return { slug, title: "Not placed", detail: `${problem.title ?? "The server refused it."} ${NOTHING_STAKED}` };
}

const WORDS = {
  "prices-moved": (p, { format, named }) => [
    "the price moved",
    `${named(p.market_id, p.selection)} was ${shownOdds(p.asked, format)} and is ${shownOdds(p.current, format)}.`,
  ],
  "prices-awaited": () => ["fresh prices are awaited", "Betting goes on once they are there."],
  "market-suspended-now": () => ["the market is suspended", "It opens by itself; your pick stays."],
  "market-not-open": () => ["betting on this market has ended"],
  "selection-withdrawn": () => ["this selection is not offered at the moment"],
  "insufficient-funds": (p, { currency }) => ["the stake is more than you have", `You have ${money(p.available_minor, currency)} available.`],
  "stake-limit-reached": (p, { currency }) => [`your stake limit of ${money(p.limit_minor, currency)} a ${p.period} leaves less`, leftWords(p, currency)],
  "loss-limit-reached": (p, { currency }) => [`your loss limit of ${money(p.limit_minor, currency)} a ${p.period} leaves less`, leftWords(p, currency)],
  "stake-out-of-range": (p, { currency }) => [
    p.stake_minor > p.stake_minor_max ? `${money(p.stake_minor, currency)} is over the limit` : "the stake is too small",
    `Between ${money(p.stake_minor_min, currency)} and ${money(p.stake_minor_max, currency)} is taken.`,
  ],
  "stake-over-limit": (p, { currency }) => [
    p.stake_minor_max ? `at most ${money(p.stake_minor_max, currency)} is taken` : "no stake is taken at these odds",
    `It could return ${money(p.potential_returns_minor, currency)}, and at most ${money(p.payout_minor_max, currency)} is paid on ${p.factor === "1" ? "one bet" : "a bet of yours"}.`,
  ],
  "free-bet-unknown": () => ["the free bet is not there"],
  "free-bet-already-used": () => ["the free bet was used already"],
  "free-bet-expired": (p) => ["the free bet expired", `It was to be used until ${moment(p.expires_at)}.`],
  "free-bet-stake-differs": (p, { currency }) => ["the free bet is of another amount", `It is ${money(p.amount_minor, currency)}.`],
  "selection-twice": () => ["a pick is there twice", "A larger stake is what two of the same would be."],
  "related-legs": () => ["two picks are on one match", "Together they have a price of their own."],
  "same-game-price-moved": (p, { format }) => ["the price together moved", `It was ${shownOdds(p.asked, format)} and is ${shownOdds(p.current, format)}.`],
  "same-game-malformed": () => ["picks of several matches have no price together"],
  "same-game-in-several-lines": () => ["picks of one match go into one line", "Not into a system, and not each way."],
  "leg-not-of-scores": () => ["a pick does not follow from the score of the match", "It has no price together with others of its match."],
  "legs-of-different-periods": () => ["picks on a half and on the whole match have no price together"],
  "legs-on-one-market": () => ["two picks are on one market", "They are bets of their own."],
  "leg-splits-stake": () => ["a pick on a quarter line may win by half", "It has no price together with others of its match."],
  "leg-without-model": () => ["these picks have no price together", "The bookmaker of this market gives none."],
  "legs-of-different-scores": () => ["fresh prices are awaited", "Betting goes on once they are there."],
  "legs-cannot-all-win": () => ["no score lets all these picks win"],
  "same-game-not-offered": () => ["no price is offered for these picks together", "They are next to impossible."],
  "too-many-legs": (p) => ["too many picks", `At most ${p.legs_max} go into one bet.`],
  "timed-out-now": (p) => ["you are in a time-out", `It ends ${moment(p.until)}.`],
  "self-excluded-now": (p) => ["you excluded yourself", p.until ? `Until ${moment(p.until)}.` : "For good."],
  "account-is-closed": () => ["the account is closed"],
  "staff-do-not-bet": () => ["this account works for the book", "Staff do not bet."],
  "odds-below-worst": (p, { format }) => ["the odds got shorter", `They were ${shownOdds(p.worst, format)} and are ${shownOdds(p.current, format)} now.`],
  "daily-cap-reached": (p, { currency }) => [
    "it is over your daily cap",
    `You staked ${money(p.staked_minor, currency)} of ${money(p.daily_cap_minor, currency)} by tails today.`,
  ],
  "same-game-would-wait": (p) => ["picks of one match cannot wait in play", `A bet on this match waits ${p.delay_s} s: bet on each alone.`],
  "bonus-unknown": () => ["the bonus is not there"],
  "bonus-is-over": (p) => [p.status === "converted" ? "the bonus became cash already" : "the bonus expired", "Stake cash in its place."],
  "insufficient-bonus": (p, { currency }) => ["the bonus holds less", `${money(p.available_minor, currency)} of it is left.`],
  "bonus-stake-too-large": (p, { currency }) => ["the stake is too large for the bonus", `At most ${money(p.stake_minor_max, currency)} a bet.`],
  "bonus-bet-would-wait": () => ["a bet from a bonus cannot wait in play", "Bet before kick-off, or stake cash."],
  "free-bet-would-wait": () => ["a free bet cannot wait in play", "Use it before kick-off, or bet your own money."],
  "tail-would-wait": (p) => ["in play it would wait", `A bet on this match waits ${p.delay_s} s: place it as a bet of your own.`],
  "slip-settled": () => ["every match of this slip is over"],
  "slip-unknown": () => ["this slip is not there any more"],
  "fade-impossible": () => ["this slip has no other side"],
  "tail-stake-malformed": () => ["it has no stake", "1 to 100 percent of the balance is taken."],
  "own-slip-tailed": () => ["this slip is your own"],
  "market-unknown": () => ["its match left the board"],
  "too-many-requests": () => ["too many requests", "Wait a moment, then press again."],
};

/** Return why picks of one match have no price together, in one sentence or two. */
export function unpriced(problem) {
  const slug = (problem.type ?? "").split(":").pop();
  const [what, why] = WORDS[slug]?.(problem, {}) ?? [problem.title ?? "the server refused it"];
  return `${what[0].toUpperCase()}${what.slice(1)}. ${why ?? ""}`.trim();
}

/** Return the largest stake that a refused bet may have, 0 where it was not refused for its stake or where no stake is taken. */
export function largestStakeOf(problem) {
  const slug = (problem.type ?? "").split(":").pop();
  return slug === "stake-over-limit" || (slug === "stake-out-of-range" && problem.stake_minor > problem.stake_minor_max) ? problem.stake_minor_max : 0;
}

/** Return what a limit of one's own leaves, and until when. */
export const leftWords = (p, currency) => `${money(p.left_minor, currency)} is left until ${inUtc(p.resets_at)}.`;

/** Return what keeps an account from betting, after a refusal that says so: {label, title, detail}, or null. */
export function protectionOf(problem) {
  const slug = (problem?.type ?? "").split(":").pop();
  const closed = "Bets and deposits are closed. Withdrawals work.";
  if (slug === "timed-out-now") return { slug, until: problem.until, label: "Time-out", title: `You are in a time-out until ${moment(problem.until)}`, detail: closed };
  if (slug === "self-excluded-now")
    return { slug, until: problem.returns_from, label: "Excluded", title: problem.until ? `You excluded yourself until ${moment(problem.until)}` : "You excluded yourself for good", detail: closed };
  if (slug === "account-is-closed") return { slug, until: null, label: "Account closed", title: "This account is closed", detail: closed };
  if (slug === "staff-do-not-bet") return { slug, until: null, label: "Staff do not bet", title: "This account works for the book", detail: "Staff neither bet nor deposit." };
  return null;
}

/** Return what keeps an account from betting as GET /v1/account tells it, or null; see `protectionOf`. */
export function protectionNow({ betting, timed_out_until, excluded_until, returns_from }) {
  const slug = { timed_out: "timed-out-now", self_excluded: "self-excluded-now", closed: "account-is-closed", staff: "staff-do-not-bet" }[betting];
  return slug ? protectionOf({ type: slug, until: betting === "timed_out" ? timed_out_until : excluded_until, returns_from }) : null;
}

function moment(text) {
  const when = new Date(text);
  return Number.isNaN(when.getTime()) ? "later" : when.toLocaleString("en-GB", { weekday: "long", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}
