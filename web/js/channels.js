// The channels that the page reads on its socket: each is asked for from where it stands, so that nothing is missed and nothing comes twice.

const AGAIN_MS = { temporary: 1000, refused: 15_000 };
const SUBSCRIBE_AGAIN = 2500;

/**
 * What is read. Each part of the page says what it wants: a Map of names of channels to {take, looking, since, lost}.
 *
 * `take(data)` gets what a publication or a snapshot says, in order; `looking` is "slip", "screen" or "background": how often it is told; `since`
 * is the position of a page of the API that already shows the channel. `lost()` is told when it may not be read any more. The channels tell
 * "change" when one of them comes or goes.
 */
export class Channels extends EventTarget {
  constructor(socket) {
    super();
    this._socket = socket;
    this._wanted = new Map();
    this._states = new Map();
    socket.addEventListener("open", () => this._settle());
    socket.addEventListener("closed", () => this._rest());
    socket.addEventListener("push", ({ detail }) => this._take(detail));
  }

  /** Whether a channel is up to date: what changes in it comes by itself. */
  isOn(name) {
    return this._socket.isOpen && this._states.get(name)?.is === "on";
  }

  /** Read these channels for a part of the page from now on, and of its earlier ones no others. */
  want(part, wanted) {
    this._wanted.set(part, wanted);
    this._settle();
  }

  _all() {
    return new Map([...this._wanted.values()].flatMap((wanted) => [...wanted]));
  }

  /** Ask for what is wanted and not read, leave what is read and not wanted, and say anew how often where that changed. */
  _settle() {
    if (!this._socket.isOpen) return;
    const wanted = this._all();
    const commands = [];
    for (const [name, state] of this._states) {
      if (wanted.has(name) || state.is === "asked") continue;
      if (state.is === "on") commands.push([{ unsubscribe: { channel: name } }, null]);
      this._states.delete(name);
    }
    for (const [name, want] of wanted) {
      if (name.includes("#") && !this._socket.accountId) continue;
      const state = this._states.get(name) ?? { is: "off", position: positionOf(want.since), triesAt: 0 };
      this._states.set(name, state);
      Object.assign(state, { take: want.take, lost: want.lost });
      if (state.is === "on" && state.looking !== want.looking) commands.push([{ unsubscribe: { channel: name } }, null]);
      else if (state.is !== "off" || performance.now() < state.triesAt) continue;
      commands.push(this._asking(name, state, want.looking));
    }
    if (commands.length) this._socket.send(commands);
  }

  _asking(name, state, looking) {
    [state.is, state.looking] = ["asked", looking];
    const from = state.position ? { recover: true, ...state.position } : {};
    const data = looking ? { data: { looking } } : {};
    return [{ subscribe: { channel: name, ...from, ...data } }, (reply) => this._answered(name, state, reply)];
  }

  _answered(name, state, { error, subscribe }) {
    if (error) {
      state.is = "off";
      const waitMs = error.temporary ? AGAIN_MS.temporary : AGAIN_MS.refused;
      state.triesAt = performance.now() + waitMs;
      setTimeout(() => this._settle(), waitMs + 10);
    } else {
      state.is = "on";
      if (subscribe.data) this._show(state, subscribe.data);
      for (const publication of subscribe.publications ?? []) this._show(state, publication.data);
      state.position = { epoch: subscribe.epoch, offset: subscribe.offset ?? 0 };
    }
    this._settle();
    this.dispatchEvent(new Event("change"));
  }

  _take({ channel, pub, unsubscribe }) {
    const state = this._states.get(channel);
    if (!state) return;
    if (pub) {
      if (pub.offset) state.position = { ...state.position, offset: pub.offset };
      this._show(state, pub.data);
    } else if (unsubscribe) {
      state.is = "off";
      const isForGood = unsubscribe.code < SUBSCRIBE_AGAIN;
      state.triesAt = isForGood ? performance.now() + AGAIN_MS.refused : 0;
      if (isForGood) state.lost?.();
      this._settle();
      this.dispatchEvent(new Event("change"));
    }
  }

  /** Hand on what came, unless it is older than what is shown: behind a Centrifugo that may come late. */
  _show(state, data) {
    const at = positionOf(data.position);
    if (at && at.epoch === state.shown?.epoch && at.offset < state.shown.offset) return;
    state.shown = at;
    state.take(data);
  }

  /** The socket is gone: what is read stays where it stands. */
  _rest() {
    for (const state of this._states.values()) [state.is, state.triesAt] = ["off", 0];
    this.dispatchEvent(new Event("change"));
  }
}

/** Return a position of the API as the protocol names it, null for none. */
export function positionOf(text) {
  const [epoch, offset] = (text ?? "").split(".");
  return offset ? { epoch, offset: parseInt(offset, 16) } : null;
}
