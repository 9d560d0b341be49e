// Who is signed in. It is kept on this device, so a second tab and a reload stay signed in; signing out ends it in every tab.

const KEPT = "slipstream.session";

/** The session of this device. It tells "change" when somebody comes or goes. */
export class Session extends EventTarget {
  constructor() {
    super();
    this._who = read();
    this.ended = "";
    addEventListener("storage", (event) => {
      if (event.key === KEPT || event.key === null) this._become(read());
    });
  }

  get token() {
    return this._who?.token ?? null;
  }

  get signedIn() {
    return this._who !== null;
  }

  get handle() {
    return this._who?.handle ?? "";
  }

  get accountId() {
    return this._who?.account_id ?? "guest";
  }

  get currency() {
    return this._who?.currency ?? "EUR";
  }

  /** What the account may act as, beside betting. */
  get roles() {
    return this._who?.roles ?? [];
  }

  /** Whether the account works for the book; such accounts do not bet. */
  get staff() {
    return this.roles.some((role) => role !== "bettor");
  }

  /** "given", "none", or "required": then this session may do nothing but enrol a second factor. Enrolling and removing one end every session, so this holds. */
  get secondFactor() {
    return this._who?.second_factor ?? "none";
  }

  /** Whether there is a session that may do more than enrol a second factor; what asks by itself asks for such a one alone. */
  get mayAsk() {
    return this.signedIn && this.secondFactor !== "required";
  }

  /** Take what POST /v1/sessions answered. */
  begin(answer) {
    const { token, handle, account_id, currency, roles, expires_at, second_factor } = answer;
    localStorage.setItem(KEPT, JSON.stringify({ token, handle, account_id, currency, roles, expires_at, second_factor }));
    this.ended = "";
    this._become(read());
  }

  /** Sign out; `why` is the problem that ended it, none if the person did. */
  end(why = "") {
    localStorage.removeItem(KEPT);
    this.ended = why;
    this._become(null);
  }

  _become(who) {
    if (who?.token === this._who?.token) return;
    this._who = who;
    this.dispatchEvent(new Event("change"));
  }
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    return kept?.token && kept.account_id ? kept : null;
  } catch {
    return null;
  }
}
