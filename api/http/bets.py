"""Bets. Placing one is the hot path: no framework between the socket and the command, msgspec in and out."""

from functools import lru_cache
from typing import Annotated, Any

import msgspec
import structlog
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from api.http import refusals as refused
from api.http.answers import BetReceiptShape
from api.http.documents import COMMANDED, SIGNED_IN, problems
from api.http.ports import Desk
from api.http.problems import PROBLEM_JSON, STATUSES, extra_headers, problem_bytes
from api.http.reading import AN_ID, KEY, KEY_CHARACTERS_MAX, IdempotencyKey
from api.http.shapes import INT64_MAX, BetBody
from api.http.tokens import Session
from commands.place_bet import BetReceipt, PlaceBet
from commands.ports import StoreUnavailable
from commands.work import Answer
from domain import odds as odds_rules
from domain.bet import decider as bet
from domain.bet.commands import AskedLeg
from domain.bet.decider import odds_of
from domain.bet.facts import BetPlaced
from domain.ids import bet_of, is_uuid7
from domain.market import state as market
from domain.money import CurrencyUnknown
from domain.odds import Odds
from domain.refused import Refused
from domain.wallet import decider as wallet

REFUSALS = (
    *(refused.KeyMissing, refused.KeyMalformed, refused.IdMalformed),
    *(odds_rules.OddsMalformed, odds_rules.OddsTooFine, odds_rules.OddsOutOfRange),
    *(bet.AcceptUnknown, bet.StakeOutOfRange, bet.TooManyLegs, bet.BetTypeUnknown, bet.RelatedLegs, bet.PricesMoved, bet.BetKeyReused),
    *(bet.ReturnsOutOfRange, market.MarketUnknown, market.SelectionUnknown, market.VersionFromTheFuture, market.MarketSuspendedNow),
    *(market.MarketNotOpen, market.SelectionWithdrawn, wallet.InsufficientFunds, wallet.CurrencyMismatch, wallet.WalletUnknown),
    CurrencyUnknown,
)

PATH = "/v1/bets"

log = structlog.get_logger()
parse_odds = lru_cache(maxsize=8_192)(odds_rules.parse)


class Leg(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leg of the body; see `shapes.LegBody`."""

    market_id: str
    selection: Annotated[str, msgspec.Meta(max_length=60)]
    odds: Annotated[str, msgspec.Meta(max_length=40)]
    version: Annotated[int, msgspec.Meta(ge=1, le=INT64_MAX)]


class Bet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body; see `shapes.BetBody`."""

    type: str
    stake_minor: Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]
    currency: Annotated[str, msgspec.Meta(max_length=60)]
    legs: tuple[Leg, ...]
    accept: str = "exact"


class ReceiptLeg(msgspec.Struct, frozen=True):
    """A leg as it was struck; `asked` are the odds that were on the screen."""

    market_id: str
    selection: str
    odds: str
    version: int
    asked: str


class Receipt(msgspec.Struct, frozen=True):
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
    legs: tuple[ReceiptLeg, ...]
    accept: str
    placed_at: Any
    position: int


decode_bet = msgspec.json.Decoder(Bet).decode
encode_receipt = msgspec.json.Encoder().encode


@lru_cache(maxsize=8_192)
def three_forms(odds: Odds) -> tuple[str, str, str]:
    """Return odds as the exact text, fractional and American."""
    return odds.text, odds.fractional_text, odds.american_text


def receipt_of(bet_id: str, placed: BetPlaced, position: int) -> bytes:
    """Return the body of a 201: the same bytes for ever, since it is made of the recorded fact alone."""
    legs = tuple(
        ReceiptLeg(leg.market_id, leg.selection, three_forms(leg.odds)[0], leg.version, three_forms(leg.asked or leg.odds)[0])
        for leg in placed.legs
    )
    text, fractional, american = three_forms(odds_of(placed))
    return encode_receipt(
        Receipt(
            *(bet_id, "open", placed.type, text, fractional, american, placed.stake_minor, placed.currency),
            *(placed.potential_returns_minor, None, legs, placed.accept, placed.at, position),
        )
    )


class Counter:
    """Takes bets over the counter."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, headers: list[tuple[bytes, bytes]], body: bytes) -> tuple[bytes, int]:
        """Place the bet that a request asks for; return the receipt and its position.

        Raises:
            Refused: what the door, the markets, the bet and the wallet refuse.

        """
        desk = self._desk
        authorization = key = None
        for name, value in headers:
            if name == b"authorization":
                authorization = value
            elif name == b"idempotency-key":
                key = value
        now = desk.clock.now()
        session = self._session(authorization, now)
        if key is None:
            raise refused.KeyMissing
        if not KEY.fullmatch(key):
            raise refused.KeyMalformed(KEY_CHARACTERS_MAX)
        text = key.decode()
        ask = _command(body, text if is_uuid7(text) else bet_of(session.account_id, text), session, now)
        answer = await desk.door.submit(ask)
        return _told(answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as plain ASGI."""
        status = 201
        headers = [(b"content-type", b"application/json")]
        try:
            body, position = await self.serve(scope["headers"], await read_body(receive))
            headers.append((b"slipstream-position", b"%d" % position))
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name and the process lives on)
            refusal = _refusal_of(error)
            status, body = STATUSES[type(refusal)], problem_bytes(refusal, scope["path"])
            headers = [(b"content-type", PROBLEM_JSON.encode())]
            headers += [(name.lower().encode(), value.encode()) for name, value in extra_headers(refusal).items()]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _session(self, authorization: bytes | None, now: Any) -> Session:
        if authorization is None or authorization[:7].lower() != b"bearer ":
            raise refused.TokenMissing
        session = self._desk.tokens.session(authorization[7:].decode("latin-1"), now)
        self._desk.accounts.take(session.account_id, self._desk.clock.monotonic_s())
        return session


def _command(body: bytes, bet_id: str, session: Session, now: Any) -> PlaceBet:
    try:
        asked = decode_bet(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what, _, where = str(error).partition(" - at `$")
        raise refused.BodyMalformed(({"where": "body" + where.rstrip("`"), "what": what},)) from None
    for index, leg in enumerate(asked.legs):
        if not AN_ID.fullmatch(leg.market_id):
            raise refused.IdMalformed(f"body.legs[{index}].market_id")
    legs = tuple([AskedLeg(leg.market_id, leg.selection, parse_odds(leg.odds), leg.version) for leg in asked.legs])
    return PlaceBet(
        *(bet_id, session.account_id, session.wallet_id, asked.stake_minor, asked.currency, asked.type, legs, asked.accept, now)
    )


def _refusal_of(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, StoreUnavailable):
        return refused.StoreAway()
    log.error("a bet could not be answered", exc_info=error)
    return refused.SomethingBroke()


def _told(answer: Answer) -> tuple[bytes, int]:
    receipt: BetReceipt = answer.receipt
    return receipt_of(receipt.bet_id, receipt.placed, answer.position), answer.position


async def read_body(receive: Receive) -> bytes:
    """Return the whole body; its size was limited further out."""
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def placing() -> APIRoute:
    """Return what the OpenAPI document says of placing a bet. No router has this route: `front.Front` hands its requests to a `Counter`."""

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
