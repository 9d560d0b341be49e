// Addresses: every view has its own, Back and Forward work, and coming back finds the place that was left.

const ROUTES = [
  ["board", /^\/$/],
  ["match", /^\/match\/([0-9a-f-]{36})$/],
  ["bets", /^\/bets$/],
  ["bet", /^\/bets\/([0-9a-f-]{36})$/],
  ["calculator", /^\/calculator$/],
  ["feed", /^\/feed$/],
  ["slip", /^\/slips\/([0-9a-f-]{36})$/],
  ["profile", /^\/profile\/([A-Za-z0-9_]{3,30})$/],
  ["people", /^\/profile\/([A-Za-z0-9_]{3,30}\/(?:followers|following))$/],
  ["leaderboard", /^\/leaderboard$/],
  ["code", /^\/code\/([A-Za-z0-9-]{1,40})$/],
  ["saved", /^\/saved$/],
  ["drafts", /^\/drafts$/],
  ["share", /^\/share$/],
  ["muted", /^\/muted$/],
  ["decisions", /^\/decisions$/],
  ["moderation", /^\/moderation$/],
  ["trading", /^\/trading(?:\/([0-9a-f-]{36}))?$/],
  ["search", /^\/search$/],
  ["tag", /^\/tags\/([A-Za-z0-9_]{1,60})$/],
  ["inbox", /^\/inbox$/],
  ["wallet", /^\/wallet$/],
  ["account", /^\/account$/],
  ["sign-in", /^\/sign-in$/],
  ["sign-up", /^\/sign-up$/],
];

/** Return {name, id, query} of an address; an unknown one is "nothing". */
export function routeOf(address) {
  const { pathname, searchParams } = new URL(address, location.origin);
  for (const [name, pattern] of ROUTES) {
    const found = pattern.exec(pathname);
    if (found) return { name, id: found[1] ?? "", query: searchParams };
  }
  return { name: "nothing", id: "", query: searchParams };
}

/** Follows links of this page without loading it anew, and tells `onRoute(route, back)` where we are. */
export class Router {
  constructor(onRoute) {
    this._onRoute = onRoute;
    history.scrollRestoration = "manual";
    addEventListener("popstate", (event) => this._arrive(true, event.state?.scroll ?? 0));
    document.addEventListener("click", (event) => this._clicked(event));
    addEventListener("scrollend", () => this._noteScroll());
  }

  /** Show the address that the page was opened with. */
  start() {
    this._arrive(false, history.state?.scroll ?? 0);
  }

  /** Go to an address; `replace` leaves no step behind. */
  go(address, { replace = false } = {}) {
    if (!replace) this._noteScroll();
    history[replace ? "replaceState" : "pushState"]({ scroll: 0 }, "", address);
    this._arrive(false, 0);
  }

  _arrive(back, scroll) {
    this._onRoute(routeOf(location.href), back);
    scrollTo(0, scroll);
  }

  _noteScroll() {
    history.replaceState({ ...history.state, scroll: scrollY }, "");
  }

  _clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const href = link.getAttribute("href");
    if (!href.startsWith("/") || routeOf(href).name === "nothing") return;
    event.preventDefault();
    if (link.href !== location.href) this.go(href);
  }
}
