"""How a bet is placed, whatever it comes by: refused at once where the queue is slow, else read, queued and answered with its receipt."""

from collections.abc import Callable
from datetime import datetime

from api.async_command_queue import AsyncCommandQueue
from api.auth.tokens import Session
from api.bet_messages import place_bet_of, receipt_of
from api.queue_delay import QueueDelay
from commands.betting.place_bet import BetReceipt
from commands.dispatch.batch import Answer, Overloaded

LATE_S, FEW_BETS = 0.25, 64
"""When the quickest bet takes longer than this, and so many are under way, further ones are refused: a bet may take half a second."""
BET_PLACED = 201

Told = Callable[[int, int, bytes], None]
"""Gets the status of a bet that was placed, its position in the log, and its receipt."""


class BetPlacing:
    """Places bets for one way in. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue) -> None:
        self._queue = queue
        self._delay = QueueDelay(LATE_S, FEW_BETS)

    def place(
        self, body: bytes, key: bytes | None, session: Session, now: datetime, told: Told, refuse: Callable[[BaseException], None]
    ) -> None:
        """Queue the bet that a body and an idempotency key ask for; `told` gets its receipt, or `refuse` why there is none.

        Raises:
            Overloaded, Stopping: at once, when the command was not taken.
            Refused: for what is wrong with the body or the key, as `place_bet_of` does.

        """
        delay = self._delay
        if delay.is_too_slow:
            raise Overloaded(delay.under_way)
        ask = place_bet_of(body, key, session, now)

        def answered(answer: Answer | BaseException) -> None:
            delay.end(began_s)
            if isinstance(answer, Answer):
                receipt: BetReceipt = answer.receipt
                told(BET_PLACED, answer.position, receipt_of(receipt.bet_id, receipt.placed, answer.position))
            else:
                refuse(answer)

        self._queue.call(ask, answered)
        began_s = delay.begin()
