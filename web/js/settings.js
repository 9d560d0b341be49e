// What this person chose: how odds are written, what to do when a price moves, light or dark. Kept on this device, shared by its tabs.

const KEPT = "slipstream.settings";
const CHOICES = {
  odds: ["decimal", "fractional", "american"],
  accept: ["exact", "better", "any"],
  theme: ["system", "light", "dark"],
};

/** The settings of this device. It tells "change" when one changes, here or in another tab. */
export class Settings extends EventTarget {
  constructor() {
    super();
    this._read();
    addEventListener("storage", (event) => {
      if (event.key === KEPT || event.key === null) this._read(true);
    });
  }

  /** Choose; what is not among the choices is left alone. */
  choose(name, value) {
    if (!CHOICES[name]?.includes(value)) return;
    this[name] = value;
    localStorage.setItem(KEPT, JSON.stringify({ odds: this.odds, accept: this.accept, theme: this.theme }));
    this._changed();
  }

  _read(tell = false) {
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      // What cannot be read is as if nothing had been chosen.
    }
    for (const [name, choices] of Object.entries(CHOICES)) this[name] = choices.includes(kept[name]) ? kept[name] : choices[0];
    this._show();
    if (tell) this._changed();
  }

  _changed() {
    this._show();
    this.dispatchEvent(new Event("change"));
  }

  _show() {
    const root = document.documentElement;
    if (this.theme === "system") root.removeAttribute("data-theme");
    else root.dataset.theme = this.theme;
  }
}
