"""Bets. Placing one is the hot path: no framework between the socket and the command, msgspec in and out."""

import asyncio
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.betting.answers import BetReceiptShape
from api.http.betting.bodies import BetBody
from api.http.dependencies import RouteDependencies
from api.http.direct.routes import Answer as Answering
from api.http.direct.routes import DirectRequest, Reply, problem_reply
from api.http.direct.sessions import PERSONAL_JSON, refusal_of, token_in
from api.http.field_types import INT64_MAX
from api.http.headers import decoded
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import ID_REGEX, KEY, KEY_CHARACTERS_MAX, IdempotencyKey
from commands.betting.place_bet import BetReceipt, PlaceBet
from commands.dispatch.batch import Answer
from domain import odds as odds_rules
from domain.account_gate import state as account_gate
from domain.bet import decider as bet
from domain.bet.commands import AskedLeg
from domain.bet.decider import odds_of
from domain.bet.facts import BetPlaced
from domain.gate import decider as gate
from domain.ids import bet_of, is_uuid7
from domain.market import state as market
from domain.money import CurrencyUnknown
from domain.odds import Odds
from domain.wallet import decider as wallet

REFUSALS = (
    *(http_refusals.KeyMissing, http_refusals.KeyMalformed, http_refusals.IdMalformed),
    *(odds_rules.OddsMalformed, odds_rules.OddsTooFine, odds_rules.OddsOutOfRange),
    *(bet.AcceptUnknown, bet.StakeOutOfRange, bet.TooManyLegs, bet.BetTypeUnknown, bet.StakeUneven, bet.RelatedLegs),
    *(bet.PricesMoved, bet.BetKeyReused, bet.ReturnsOutOfRange),
    *(market.MarketUnknown, market.SelectionUnknown, market.VersionFromTheFuture, market.MarketSuspendedNow),
    *(market.MarketNotOpen, market.SelectionWithdrawn, market.PricesAwaited, gate.BettingSuspended, gate.BettingOver),
    *(wallet.InsufficientFunds, wallet.CurrencyMismatch, wallet.WalletUnknown),
    *(CurrencyUnknown, account_gate.TimedOutNow, account_gate.SelfExcludedNow, account_gate.AccountIsClosed, account_gate.StaffDoNotBet),
)

PATH = "/v1/bets"

parse_odds = lru_cache(maxsize=8_192)(odds_rules.parse)


class LegRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leg of the body; see `shapes.LegBody`."""

    market_id: str
    selection: Annotated[str, msgspec.Meta(max_length=60)]
    odds: Annotated[str, msgspec.Meta(max_length=40)]
    version: Annotated[int, msgspec.Meta(ge=1, le=INT64_MAX)]


class BetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body; see `shapes.BetBody`."""

    type: Annotated[str, msgspec.Meta(max_length=60)]
    stake_minor: Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]
    currency: Annotated[str, msgspec.Meta(max_length=60)]
    legs: tuple[LegRequest, ...]
    accept: Annotated[str, msgspec.Meta(max_length=60)] = "exact"


class BetResponseLeg(msgspec.Struct, frozen=True):
    """A leg as it was struck; `asked` are the odds that were on the screen."""

    market_id: str
    selection: str
    odds: str
    version: int
    asked: str


class BetResponse(msgspec.Struct, frozen=True):
    """What the bettor is told; see `answers.BetReceiptShape`."""

    bet_id: str
    status: str
    type: str
    odds: str
    odds_fractional: str
    odds_american: str
    stake_minor: int
    currency: str
    potential_returns_minor: int
    returns_minor: None
    legs: tuple[BetResponseLeg, ...]
    accept: str
    placed_at: Any
    position: int


decode_bet = msgspec.json.Decoder(BetRequest).decode
encode_receipt = msgspec.json.Encoder().encode


@lru_cache(maxsize=8_192)
def three_forms(odds: Odds) -> tuple[str, str, str]:
    """Return odds as the exact text, fractional and American."""
    return odds.text, odds.fractional_text, odds.american_text


def receipt_of(bet_id: str, placed: BetPlaced, position: int) -> bytes:
    """Return the body of a 201: the same bytes for ever, since it is made of the recorded fact alone."""
    legs = tuple(
        BetResponseLeg(leg.market_id, leg.selection, three_forms(leg.odds)[0], leg.version, three_forms(leg.asked or leg.odds)[0])
        for leg in placed.legs
    )
    text, fractional, american = three_forms(odds_of(placed))
    return encode_receipt(
        BetResponse(
            *(bet_id, "open", placed.type, text, fractional, american, placed.stake_minor, placed.currency),
            *(placed.potential_returns_minor, None, legs, placed.accept, placed.at, position),
        )
    )


