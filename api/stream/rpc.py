"""SocketCalls on the socket: `place_bet` and `quote` are what `POST /v1/bets` and `GET /v1/markets/{id}` are, on an open connection.

The answer is what HTTP would answer: its status, its body byte for byte, and the position as text. A refusal is an answer like any other,
with the problem as its body. The idempotency key is the same as that of HTTP: a bet that was sent by one may be sent again by the other.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec
import structlog

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.bet_messages import place_bet_of, receipt_of
from api.http.problems import STATUSES, problem_bytes
from api.positions import Positions
from api.queue_delay import QueueDelay
from api.stream.frames import Raw
from commands.betting.place_bet import BetReceipt
from commands.dispatch.batch import Answer, Overloaded
from domain.fact import micros
from domain.ids import ID_REGEX
from domain.market.state import MarketUnknown
from domain.partitions import partition_of
from domain.refused import Refused
from projections.betting import board, board_queries
from projections.ports import ReadModels

LATE_S, FEW_BETS = 0.25, 64
"""As for bets by HTTP: when the quickest takes longer than this, and so many are under way, further ones are refused."""

Told = Callable[[bytes], None]
DecodedT = TypeVar("DecodedT")
encode = msgspec.json.Encoder().encode
logger = structlog.get_logger()


class PlaceBetCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `place_bet`: the body of `POST /v1/bets`, and its `Idempotency-Key`."""

    idempotency_key: str = ""
    bet: Raw = Raw(b"null")


class QuoteCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `quote`."""

    market_id: str = ""


_place_bet = msgspec.json.Decoder(PlaceBetCall).decode
_quote = msgspec.json.Decoder(QuoteCall).decode


class SocketCalls:
    """Answers calls. For one event loop."""

    def __init__(
        self, queue: AsyncCommandQueue, admission: Admission, reads: ReadModels, positions: Positions, clock: ProcessClock
    ) -> None:
        self._queue = queue
        self._admission = admission
        self._reads = reads
        self._positions = positions
        self._clock = clock
        self._delay = QueueDelay(LATE_S, FEW_BETS)
        self._tasks: set[asyncio.Task[None]] = set()
        self.methods = {"place_bet": self.place_bet, "quote": self.quote}

    def place_bet(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Strike a bet at exactly the odds shown, or not at all."""
        now = self._clock.now()

        def refuse(error: BaseException) -> None:
            told(self._problem(error, "place_bet"))

        try:
            if session is None:
                raise http_refusals.TokenMissing  # noqa: TRY301  (refused like all else)
            self._admission.count(session)
            call = _decoded(_place_bet, argument)
            self._admission.let_in(session, lambda: self._place(session, call, now, told), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name)
            refuse(error)

    def quote(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Show a market as it stands."""

        async def answer() -> None:
            try:
                market_id = _decoded(_quote, argument).market_id
                if not ID_REGEX.fullmatch(market_id):
                    raise http_refusals.IdMalformed("data.market_id")  # noqa: TRY301  (as above)
                now_us = micros(self._clock.now())
                partition = partition_of(market_id)
                positions = await self._reads.positions(board.VIEW, [partition])
                found = await board_queries.market(self._reads, market_id, now_us)
                if found is None:
                    raise MarketUnknown(market_id)  # noqa: TRY301  (as above)
                told(self._answer(200, positions[partition], encode(found)))
            except Exception as error:  # noqa: BLE001  (as above)
                told(self._problem(error, "quote"))

        try:
            if session is not None:
                self._admission.count(session)
        except Refused as refusal:
            told(self._problem(refusal, "quote"))
            return
        task = asyncio.ensure_future(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _place(self, session: Session, call: PlaceBetCall, now: datetime, told: Told) -> None:
        if self._delay.is_too_slow:
            raise Overloaded(self._delay.under_way)
        ask = place_bet_of(bytes(call.bet), call.idempotency_key.encode("utf-8", "replace") or None, session, now)

        def answered(answer: Answer | BaseException) -> None:
            self._delay.end(began_s)
            if isinstance(answer, Answer):
                receipt: BetReceipt = answer.receipt
                told(self._answer(201, answer.position, receipt_of(receipt.bet_id, receipt.placed, answer.position)))
            else:
                told(self._problem(answer, "place_bet"))

        self._queue.call(ask, answered)
        began_s = self._delay.begin()

    def _answer(self, status: int, position: int, body: bytes) -> bytes:
        return b'{"status":%d,"position":"%s","body":%s}' % (status, self._positions.text(position).encode(), body)

    def _problem(self, error: BaseException, method: str) -> bytes:
        refusal = http_refusals.refusal_for(error)
        if refusal is None:
            logger.error("a call could not be answered", exc_info=error, method=method)
            refusal = http_refusals.SomethingBroke()
        return b'{"status":%d,"body":%s}' % (STATUSES[type(refusal)], problem_bytes(refusal, f"rpc:{method}"))


def _decoded(decode: Callable[[bytes], DecodedT], argument: bytes) -> DecodedT:
    """Return the argument of a call.

    Raises:
        BodyMalformed: with where and what.

    """
    try:
        return decode(argument)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what, _, where = str(error).partition(" - at `$")
        raise http_refusals.BodyMalformed(({"where": "data" + where.rstrip("`"), "what": what},)) from None
