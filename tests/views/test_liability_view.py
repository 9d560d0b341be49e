"""The open liability is what open bets may return, added up, whatever happened in which order and however it was read."""

from collections import Counter
from random import Random

import pytest

from domain.bet.facts import BetPlaced, BetSettled
from domain.settling import LOST, WON
from infra.readmodels.memory import MemoryModels
from infra.readmodels.projector import Projector
from projections.partitions import PARTITIONS, partition_of_key, physical_key
from projections.trading import liability
from tests.views.history import ANN, History, busy, named

BET_1, BET_2 = named("bet", 1), named("bet", 2)
LEG = (named("market", 1), "home", "2.35", 7)


def liability_of(models: MemoryModels) -> Counter[str]:
    """What the view has in all partitions together, without what is zero."""
    total: Counter[str] = Counter()
    state = models.state(range(PARTITIONS))
    for key in liability.SUMS:
        build = state[partition_of_key(key)].live.get(liability.LIABILITY)
        if build is not None:
            total.update(
                {currency.decode(): int(minor) for currency, minor in models.store.hashes.get(physical_key(key, build), {}).items()}
            )
    return Counter({currency: minor for currency, minor in total.items() if minor})


def shown(history: History, chunk_facts: int = 1_000) -> Counter[str]:
    models = MemoryModels()
    Projector(history.log, models, (liability.VIEW,), chunk_facts=chunk_facts).catch_up()
    return liability_of(models)


def in_the_log(history: History) -> Counter[str]:
    """The same from the facts alone: what was struck and is not settled."""
    open_bets = {}
    for recorded in history.log.read(0, 1_000_000):
        if isinstance(recorded.body, BetPlaced):
            open_bets[recorded.stream_id] = (recorded.body.currency, recorded.body.potential_returns_minor)
        elif isinstance(recorded.body, BetSettled):
            open_bets.pop(recorded.stream_id, None)
    total: Counter[str] = Counter()
    for currency, minor in open_bets.values():
        total[currency] += minor
    return total


def test_an_open_bet_counts_with_all_that_it_may_return_and_a_settled_one_no_more():
    history = History()
    history.wallet(ANN, 100_00)
    assert shown(history) == {}
    history.bet(ANN, BET_1, 10_00, LEG)
    history.bet(ANN, BET_2, 20_00, LEG)
    assert shown(history) == {"EUR": 23_50 + 47_00}
    history.settle(ANN, BET_1, "won", 10_00, 23_50, WON)
    assert shown(history) == {"EUR": 47_00}
    history.settle(ANN, BET_2, "lost", 20_00, 0, LOST)
    assert shown(history) == {}


def test_a_bet_that_is_settled_anew_counts_no_more_than_before():
    history = History()
    history.wallet(ANN, 100_00)
    history.bet(ANN, BET_1, 10_00, LEG)
    history.bet(ANN, BET_2, 20_00, LEG)
    history.settle(ANN, BET_1, "won", 10_00, 23_50, WON)
    history.resettle_as_lost(ANN, BET_1, 10_00, 23_50)
    assert shown(history) == shown(history, chunk_facts=1) == {"EUR": 47_00}


@pytest.mark.parametrize("seed", range(10, 16))
def test_it_is_what_the_log_says_however_it_is_read_and_whenever_a_projector_begins_anew(seed: int):
    history, rng = busy(seed, 500), Random(seed)  # noqa: S311  (a story, not a secret)
    expected = in_the_log(history)
    assert expected
    assert shown(history) == shown(history, chunk_facts=1) == shown(history, chunk_facts=rng.choice((2, 7, 60))) == expected
    models = MemoryModels()
    for _ in range(3):
        Projector(history.log, models, (liability.VIEW,), chunk_facts=rng.choice((3, 50))).catch_up()
        assert liability_of(models) == expected, "a projector that starts anew adds nothing twice"
