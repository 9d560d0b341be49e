"""One of several writers of `bench.writers`: sets up its world, says "ready", and at each line places its bets and tells how it went."""

import json
import resource
import sys

from bench.place_bet import through_the_dispatcher, warm_up
from bench.world import World
from commands.dispatch.dispatcher import Dispatcher
from infra.interpreter import tune_interpreter


def main(dsn: str, seed: int, bets: int) -> None:
    """Place bets whenever told to, until nobody tells any more."""
    tune_interpreter()
    world = World(dsn, seed=seed)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    warm_up(world, dispatcher)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        sys.stdout.write(json.dumps(placed(world, dispatcher, bets)) + "\n")
        sys.stdout.flush()
    dispatcher.stop()
    world.store.close()


def placed(world: World, dispatcher: Dispatcher, bets: int) -> dict[str, float]:
    """Place bets, and tell what that took."""
    figures = dispatcher.figures
    before_s, held_s, commit_s, batches = cpu_s(), figures.held_s, figures.commit_s.sum, sum(figures.commit_s.counts)
    through_the_dispatcher(world, dispatcher, bets)
    return {
        "bets": bets,
        "cpu_s": cpu_s() - before_s,
        "held_s": figures.held_s - held_s,
        "commit_s": figures.commit_s.sum - commit_s,
        "batches": sum(figures.commit_s.counts) - batches,
    }


def cpu_s() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
