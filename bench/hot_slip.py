"""Durable likes a second on one slip, held against the same likes over 10,000 slips, and against bets of the same run.

A like is a stream of its own and only reads the slip, so a hot slip must cost what cold ones do. Every liker is another account that has
never met the author: whether one of the two blocks the other is read from the log with the first like.
"""

import statistics
from collections.abc import Sequence
from typing import Any

from bench import place_bet_http as http
from bench import wrk
from bench.callers import answered
from bench.harness import Figure, at_least, memory, rss_mib, stay_on_one_core
from bench.place_bet import warm_up
from bench.replay import AuditedWorld
from bench.world import SINCE, WALLETS, batches
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from commands.social.react import React
from domain.ids import derived
from domain.odds import Odds
from domain.slip.facts import SlipLeg, SlipShared
from infra.embedded.server import HOST

LIKES = 15_000
BETS = 15_000
SLIPS = 10_000
ROUNDS = 3
HTTP_SECONDS = 4.0
LEG = SlipLeg(derived("fixture", "bench"), derived("market", "bench"), "home", Odds(2_350, 1_000))


def measure(dsn: str, redis_url: str, *, rounds: int = ROUNDS, likes: int = LIKES) -> list[Figure]:
    """Like one slip, then many, then bet, `rounds` times; return medians. Then likes over HTTP."""
    stay_on_one_core()
    world = AuditedWorld(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    rates: dict[str, list[float]] = {"one": [], "many": [], "bets": []}
    samples_mib = []
    answered_per_s(dispatcher, [like(world, slip_id, number) for number, slip_id in enumerate(shared(world, "warm", 1) * 2_000)])
    warm_up(world, dispatcher)
    for turn in range(rounds):
        (hot,), many = shared(world, f"hot {turn}", 1), shared(world, f"cold {turn}", SLIPS)
        rates["one"].append(answered_per_s(dispatcher, [like(world, hot, number) for number in range(likes)]))
        rates["many"].append(answered_per_s(dispatcher, [like(world, many[number % SLIPS], number) for number in range(likes)]))
        warm_up(world, dispatcher)
        rates["bets"].append(answered_per_s(dispatcher, [world.bet() for _ in range(BETS)]))
        samples_mib.append(rss_mib())
    dispatcher.stop()
    http_hot, http_spread = over_http(dsn, redis_url, world) if wrk.is_there() else (0.0, 0.0)
    world.store.close()
    one, many_slips, bets = (statistics.median(rates[name]) for name in ("one", "many", "bets"))
    return [
        at_least("hot_slip", one, "likes/s", 10_000, "the target", 1.0),
        at_least("hot_slip.spread", one, "likes/s", many_slips, "the same likes over 10,000 slips", 0.9),
        at_least("hot_slip.place_bet", one, "likes/s", bets, "place_bet", 0.5),
        at_least("hot_slip.http", http_hot, "likes/s", http_spread, "likes over many slips, over HTTP", 0.9, of_in_process=one),
        *memory("hot_slip", samples_mib),
    ]


def over_http(dsn: str, redis_url: str, world: AuditedWorld) -> tuple[float, float]:
    """Return likes a second over HTTP, of one slip and of many. All sessions like, then take it back, and so on: each writes a fact.

    Each session has an address of its own, as behind a proxy: one address may ask 1,000 times a second, and would be refused the rest.
    """
    tokens = http.session_tokens(world)
    (hot,), many = shared(world, "http hot", 1), shared(world, "http cold", len(tokens))
    rates = []
    with http.serving("infra", "api", env=http.api_env(dsn, redis_url) | {"SLIPSTREAM_TRUSTED_PROXIES": HOST}) as (port, _):
        for slips in (shared(world, "http warm", 1), [hot], many):
            named = [(number, token, slips[number % len(slips)]) for number, token in enumerate(tokens)]
            made = [like_request(method, *each) for method in ("PUT", "DELETE") for each in named]
            found = wrk.load(port, made, connections=http.CONNECTIONS, seconds=HTTP_SECONDS, first_key="0" * 12)
            assert not found["refused"] + found["broken"], found
            rates.append(float(found["per_s"]))
    return rates[1], rates[2]


def like_request(method: str, number: int, token: str, slip_id: str) -> str:
    """Return the request by which a session likes a slip, or takes that back, from the address of its number."""
    heads = f"host: {HOST}\r\nx-forwarded-for: 10.0.{number // 250}.{number % 250 + 1}\r\nauthorization: Bearer {token}"
    return f"{method} /v1/slips/{slip_id}/like HTTP/1.1\r\n{heads}\r\n\r\n"


def shared(world: AuditedWorld, name: str, count: int) -> list[str]:
    """Share so many slips of an author of their own, written as history; return their ids."""
    author_id = derived("author", name)
    slips = [derived("pick", name, str(number)) for number in range(count)]
    fact = SlipShared(author_id, "single", (LEG,), "public", "hidden", SINCE)
    for some in batches(slips, 1_000):
        assert all(
            verdict.accepted for verdict in world.store.append_many([Append([NewFact(slip_id, 1, fact)]) for slip_id in some]).verdicts
        )
    return slips


def like(world: AuditedWorld, slip_id: str, number: int) -> React:
    """Return the like of one account."""
    return React("like", world.accounts[number % WALLETS], slip_id, world.clock.now())


def answered_per_s(dispatcher: Dispatcher, commands: Sequence[Any]) -> float:
    """Have commands decided as fast as the dispatcher takes them, from callers who wait for their answers; every one must be accepted."""
    taken_s, refused = answered(dispatcher, commands)
    assert not refused, f"{len(refused)} commands were refused: {refused[0]!r}"
    return len(commands) / taken_s
