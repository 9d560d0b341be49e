// The connection to the gateway: the Centrifugo client protocol, JSON. It comes back by itself, and what is read on it is the channels' business.

import { GIVE_UP_MS, NoAnswer, Problem } from "./api.js";

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const OPEN_MS = 5000;
const LOOK_MS = 500;
/** After so long without a word the gateway is asked whether it is there, and after so long without an answer it is not. */
const QUIET_MS = 2000;
const ANSWER_MS = 2500;
/** In the background its own pings must do, which come every 25 s. */
const QUIET_HIDDEN_MS = 40_000;
const COMMANDS_MAX = 100;
const REFRESH_AT = 0.9;
const NORMAL = 1000;
/** The code of a close that this page made because nothing was heard. */
const NOT_HEARD = 4000;

/** Whether a gateway that closes with a code wants nobody back. */
const isForGood = (code) => (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000);

/**
 * The socket of this page. It tells "open", "closed" and "push" (detail: the push).
 *
 * `accountId` is whom it speaks for, null for anybody; `heardAt` when something came last.
 */
export class Socket extends EventTarget {
  constructor(api, session) {
    super();
    this._api = api;
    this._session = session;
    this.isOpen = false;
    this.accountId = null;
    this.heardAt = -Infinity;
    this._socket = null;
    this._failures = 0;
    this._id = 0;
    this._replies = new Map();
    session.addEventListener("change", () => this._again());
    addEventListener("online", () => this._socket || this._again());
    document.addEventListener("visibilitychange", () => this._look());
  }

  /** Connect, and stay connected. */
  start() {
    this._again();
    setInterval(() => this._look(), LOOK_MS);
  }

  /** Send commands, as [command, what takes its reply] pairs, in order. A reply is {error} or the result by its name; none comes after a close. */
  send(pairs) {
    for (let first = 0; first < pairs.length; first += COMMANDS_MAX) {
      const lines = pairs.slice(first, first + COMMANDS_MAX).map(([command, take]) => {
        this._replies.set((this._id += 1), take);
        return JSON.stringify({ id: this._id, ...command });
      });
      this._socket.send(lines.join("\n"));
    }
  }

  /** Call a method; return its answer: {status, position, body}. Throws NoAnswer where the socket goes first, none comes in time, or it is not HTTP's. */
  call(method, data) {
    return new Promise((resolve, reject) => {
      const over = (settle, answer) => {
        clearTimeout(timer);
        this.removeEventListener("closed", gone);
        settle(answer);
      };
      const gone = () => over(reject, new NoAnswer(false));
      const timer = setTimeout(() => over(reject, new NoAnswer(true)), GIVE_UP_MS);
      this.addEventListener("closed", gone);
      this.send([[{ rpc: { method, data } }, ({ rpc }) => (rpc ? over(resolve, rpc.data) : gone())]]);
    });
  }

  /** Begin anew, at once. */
  _again() {
    this._failures = 0;
    this._leave(NORMAL);
    this._open();
  }

  async _open() {
    clearTimeout(this._timer);
    const round = (this._round = {});
    this._openedAt = performance.now();
    try {
      const address = await this._address();
      const account = this._session.mayAsk ? this._session.accountId : null;
      const token = account && address ? await this._token() : "";
      if (round === this._round && address) this._listen(new WebSocket(address), token, token ? account : null);
    } catch {
      if (round === this._round) this._later();
    }
  }

  /** Where sockets are opened: an address of its own, or the gateway's port on the host of this page; null where there is none. */
  async _address() {
    const { url, port, path } = await this._api.get("/v1/gateway");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    if (url) return url.startsWith("/") ? `${scheme}//${location.host}${url}` : url;
    return port ? `${scheme}//${location.hostname}:${port}${path}` : null;
  }

  /** A token of the session; empty where it may have none: then only what everybody sees is read. */
  async _token() {
    try {
      return (await this._api.post("/v1/gateway/tokens", {})).token;
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) return "";
      throw error;
    }
  }

  _listen(socket, token, account) {
    this._socket = socket;
    socket.onopen = () => socket === this._socket && this.send([[{ connect: token ? { token } : {} }, (reply) => this._connected(reply, account)]]);
    socket.onmessage = ({ data }) => socket === this._socket && this._hear(data);
    socket.onclose = ({ code }) => socket === this._socket && this._closed(code);
  }

  _connected({ error, connect }, account) {
    if (error) return this._socket.close(NOT_HEARD);
    this.isOpen = true;
    this.accountId = account;
    this._failures = 0;
    this._expire(connect.ttl);
    this.dispatchEvent(new Event("open"));
  }

  _hear(frame) {
    this.heardAt = performance.now();
    this._askedAt = null;
    for (const line of frame.split("\n")) {
      const message = JSON.parse(line);
      if (message.id) {
        const take = this._replies.get(message.id);
        this._replies.delete(message.id);
        take?.(message);
      } else if (message.push) {
        this.dispatchEvent(new CustomEvent("push", { detail: message.push }));
      } else {
        this._socket?.send("{}");
      }
    }
  }

  /** Bring a newer token before this one runs out. */
  _expire(ttlS) {
    clearTimeout(this._refreshing);
    const round = this._round;
    const refresh = async () => {
      const token = await this._token().catch(() => "");
      if (round !== this._round || !this.isOpen || !token) return;
      this.send([[{ refresh: { token } }, (reply) => this._expire(reply.refresh?.ttl)]]);
    };
    if (ttlS) this._refreshing = setTimeout(refresh, 1000 * ttlS * REFRESH_AT);
  }

  /** Ask whether the gateway is there when nothing was heard, and go when it is not. */
  _look() {
    const now = performance.now();
    if (!this._socket) return;
    if (!this.isOpen) {
      if (now - this._openedAt > OPEN_MS) this._closed(this._leave(NOT_HEARD));
    } else if (this._askedAt !== null) {
      if (now - this._askedAt > ANSWER_MS) this._closed(this._leave(NOT_HEARD));
    } else if (now - this.heardAt > (document.hidden ? QUIET_HIDDEN_MS : QUIET_MS)) {
      this._askedAt = now;
      this.send([[{ ping: {} }, null]]);
    }
  }

  _closed(code) {
    this._leave(null);
    if (!isForGood(code)) this._later();
  }

  /** Drop the socket that there is; return the code. */
  _leave(code) {
    const [socket, wasOpen] = [this._socket, this.isOpen];
    [this._socket, this.isOpen, this.accountId, this._askedAt] = [null, false, null, null];
    this._replies.clear();
    clearTimeout(this._refreshing);
    if (socket && code) socket.close(code);
    if (wasOpen) this.dispatchEvent(new Event("closed"));
    return code;
  }

  /** Try again: later each time, and no two pages at one moment. */
  _later() {
    const longest = RETRY_MS[Math.min(this._failures, RETRY_MS.length - 1)];
    this._failures += 1;
    const [drawn] = crypto.getRandomValues(new Uint32Array(1));
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._open(), longest * (0.5 + drawn / 2 ** 33));
  }
}
