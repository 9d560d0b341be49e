"""One of several writers of `bench.writers`: sets up its world, says "ready", waits for "go", places its bets, and tells how it went."""

import json
import resource
import sys

from bench.place_bet import through_the_dispatcher, warm_up
from bench.world import World
from infra.interpreter import tune_interpreter


def main(dsn: str, seed: int, bets: int) -> None:
    """Place bets when told to."""
    tune_interpreter()
    world = World(dsn, seed=seed)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    warm_up(world, dispatcher)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    before_s = cpu_s()
    rate = through_the_dispatcher(world, dispatcher, bets)
    told = {"bets": bets, "bets_per_s": rate, "cpu_s": cpu_s() - before_s, "held_ms": dispatcher.held_us / 1000}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    dispatcher.stop()
    world.store.close()


def cpu_s() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
