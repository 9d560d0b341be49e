"""What limits and legs of one match cost: bets of accounts and on markets that have all of them beside bets that have none.

One log, one dispatcher, in turns. Limited are accounts, by stake and loss in all three periods; every market and its match, by the most
that is paid; and one bet in twenty is two legs of one match, priced together. On the other side as many bets have two legs on two matches.
Exposure and shading are no part of it on either side: they follow bets in other processes, and no bet reads them.
"""

import random
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from bench.callers import answered
from bench.harness import Figure, at_least, stay_on_one_core
from bench.place_bet import WARM_UP_S_MAX
from bench.world import SINCE, WALLETS, World, batches
from commands.betting.place_bet import PlaceBet
from commands.betting.same_game import QuotedLeg, QuoteSameGame, SameGameQuote
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from domain.account_gate.facts import LimitSet
from domain.bet.commands import AskedLeg, AskedSameGame
from domain.fixture_limit.commands import LimitFixturePayout
from domain.ids import account_gate_of, derived
from domain.limits import PERIODS
from domain.market.commands import LimitPayout, OpenMarket
from domain.market.facts import Selection
from domain.pricing import MatchMoment, PricedMarket, books_of
from domain.pricing.same_game import expected_by
from domain.score_model import ScoreModel

BETS = 40_000
ROUNDS = 5
MATCHES = 200
"""On each side."""
ONE_IN = 20
MOST_MINOR = 1_000_000_00
STAKE_MINOR = 5_00
RATIO = 0.85
MARKETS = (PricedMarket("match_result"), PricedMarket("both_teams_to_score"))
MODEL = ScoreModel(1_450_000, 1_150_000, -150_000, 950_000)


class Side(NamedTuple):
    """Accounts that bet, and what their bets are: a price of each match, and of each match, or of two, legs together."""

    accounts: list[str]
    singles: list[AskedLeg]
    doubles: Sequence[tuple[tuple[AskedLeg, ...], tuple[AskedSameGame, ...]]]


def measure(dsn: str, _redis_url: str, *, bets: int = BETS, rounds: int = ROUNDS) -> list[Figure]:
    """Place bets of both kinds in turn; return the median rate of those with everything on beside that of those without."""
    stay_on_one_core()
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    half = WALLETS // 2
    free, limited = plain(world, dispatcher, world.accounts[:half]), with_everything(world, dispatcher, world.accounts[half:])
    drawn = random.Random(7)
    rates: dict[str, list[float]] = {"free": [], "limited": []}
    for side in (free, limited):
        dispatcher.call_many([single(world, account, side.singles[0]) for account in side.accounts], timeout_s=WARM_UP_S_MAX)
    for _ in range(rounds):
        for name, side in (("free", free), ("limited", limited)):
            taken_s, refused = answered(dispatcher, [msgspec.json.encode(any_bet(world, side, drawn)) for _ in range(bets)])
            assert not refused, f"{len(refused)} bets were not accepted: {refused[0]!r}"
            rates[name].append(bets / taken_s)
    dispatcher.stop()
    world.store.close()
    with_limits, without = statistics.median(rates["limited"]), statistics.median(rates["free"])
    return [at_least("place_bet.limits", with_limits, "bets/s", without, "bets without limits, legs of two matches", RATIO, bets=bets)]


def plain(world: World, dispatcher: Dispatcher, accounts: list[str]) -> Side:
    """Open matches that nothing limits."""
    legs = [open_match(world, dispatcher, f"free {number}")[0] for number in range(MATCHES)]
    return Side(accounts, legs, [((one, other), ()) for one, other in zip(legs, legs[1:] + legs[:1], strict=True)])


def with_everything(world: World, dispatcher: Dispatcher, accounts: list[str]) -> Side:
    """Open matches that are limited, as are all their markets and the accounts; have two legs of each priced together."""
    now = world.clock.now()
    for some in batches(accounts, 1_000):
        assert all(verdict.accepted for verdict in world.store.append_many([limits_of(account) for account in some]).verdicts)
    quotes: list[SameGameQuote] = []
    for number in range(MATCHES):
        legs = open_match(world, dispatcher, f"limited {number}")
        dispatcher.call(LimitFixturePayout(fixture_of(f"limited {number}"), MOST_MINOR, "bench", now))
        dispatcher.call_many([LimitPayout(leg.market_id, MOST_MINOR, "bench", now) for leg in legs])
        asked = QuoteSameGame(tuple([QuotedLeg(leg.market_id, leg.selection) for leg in legs]), now)
        quotes.append(dispatcher.call(asked).receipt)
    together = [(quote.legs, (AskedSameGame((0, 1), quote.odds),)) for quote in quotes]
    return Side(accounts, [quote.legs[0] for quote in quotes], together)


def limits_of(account: str) -> Append:
    """Return that an account limits stakes and losses in every period, written as history."""
    gate = account_gate_of(account)
    wanted = [(kind, period) for kind in ("stake", "loss") for period in PERIODS]
    facts = [LimitSet(account, *each, MOST_MINOR, MOST_MINOR, SINCE, account, SINCE) for each in wanted]
    return Append([NewFact(gate, version, fact) for version, fact in enumerate(facts, 1)])


def fixture_of(name: str) -> str:
    return derived("fixture", f"bench {name}")


def open_match(world: World, dispatcher: Dispatcher, name: str) -> list[AskedLeg]:
    """Open a match with two markets priced from one grid; return their first selections as they are asked for."""
    books = books_of(MARKETS, [expected_by(MODEL)], [MatchMoment()])[0]
    world.schedule(dispatcher, fixture_of(name), name)
    legs = []
    for market in MARKETS:
        prices = books[market].prices
        market_id, selections = derived("market", f"bench {name} {market.type}"), tuple([Selection(each, each) for each in prices])
        asked = (market_id, fixture_of(name), market.type, market.specifiers, selections, prices, 3_000, world.clock.now())
        dispatcher.call(OpenMarket(*asked, model=MODEL))
        first = next(iter(prices))
        legs.append(AskedLeg(market_id, first, prices[first], 1))
    return legs


def single(world: World, account: str, leg: AskedLeg) -> PlaceBet:
    return PlaceBet(world.clock.new_id(), account, STAKE_MINOR, "EUR", "single", (leg,), "exact", world.clock.now())


def any_bet(world: World, side: Side, drawn: random.Random) -> PlaceBet:
    """Return a bet of an account: a single, or one time in so many a double."""
    account = drawn.choice(side.accounts)
    if drawn.randrange(ONE_IN):
        return single(world, account, drawn.choice(side.singles))
    legs, same_game = drawn.choice(side.doubles)
    bet_id, now = world.clock.new_id(), world.clock.now()
    return PlaceBet(bet_id, account, STAKE_MINOR, "EUR", "multiple", legs, "exact", now, same_game=same_game)
