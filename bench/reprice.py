"""How much processor time a slate of live matches takes to price, and how long from an event to its committed prices."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.harness import Figure, at_most, percentile, stay_on_one_core
from bench.world import World
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.replay.match_markets import market_ids_of
from commands.trading.replay.points import GAMES
from domain.fixture.commands import ScheduleFixture
from domain.ids import derived
from domain.market.commands import OpenMarket, PriceMarket
from domain.market.facts import Selection
from domain.pricing import FOOTBALL_MARKETS, Expectation, MatchMoment, PricedMarket, books_of, selections_of_market
from domain.pricing.other_sports import points_books, points_markets, tennis_books, tennis_markets
from domain.pricing.points import PointsExpected, PointsMoment, PointsRules
from domain.pricing.tennis import ServeChances, TennisMoment

FIXTURES = 2_000
MARKETS = FOOTBALL_MARKETS[:20]
REPRICE_S_MAX = 0.5
MOVES_PER_S = 1_000
EVENTS = 1_500
COMMIT_MS_MAX = 100.0
TIMES = 5


def measure(dsn: str, _redis_url: str, *, fixtures: int = FIXTURES, events: int = EVENTS) -> list[Figure]:
    """Price a whole slate, then price one match after another and commit what moves."""
    drawn = random.Random(3)
    expectations = [Expectation(drawn.uniform(0.4, 2.6), drawn.uniform(0.4, 2.6)) for _ in range(fixtures)]
    moments = [_moment(drawn) for _ in range(fixtures)]
    return [*_slate(expectations, moments), *_events(dsn, expectations, drawn, events)]


def _moment(drawn: random.Random) -> MatchMoment:
    minute, half_time = drawn.randrange(90), (drawn.randrange(3), drawn.randrange(3))
    if minute < 45:
        return MatchMoment(minute, *half_time)
    return MatchMoment(minute, half_time[0] + drawn.randrange(2), half_time[1] + drawn.randrange(2), half_time)


def _slate(expectations: Sequence[Expectation], moments: Sequence[MatchMoment]) -> list[Figure]:
    stay_on_one_core()
    football = [MARKETS] * len(expectations)
    figures = [_priced("reprice", football, lambda: books_of(MARKETS, expectations, moments))]
    return [*figures, *(_priced(f"reprice.{sport}", *slate) for sport, slate in _other_slates(len(expectations)).items())]


def _priced(name: str, of_matches: Sequence[Sequence[PricedMarket]], price: Callable[[], object]) -> Figure:
    price()  # the payoffs of markets and scores are kept from now on, and the lines of matches
    taken_s = []
    for _ in range(TIMES):
        began_s = time.process_time()
        price()
        taken_s.append(time.process_time() - began_s)
    prices = sum(len(selections_of_market(market)) for markets in of_matches for market in markets)
    extra = {"fixtures": len(of_matches), "markets": len(of_matches[0]), "prices": prices}
    return at_most(name, min(taken_s), "s", REPRICE_S_MAX, "the target, processor time of one call", **extra)


def _other_slates(fixtures: int) -> dict[str, tuple[list[tuple[PricedMarket, ...]], Callable[[], object]]]:
    """Return for each other sport that is priced by a model the markets of its matches, and what prices them, each at its own moment."""
    drawn = random.Random(5)
    serves = [ServeChances(drawn.uniform(0.58, 0.7), drawn.uniform(0.58, 0.7)) for _ in range(fixtures)]
    sets = [TennisMoment((drawn.randrange(2), drawn.randrange(2)), 12, (drawn.randrange(6), drawn.randrange(5))) for _ in range(fixtures)]
    of_tennis = [tennis_markets(one, every=True) for one in serves]
    slates: dict[str, tuple[list[tuple[PricedMarket, ...]], Callable[[], object]]] = {
        "tennis": (of_tennis, lambda: tennis_books(of_tennis, serves, sets))
    }
    for sport, game in GAMES.items():
        slates[sport] = _of_points(game.rules, fixtures, drawn)
    return slates


def _of_points(rules: PointsRules, fixtures: int, drawn: random.Random) -> tuple[list[tuple[PricedMarket, ...]], Callable[[], object]]:
    a_side = rules.possessions * rules.points_a_score / 2
    expected = [PointsExpected(a_side * drawn.uniform(0.9, 1.1), a_side * drawn.uniform(0.9, 1.1)) for _ in range(fixtures)]
    moments = []
    for _ in range(fixtures):
        left = drawn.randrange(rules.possessions + 1)
        so_far = int(a_side * (1 - left / rules.possessions))
        moments.append(PointsMoment(so_far, max(so_far + drawn.randrange(-9, 10), 0), left, left))
    of_points = [points_markets(one, every=True) for one in expected]
    return of_points, lambda: points_books(rules, of_points, expected, moments)


def _events(dsn: str, expectations: Sequence[Expectation], drawn: random.Random, events: int) -> list[Figure]:
    """Let matches move one by one, `MOVES_PER_S` prices a second in total, and time each from its event to the last of its commits."""
    world = World(dsn)
    dispatcher = Dispatcher(world.store, USE_CASES).start()
    slate = _open(world, dispatcher, expectations)
    latencies_s: list[float] = []
    waits = threading.Semaphore(0)
    began_s = time.monotonic()
    for number in range(events):
        pause_s = began_s + number * len(MARKETS) / MOVES_PER_S - time.monotonic()
        if pause_s > 0:
            time.sleep(pause_s)
        at_s = time.monotonic()
        match = drawn.randrange(len(slate))
        (books,) = books_of(MARKETS, [expectations[match]], [MatchMoment(drawn.randrange(1, 40))])
        moves = [
            PriceMarket(market_id, books[market].prices, world.clock.now(), books[market].withdrawn)
            for market, market_id in slate[match].items()
            if books[market].prices
        ]
        done = _noting(at_s, len(moves), latencies_s, waits)
        for move in moves:
            dispatcher.submit(move, done)
    for _ in range(events):
        waits.acquire()
    dispatcher.stop()
    world.store.close()
    extra = {"median_ms": round(1000 * percentile(latencies_s, 0.5), 1), "moves_per_s": MOVES_PER_S, "committed": len(latencies_s)}
    p99_ms = 1000 * percentile(latencies_s, 0.99)
    return [at_most("reprice.commit", p99_ms, "ms", COMMIT_MS_MAX, "the target, p99 from an event to its last committed price", **extra)]


def _open(world: World, dispatcher: Dispatcher, expectations: Sequence[Expectation]) -> list[dict[PricedMarket, str]]:
    """Announce the fixtures and open their markets; return the ids of each."""
    now = world.clock.now()
    fixtures = [derived("fixture", f"reprice {number}") for number in range(len(expectations))]
    dispatcher.call_many(
        [ScheduleFixture(f, "football", "Bench", f"Home {n}", f"Away {n}", now, False, now) for n, f in enumerate(fixtures)]
    )
    opening = books_of(MARKETS, expectations, [MatchMoment()] * len(expectations))
    slate: list[dict[PricedMarket, str]] = []
    for fixture_id, books in zip(fixtures, opening, strict=True):
        ids: dict[PricedMarket, str] = {market: one for market, one in market_ids_of(fixture_id, MARKETS).items() if books[market].prices}
        slate.append(ids)
        dispatcher.call_many(
            [
                OpenMarket(
                    market_id=market_id,
                    fixture_id=fixture_id,
                    type=market.type,
                    specifiers=market.specifiers,
                    selections=tuple(Selection(one, one) for one in selections_of_market(market)),
                    prices=books[market].prices,
                    grace_ms=0,
                    at=now,
                    withdrawn=books[market].withdrawn,
                )
                for market, market_id in ids.items()
            ]
        )
    return slate


def _noting(at_s: float, wanted: int, latencies_s: list[float], waits: threading.Semaphore) -> Any:
    """Return what notes the answers of one event's moves."""
    left = [wanted]

    def done(answer: Any) -> None:
        assert isinstance(answer, Answer), answer
        left[0] -= 1
        if not left[0]:
            latencies_s.append(time.monotonic() - at_s)
            waits.release()

    return done
