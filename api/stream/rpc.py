"""SocketCalls on the socket: `place_bet` and `quote` are what `POST /v1/bets` and `GET /v1/markets/{id}` are, on an open connection.

So are `quote_cash_out` and `cash_out` those of `/v1/bets/{id}/cash-out`, and `quote_same_game` that of `/v1/quotes/same-game`.
The answer is what HTTP would answer: its status, its body byte for byte, and the position as text. A refusal is an answer like any other,
with the problem as its body. The idempotency key is the same as that of HTTP: a bet that was sent by one may be sent again by the other.
"""

import asyncio

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.stream.bet_calls import BetCalls
from api.stream.call_answers import CallAnswers, Told, decoded
from api.stream.cash_out_calls import CashOutCalls
from api.stream.same_game_calls import SameGameCalls
from domain.fact import micros
from domain.ids import ID_REGEX
from domain.market.state import MarketUnknown
from domain.partitions import partition_of
from domain.refused import Refused
from projections.betting import board, board_queries
from projections.ports import ReadModels

encode = msgspec.json.Encoder().encode


class QuoteCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `quote`."""

    market_id: str = ""


_quote = msgspec.json.Decoder(QuoteCall).decode


class SocketCalls:
    """Answers calls. For one event loop."""

    def __init__(
        self, queue: AsyncCommandQueue, admission: Admission, reads: ReadModels, answers: CallAnswers, clock: ProcessClock
    ) -> None:
        self._admission = admission
        self._reads = reads
        self._answers = answers
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        bets = BetCalls(queue, admission, answers, clock)
        cash_outs = CashOutCalls(queue, admission, answers, clock)
        self.methods = {
            "place_bet": bets.place_bet,
            "quote": self.quote,
            "quote_cash_out": cash_outs.quote,
            "cash_out": cash_outs.cash_out,
            "quote_same_game": SameGameCalls(queue, admission, answers, clock).quote,
        }

    def quote(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Show a market as it stands."""

        async def answer() -> None:
            try:
                market_id = decoded(_quote, argument).market_id
                if not ID_REGEX.fullmatch(market_id):
                    raise http_refusals.IdMalformed("data.market_id")  # noqa: TRY301  (as above)
                now_us = micros(self._clock.now())
                partition = partition_of(market_id)
                positions = await self._reads.positions(board.VIEW, [partition])
                found = await board_queries.market(self._reads, market_id, now_us)
                if found is None:
                    raise MarketUnknown(market_id)  # noqa: TRY301  (as above)
                told(self._answers.answer(200, positions[partition], encode(found)))
            except Exception as error:  # noqa: BLE001  (as above)
                told(self._answers.refusal(error, "quote"))

        try:
            if session is not None:
                self._admission.count(session)
        except Refused as refusal:
            told(self._answers.refusal(refusal, "quote"))
            return
        task = asyncio.ensure_future(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
