// Where something stands with the moderators, in words. No document: values in, words out.

import { REASONS } from "./reporting.js";

const KINDS = { slip: "Slip", comment: "Comment", account: "Account" };
const OTHER_RULES = { reports: "many reports", words: "the word filter" };
const STATUSES = { open: "waits", held: "held", removed: "removed", released: "shown again" };

/** Return "Slip", "Comment" or "Account". */
export const kindWords = (kind) => KINDS[kind] ?? kind;

/** Return the rule by which something was decided. */
export const ruleWords = (rule) => OTHER_RULES[rule] ?? REASONS[rule]?.toLowerCase() ?? rule;

/** Return how something stands; an account that is held may not share. */
export const statusWords = (kind, status) => (kind === "account" && status === "held" ? "suspended from sharing" : (STATUSES[status] ?? status));

/** Return "2 for spam, 1 for a scam". */
export const reportsWords = (reasons) => Object.entries(reasons).map(([reason, count]) => `${count} for ${ruleWords(reason)}`).join(", ");

/** Return what a moderator may decide: action to words. */
export function actionsOf({ kind, status, reports, shadowed }) {
  const dismiss = reports ? { dismiss: "Dismiss the reports" } : {};
  if (kind === "account") return { ...dismiss, ...(status === "held" ? { release: "Let it share again" } : { hold: "Suspend from sharing" }), ...(shadowed ? { unshadow: "Shadow it no more" } : { shadow: "Shadow it" }) };
  if (status === "removed") return { release: "Show it again" };
  if (status === "held") return { release: "Show it again", remove: "Remove it" };
  return { ...dismiss, hold: "Hold it", remove: "Remove it" };
}

/** Actions that name a rule. */
export const RULED = new Set(["hold", "remove", "shadow"]);
