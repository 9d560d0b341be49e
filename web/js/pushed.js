// What was pushed, put over what is shown: the recipe of docs/mechanisms/push.md. Snapshots are taken as they are.

const OPEN_MAX = 200;
const SETTLED_MAX = 50;

/** Return a match after what a channel `fixture:<id>` said of it; null where there is nothing to put a change over. */
export function matchAfter(known, { snapshot, changes }) {
  if (snapshot) return snapshot;
  if (!known?.markets) return null;
  return { ...known, ...changes.fixture, markets: replaced(known.markets, changes.markets ?? [], "market_id") };
}

/** Return a portfolio after what the channel `portfolio:#<account>` said of it. */
export function portfolioAfter(known, { snapshot, changes }) {
  if (snapshot) return snapshot;
  if (!known) return null;
  const gone = new Set((changes.bets ?? []).map((bet) => bet.bet_id));
  const lists = { open: others(known.open, gone), settled: others(known.settled, gone) };
  for (const bet of changes.bets ?? []) lists[["pending", "open"].includes(bet.status) ? "open" : "settled"].unshift(bet);
  return { ...known, ...changes.money, open: { items: lists.open.slice(0, OPEN_MAX) }, settled: { items: lists.settled.slice(0, SETTLED_MAX) } };
}

/** Return a slip after what the channel `slip:<id>` said of it, which leaves out what is this reader's alone. */
export function slipAfter(known, { snapshot, changes }) {
  if (snapshot) return { ...known, ...snapshot, bet: { ...known.bet, ...snapshot.bet } };
  const legs = [...known.bet.legs];
  for (const { leg, ...told } of changes.legs ?? []) legs[leg] = { ...legs[leg], ...told };
  return { ...known, ...changes.slip, bet: { ...known.bet, ...changes.bet, legs } };
}

const others = ({ items }, gone) => items.filter((bet) => !gone.has(bet.bet_id));

function replaced(shown, changed, id) {
  const news = new Map(changed.map((each) => [each[id], each]));
  const kept = shown.map((each) => news.get(each[id]) ?? each);
  const known = new Set(shown.map((each) => each[id]));
  return [...kept, ...changed.filter((each) => !known.has(each[id]))];
}
