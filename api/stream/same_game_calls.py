"""`quote_same_game` on the socket: what `POST /v1/quotes/same-game` is, on an open connection."""

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import ProcessClock, Session
from api.same_game_messages import quote_shown
from api.stream.call_answers import CallAnswers, Told, decoded
from api.stream.command_calls import CommandCalls
from commands.betting.same_game import QuotedLeg, QuoteSameGame
from domain.ids import ID_REGEX


class QuotedLegCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One selection to be priced together with others of its match."""

    market_id: str
    selection: str


class QuoteSameGameCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The argument of `quote_same_game`: the body of the `POST`."""

    legs: tuple[QuotedLegCall, ...] = ()


_quote = msgspec.json.Decoder(QuoteSameGameCall).decode


class SameGameCalls:
    """Quotes legs of one match together. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, admission: Admission, answers: CallAnswers, clock: ProcessClock) -> None:
        self._commands = CommandCalls(queue, admission, answers)
        self._clock = clock

    def quote(self, session: Session | None, argument: bytes, told: Told) -> None:
        """Tell what legs of one match cost together now."""

        def ask(_who: Session) -> QuoteSameGame:
            legs = decoded(_quote, argument).legs
            for number, leg in enumerate(legs):
                if not ID_REGEX.fullmatch(leg.market_id):
                    raise http_refusals.IdMalformed(f"data.legs[{number}].market_id")
            return QuoteSameGame(tuple([QuotedLeg(leg.market_id, leg.selection) for leg in legs]), self._clock.now())

        self._commands.ask(session, "quote_same_game", ask, 200, quote_shown, told)
