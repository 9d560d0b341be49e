// Calls: placing a bet and a market's prices. On the socket while it is there, which saves a request's way; by HTTP otherwise, with the same body and key.

import { NoAnswer, Problem } from "./api.js";

const RETRY_AFTER_S = 1;

/** Answers as HTTP gives them, whatever they come by: a success is its body, all else is thrown as `api.js` does. */
export class Calls {
  constructor(api, session, socket) {
    this._api = api;
    this._session = session;
    this._socket = socket;
    this._unanswered = new Set();
  }

  /**
   * Ask for a bet; `body` is JSON text that stays what it is for this `key`. Who asks again with the same key gets the same bet.
   *
   * Where the socket goes before the answer is there, HTTP is asked at once; where none comes in time, with the next try. Where HTTP gives none
   * either, the socket is asked again.
   */
  async placeBet(body, key) {
    if (!this._speaksForMe() || this._unanswered.has(key)) return this._placeOverHttp(body, key);
    try {
      return this._read(await this._socket.call("place_bet", { idempotency_key: key, bet: JSON.parse(body) }));
    } catch (error) {
      if (error instanceof Problem && error.status !== 401) throw error;
      this._unanswered.add(key);
      if (error.late) throw error;
      return this._placeOverHttp(body, key);
    }
  }

  async _placeOverHttp(body, key) {
    try {
      return await this._api.post("/v1/bets", body, { "idempotency-key": key });
    } catch (error) {
      if (!(error instanceof Problem)) this._unanswered.delete(key);
      throw error;
    }
  }

  /** Return a bet of the account's as it stands. */
  bet(id) {
    return this._api.get(`/v1/bets/${id}`);
  }

  /** Return a market as it stands. */
  async market(id) {
    const overHttp = () => this._api.get(`/v1/markets/${id}`);
    if (!this._socket.isOpen) return overHttp();
    try {
      return this._read(await this._socket.call("quote", { market_id: id }));
    } catch (error) {
      if (error instanceof NoAnswer) return overHttp();
      throw error;
    }
  }

  /** Return what selections of one match cost together; `legs` are {market_id, selection}. */
  async sameGame(legs) {
    const overHttp = () => this._api.post("/v1/quotes/same-game", JSON.stringify({ legs }));
    if (!this._speaksForMe()) return overHttp();
    try {
      return this._read(await this._socket.call("quote_same_game", { legs }));
    } catch (error) {
      if (error instanceof NoAnswer) return overHttp();
      throw error;
    }
  }

  /** Whether the socket is signed in as whoever the page is. */
  _speaksForMe() {
    return this._socket.isOpen && this._session.signedIn && this._socket.accountId === this._session.accountId;
  }

  _read({ status, position, body }) {
    this._api.note(position);
    if (status >= 400) throw new Problem(body, status, body.retry_after_s ?? (status === 503 ? RETRY_AFTER_S : 0));
    return body;
  }
}
