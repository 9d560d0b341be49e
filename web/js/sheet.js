// On a phone the slip is a sheet from below: opened by its bar, closed by grip, Escape and the veil; the focus goes back to the bar.

import { set } from "./dom.js";

const NARROW = matchMedia("(width < 64rem)");

/** Make `root` a sheet. `first` takes the focus when it opens. */
export function sheet(root, peek, grip, first) {
  const state = {
    get isOpen() {
      return root.hasAttribute("data-open");
    },
    open() {
      if (!NARROW.matches || this.isOpen) return;
      root.toggleAttribute("data-open", true);
      document.body.toggleAttribute("data-veil", true);
      set(peek, "aria-expanded", "true");
      (first.offsetParent ? first : grip).focus({ preventScroll: true });
    },
    close() {
      if (!this.isOpen) return;
      root.toggleAttribute("data-open", false);
      document.body.toggleAttribute("data-veil", false);
      set(peek, "aria-expanded", "false");
      if (peek.offsetParent) peek.focus({ preventScroll: true });
    },
  };
  peek.addEventListener("click", () => state.open());
  grip.addEventListener("click", () => state.close());
  root.addEventListener("keydown", (event) => event.key === "Tab" && state.isOpen && trap(root, event));
  document.addEventListener("pointerdown", (event) => {
    if (state.isOpen && !root.contains(event.target) && !event.target.closest(".dock, .top")) state.close();
  });
  NARROW.addEventListener("change", () => NARROW.matches || state.close());
  return state;
}

function trap(root, event) {
  const stops = [...root.querySelectorAll("a[href], button, input, select")].filter((each) => each.offsetParent !== null && each.tabIndex >= 0 && !each.disabled);
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey ? document.activeElement === first : document.activeElement === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
