"""What a command needs beyond what it names is loaded together: one question for the streams it names, one for those that follow."""

import msgspec

from commands.dispatch.batch import Answer
from domain.bet.commands import AskedLeg
from domain.ids import derived
from domain.market.commands import PriceMarket
from domain.odds import parse
from domain.producer.commands import Beat
from tests.decisions.given import NOON
from tests.decisions.test_following import Shared
from tests.decisions.test_use_cases import F1, F2, M1, M2, ODDS, account, deposit, double, market

LEASE_MS = 60_000


def test_the_gates_and_the_producer_of_a_new_market_are_loaded_together():
    shared = Shared()
    schedule, opening = market(M1, F1)
    shared.process().do(schedule, Beat("feed", LEASE_MS, NOON))
    process = shared.process()
    assert isinstance(process.do(msgspec.structs.replace(opening, producer="feed"))[0], Answer)
    assert len(process.store.questions) <= 2


def test_the_gates_and_producers_of_all_legs_of_a_multiple_are_loaded_together():
    shared = Shared()
    producers = {M1: "one", M2: "another"}
    beats = [Beat(name, LEASE_MS, NOON) for name in producers.values()]
    prices = [PriceMarket(market_id, ODDS, NOON, producer=name) for market_id, name in producers.items()]
    before = shared.process()
    for each in (account(), deposit(), *market(M1, F1), *market(M2, F2), *beats, *prices):
        assert isinstance(before.do(each)[0], Answer)
    legs = (AskedLeg(M1, "yes", parse("2.1"), 2), AskedLeg(M2, "no", parse("1.7"), 2))
    process = shared.process()
    (answer,) = process.do(msgspec.structs.replace(double(), legs=legs))
    assert isinstance(answer, Answer), answer
    assert len(process.store.questions) <= 3


def test_a_command_that_needs_more_streams_than_the_cache_holds_is_decided():
    """Each load would evict what the one before brought, were it not pinned, and the command would be given up with `TooManyRounds`."""
    shared = Shared()
    before = shared.process()
    for each in (account(), deposit(), *market(M1, F1), *market(M2, F2)):
        assert isinstance(before.do(each)[0], Answer)
    for states_max in (1, 2, 3, 5, 8):
        process = shared.process(states_max=states_max)
        (answer,) = process.do(double(derived("a bet", str(states_max))))
        assert isinstance(answer, Answer), answer
        assert len(process.store.questions) <= 8
