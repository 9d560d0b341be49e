// Asks the server. Every answer is read as what it is: a success, an RFC 9457 problem, or something that is neither.

export const GIVE_UP_MS = 3000;

/** The server said no, by name. `slug` is the end of the problem's type, `status` HTTP's. */
export class Problem extends Error {
  constructor(problem, status, retryAfterS) {
    super(problem.title || "The server refused.");
    this.problem = problem;
    this.status = status;
    this.slug = (problem.type || "").split(":").pop();
    this.retryAfterS = retryAfterS;
  }
}

/** An answer that is neither a success nor a problem, such as a page of a proxy. */
export class Unreadable extends Error {
  constructor(status) {
    super("Something went wrong on our side.");
    this.status = status;
  }
}

/** No answer: the connection failed, or it took longer than we wait. */
export class NoAnswer extends Error {
  constructor(late) {
    super(late ? "The server did not answer in time." : "The server cannot be reached.");
    this.late = late;
  }
}

/** How many positions are sent at most; so many presses may be under way at once. */
const POSITIONS_MAX = 4;

/** What is the same for everybody waits for nothing that this page wrote. */
const FOR_EVERYBODY = /^\/v1\/(fixtures|markets)(\/[0-9a-f-]+)?(\?|$)/;

/** The API of one page: it sends the session's token, and reads what it wrote. */
export class Api {
  constructor(session) {
    this._session = session;
    this._positions = [];
  }

  /** Return the body of a GET. */
  async get(path) {
    return (await this.getAt(path)).body;
  }

  /** Return the body of a GET, and the position in the log that it shows: {body, position}. */
  getAt(path) {
    return this._asked(path, { method: "GET" }, !FOR_EVERYBODY.test(path));
  }

  /** Ask for a DELETE. */
  remove(path) {
    return this._ask(path, { method: "DELETE" }, false);
  }

  /** Return the body of a PUT; without a `body` none is sent. */
  put(path, body) {
    return this._change("PUT", path, body);
  }

  /** Return the body of a PATCH. */
  patch(path, body) {
    return this._change("PATCH", path, body);
  }

  _change(method, path, body) {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return this._ask(path, { method, ...sent }, false);
  }

  /** Return the body of a POST. A `body` that is text is sent byte for byte. */
  post(path, body, headers = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this._ask(path, { method: "POST", body: text, headers: { "content-type": "application/json", ...headers } }, false);
  }

  async _ask(path, request, own) {
    return (await this._asked(path, request, own)).body;
  }

  async _asked(path, request, own) {
    const token = this._session.token;
    const headers = { ...request.headers };
    if (token) headers.authorization = `Bearer ${token}`;
    if (own && token && this._positions.length) headers["slipstream-after"] = this._positions.join(", ");
    const { answer, text } = await this._send(path, { ...request, headers });
    const told = read(text);
    const position = answer.headers.get("slipstream-position");
    if (request.method !== "GET") this.note(position);
    if (answer.ok && (told !== undefined || answer.status === 204)) {
      return { body: told, position };
    }
    if (!told || typeof told !== "object" || !told.type) throw new Unreadable(answer.status);
    if (answer.status === 401 && token && token === this._session.token) this._session.end(told.type.split(":").pop());
    throw new Problem(told, answer.status, Number(answer.headers.get("retry-after")) || 0);
  }

  /** Keep the positions of what was written or pushed last: they are opaque, so that the server tells which is the latest. */
  note(position) {
    if (position) this._positions = [position, ...this._positions.filter((kept) => kept !== position)].slice(0, POSITIONS_MAX);
  }

  async _send(path, request) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVE_UP_MS);
    try {
      const answer = await fetch(path, { ...request, signal: giveUp.signal, cache: "no-cache" });
      return { answer, text: await answer.text() };
    } catch {
      throw new NoAnswer(giveUp.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  }
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
