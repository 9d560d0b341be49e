// From a press on a price to a pick: at the price that was on the screen when the finger came down, as the eyes had seen it.

import { matchName } from "./names.js";
import { keyOf, standingOf } from "./store.js";
import * as slips from "./slip.js";

const EYES_MS = 400;
const PRESS_MS_MAX = 1500;

/** Take presses on prices anywhere on the page. While a finger is down nothing is redrawn; `released` is told when it goes up. */
export function pressing({ store, holder, released }) {
  let down = null;
  const hold = { get isDown() { return down !== null && performance.now() - down.at < PRESS_MS_MAX; } };

  document.addEventListener("pointerdown", (event) => {
    const price = event.target.closest?.(".price[data-key]");
    down = { at: performance.now(), key: price?.dataset.key, shown: price ? shownAt(store, price.dataset.key) : null };
  }, { capture: true });
  for (const kind of ["pointerup", "pointercancel"])
    document.addEventListener(kind, () => setTimeout(() => { down = null; released(); }, 0), { capture: true });

  document.addEventListener("click", (event) => {
    const price = event.target.closest?.(".price[data-key]");
    if (!price) return;
    const key = price.dataset.key;
    if (holder.slip.picks.some((pick) => pick.key === key)) return holder.change(slips.remove, key);
    if (price.getAttribute("aria-disabled") === "true") return;
    const shown = down?.key === key && performance.now() - down.at < PRESS_MS_MAX ? down.shown : shownAt(store, key);
    if (shown) holder.change(slips.toggle, shown);
  });
  return hold;
}

/**
 * Return the pick of a price as somebody sees it now. A price that moved within the last 400 ms was not seen yet: the pick is the one
 * before, and the slip shows the change.
 */
function shownAt(store, key) {
  const space = key.indexOf(" ");
  const [marketId, name] = [key.slice(0, space), key.slice(space + 1)];
  const offer = store.offer(marketId, name);
  const now = performance.now();
  if (!offer?.selection.odds || standingOf(offer.market, offer.fixture, now) !== "open") return null;
  const moved = store.move(key, now);
  const unseen = moved && now - moved.at < EYES_MS && moved.before.status === "open";
  return {
    key: keyOf(marketId, name),
    market_id: marketId,
    fixture_id: offer.market.fixture_id,
    ...(offer.market.specifiers?.place_terms ? { terms: offer.market.specifiers.place_terms } : {}),
    selection: name,
    name: offer.selection.name,
    type: offer.market.type,
    match: matchName(offer.fixture),
    odds: unseen ? moved.before.odds : offer.selection.odds,
    version: unseen ? moved.before.version : offer.market.version,
  };
}
