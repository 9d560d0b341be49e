"""A command that another process overtook doubts the stream that moved, not all that it read: others would wait for their gates."""

import pytest

from commands.dispatch.batch import Answer
from domain.catalogue import FOLLOWED
from domain.fact import stored_name
from domain.ids import derived
from domain.market.commands import PriceMarket, SuspendMarket
from domain.market.facts import MarketPriced, MarketSuspended
from domain.market.state import MarketSuspendedNow
from domain.odds import parse
from tests.decisions.given import NOON
from tests.decisions.test_following import Process, Shared
from tests.decisions.test_use_cases import F1, GATES_1, M1, account, bet, deposit, market

DEARER = {"yes": parse("2.2"), "no": parse("1.65")}


class Blind:
    """A process that is not told what others moved until its commit finds out."""

    def __init__(self, shared: Shared) -> None:
        self.process = Process(shared.log)
        begin = self.process.store.begin

        def begin_untold(appends):  # type: ignore[no-untyped-def]
            batch = begin(appends)
            batch.changed_elsewhere, batch.facts_elsewhere = {}, ()
            return batch

        self.process.store.begin = begin_untold  # type: ignore[method-assign]


def test_a_bet_that_a_price_overtook_makes_nobody_wait_for_the_gates():
    shared = Shared()
    shared.process().do(*market(M1, F1))
    process = Blind(shared).process
    process.do(account(), deposit(), bet())
    shared.process().do(PriceMarket(M1, DEARER, NOON))
    process.store.questions.clear()
    (answer,) = process.do(bet(derived("bet", "conflicting")))
    assert isinstance(answer, Answer), answer
    asked = {stream_id for question in process.store.questions for stream_id in question}
    assert M1 in asked
    assert asked.isdisjoint(GATES_1)


def test_a_bet_that_a_price_overtook_is_decided_again_without_a_question():
    """The commit that refuses it brings the price: neither the market nor what the bet would have written is loaded."""
    shared = Shared()
    other, process = shared.process(), shared.process()
    other.do(*market(M1, F1))
    process.do(account(), deposit(), bet())
    process.do(deposit(1, "brings what others wrote"))
    other.do(PriceMarket(M1, DEARER, NOON))
    process.store.questions.clear()
    decided = process.dispatcher.figures.decided
    (answer,) = process.do(bet(derived("bet", "conflicting")))
    assert isinstance(answer, Answer), answer
    assert process.dispatcher.figures.decided == decided + 2
    assert process.store.questions == []


@pytest.mark.parametrize("left_out", [(MarketPriced,), (MarketSuspended,), (MarketPriced, MarketSuspended)])
def test_what_is_not_brought_whole_is_loaded(left_out):
    """A process of another version may not know the name of a fact: whatever is brought is folded only where nothing is missing before."""
    shared = Shared()
    other, process = shared.process(), shared.process()
    other.do(*market(M1, F1))
    process.store.followed = set(FOLLOWED) - {stored_name(kind) for kind in left_out}
    process.do(account(), deposit(), bet())
    other.do(PriceMarket(M1, DEARER, NOON), SuspendMarket(M1, "goal", NOON), PriceMarket(M1, DEARER, NOON))
    process.do(deposit(1, "brings what others wrote"))
    (answer,) = process.do(bet(derived("bet", "late")))
    assert isinstance(answer, MarketSuspendedNow), answer
    assert process.dispatcher._states.find(M1).base_version == shared.log.load({M1: 0})[M1][-1].version
