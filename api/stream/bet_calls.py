"""`place_bet` on the socket: what `POST /v1/bets` is, on an open connection. Nothing of it comes from a view."""

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.bet_placing import BetPlacing
from api.stream.call_answers import CallAnswers, Told, decoded
from api.stream.frames import Raw


class PlaceBetCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `place_bet`: the body of `POST /v1/bets`, and its `Idempotency-Key`."""

    idempotency_key: str = ""
    bet: Raw = Raw(b"null")


_place_bet = msgspec.json.Decoder(PlaceBetCall).decode


class BetCalls:
    """Places bets. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, admission: Admission, answers: CallAnswers, clock: ProcessClock) -> None:
        self._admission = admission
        self._answers = answers
        self._clock = clock
        self._placing = BetPlacing(queue)

    def place_bet(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Strike a bet at exactly the odds shown, or not at all."""
        now = self._clock.now()

        def refuse(error: BaseException) -> None:
            told(self._answers.refusal(error, "place_bet"))

        def placed(status: int, position: int, receipt: bytes) -> None:
            told(self._answers.answer(status, position, receipt))

        try:
            if session is None:
                raise http_refusals.TokenMissing  # noqa: TRY301  (refused like all else)
            self._admission.count(session)
            call = decoded(_place_bet, argument)
            body, key = bytes(call.bet), call.idempotency_key.encode("utf-8", "replace") or None
            self._admission.let_in(session, lambda: self._placing.place(body, key, session, now, placed, refuse), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name)
            refuse(error)
