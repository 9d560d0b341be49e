// Keeps the slips that are looked at up to date from the socket: counts, legs and comments of each card, and that something new was shared.

import { slipAfter } from "./pushed.js";

const SLIPS_MAX = 60;

/** What is pushed of slips. An entry is {slip, readAt} of a card; what is said in its thread waits in `said` until its card takes it. */
export class PushedSlips {
  constructor({ api, session, channels }, changed) {
    this._api = api;
    this._session = session;
    this._channels = channels;
    this._changed = changed;
    this._key = "";
  }

  /** Read the slips of `entries`, and of no others; `lost(entry)` is told of one that may not be seen any more, `news(changes)` of what came into one's feed and left it. */
  look(entries, { lost, news } = {}) {
    const shown = this._session.signedIn ? entries.slice(0, SLIPS_MAX) : [];
    const key = JSON.stringify([this._session.accountId, Boolean(news), shown.map(({ slip }) => slip.slip_id)]);
    if (key === this._key) return;
    this._key = key;
    const channels = shown.map((entry) => [`slip:${entry.slip.slip_id}`, { looking: "screen", take: (data) => this._take(entry, data), lost: () => lost(entry) }]);
    if (news && this._session.signedIn) channels.push([`feed:#${this._session.accountId}`, { take: (data) => (this._api.note(data.position), news(data.changes ?? data.snapshot)) }]);
    this._channels.want("slips", new Map(channels));
  }

  _take(entry, data) {
    entry.slip = slipAfter(entry.slip, data);
    entry.readAt = performance.now();
    if (data.snapshot && entry.isPushed) entry.said = [{ again: true }];
    entry.isPushed = true;
    const { comments = [], withdrawn = [] } = data.changes ?? {};
    if (comments.length || withdrawn.length) entry.said = [...(entry.said ?? []), { comments, withdrawn }];
    this._changed();
  }
}
