// The picks of the slip, each with its price as picked, where its match stands, what changed, and its own stake where it is a bet of its own.

import { button, el, hidden, icon, set, write } from "./dom.js";
import { signOf } from "./money.js";
import { marketName, matchName, standing as matchStanding, timeOf } from "./names.js";
import { priceAlertOf } from "./price_alert.js";
import { asks } from "./standing.js";
import * as slips from "./slip.js";

/** Make the entry of a pick. `app` is what main.js put together. */
export function makeLeg(pick, app) {
  const { holder } = app;
  const leg = el("li", { class: "leg" });
  leg.name = el("b", {}, pick.name);
  leg.odds = el("span", { class: "odds num" });
  leg.off = el("button", { type: "button", class: "icon", "aria-label": `Remove ${pick.name}, ${pick.match}`, onclick: () => holder.change(slips.remove, pick.key) }, icon("cross"));
  leg.where = el("span", { class: "where" });
  leg.change = changeOf(pick, holder);
  leg.stake = stakeOf(pick, holder);
  leg.alert = priceAlertOf(pick, app);
  leg.signedIn = () => app.session.signedIn;
  leg.append(leg.name, leg.odds, leg.off, leg.where, leg.change, leg.stake.root, leg.alert);
  return leg;
}

/** Bring the entry of a pick up to date in place. `leg` is its `legStanding`. */
export function patchLeg(node, pick, leg, slip, world) {
  const fixture = world.store.fixtures.get(pick.fixture_id);
  write(node.odds, world.shown(pick.odds));
  set(node.alert, "hidden", !node.signedIn() || leg?.state === "closed");
  write(node.where, [marketName(pick.type), fixture ? matchName(fixture) : pick.match, fixture ? matchStanding(fixture) : ""].filter(Boolean).join(" \u00b7 "));
  const frozen = slips.isFrozen(slip);
  patchChange(node.change, frozen ? { state: "same" } : leg, pick, world);
  const own = slips.isSeparate(slip);
  set(node.stake.root, "hidden", !own);
  if (!own) return;
  const stake = slips.stakeOf(slip, pick);
  if (node.stake.input.value !== stake && document.activeElement !== node.stake.input) node.stake.input.value = stake;
  set(node.stake.input, "readonly", frozen);
  write(node.stake.sign, signOf(world.currency));
}

function stakeOf(pick, holder) {
  const sign = el("span", { "aria-hidden": "true" });
  const input = el("input", { inputmode: "decimal", autocomplete: "off", "aria-label": `Stake on ${pick.name}, ${pick.match}`, oninput: (event) => holder.change(slips.setStake, event.target.value, pick.key) });
  return { sign, input, root: el("div", { class: "stake" }, el("label", {}, "Stake ", el("span", { class: "amount" }, sign, input))) };
}

/** What differs from the pick: a change with its direction and a press of its own, or why it cannot be bet. */
function changeOf(pick, holder) {
  const change = el("div", { class: "change", role: "status", hidden: true });
  change.arrow = el("i", { class: "tri", "aria-hidden": "true" });
  change.symbol = el("span", {});
  change.said = el("p", {});
  change.press = button("", () => change.does?.(), "tiny");
  change.append(change.arrow, change.symbol, change.said, change.press);
  change.accept = (odds, version) => holder.change(slips.accept, pick.key, odds, version);
  change.remove = () => holder.change(slips.remove, pick.key);
  return change;
}

function patchChange(change, leg, pick, world) {
  const told = SAID[leg.state]?.(leg, pick, world);
  if (!told) return set(change, "hidden", true);
  set(change, "data-move", leg.direction ?? "none");
  set(change.arrow, "class", `tri ${leg.direction ?? ""}`);
  set(change.arrow, "hidden", !leg.direction);
  set(change.symbol, "hidden", Boolean(leg.direction));
  if (change.shown !== told.symbol) change.symbol.replaceChildren(...((change.shown = told.symbol) ? [icon(told.symbol, "sm")] : []));
  if (change.said.text !== told.text) {
    change.said.text = told.text;
    change.said.replaceChildren(...told.parts);
  }
  set(change.press, "hidden", !told.press);
  if (told.press) {
    write(change.press, told.press);
    change.does = leg.state === "closed" ? change.remove : () => change.accept(leg.odds, leg.version);
  }
  set(change, "hidden", false);
}

const bold = (text) => el("b", { class: "num" }, text);

const SAID = {
  changed(leg, pick, world) {
    const [was, is] = [world.shown(pick.odds), world.shown(leg.odds)];
    const agreed = asks(leg, world.accept) ? "" : leg.direction === "up" ? " Taken if it holds." : " Taken as it stands.";
    const parts = ["You picked ", bold(was), ". It is ", bold(is), " now.", agreed, hidden(leg.direction === "up" ? " It is longer." : " It is shorter.")];
    return { text: `${was} ${is} ${agreed}`, parts, press: `Accept ${is}`, symbol: "" };
  },
  suspended(leg, pick, world) {
    const since = leg.since ? ` since ${timeOf(Date.now() - (world.now - leg.since), true)}` : "";
    const text = leg.withdrawn ? "Not offered at the moment" : `Suspended${since}${leg.reason ? `: ${leg.reason}` : ""}`;
    return { text, parts: [text], symbol: "lock" };
  },
  closed: () => ({ text: "ended", parts: ["Betting on this market has ended"], press: "Remove", symbol: "lock" }),
  stale: (leg) => ({ text: `${leg.ageS}`, parts: ["Last price is ", bold(`${leg.ageS} s`), " old"], symbol: "clock" }),
  unknown: () => ({ text: "unknown", parts: ["Waiting for its price"], symbol: "clock" }),
};
