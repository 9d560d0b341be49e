// Whether what is on the page is up to date, in words. A page without a connection never looks live.

import { NoAnswer, Problem } from "./api.js";
import { LIFETIME_MS } from "./store.js";
import { timeOf } from "./names.js";

const LATE_MS = 3000;
const BACK_MS = 4000;
/** A socket that comes back within this time was never away. */
const WITHOUT_SOCKET_MS = 1500;

/** What the last answers said of the connection. `via` is how prices come: "socket", pushed, or "requests", asked for again and again. */
export class Connection {
  constructor(now) {
    this.begunAt = now;
    this.okAt = null;
    this.error = null;
    this.retryAt = 0;
    this.backAt = -Infinity;
    this._wasOff = false;
    this._unpushedAt = Infinity;
    this.via = "requests";
  }

  /** An answer came, or something that was pushed. */
  ok(now) {
    if (this._wasOff) this.backAt = now;
    this._wasOff = false;
    this.okAt = Math.max(now, this.okAt ?? now);
    this.error = null;
  }

  /** The socket is there, or is gone: then everything is asked for instead. */
  pushes(areThere, now) {
    this._unpushedAt = areThere ? Infinity : now;
  }

  /** None came, or one that says no; the next try is at `retryAt`. */
  failed(error, retryAt) {
    this.error = error;
    this.retryAt = retryAt;
  }

  /** Return "starting", "on", "late" or "off". */
  state(now) {
    const silentMs = now - (this.okAt ?? this.begunAt);
    const state = this._judged(silentMs);
    if (state === "off") this._wasOff = true;
    return state;
  }

  _judged(silentMs) {
    if (!navigator.onLine) return "off";
    if (this.okAt === null) return this.error ? "off" : silentMs > LATE_MS ? "late" : "starting";
    if (silentMs >= LIFETIME_MS.live) return "off";
    return silentMs >= LATE_MS || this.error ? "late" : "on";
  }

  /** Return what stands at the top of the page: {tone, symbol, title, detail, retry}, or null while all is well. */
  band(now) {
    const state = this.state(now);
    const behindS = Math.round((now - (this.okAt ?? this.begunAt)) / 1000);
    if (state === "off") return this._off(now);
    if (state === "late" && behindS >= LATE_MS / 1000)
      return { tone: "warn", symbol: "clock", title: `Prices are ${behindS} s behind`, detail: "You can look; betting waits until they are up to date." };
    if (now - this.backAt < BACK_MS) return { tone: "good", symbol: "check", title: "Up to date again", detail: "" };
    return null;
  }

  _off(now) {
    const waitS = Math.max(0, Math.ceil((this.retryAt - now) / 1000));
    const again = waitS ? `Trying again in ${waitS} s.` : "Trying again now.";
    if (this.error && !(this.error instanceof NoAnswer) && navigator.onLine) {
      const { title, detail } = troubleWords(this.error);
      return { tone: this.error instanceof Problem ? "warn" : "bad", symbol: "warn", title, detail: `${detail} ${again}`.trim(), retry: true };
    }
    const since = this.okAt === null ? "No connection" : `No connection since ${timeOf(Date.now() - (now - this.okAt), true)}`;
    return { tone: "bad", symbol: "offline", title: since, detail: `Prices are not current and cannot be bet. ${again}`, retry: true };
  }

  /** Return the few words beside the dot. */
  pulse(now) {
    const state = this.state(now);
    if (state === "starting") return ["late", "Connecting"];
    if (state === "on") return ["on", now - this._unpushedAt > WITHOUT_SOCKET_MS ? "Up to date, once a second" : "Up to date"];
    if (state === "off") return ["off", this.error && !(this.error instanceof NoAnswer) && navigator.onLine ? "Not up to date" : "No connection"];
    return ["late", `Catching up, ${Math.round((now - (this.okAt ?? this.begunAt)) / 1000)} s behind`];
  }
}

/** Return what went wrong when something was asked for, in words: {title, detail}. Never a status, never a raw error. */
export function troubleWords(error) {
  if (error instanceof NoAnswer) return { title: error.message, detail: "" };
  if (!(error instanceof Problem)) return { title: "Something went wrong on our side", detail: "Nothing was changed." };
  const after = error.retryAfterS ? `Again in ${error.retryAfterS} s.` : "";
  if (error.slug === "too-many-requests") return { title: "Too many requests", detail: `${after || "Wait a moment."} Nothing was sent.` };
  if (error.slug === "view-unavailable") return { title: "Very busy", detail: `Bets go first; this comes back. ${after}`.trim() };
  if (error.status === 503) return { title: "Very busy", detail: `Nothing was changed. ${after}`.trim() };
  if (error.status >= 500) return { title: "Something went wrong on our side", detail: "Nothing was changed." };
  return { title: error.problem.title || "That was refused.", detail: "" };
}
