"""Bets. Placing one is the hot path: no framework between the socket and the command, msgspec for both bodies."""

import asyncio

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api import refusals as http_refusals
from api.bet_placing import BetPlacing
from api.http.betting.answers import BetReceiptShape
from api.http.betting.bodies import BetBody
from api.http.betting.same_game import UNPRICED
from api.http.dependencies import RouteDependencies
from api.http.direct.routes import Answer as Answering
from api.http.direct.routes import DirectRequest, Reply, problem_reply
from api.http.direct.sessions import PERSONAL_JSON, refusal_of, token_in
from api.http.headers import decoded
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey
from commands.betting import place_bet
from domain import odds as odds_rules
from domain.account_gate import state as account_gate
from domain.bet import decider as bet
from domain.bet import same_game as groups
from domain.bet import stake_limit, striking, ways
from domain.bonus import decider as bonus
from domain.free_bet import decider as free_bet
from domain.gate import decider as gate
from domain.market import state as market
from domain.money import CurrencyUnknown
from domain.wallet import decider as wallet
from domain.wallet import usage

REFUSALS = (
    http_refusals.KeyMissing,
    http_refusals.KeyMalformed,
    http_refusals.IdMalformed,
    odds_rules.OddsMalformed,
    odds_rules.OddsTooFine,
    odds_rules.OddsOutOfRange,
    bet.AcceptUnknown,
    bet.EachWayUnknown,
    place_bet.PlacesNotPaid,
    place_bet.FreeBetWouldWait,
    place_bet.SameGameWouldWait,
    bet.StakeOutOfRange,
    bet.TooManyLegs,
    ways.SelectionTwice,
    bet.BetTypeUnknown,
    bet.StakeUneven,
    striking.RelatedLegs,
    groups.SameGameMalformed,
    groups.SameGameInSeveralLines,
    groups.SameGamePriceMoved,
    *UNPRICED,
    striking.PricesMoved,
    bet.BetKeyReused,
    stake_limit.StakeOverLimit,
    market.MarketUnknown,
    market.SelectionUnknown,
    market.VersionFromTheFuture,
    market.MarketSuspendedNow,
    market.MarketNotOpen,
    market.SelectionWithdrawn,
    market.PricesAwaited,
    gate.BettingSuspended,
    gate.BettingOver,
    wallet.InsufficientFunds,
    usage.StakeLimitReached,
    usage.LossLimitReached,
    wallet.CurrencyMismatch,
    wallet.WalletUnknown,
    free_bet.FreeBetUnknown,
    free_bet.FreeBetAlreadyUsed,
    free_bet.FreeBetExpired,
    free_bet.FreeBetCurrencyDiffers,
    free_bet.FreeBetStakeDiffers,
    bonus.BonusUnknown,
    bonus.BonusIsOver,
    bonus.BonusCurrencyDiffers,
    bonus.BonusStakeTooLarge,
    bonus.InsufficientBonus,
    place_bet.StakeOfTwoKinds,
    CurrencyUnknown,
    account_gate.TimedOutNow,
    account_gate.SelfExcludedNow,
    account_gate.AccountIsClosed,
    account_gate.StaffDoNotBet,
)

PATH = "/v1/bets"


class PlaceBetEndpoint:
    """Places bets: called by the protocol where a request came in one piece, else as a plain ASGI app."""

    def __init__(self, deps: RouteDependencies) -> None:
        self._deps = deps
        self._placing = BetPlacing(deps.queue)

    def take(self, request: DirectRequest, answer: Answering) -> None:
        """Place the bet that a request asks for; `answer` gets the receipt, or why there is none."""
        now, admission = self._deps.clock.now(), self._deps.admission

        def refuse(error: BaseException) -> None:
            answer(problem_reply(refusal_of(error, request), request.path, self._deps.positions))

        def told(status: int, position: int, receipt: bytes) -> None:
            answer(Reply(status, PERSONAL_JSON + self._deps.positions.header(position), receipt))

        try:
            session = admission.session_of(token_in(request.fields.get(b"authorization")), now, request.client)
            key = request.fields.get(b"idempotency-key")
            admission.let_in(session, lambda: self._placing.place(request.body, key, session, now, told, refuse), refuse)
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
        price moved, 409 `prices-moved` carries the price and the version that stand now; 409 `same-game-price-moved` does so for legs of
        one match, which `same_game` groups, at their odds together (POST /v1/quotes/same-game).

        In play, a market may have a delay: then the answer is 202, and the bet is pending until that is over. So it is with a bet that
        `refer` puts to a trader: where 409 `stake-over-limit` says `may_refer`. The trader may take it for less than was asked.
        """

    return APIRoute(
        PATH,
        place_bet,
        tags=["bets"],
        methods=["POST"],
        status_code=201,
        operation_id="placeBet",
        response_model=BetReceiptShape,
        responses={202: {"model": BetReceiptShape, "description": "Pending"}, **problems(*REFUSALS, *SIGNED_IN, *COMMANDED)},
    )
