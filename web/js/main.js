// Puts the page together: what it knows, what it shows, and where the two meet.

import { Account } from "./account.js";
import { Api } from "./api.js";
import { readBetTypes } from "./bet_types.js";
import { BetDetail, Bets, OpenBets } from "./bets.js";
import { Bell } from "./bell.js";
import { Board } from "./board.js";
import { Calculator } from "./calculator.js";
import { Calls } from "./calls.js";
import { Channels } from "./channels.js";
import { CodePage } from "./codes.js";
import { Connection } from "./connection.js";
import { el, set } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Feed, SlipPage } from "./feed.js";
import { Header } from "./header.js";
import { Holder } from "./holding.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { Leaderboard } from "./leaderboard.js";
import { Live } from "./live.js";
import { LiveNow } from "./live_now.js";
import { MatchView } from "./match.js";
import { ModerationQueue } from "./moderation.js";
import { MutedAndBlocked } from "./muted_and_blocked.js";
import { Naming } from "./naming.js";
import { selectionLabel } from "./names.js";
import { shownOdds } from "./odds.js";
import { OwnCases } from "./own_cases.js";
import { pressing } from "./pressing.js";
import { PeopleLists } from "./people_lists.js";
import { Profile } from "./profile.js";
import { Push } from "./push.js";
import { PushedSlips } from "./pushed_slips.js";
import { Rail } from "./rail.js";
import { RealityChecks } from "./reality_checks.js";
import { RealityDialog } from "./reality_dialog.js";
import { Router } from "./router.js";
import { SavedSlips } from "./saved.js";
import { Search, TagPage } from "./search.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { SharingPage } from "./sharing_page.js";
import { SignIn, SignUp } from "./sign_in.js";
import { SlipView } from "./slip_view.js";
import { Socket } from "./socket.js";
import { Store } from "./store.js";
import { Suggestions } from "./suggestions.js";
import { Tails } from "./tails.js";
import { Trading } from "./trading.js";
import { Wallet } from "./wallet.js";
import { OwnLimits } from "./own_limits.js";
import { Bonuses } from "./bonuses.js";
import { FreeBets } from "./free_bets.js";
import { Restrictions } from "./restrictions.js";
import { WalletView } from "./wallet_view.js";
import * as slips from "./slip.js";

const TICK_MS = 500;
/** Views of cards and texts: their lines are no longer than one reads well. */
const FOR_READING = new Set(["feed", "slip", "profile", "leaderboard", "search", "tag", "people", "code", "share", "drafts", "saved", "muted", "decisions", "moderation", "inbox"]);
const $ = (id) => document.getElementById(id);

const session = new Session();
const settings = new Settings();
const api = new Api(session);
const store = new Store();
const connection = new Connection(performance.now());
const socket = new Socket(api, session);
const calls = new Calls(api, session, socket);
const holder = new Holder(calls, session);
const channels = new Channels(socket);
const app = {
  ...{ session, settings, api, calls, store, connection, holder, channels },
  live: new Live(api, store, connection, socket, channels),
  wallet: new Wallet(api, session, holder, channels),
  limits: new OwnLimits({ api, session, holder }),
  restrictions: new Restrictions({ api, session, holder }),
  freeBets: new FreeBets({ api, session, holder }),
  bonuses: new Bonuses({ api, session, holder }),
  reality: new RealityChecks(api, session),
  bell: new Bell({ api, session, channels }),
  naming: new Naming(api, calls, store),
  tails: new Tails(api, session),
  router: new Router((route, back) => arrive(route, back)),
  push: new Push(api, session, (path) => app.router.go(path)),
  shown: (odds) => shownOdds(odds, settings.odds),
  leaveForm,
  openSlip: () => slipView.focus(),
  update: () => update(),
  world: () => ({
    store,
    now: performance.now(),
    format: settings.odds,
    shown: app.shown,
    picked: new Set(holder.slip.picks.map((pick) => pick.key)),
    nameOf: selectionLabel,
  }),
};

