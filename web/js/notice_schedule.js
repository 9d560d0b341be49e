// When messages come: quiet hours by one's own clock, how often each channel sends, and the language.

import { el, fill, set } from "./dom.js";

const MEANWHILE = { digest: "Into one message as they end", wait: "Wait, then send one by one" };
const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const NIGHT = { quiet_from_minute: 23 * 60, quiet_until_minute: 7 * 60 + 30 };

/** The panels of times; `save(path, body)` sends one and reads all anew, `names` calls channels by name. */
export class NoticeSchedule {
  constructor(save, names) {
    [this._save, this._names] = [save, names];
    this.quiet = el("input", { type: "checkbox", role: "switch", "aria-label": "Quiet hours", onchange: () => this._set(this.quiet.checked ? NIGHT : { quiet_from_minute: 0, quiet_until_minute: 0 }) });
    this.from = el("input", { type: "time", onchange: () => this._hours() });
    this.until = el("input", { type: "time", onchange: () => this._hours() });
    this.zone = el("select", { onchange: () => this._set({}) });
    this.meanwhile = select(Object.entries(MEANWHILE), () => this._set({}));
    this.passing = el("p", { class: "small soft" });
    this.times = el("div", { class: "pair" }, field("From", this.from), field("Until", this.until));
    this.holding = field("Meanwhile", this.meanwhile);
    this.digests = el("ul", { class: "list" });
    this.language = el("select", { class: "control bellsel", "aria-label": "Language", onchange: () => this._save("language", { language: this.language.value }) });
    const quiet = el("section", { class: "panel", "aria-labelledby": "notice-quiet" }, el("header", {}, el("h3", { id: "notice-quiet" }, "Quiet hours"), el("div", { class: "end" }, el("label", { class: "switch" }, this.quiet))), el("div", { class: "pad stack" }, this.times, field("Time zone", this.zone), this.holding, this.passing));
    const often = el("section", { class: "panel", "aria-labelledby": "notice-digests" }, el("header", {}, el("h3", { id: "notice-digests" }, "How often, and how")), this.digests, el("p", { class: "small soft pad" }, "Your inbox, mails and pushes are written in your language. The rest of this page is in English."));
    this.element = el("div", { class: "split" }, quiet, often);
  }

  /** Show how it stands: what `/v1/notifications/preferences` answers. */
  update({ schedule, digests, language, languages, kinds }) {
    const isQuiet = schedule.quiet_from_minute !== schedule.quiet_until_minute;
    this.quiet.checked = isQuiet;
    set(this.times, "hidden", !isQuiet);
    set(this.holding, "hidden", !isQuiet);
    this.from.value = clock(schedule.quiet_from_minute);
    this.until.value = clock(schedule.quiet_until_minute);
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zone = schedule.time_zone === "UTC" && !isQuiet ? own : schedule.time_zone;
    const zones = [...new Set(["UTC", zone, own, ...Intl.supportedValuesOf("timeZone")])].sort();
    fill(this.zone, zones.join(), () => zones.map((name) => el("option", { value: name }, name.replaceAll("_", " "))));
    this.zone.value = zone;
    this.meanwhile.value = schedule.meanwhile;
    write(this.passing, kinds);
    const shown = digests.filter(({ channel }) => channel in this._names);
    fill(this.digests, JSON.stringify([shown, languages]), () => [...shown.map((each) => this._digest(each)), el("li", {}, el("b", {}, "Language"), this.language)]);
    fill(this.language, languages.join(), () => languages.map((code) => el("option", { value: code }, LANGUAGES.of(code))));
    this.language.value = language;
  }

  _digest({ channel, digest, hour }) {
    const choices = [["immediate 8", "At once"], ["hourly 8", "Hourly"], ...HOURS.map((each) => [`daily ${each}`, `Daily ${clock(each * 60)}`])];
    const choice = select(choices, () => {
      const [chosen, at] = choice.value.split(" ");
      this._save("digest", { channel, digest: chosen, hour: Number(at) });
    });
    choice.className = "control bellsel";
    choice.setAttribute("aria-label", `How often: ${this._names[channel]}`);
    choice.value = digest === "daily" ? `daily ${hour}` : `${digest} 8`;
    return el("li", {}, el("b", {}, this._names[channel]), choice);
  }

  _hours() {
    if (this.from.value && this.until.value) this._set({ quiet_from_minute: minutes(this.from.value), quiet_until_minute: minutes(this.until.value) });
  }

  _set(hours) {
    const stand = this.quiet.checked ? { quiet_from_minute: minutes(this.from.value), quiet_until_minute: minutes(this.until.value) } : { quiet_from_minute: 0, quiet_until_minute: 0 };
    return this._save("schedule", { time_zone: this.zone.value, meanwhile: this.meanwhile.value, ...stand, ...hours });
  }
}

const field = (name, control) => el("label", { class: "field" }, name, control);
const select = (options, chosen) => el("select", { onchange: chosen }, options.map(([value, words]) => el("option", { value }, words)));
const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const minutes = (value) => value.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

/** Say what passes quiet hours. */
function write(node, kinds) {
  const passing = kinds.filter(({ urgent }) => urgent).map(({ label }, number) => (number ? label.toLowerCase() : label));
  const words = `${passing.slice(0, -1).join(", ")} and ${passing.at(-1)} pass. The inbox has everything at once.`;
  if (node.textContent !== words) node.textContent = words;
}
