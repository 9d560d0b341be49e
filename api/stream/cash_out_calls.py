"""`quote_cash_out` and `cash_out` on the socket: what `GET` and `POST /v1/bets/{id}/cash-out` are, on an open connection."""

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.cash_out_messages import cash_out_id_of, offer_shown, receipt_shown
from api.stream.call_answers import CallAnswers, Told, decoded
from api.stream.command_calls import CommandCalls
from commands.betting.cash_out import CashOut, QuoteCashOut
from domain.ids import ID_REGEX


class QuoteCashOutCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `quote_cash_out`."""

    bet_id: str = ""
    share: int = 100


class CashOutCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `cash_out`: the body of the `POST`, its `Idempotency-Key`, and the bet."""

    bet_id: str
    offer_minor: int
    version: str
    share: int = 100
    idempotency_key: str | None = None


_quote = msgspec.json.Decoder(QuoteCashOutCall).decode
_cash_out = msgspec.json.Decoder(CashOutCall).decode


class CashOutCalls:
    """Offers and takes cash-outs. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, admission: Admission, answers: CallAnswers, clock: ProcessClock) -> None:
        self._commands = CommandCalls(queue, admission, answers)
        self._clock = clock

    def quote(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Tell what a share of a bet may be closed for now."""

        def ask(who: Session) -> QuoteCashOut:
            call = decoded(_quote, argument)
            return QuoteCashOut(_checked(call.bet_id), who.account_id, call.share, self._clock.now())

        self._commands.ask(session, "quote_cash_out", ask, 200, offer_shown, told)

    def cash_out(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Accept an offer."""

        def ask(who: Session) -> CashOut:
            call = decoded(_cash_out, argument)
            cash_out_id = cash_out_id_of(_checked(call.bet_id), call.idempotency_key)
            return CashOut(call.bet_id, who.account_id, cash_out_id, call.share, call.offer_minor, call.version, self._clock.now())

        self._commands.ask(session, "cash_out", ask, 201, receipt_shown, told)


def _checked(bet_id: str) -> str:
    if not ID_REGEX.fullmatch(bet_id):
        raise http_refusals.IdMalformed("data.bet_id")
    return bet_id
