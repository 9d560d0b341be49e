// "Alert me" at the price of a pick: told once when it is offered at what was typed, or better.

import { button, el, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";

/** Make the control of a pick's price alert; `app` is what main.js put together. */
export function priceAlertOf(pick, app) {
  const told = el("p", { class: "small soft", role: "status", hidden: true });
  // It stands within the form that places the bet, so that Enter here must not place it.
  const onkeydown = (event) => event.key === "Enter" && (event.preventDefault(), ask());
  const input = el("input", { onkeydown, inputmode: "decimal", autocomplete: "off", "aria-label": `Alert me on ${pick.name}, ${pick.match}, from` });
  const send = button("Set", () => ask(), "tiny");
  const form = el("div", { class: "alert-at", role: "group", "aria-label": "Price alert", hidden: true }, el("label", {}, "At least ", el("span", { class: "amount" }, input)), send);
  const press = el("button", { type: "button", class: "linkish", "aria-expanded": "false", "aria-label": `Alert me on the price of ${pick.name}, ${pick.match}`, onclick: open }, "Alert me");
  const root = el("div", { class: "alert" }, press, form, told);

  function open() {
    set(form, "hidden", !form.hidden);
    set(press, "aria-expanded", String(!form.hidden));
    if (!form.hidden) input.focus();
  }

  async function ask() {
    if (send.getAttribute("aria-disabled")) return;
    const place = `/v1/notifications/price-alerts/${pick.market_id}/${encodeURIComponent(pick.selection)}`;
    set(send, "aria-disabled", "true");
    try {
      const { odds } = await app.api.put(place, { odds: input.value.trim() });
      say(`You are told when it is ${app.shown(odds)} or better.`);
      open();
    } catch (error) {
      const { title, detail } = wordsOf(error);
      say([title, detail].filter(Boolean).join(" "));
    }
    set(send, "aria-disabled", null);
  }

  function say(text) {
    write(told, text);
    set(told, "hidden", false);
  }

  return root;
}
