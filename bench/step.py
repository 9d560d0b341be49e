"""A step of 100x: from 50 to 5,000 requests a second within a second, boards, portfolios and bets mixed, on a running product.

From the second second after the step on, boards are answered within 200 ms and bets within 500 ms at p99, or refused with Retry-After.
The curve is drawn into `docs/step.svg`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import place_bet_http as http
from bench.harness import Figure, at_most, percentile
from bench.match_day import BOARD, MatchDay, portfolios, product
from bench.queries import BETS_EACH, PORTFOLIOS_ASKED, await_views
from bench.step_load import StepPlan
from bench.step_picture import Second, picture
from bench.world import World
from infra.embedded.server import HOST

BEFORE_PER_S, AFTER_PER_S = 50.0, 5_000.0
BEFORE_S, RAMP_S, AFTER_S = 3.0, 1.0, 8.0
SHARES = {"board": 0.7, "portfolio": 0.1, "bet": 0.2}
LIMITS_MS = {"board": 200.0, "bet": 500.0}
CONNECTIONS = 500
NEVER_MS = 1_000_000.0
"""Stands for an answer that did not come."""
PICTURE = Path(__file__).parent.parent / "docs" / "step.svg"


def measure(dsn: str, redis_url: str, *, into: Path = PICTURE) -> list[Figure]:
    """Step the load up, and hold the answers of each second against their limits."""
    world = World(dsn, secret=http.SECRET)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    day = MatchDay(world, dispatcher)
    dispatcher.call_many([world.bet(number) for number in range(PORTFOLIOS_ASKED) for _ in range(BETS_EACH)])
    tokens = http.session_tokens(world)
    bets = int((BEFORE_PER_S * BEFORE_S + AFTER_PER_S * (RAMP_S + AFTER_S)) * SHARES["bet"] * 1.1)
    made = {"board": [BOARD], "portfolio": portfolios(tokens[:PORTFOLIOS_ASKED]), "bet": http.requests(world, tokens, bets)}
    plan: StepPlan = {
        "host": HOST,
        "port": 0,
        "connections": CONNECTIONS,
        "requests": made,
        "shares": SHARES,
        "before_per_s": BEFORE_PER_S,
        "after_per_s": AFTER_PER_S,
        "before_s": BEFORE_S,
        "ramp_s": RAMP_S,
        "after_s": AFTER_S,
    }
    with product(dsn, redis_url) as (port, _), day.moving():
        await_views(port, tokens[0])
        found = sent({**plan, "port": port})
    dispatcher.stop()
    world.store.close()
    seconds = by_second(found["answers"])
    into.write_text(picture(seconds, BEFORE_S + RAMP_S, LIMITS_MS))
    return figures(found, seconds)


def sent(plan: StepPlan) -> dict[str, Any]:
    """Run a plan in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.step_load"], input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def by_second(answers: list[tuple[str, float, float, str, bool]]) -> list[Second]:
    """Put answers together by the second in which they were due; p99 is of those that were served."""
    seconds: list[Second] = []
    for at in range(int(BEFORE_S + RAMP_S + AFTER_S)):
        due = [answer for answer in answers if at <= answer[1] < at + 1]
        served = {kind: [answer[2] * 1000 for answer in due if answer[0] == kind and answer[3] in ("200", "201")] for kind in SHARES}
        p99_ms = {kind: percentile(took_ms, 0.99) for kind, took_ms in served.items() if took_ms}
        p99_ms |= {
            kind: NEVER_MS for kind in SHARES if not served[kind] and any(answer[0] == kind and answer[3] == "cut" for answer in due)
        }
        refused = sum(answer[3] in ("429", "503") and answer[4] for answer in due)
        seconds.append(Second(at, len(due), p99_ms, refused))
    return seconds


def figures(found: dict[str, Any], seconds: list[Second]) -> list[Figure]:
    """Hold the worst second from the second one after the step on against the limits."""
    unanswered = found["unanswered"]
    steady = [second for second in seconds if second.at >= BEFORE_S + RAMP_S + 1]
    refused = sum(second.refused for second in seconds)
    told = sum(answer[3] in ("200", "201") for answer in found["answers"]) + refused
    lost = len(found["answers"]) + unanswered - told
    extra = {"refused": refused, "generator_late_ms": round(found["generator_late_ms"], 1), "generator_core": found["generator_core"]}
    return [
        *(
            at_most(
                f"step.{kind}_p99",
                max(second.p99_ms.get(kind, NEVER_MS if unanswered else 0.0) for second in steady),
                "ms",
                limit_ms,
                f"{limit_ms:g} ms",
                **extra,
            )
            for kind, limit_ms in LIMITS_MS.items()
        ),
        at_most("step.lost", lost, "requests", 0, "neither served nor told to come back", sent=len(found["answers"])),
    ]
