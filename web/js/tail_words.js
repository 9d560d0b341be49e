// Where a tail stands, in words: what its button says and does. No document, no network: values in, values out.

import { money } from "./money.js";
import { HUNDREDTHS_MAX } from "./units.js";

/**
 * Return {state, label, why, symbol, enabled, action} of a slip that somebody would tail.
 *
 * `total` is what the slip or its other side costs now (`slipNow`), `odds` how that is written, `sent` what is under way or null. `stake` is
 * {by: amount | units | percent, minor, percent, hundredths, unitMinor}, of which each kind has its own. `world` has protection, staff, off,
 * signedIn, availableMinor (null where not known) and currency. `capMinor` is the most to stake by tails in a day, 0 for no cap, null for none that can be read.
 */
export function tailStanding({ side, total, odds, stake, capMinor, sent, world }) {
  if (sent?.status === "placing") return { state: "placing", label: `Placing${sent.odds ? ` at ${sent.odds}` : ""}\u2026`, symbol: "spin", why: "Usually under a second." };
  if (sent?.status === "unknown") return { state: "unknown", label: "Asking again", symbol: "spin", why: "You may leave this page. The answer will be in My bets." };
  return blocked(total, stake, capMinor, world) ?? ready(side, odds, stake, world);
}

function blocked(total, stake, capMinor, world) {
  if (world.protection) return { state: "protected", label: world.protection.label, symbol: "pause", why: world.protection.title };
  if (world.staff) return { state: "protected", label: "Staff do not bet", symbol: "pause", why: "This account works for the book." };
  if (world.off) return { state: "offline", label: "No connection", symbol: "offline", why: "Nothing is sent until you press again." };
  if (total.state === "closed") return { state: "closed", label: "Closed", symbol: "lock", why: "Betting on this slip has ended." };
  if (total.state === "suspended") return { state: "suspended", label: "Suspended", symbol: "lock", why: "It opens by itself when the market does." };
  if (total.state === "stale") return { state: "stale", label: "Waiting for a price", symbol: "clock", why: "" };
  if (!world.signedIn) return { state: "signed-out", label: "Sign in to tail", enabled: true, action: "sign-in", why: "" };
  if (capMinor === null) return { state: "stake", label: "Enter an amount for the day", why: "Leave it empty for no daily cap." };
  if (capMinor && stake.minor > capMinor) return { state: "stake", label: `Your daily cap is ${money(capMinor, world.currency)}`, why: "The stake alone is more than that." };
  return short(stake, world);
}

/** Return what the stake lacks, or null. */
function short({ by, minor, percent, hundredths, unitMinor }, { availableMinor, currency }) {
  if (by === "percent" && !(percent >= 1 && percent <= 100)) return { state: "stake", label: "Enter 1 to 100 %", why: "Whole percent of what you have available." };
  if (by === "units" && !unitMinor) return { state: "stake", label: "Say how much one unit is", why: "" };
  if (by === "units" && !(hundredths >= 1 && hundredths <= HUNDREDTHS_MAX)) return { state: "stake", label: "Enter 0.01 to 1,000 units", why: "With at most two places." };
  if (minor < 1) return { state: "stake", label: "Enter a stake", why: "" };
  if (availableMinor !== null && minor > availableMinor) return { state: "funds", label: `You have ${money(availableMinor, currency)}`, why: "The stake is more than you have available." };
  return null;
}

function ready(side, odds, { by, minor, percent }, world) {
  const stake = by === "percent" ? `${percent}% of your balance` : money(minor, world.currency);
  const verb = side === "fade" ? "Fade" : "Tail";
  return { state: "ready", label: odds ? `${verb} at ${odds} for ${stake}` : `${verb} for ${stake}`, why: odds ? `Struck at ${odds} or longer, or not at all.` : "Struck at the odds that stand when it arrives.", enabled: true, action: "place" };
}
