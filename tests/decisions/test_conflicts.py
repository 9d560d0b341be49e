"""A command that another process overtook doubts the stream that moved, not all that it read: others would wait for their gates."""

from commands.dispatch.batch import Answer
from domain.ids import derived
from domain.market.commands import PriceMarket
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
            batch.changed_elsewhere = {}
            return batch

        self.process.store.begin = begin_untold  # type: ignore[method-assign]


def test_a_bet_that_a_price_overtook_makes_nobody_wait_for_the_gates():
    shared = Shared()
    shared.process().do(*market(M1, F1))
    process = Blind(shared).process
    process.do(account(), deposit(), bet())
    shared.process().do(PriceMarket(M1, DEARER, NOON))
    process.store.questions.clear()
    (answer,) = process.do(bet(derived("bet", "overtaken")))
    assert isinstance(answer, Answer), answer
    asked = {stream_id for question in process.store.questions for stream_id in question}
    assert M1 in asked
    assert asked.isdisjoint(GATES_1)
