// The first page: a live board, a bet slip that bets at exactly the odds on the screen, and the bets that came of it.
// Text reaches the page through textContent alone, so nothing that a name contains is ever markup.

const POLL_MS = 1000;
const MARKETS = { match_result: "Match result", total_goals: "Total goals", both_teams_to_score: "Both teams to score" };
const $ = (id) => document.getElementById(id);
const state = { token: sessionStorage.getItem("token"), who: null, picked: null, fixtures: [], shown: new Map(), moved: new Map(), position: 0, key: null };

class Problem extends Error {
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
    this.slug = (problem.type || "").split(":").pop();
  }
}

async function ask(path, { method = "GET", body, headers = {} } = {}) {
  const sent = { ...headers };
  if (body) sent["content-type"] = "application/json";
  if (state.token) sent.authorization = `Bearer ${state.token}`;
  if (method === "GET" && state.position && state.token && !path.startsWith("/v1/fixtures")) sent["slipstream-after"] = String(state.position);
  const answer = await fetch(path, { method, headers: sent, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) {
    if (answer.status === 401 && state.token) signOut();
    throw new Problem(told);
  }
  if (method !== "GET") state.position = Math.max(state.position, Number(answer.headers.get("slipstream-position") || 0));
  return told;
}

// Small building blocks.

function element(name, { text, attributes = {}, on = {} } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(key, value);
  for (const [event, handler] of Object.entries(on)) made.addEventListener(event, handler);
  made.append(...children);
  return made;
}

function money(minor, currency) {
  const sign = minor < 0 ? "-" : "";
  const digits = String(Math.abs(minor)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)} ${currency}`;
}

function minorOf(text) {
  const found = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
}

// Odds as an exact fraction of whole numbers, so that what is shown is what is paid.
function ratioOf(odds) {
  const fraction = /^(\d+)\/(\d+)$/.exec(odds);
  if (fraction) return [BigInt(fraction[1]) + BigInt(fraction[2]), BigInt(fraction[2])];
  const [whole, places = ""] = odds.split(".");
  return [BigInt(whole + places.padEnd(3, "0")), 1000n];
}

function returnsOf(stakeMinor, odds) {
  const [numerator, denominator] = ratioOf(odds);
  return Number((BigInt(stakeMinor) * numerator) / denominator);
}

function compare(one, other) {
  const [a, b] = ratioOf(one);
  const [c, d] = ratioOf(other);
  return a * d === c * b ? 0 : a * d > c * b ? 1 : -1;
}

// The board.

async function refreshBoard() {
  try {
    const page = await ask("/v1/fixtures?status=live&include=markets&limit=40");
    noteMoves(page.items);
    state.fixtures = page.items;
    drawBoard();
    $("pulse").textContent = page.items.length === 1 ? "1 match live" : `${page.items.length} matches live`;
    $("pulse").classList.remove("away");
  } catch (error) {
    $("pulse").textContent = error instanceof Problem ? error.message : "The server cannot be reached; trying again";
    $("pulse").classList.add("away");
  }
}

function noteMoves(fixtures) {
  const shown = new Map();
  state.moved = new Map();
  for (const { markets } of fixtures)
    for (const market of markets)
      for (const { selection, odds } of market.selections) {
        const key = `${market.market_id} ${selection}`;
        const before = state.shown.get(key);
        if (odds && before && before !== odds) state.moved.set(key, compare(odds, before) > 0 ? "up" : "down");
        shown.set(key, odds);
      }
  state.shown = shown;
}

function drawBoard() {
  const focused = document.activeElement?.dataset?.key;
  $("fixtures").replaceChildren(...state.fixtures.map(drawFixture));
  $("fixtures").setAttribute("aria-busy", "false");
  $("empty").hidden = state.fixtures.length > 0;
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  drawSlip();
}

function drawFixture(fixture) {
  const minute = fixture.clock.minute === null ? "" : `${fixture.clock.minute}′`;
  const teams = element("h3", { attributes: { class: "teams" } }, `${fixture.home} – ${fixture.away}`, element("small", { text: fixture.competition }));
  const header = element(
    "header",
    {},
    element("span", { text: minute, attributes: { class: "minute", title: fixture.clock.period.replaceAll("_", " ") } }),
    teams,
    element("span", { text: `${fixture.score.home}:${fixture.score.away}`, attributes: { class: "score", "aria-label": `Score ${fixture.score.home} to ${fixture.score.away}` } }),
  );
  const markets = element("div", { attributes: { class: "markets" } }, ...fixture.markets.filter((market) => market.status !== "resulted").map((market) => drawMarket(fixture, market)));
  return element("article", { attributes: { class: "fixture" } }, header, markets);
}

function drawMarket(fixture, market) {
  const line = Object.values(market.specifiers).join(" ");
  const name = `${MARKETS[market.type] || market.type.replaceAll("_", " ")}${line ? ` ${line}` : ""}${market.status === "open" ? "" : ` · ${market.status}`}`;
  const buttons = market.selections.map((selection) => {
    const key = `${market.market_id} ${selection.selection}`;
    const open = market.status === "open" && selection.odds;
    const picked = state.picked?.key === key;
    return element(
      "button",
      {
        attributes: { type: "button", class: `odds ${state.moved.get(key) || ""}`, "data-key": key, "aria-pressed": String(picked), disabled: open ? null : "", title: selection.name },
        on: { click: () => pick(fixture, market, selection) },
      },
      element("span", { text: selection.name }),
      element("b", { text: open ? selection.odds : "–" }),
    );
  });
  return element("fieldset", { attributes: { class: "market" } }, element("legend", { text: name }), element("div", {}, ...buttons));
}

// The slip: it keeps the version whose odds it shows; both are brought up to date together, and sent together.

function pick(fixture, market, selection) {
  state.picked = { key: `${market.market_id} ${selection.selection}`, match: `${fixture.home} – ${fixture.away}`, market_id: market.market_id, selection: selection.selection };
  state.key = null;
  tell("");
  drawBoard();
  $("stake").focus();
  $("stake").select();
}

function onScreen() {
  for (const fixture of state.fixtures)
    for (const market of fixture.markets)
      if (market.market_id === state.picked?.market_id) {
        const selection = market.selections.find((each) => each.selection === state.picked.selection);
        if (selection) return { market, selection };
      }
  return null;
}

function drawSlip() {
  $("slip").hidden = !state.picked;
  $("slip-empty").hidden = Boolean(state.picked);
  if (!state.picked) return;
  const found = onScreen();
  const open = found && found.market.status === "open" && found.selection.odds;
  if (open) Object.assign(state.picked, { odds: found.selection.odds, version: found.market.version, forms: `${found.selection.fractional}  ${found.selection.american}`, name: found.selection.name });
  $("slip-match").textContent = state.picked.match;
  $("slip-selection").textContent = state.picked.name || state.picked.selection;
  $("slip-odds").textContent = open ? state.picked.odds : "–";
  $("slip-forms").textContent = open ? state.picked.forms : "not offered at the moment";
  const stakeMinor = minorOf($("stake").value);
  $("returns").textContent = open && stakeMinor ? money(returnsOf(stakeMinor, state.picked.odds), state.who?.currency || "EUR") : "–";
  $("place").disabled = !open || !stakeMinor || !state.token;
  $("place").textContent = state.token ? "Place bet" : "Sign in to bet";
}

async function place(event) {
  event.preventDefault();
  const { market_id, selection, odds, version } = state.picked;
  const body = { type: "single", stake_minor: minorOf($("stake").value), currency: state.who.currency, legs: [{ market_id, selection, odds, version }], accept: "exact" };
  const asked = JSON.stringify(body);
  if (state.key?.asked !== asked) state.key = { asked, key: crypto.randomUUID?.() || `${Date.now()}-${Math.random()}` };
  $("place").disabled = true;
  try {
    const bet = await ask("/v1/bets", { method: "POST", body, headers: { "idempotency-key": state.key.key } });
    tell(`Bet struck at ${bet.odds}: returns ${money(bet.potential_returns_minor, bet.currency)}.`, "good");
    state.picked = null;
    state.key = null;
    await refreshAccount();
  } catch (error) {
    if (error instanceof Problem) {
      state.key = null;
      tell(error.slug === "prices-moved" ? `The price moved from ${error.problem.asked} to ${error.problem.current}. Nothing was staked.` : error.message, "bad");
      await refreshBoard();
    } else tell("No answer came. Press again: the same bet is never struck twice.", "bad");
  }
  drawBoard();
}

function tell(text, tone = "") {
  $("told").textContent = text;
  $("told").className = `told ${tone}`;
}

// The account.

async function signIn(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    const session = await ask("/v1/sessions", { method: "POST", body: { handle: form.get("handle"), password: form.get("password") } });
    state.token = session.token;
    sessionStorage.setItem("token", session.token);
    event.target.reset();
    tell("");
    await refreshAccount();
  } catch (error) {
    tell(error.message, "bad");
  }
}

function signOut() {
  state.token = state.who = null;
  state.position = 0;
  sessionStorage.removeItem("token");
  drawAccount(null);
}

async function refreshAccount() {
  if (!state.token) return drawAccount(null);
  try {
    state.who = state.who || (await ask("/v1/account"));
    drawAccount(await ask("/v1/portfolio"));
  } catch (error) {
    if (!(error instanceof Problem)) return;
    if (!state.token) drawAccount(null);
  }
}

function drawAccount(portfolio) {
  const signedIn = Boolean(portfolio);
  $("who").hidden = $("bets-card").hidden = !signedIn;
  $("sign-in-card").hidden = signedIn;
  if (signedIn) {
    $("handle").textContent = state.who.handle;
    $("balance").textContent = money(portfolio.available_minor, portfolio.currency);
    const bets = [...portfolio.open.items, ...portfolio.settled.items].slice(0, 12);
    $("bets").replaceChildren(...(bets.length ? bets.map(drawBet) : [element("li", { text: "No bets yet." })]));
  }
  drawSlip();
}

function drawBet(bet) {
  const open = bet.status === "open";
  const legs = bet.legs.map((leg) => leg.selection).join(", ");
  const outcome = open ? `to return ${money(bet.potential_returns_minor, bet.currency)}` : `returned ${money(bet.returns_minor ?? 0, bet.currency)}`;
  return element(
    "li",
    {},
    element("span", {}, element("b", { text: bet.odds }), ` ${legs}`),
    element("span", { text: bet.status.replaceAll("_", " "), attributes: { class: `status ${bet.status}` } }),
    element("small", { text: `${money(bet.stake_minor, bet.currency)} staked` }),
    element("small", { text: outcome }),
  );
}

$("sign-in").addEventListener("submit", signIn);
$("sign-out").addEventListener("click", signOut);
$("slip").addEventListener("submit", place);
$("stake").addEventListener("input", drawSlip);
$("slip-clear").addEventListener("click", () => {
  state.picked = null;
  drawBoard();
});

async function live() {
  if (!document.hidden) await Promise.all([refreshBoard(), refreshAccount()]);
  setTimeout(live, POLL_MS);
}
live();
