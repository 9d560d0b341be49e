"""A step of 100x with sockets open: from 50 to 5,000 requests a second and from 20 to 2,000 price changes a second within a second.

Boards, portfolios and bets are mixed as in `step`, by HTTP; every socket watches one of the matches whose prices change. From the second
second after the step on, a price is at a client within 200 ms of its commit and bets are confirmed within 500 ms, both at p99, or refused
with Retry-After.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import place_bet_http as http
from bench.harness import Figure, at_most, percentile
from bench.live import wait_for_views
from bench.match_day import BOARD, MatchDay, portfolios
from bench.push_world import MATCHES, VIEWS_S, PushWorld
from bench.queries import BETS_EACH, PORTFOLIOS_ASKED
from bench.socket_servers import Sockets, allow_many_files, first_frame, gateway, plan_of
from bench.step import AFTER_PER_S, AFTER_S, BEFORE_PER_S, BEFORE_S, CONNECTIONS, NEVER_MS, RAMP_S, SHARES, by_second, sent
from bench.step_load import StepPlan
from infra.embedded.server import HOST

SOCKETS = 2_000
MOVES_BEFORE_PER_S, MOVES_AFTER_PER_S = 20.0, 2_000.0
ODDS_MS_MAX, BETS_MS_MAX = 200.0, 500.0
SAMPLED_EACH = 10
SETTLE_S = 2.0
STEADY_S = BEFORE_S + RAMP_S + 1
WHOLE_S = BEFORE_S + RAMP_S + AFTER_S


def measure_step(
    made: PushWorld, *, sockets: int = SOCKETS, after_per_s: float = AFTER_PER_S, moves_per_s: float = MOVES_AFTER_PER_S
) -> list[Figure]:
    """Step requests and price changes up together."""
    allow_many_files()
    world, env = made.world, http.api_env(made.dsn, made.redis_url)
    day = MatchDay(world, made.dispatcher)
    made.dispatcher.call_many([world.bet(number) for number in range(PORTFOLIOS_ASKED) for _ in range(BETS_EACH)])
    wait_for_views(made.dsn, made.redis_url, VIEWS_S)
    commands = [first_frame([made.channel_of(number % MATCHES)]) for number in range(sockets)]
    with http.serving("infra", "api", env=env) as (api, _), http.role("settle", env), gateway(made.dsn, made.redis_url) as (port, _):
        plan = plan_for(made, api, after_per_s)
        opened = Sockets(plan_of(port, commands, sampled_each=SAMPLED_EACH))
        with ThreadPoolExecutor(1) as requests, day.moving():
            opened.measure()
            asked = requests.submit(sent, plan)
            began_ns = time.monotonic_ns()
            moves = made.move_prices(WHOLE_S, lambda at_s: stepped(at_s, MOVES_BEFORE_PER_S, moves_per_s))
            answered = asked.result()
            time.sleep(SETTLE_S)
        opened.stop()
        told = opened.result()
    steady_ms = [ms for at_ns, ms in moves.delays_ms(told, range(0, sockets, SAMPLED_EACH)) if (at_ns - began_ns) / 1e9 >= STEADY_S]
    return figures(answered, told, steady_ms, sum(map(len, moves.committed.values())) / moves.asked)


def stepped(at_s: float, before_per_s: float, after_per_s: float) -> float:
    """Return a rate that steps up."""
    return before_per_s + min(1.0, max(0.0, (at_s - BEFORE_S) / RAMP_S)) * (after_per_s - before_per_s)


def plan_for(made: PushWorld, api: int, after_per_s: float) -> StepPlan:
    """Return the plan of the requests. Bets take whatever odds stand: nobody here sees a screen."""
    tokens = http.session_tokens(made.world)
    bets = int((BEFORE_PER_S * BEFORE_S + after_per_s * (RAMP_S + AFTER_S)) * SHARES["bet"] * 1.1)
    placing = http.requests(made.world, tokens, bets, accept="any")
    return {
        "host": HOST,
        "port": api,
        "connections": CONNECTIONS,
        "requests": {"board": [BOARD], "portfolio": portfolios(tokens[:PORTFOLIOS_ASKED]), "bet": placing},
        "shares": SHARES,
        "before_per_s": BEFORE_PER_S,
        "after_per_s": after_per_s,
        "before_s": BEFORE_S,
        "ramp_s": RAMP_S,
        "after_s": AFTER_S,
    }


def figures(answered: dict[str, Any], told: dict[str, Any], steady_ms: list[float], committed_share: float) -> list[Figure]:
    """Hold what was measured against the limits."""
    seconds = by_second(answered["answers"])
    bets_ms = max(second.p99_ms.get("bet", NEVER_MS) for second in seconds if second.at >= STEADY_S)
    refused = sum(second.refused for second in seconds)
    served = sum(answer[3] in ("200", "201") for answer in answered["answers"])
    lost = len(answered["answers"]) + answered["unanswered"] - served - refused
    extra = {
        "deliveries_per_s": round(told["frames"] / told["seconds"]),
        "sockets_lost": told["lost"],
        "moves_committed": round(committed_share, 3),
        "generator_core": round(told["cpu_s"] / told["seconds"], 2),
    }
    more = {"refused": refused, "sent": len(answered["answers"]), "generator_core": answered["generator_core"]}
    return [
        at_most("push.step_odds_p99", percentile(steady_ms, 0.99) if steady_ms else NEVER_MS, "ms", ODDS_MS_MAX, "the target", **extra),
        at_most("push.step_bets_p99", bets_ms, "ms", BETS_MS_MAX, "the target", **more),
        at_most("push.step_lost", lost, "requests", 0, "neither served nor told to come back"),
    ]