const nothing = { title: "Not there, Slipstream", wanted: ["live"], show() {}, update() {}, element: el("div", { class: "stack" }, el("h1", {}, "There is nothing at this address."), el("p", {}, el("a", { href: "/" }, "To the board"))) };
const views = {
  board: new Board(app),
  match: new MatchView(app),
  feed: new Feed(app),
  slip: new SlipPage(app),
  profile: new Profile(app),
  people: new PeopleLists(app),
  leaderboard: new Leaderboard(app),
  code: new CodePage(app),
  drafts: new Drafts(app),
  saved: new SavedSlips(app),
  share: new SharingPage(app),
  muted: new MutedAndBlocked(app),
  decisions: new OwnCases(app),
  moderation: new ModerationQueue(app),
  trading: new Trading(app),
  search: new Search(app),
  tag: new TagPage(app),
  inbox: new Inbox(app),
  bets: new Bets(app),
  bet: new BetDetail(app),
  calculator: new Calculator(app),
  wallet: new WalletView(app),
  account: new Account(app),
  "sign-in": new SignIn(app),
  "sign-up": new SignUp(app),
  nothing,
};
const header = new Header(app);
const rail = new Rail(app, $("rail"));
const slipView = new SlipView(app, $("side"));
const openBets = new OpenBets(app, $("side"));
document.body.append(new RealityDialog(app).element);
const liveNow = new LiveNow(app, $("side"));
const suggestions = new Suggestions(app, "suggested");
$("side").append(suggestions.element);
const pushedSlips = new PushedSlips(app, () => update());
const finger = pressing({ store, holder, released: update });
let route = null;
let view = null;
const lastFocus = new Map();

/** Show the view of an address. Coming back, the focus goes to where it was. */
function arrive(next, back) {
  if (view) lastFocus.set(view, document.activeElement);
  const first = view === null;
  route = next;
  view = views[next.name];
  view.show(next);
  searchField.show(view.typed ?? "");
  set($("rail"), "hidden", view !== views.board);
  set($("shell"), "class", view === views.board ? "shell" : view === views.trading ? "shell trade" : FOR_READING.has(next.name) ? "shell feedly" : "shell wide");
  set($("side"), "hidden", view === views.trading);
  if (view.element.parentNode !== $("main")) $("main").replaceChildren(view.element);
  document.title = view.title;
  app.live.look();
  if (FOR_READING.has(next.name)) suggestions.read();
  update();
  const known = back ? lastFocus.get(view) : null;
  if (known?.isConnected && known !== document.body) known.focus({ preventScroll: true });
  else if (!first) $("main").focus({ preventScroll: true });
}

/** Leave a form for the page that led to it, or for the board; who must enrol a second factor first, for where that is done. */
function leaveForm() {
  if (session.secondFactor === "required") app.router.go("/account", { replace: true });
  else if (history.length > 1 && cameFrom !== null) app.router.go(cameFrom, { replace: true });
  else app.router.go("/", { replace: true });
}

let cameFrom = null;
document.addEventListener("click", () => {
  if (!location.pathname.startsWith("/sign-")) cameFrom = location.pathname + location.search;
}, { capture: true });

/** Bring everything up to date in place; not while a finger is down, so that no press is lost. */
function update() {
  if (finger?.isDown || !view) return;
  const followed = slips.follow(holder.slip, (pick) => store.offer(pick.market_id, pick.selection));
  if (followed !== holder.slip) return holder.change(() => followed);
  view.update();
  const { entries, ...told } = view.pushed ?? { entries: [] };
  pushedSlips.look(entries, told);
  if (view === views.board) rail.update(views.board);
  slipView.update();
  openBets.update();
  liveNow.update(view === views.match ? views.match.id : FOR_READING.has(route.name) ? "" : null);
  suggestions.update(FOR_READING.has(route.name) && view !== views.people);
  header.update(route);
}

/** The topics that are looked at: the view's, and the matches of picks that the lists leave out. */
function wanted() {
  const looked = view?.wanted ?? ["live"];
  const listed = new Set(looked.flatMap((topic) => store.lists[topic] ?? []));
  const picked = holder.slip.picks.map((pick) => pick.fixture_id).filter((id) => !listed.has(id));
  return [...new Set([...looked, ...picked])];
}

for (const changing of [session, settings, store, holder, app.wallet, app.limits, app.restrictions, app.freeBets, app.bonuses, app.reality, app.bell, app.naming, app.tails]) changing.addEventListener("change", update);
holder.addEventListener("change", () => app.live.look());
app.wallet.addEventListener("change", () => holder.learn([...(app.wallet.open ?? []), ...(app.wallet.settled ?? [])]));
app.tails.addEventListener("placed", () => app.wallet.placed());
for (const kind of ["online", "offline", "visibilitychange"]) addEventListener(kind, update);
addEventListener("pagehide", () => store.rememberHistory());
setInterval(() => document.hidden || update(), TICK_MS);
const searchField = listen({ search: $("search"), views, shown: () => view, header: $("top"), slip: slipView, go: (address) => app.router.go(address) });
readBetTypes(api, update);
app.router.start();
socket.start();
app.live.start(wanted, () => holder.slip.picks.map((pick) => pick.fixture_id));
app.wallet.start();
app.bell.start();
app.reality.start();
holder.resume();
app.tails.resume();
