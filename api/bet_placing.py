"""How a bet is placed, whatever it comes by: refused at once where the queue is slow, else read, queued and answered with its receipt."""

import time
from collections.abc import Callable
from datetime import datetime

from api.answer_rate import AnswerRate
from api.async_command_queue import AsyncCommandQueue
from api.auth.tokens import Session
from api.bet_messages import place_bet_of, receipt_of, status_of
from api.queue_delay import QueueDelay
from commands.betting.place_bet import BetReceipt
from commands.dispatch.batch import Answer, Overloaded

LATE_S, FEW_BETS = 0.25, 64
"""When the quickest bet takes longer than this, and so many are under way, further ones are refused: a bet may take half a second."""
WITHIN_S, BETS_UNDER_WAY = 0.3, 512
"""How many bets may be under way: what is answered within this time at the rate that is measured, and always so many, to fill batches.

The rest of half a second is for what comes on top: the turns of the loop, and a queue that becomes slower than it was measured."""

Told = Callable[[int, int, bytes], None]
"""Gets the status of a bet that was placed or waits, its position in the log, and its receipt."""


class BetPlacing:
    """Places bets for one way in. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._delay = QueueDelay(LATE_S, FEW_BETS, clock)
        self._rate = AnswerRate(WITHIN_S, BETS_UNDER_WAY, clock)

    def place(
        self, body: bytes, key: bytes | None, session: Session, now: datetime, told: Told, refuse: Callable[[BaseException], None]
    ) -> None:
        """Queue the bet that a body and an idempotency key ask for; `told` gets its receipt, or `refuse` why there is none.

        Raises:
            Overloaded, Stopping: at once, when the command was not taken.
            Refused: for what is wrong with the body or the key, as `place_bet_of` does.

        """
        delay, rate = self._delay, self._rate
        if delay.is_too_slow or delay.under_way >= rate.waiting_max:
            rate.note_refused()
            raise Overloaded(delay.under_way)
        ask = place_bet_of(body, key, session, now)

        def answered(answer: Answer | BaseException) -> None:
            delay.end(began_s)
            if not isinstance(answer, Overloaded):
                rate.note()
            if isinstance(answer, Answer):
                receipt: BetReceipt = answer.receipt
                told(status_of(receipt.placed), answer.position, receipt_of(receipt.bet_id, receipt.placed, answer.position))
            else:
                refuse(answer)

        self._queue.call(ask, answered)
        began_s = delay.begin()
