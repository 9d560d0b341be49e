// What else one can do with a slip: not see it and its discussion in lists any more, see it again, report it.

import { button, el, icon, note, set, write } from "./dom.js";
import { wordsOf } from "./forms.js";
import { reporting } from "./reporting.js";

/** Return the menu of a slip; `tell(note)` says what was done. Whether the slip is muted is asked when the menu opens. */
export function slipMenu(app, slip, tell) {
  const mute = el("button", { type: "button", onclick: () => change(!menu.muted) }, "Mute this thread");
  const report = el("button", { type: "button", onclick: () => ask() }, "Report");
  const summary = el("summary", { class: "icon", "aria-label": `More about the slip of ${slip.author.handle}` }, icon("dots"));
  const menu = el("details", { class: "pop", ontoggle: () => menu.open && look() }, summary, el("ul", { class: "menu panel" }, el("li", {}, mute), el("li", {}, report)));
  const path = `/v1/slips/${slip.slip_id}/mute`;
  menu.muted = false;

  const show = (muted) => {
    menu.muted = muted;
    write(mute, muted ? "Unmute this thread" : "Mute this thread");
  };
  const lookUp = async () => {
    try {
      const { items } = await app.api.get("/v1/muted-threads");
      show(items.some(({ slip_id }) => slip_id === slip.slip_id));
    } catch {
      // The menu offers what it offered before; the press itself says what fails.
    }
  };
  const close = () => {
    if (!menu.open) return;
    menu.open = false;
    summary.focus({ preventScroll: true });
  };
  const change = async (muted) => {
    close();
    if (app.session.signedIn === false) return app.router.go("/sign-in");
    try {
      await (muted ? app.api.put(path) : app.api.remove(path));
      show(muted);
      if (muted) tell(note("good", "okc", "Muted: lists leave out this slip and its discussion from now on", "Whoever opens it still sees it.", button("Undo", () => change(false))));
      else tell(note("good", "okc", "Lists show this slip again"));
    } catch (error) {
      const { title, detail } = wordsOf(error);
      tell(note("bad", "noc", title, detail, null, "alert"));
    }
  };

  const ask = () => {
    close();
    if (!app.session.signedIn) return app.router.go("/sign-in");
    tell(reporting(app, { slip_id: slip.slip_id }, `the slip of ${slip.author.handle}`, tell));
  };
  const look = () => {
    set(report.parentNode, "hidden", slip.author.account_id === app.session.accountId);
    return lookUp();
  };

  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
  });
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || event.relatedTarget === null || menu.removeAttribute("open"));
  return menu;
}

document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll(".post .pop[open]")) if (!menu.contains(event.target)) menu.removeAttribute("open");
});
