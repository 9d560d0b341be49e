"""A judge that finds nothing proves nothing: bugs are planted into the product, and stores break their promises; each is found."""

from importlib import import_module

import pytest

from infra.eventstore.memory import MemoryEventStore
from tests.simulation.broken_stores import BROKEN_STORES
from tests.simulation.history import live
from tests.simulation.judge.record import Violation
from tests.simulation.planted_bugs import PLANTS

HISTORIES = 120
"""What is rarest is found in one history of forty."""

import_module("tests.simulation.planted_corrections")
import_module("tests.simulation.planted_free_bets")
import_module("tests.simulation.planted_price_errors")
import_module("tests.simulation.planted_windows")


def is_found(store: type[MemoryEventStore] = MemoryEventStore) -> bool:
    for seed in range(HISTORIES):
        try:
            live(seed, store=store)
        except Violation:
            return True
    return False


@pytest.mark.parametrize("what", PLANTS)
def test_a_planted_bug_is_found(what: str, monkeypatch: pytest.MonkeyPatch):
    PLANTS[what](monkeypatch)
    assert is_found()


@pytest.mark.parametrize("store", BROKEN_STORES)
def test_a_broken_store_is_found(store: type[MemoryEventStore]):
    assert all(name in dir(MemoryEventStore) for name in vars(store)), "what it breaks is called otherwise by now"
    assert is_found(store)