class PlaceBetEndpoint:
    """Places bets: called by the protocol where a request came in one piece, else as a plain ASGI app."""

    def __init__(self, deps: RouteDependencies) -> None:
        self._deps = deps

    def take(self, request: DirectRequest, answer: Answering) -> None:
        """Place the bet that a request asks for; `answer` gets the receipt, or why there is none."""
        now, admission = self._deps.clock.now(), self._deps.admission

        def refuse(error: BaseException) -> None:
            answer(self._reply(error, request))

        try:
            session = admission.session_of(token_in(request.fields.get(b"authorization")), now, request.client)
            admission.let_in(session, lambda: self._place(request, session, now, answer), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name)
            refuse(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as plain ASGI."""
        fields = dict(scope["headers"])
        client = scope["client"][0] if scope["client"] else ""
        request = DirectRequest(b"POST", PATH.encode(), b"", fields, await read_body(receive), client, b"")
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.take(request, answered.set_result)
        reply = await answered
        length = (b"content-length", b"%d" % len(reply.body))
        await send({"type": "http.response.start", "status": reply.status, "headers": [*decoded(reply.lines), length]})
        await send({"type": "http.response.body", "body": reply.body})

    def _place(self, request: DirectRequest, session: Session, now: datetime, answer: Answering) -> None:
        ask = self._ask(request.fields.get(b"idempotency-key"), request.body, session, now)
        self._deps.queue.call(ask, lambda answered: answer(self._reply(answered, request)))

    @staticmethod
    def _ask(key: bytes | None, body: bytes, session: Session, now: datetime) -> PlaceBet:
        """Return the command that a request stands for.

        Raises:
            Refused: what is wrong with the key or the body.

        """
        if key is None:
            raise http_refusals.KeyMissing
        if not KEY.fullmatch(key):
            raise http_refusals.KeyMalformed(KEY_CHARACTERS_MAX)
        text = key.decode()
        return _command(body, text if is_uuid7(text) else bet_of(session.account_id, text), session, now)

    def _reply(self, answered: Answer | BaseException, request: DirectRequest) -> Reply:
        if isinstance(answered, Answer):
            receipt: BetReceipt = answered.receipt
            body = receipt_of(receipt.bet_id, receipt.placed, answered.position)
            return Reply(201, PERSONAL_JSON + self._deps.positions.header(answered.position), body)
        return problem_reply(refusal_of(answered, request), request.path)


def _command(body: bytes, bet_id: str, session: Session, now: Any) -> PlaceBet:
    try:
        asked = decode_bet(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what, _, where = str(error).partition(" - at `$")
        raise http_refusals.BodyMalformed(({"where": "body" + where.rstrip("`"), "what": what},)) from None
    for index, leg in enumerate(asked.legs):
        if not ID_REGEX.fullmatch(leg.market_id):
            raise http_refusals.IdMalformed(f"body.legs[{index}].market_id")
    legs = tuple([AskedLeg(leg.market_id, leg.selection, parse_odds(leg.odds), leg.version) for leg in asked.legs])
    return PlaceBet(*(bet_id, session.account_id, asked.stake_minor, asked.currency, asked.type, legs, asked.accept, now))


async def read_body(receive: Receive) -> bytes:
    """Return the whole body; its size was limited further out."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def placing() -> APIRoute:
    """Return the route as the OpenAPI document shows it. No router serves it: `RequestMiddleware` hands requests to `PlaceBetEndpoint`."""

    def place_bet(body: BetBody, idempotency_key: IdempotencyKey) -> None:
        """Strike a bet at exactly the odds shown, or not at all.

        The `Idempotency-Key` names the bet: a retry gets the same bytes. An unknown market in a leg is 404, as in an address. When a
        price moved, 409 `prices-moved` carries the price and the version that stand now.
        """

    return APIRoute(
        *(PATH, place_bet),
        tags=["bets"],
        methods=["POST"],
        status_code=201,
        operation_id="placeBet",
        response_model=BetReceiptShape,
        responses=problems(*REFUSALS, *SIGNED_IN, *COMMANDED),
    )
