"""One `slipstream up` killed -9 with its PostgreSQL, its Valkey and every role, in the middle of bets: the next one goes on from there."""

import os
import secrets
import time
from contextlib import ExitStack
from random import Random

from infra.embedded.server import free_port
from tests.journeys.crowd import all_settled, bets_in, clients, enough_struck, heard, positions_of, retry_some, struck_in
from tests.journeys.going_up import going_up, struck_at_the_odds_shown
from tests.journeys.process_tree import grade, open_match, until
from tests.servers import server_folder

SECONDS = 10
STARTING_S_MAX = 4.0
"""How far into its start the second one is killed at most: anywhere from nothing at all to the recovery of the database."""
SERVERS = {"postgres", "valkey-server"}


def test_killing_everything_with_the_servers_while_bets_are_placed_loses_nothing_that_was_answered():
    seed = int(os.environ.get("SLIPSTREAM_SEED", secrets.randbelow(2**32)))
    print(f"the same kills again: SLIPSTREAM_SEED={seed}")  # noqa: T201  (shown where it failed)
    rng = Random(seed)  # noqa: S311  (kills from a seed)
    with server_folder() as folder:
        port = free_port()
        with ExitStack() as stack:
            first = stack.enter_context(going_up(folder, port, 1))
            trader, second_trader = first.demo("trader"), first.demo("trader_2")
            markets = [open_match(trader, f"kill all {n}") for n in range(3)]
            market_ids = [market["market_id"] for market in markets]
            with clients(first, market_ids, seed, SECONDS) as (people, files):
                until(lambda: enough_struck(files), "enough bets were acknowledged", 180)
                assert {process.name() for process in first.family()} >= SERVERS
                first.kill(rng)
                second = stack.enter_context(going_up(folder, port, 2))
                time.sleep(rng.uniform(0, STARTING_S_MAX))
                second.kill(rng)
                third = stack.enter_context(going_up(folder, port, 3))
                third.welcome()

            struck = struck_in(heard(files))
            for market in markets[:2]:
                grade(trader, second_trader, market, 1, 0)
            dsn = third.database_url()
            until(lambda: all_settled(dsn, market_ids[:2]), "every bet on a resulted market is settled", 180)
            placed = bets_in(dsn).bets.placed
            assert placed.keys() == struck.keys(), "what was not acknowledged was asked again until it was, or refused"
            assert {bet_id: placed[bet_id].position for bet_id in struck} == positions_of(struck)
            retry_some(people, struck, seed, rng)
            audited = third.run("audit", "verify")
            assert audited.returncode == 0, audited.stdout + audited.stderr
            assert struck_at_the_odds_shown(third.demo()), "the feed goes on with its matches"
