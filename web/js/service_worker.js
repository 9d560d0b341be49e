// Runs in the browser also when no page is open: shows a push, and opens what it is about. It answers no requests and keeps nothing.

const ICON = "/web/icon.svg";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

/** Show a push; a later one with the same topic takes the place of the earlier one. A browser insists that something is shown. */
async function show(data) {
  const { title, body, topic, path } = read(data);
  await self.registration.showNotification(title, { body, tag: topic, icon: ICON, data: { path } });
}

function read(data) {
  const { title = "Slipstream", body = "", topic = "", path = "/inbox" } = fields(data);
  return { title: String(title), body: String(body), topic: String(topic), path: own(String(path)) };
}

function fields(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

/** Return an address of this site; what leads elsewhere leads to the inbox. */
function own(path) {
  const address = new URL(path, self.location.origin);
  return address.origin === self.location.origin ? address.pathname + address.search : "/inbox";
}

/** Open an address in the page that is open, or in a new one. */
async function open(path) {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return self.clients.openWindow(path);
  page.postMessage({ open: path });
  return page.focus();
}
