// Web push on this device: asked for by a click alone, given up when one signs out.

const WORKER = "/web/js/service_worker.js";

/** What came of asking for pushes: the browser cannot, or the person did not allow it. */
export class NoPushes extends Error {}

/** The subscription of this browser. It tells nobody anything; whoever changes it reads the addresses again. */
export class Push {
  constructor(api, session, go) {
    this._api = api;
    this._session = session;
    if (!this.possible) return;
    navigator.serviceWorker.addEventListener("message", ({ data }) => data?.open && go(data.open));
    session.addEventListener("change", () => this._ended());
    this._account = session.accountId;
  }

  get possible() {
    return "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
  }

  /** Return the endpoint of this browser, none where it has no subscription. */
  async endpoint() {
    return (await this._subscription())?.endpoint ?? "";
  }

  /** Ask for permission, subscribe, and tell the site. Call it from a click. */
  async turnOn() {
    if (!this.possible) throw new NoPushes("This browser takes no pushes.");
    if ((await Notification.requestPermission()) !== "granted") throw new NoPushes("Pushes are not allowed in this browser. Its settings for this site say so.");
    const worker = await navigator.serviceWorker.register(WORKER, { scope: "/" });
    await navigator.serviceWorker.ready;
    const { public_key: key } = await this._api.get("/v1/notifications/push-key");
    const { endpoint, keys } = (await subscribed(worker, key)).toJSON();
    await this._api.post("/v1/notifications/push-subscriptions", { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth }, device: deviceName() });
  }

  /** Take no more pushes in this browser: its push service calls the endpoint gone from then on. */
  async turnOff() {
    await (await this._subscription())?.unsubscribe();
  }

  async _subscription() {
    if (!this.possible) return null;
    const worker = await navigator.serviceWorker.getRegistration("/");
    return (await worker?.pushManager.getSubscription()) ?? null;
  }

  /** Whoever comes after does not get what the account before is told. */
  _ended() {
    if (this._account === this._session.accountId) return;
    this._account = this._session.accountId;
    this.turnOff().catch(() => {});
  }
}

/** Return a subscription for a key of the site; one for another key is given up. */
async function subscribed(worker, key) {
  const wanted = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await worker.pushManager.subscribe(wanted);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error.name === "NotAllowedError" || error.name === "AbortError" ? new NoPushes("This browser reached no push service.") : error;
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    return worker.pushManager.subscribe(wanted);
  }
}

/** Return what this device is called in the list: browser and system. */
function deviceName() {
  const agent = navigator.userAgent;
  const browser = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([mark]) => agent.includes(mark))?.[1] ?? "Browser";
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS", "macOS"], ["Windows", "Windows"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark))?.[1] ?? "a computer";
  return `${browser} on ${system}`;
}
