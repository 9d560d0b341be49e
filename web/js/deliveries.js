// What became of a notice outside the page, in words: at each address, and by which rule a channel sends nothing.

import { dayOf, timeOf } from "./names.js";

const CHANNELS = { web_push: "Push", email: "Mail", mobile_push: "Phone" };
const UNDER_WAY = ["queued", "claimed", "attempting"];
const UNREAD = { word: "unknown", name: "Outside", said: "What became of it outside this page cannot be read now. Ask again later." };

/** Return [{ word, name, said }] of an explanation: a delivery for each address, then each channel that sends nothing. `addresses` may be empty. */
export function deliveriesOf({ ledger, deliveries, channels }, addresses) {
  const names = new Map(addresses.map(({ address_id: id, device, address, channel }) => [id, channel === "email" ? address : device]));
  const sent = deliveries.map((each) => ({ word: each.state, name: CHANNELS[each.channel] ?? each.channel, said: sentence(each, names.get(each.address_id)) }));
  const told = new Set(deliveries.map(({ channel }) => channel));
  const kept = ledger === "unavailable" ? [UNREAD] : channels.filter((each) => !each.told && !told.has(each.channel)).map(unsent);
  return [...sent, ...kept];
}

/** Say of which moment an explanation is, what of then is not known, and what would be decided otherwise now. */
export function asOf({ as_of: then, unknown_then: unknown, otherwise_now: otherwise, now }) {
  const said = [then ? `As it was at ${momentOf(then.at)}.` : "As it is now.", ...unknown.map((why) => `Not known of then: ${why}.`)];
  const changed = otherwise.map((channel) => {
    const { told } = now.channels.find((each) => each.channel === channel) ?? now;
    return `${CHANNELS[channel] ?? "The inbox"} would ${told ? "tell you" : "not tell you"} now.`;
  });
  return [...said, ...changed];
}

/** Say by which rule a channel sends nothing. */
function unsent({ channel, steps }) {
  return { word: "suppressed", name: CHANNELS[channel] ?? channel, said: `Not sent: ${steps.find(({ passed }) => !passed)?.why ?? "no rule says so"}.` };
}

/** Say how one delivery stands; `where` is the name of its address, where that is still known. */
function sentence({ state, rule, why, provider_said: answer, attempts, in_digest: inDigest, due_at: due, ended_at: ended }, where) {
  const to = where ? ` to ${where}` : " to an address that is no longer yours";
  const others = inDigest ? ", in one message with others" : "";
  const said = answer ? ` Their server said: ${answer}` : "";
  if (state === "sent") return `Sent${to} at ${momentOf(ended)}${others}.${said}`;
  if (state === "gone") return `Not sent${to}: it was gone, and is sent nothing more.${said}`;
  if (state === "dead") return `Not sent${to}: it failed for good after ${attempts === 1 ? "one try" : `${attempts} tries`}.${said}`;
  if (state === "unknown") return `Perhaps sent${to}: no answer came, and it is not sent twice.${said}`;
  if (state === "suppressed") return `Not sent${to}: ${why || rule}.`;
  if (UNDER_WAY.includes(state)) return `Being sent${to}${others}.`;
  if (rule === "retry") return `Not taken yet${to}: tried again at ${momentOf(due)}${others}.${said}`;
  return `To be sent${to} at ${momentOf(due)}${others}${why ? `: ${why}` : ""}.`;
}

/** Return a time, with its day unless that is today. */
const momentOf = (at) => (dayOf(at) === "today" ? timeOf(at) : `${timeOf(at)}, ${dayOf(at)}`);

/** Return the symbol of a state: it arrived, it did not, or that is open. */
export const symbolOf = (word) => (word === "sent" ? "check" : ["gone", "dead", "suppressed"].includes(word) ? "cross" : "clock");
