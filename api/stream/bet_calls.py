"""`place_bet` on the socket: what `POST /v1/bets` is, on an open connection. Nothing of it comes from a view."""

from datetime import datetime

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.bet_messages import place_bet_of, receipt_of
from api.positions import Positions
from api.queue_delay import QueueDelay
from api.stream.call_answers import Told, answer_frame, decoded, problem_frame
from api.stream.frames import Raw
from commands.betting.place_bet import BetReceipt
from commands.dispatch.batch import Answer, Overloaded

LATE_S, FEW_BETS = 0.25, 64
"""As for bets by HTTP: when the quickest takes longer than this, and so many are under way, further ones are refused."""


class PlaceBetCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `place_bet`: the body of `POST /v1/bets`, and its `Idempotency-Key`."""

    idempotency_key: str = ""
    bet: Raw = Raw(b"null")


_place_bet = msgspec.json.Decoder(PlaceBetCall).decode


class BetCalls:
    """Places bets. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, admission: Admission, positions: Positions, clock: ProcessClock) -> None:
        self._queue = queue
        self._admission = admission
        self._positions = positions
        self._clock = clock
        self._delay = QueueDelay(LATE_S, FEW_BETS)

    def place_bet(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Strike a bet at exactly the odds shown, or not at all."""
        now = self._clock.now()

        def refuse(error: BaseException) -> None:
            told(problem_frame(error, "place_bet"))

        try:
            if session is None:
                raise http_refusals.TokenMissing  # noqa: TRY301  (refused like all else)
            self._admission.count(session)
            call = decoded(_place_bet, argument)
            self._admission.let_in(session, lambda: self._place(session, call, now, told), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name)
            refuse(error)

    def _place(self, session: Session, call: PlaceBetCall, now: datetime, told: Told) -> None:
        if self._delay.is_too_slow:
            raise Overloaded(self._delay.under_way)
        ask = place_bet_of(bytes(call.bet), call.idempotency_key.encode("utf-8", "replace") or None, session, now)

        def answered(answer: Answer | BaseException) -> None:
            self._delay.end(began_s)
            if isinstance(answer, Answer):
                receipt: BetReceipt = answer.receipt
                told(answer_frame(self._positions, 201, answer.position, receipt_of(receipt.bet_id, receipt.placed, answer.position)))
            else:
                told(problem_frame(answer, "place_bet"))

        self._queue.call(ask, answered)
        began_s = self._delay.begin()
