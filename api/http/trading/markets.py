"""Routes of traders for markets. Prices beyond a type's bounds, results and voids become proposals that another trader approves."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.request_parameters import IdempotencyKey, acting_as, answered, checked_id, prices_of
from api.http.trading.answers import MarketReceiptShape, PayoutLimitShape
from api.http.trading.bodies import (
    BetDelayBody,
    CorrectionBody,
    NewMarket,
    PayoutLimitBody,
    PricesBody,
    ResultBody,
    SuspensionBody,
    TakingBackBody,
)
from api.http.trading.documented import CREATING, proposal_body, told, told_or_proposed
from api.idempotency import new_id
from commands.trading import run_market
from commands.trading.four_eyes import AskAsTrader
from commands.trading.proposing import ProposalReceipt
from commands.trading.run_market import JudgedCommand
from domain import odds, text
from domain.fixture import decider as fixture
from domain.gate import decider as gate
from domain.market import bet_delay, outcomes, payout_limit, prices, taking_back
from domain.market import commands as of_market
from domain.market import decider as market
from domain.market import state as market_state
from domain.market.facts import Selection
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, grading, racing, tennis
from domain.settling.rules import canonical_specifiers

RESULTS = {"won": WON, "lost": LOST, "void": VOID, "half_won": HALF_WON, "half_lost": HALF_LOST}
ON_A_MARKET = (market_state.MarketUnknown, market_state.MarketNotOpen, market_state.MarketSuspendedNow)
RESULTING = (
    market_state.MarketUnknown,
    market.AlreadyResulted,
    outcomes.ResultNotDecided,
    outcomes.ResultContradictsScore,
    outcomes.ResultContradictsFixture,
    outcomes.VoidWithoutReason,
    outcomes.ReasonWithoutVoid,
    racing.FinishingOrderMalformed,
    text.ReasonMalformed,
)
CORRECTING = (
    market_state.MarketUnknown,
    outcomes.NothingToCorrect,
    outcomes.ScoreImpossible,
    racing.FinishingOrderMalformed,
    grading.HalfTimeScoreUnknown,
    tennis.SetsUnknown,
    text.ReasonMalformed,
)
LIMITING = (
    market_state.MarketUnknown,
    market_state.MarketNotOpen,
    payout_limit.PayoutLimitMalformed,
    payout_limit.ReferralMalformed,
    text.ReasonMalformed,
)
PRICING = (
    prices.PricesMalformed,
    odds.OddsMalformed,
    odds.OddsTooFine,
    odds.OddsOutOfRange,
    fixture.FixtureNotLive,
    gate.BettingSuspended,
    gate.BettingOver,
)
OPENING = (
    fixture.FixtureUnknown,
    market.MarketMalformed,
    market.MarketKeyReused,
    outcomes.MarketTextMalformed,
    outcomes.SelectionsOfAnotherType,
    outcomes.TooManyRunners,
    grading.MarketTypeUnknown,
    grading.SpecifierMalformed,
)


def market_trading(deps: RouteDependencies) -> APIRouter:
    """Return the routes of the role trader that are about markets."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading", tags=["trading"])
    _markets(router, deps, trader)
    _limits(router, deps, trader)
    _results(router, deps, trader)
    _prices(router, deps, trader)
    return router


async def ask_or_propose(deps: RouteDependencies, command: JudgedCommand, status: int = 200) -> Response:
    """Do it at once where one trader may; otherwise answer 202 with the proposal."""
    answer = await deps.queue.submit(AskAsTrader(command))
    receipt = answer.receipt
    if isinstance(receipt, ProposalReceipt):
        return answered(proposal_body(receipt, answer.position), answer.position, 202)
    return answered(_market_body(receipt, answer.position), answer.position, status)


async def _market(deps: RouteDependencies, command: of_market.SuspendMarket | of_market.CloseMarket | of_market.SetBetDelay) -> Response:
    answer = await deps.queue.submit(command)
    return answered(_market_body(answer.receipt, answer.position), answer.position)


def _market_body(receipt: run_market.MarketReceipt, position: int) -> dict[str, Any]:
    return {"market_id": receipt.market_id, "status": receipt.status, "version": receipt.version, "position": position}


def _markets(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.post(
        "/markets", status_code=201, operation_id="openMarket", **told_or_proposed(MarketReceiptShape, *OPENING, *PRICING, *CREATING)
    )
    async def open_market(body: NewMarket, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None) -> Response:
        """Offer a market on a fixture; the key names it. Prices that are no book of its type wait for another trader: 202."""
        grace_ms = deps.grace_ms if body.grace_ms is None else body.grace_ms
        ask = of_market.OpenMarket(
            market_id=new_id("market", who, idempotency_key),
            fixture_id=body.fixture_id,
            type=body.type,
            specifiers=canonical_specifiers(body.type, body.specifiers),
            selections=tuple(Selection(new.selection, new.name) for new in body.selections),
            prices=prices_of({new.selection: new.odds for new in body.selections}),
            grace_ms=grace_ms,
            at=deps.clock.now(),
            in_play_grace_ms=min(grace_ms, deps.in_play_grace_ms) if body.in_play_grace_ms is None else body.in_play_grace_ms,
            actor=who.account_id,
        )
        return await ask_or_propose(deps, ask, 201)

    @router.put("/markets/{market_id}/closure", operation_id="closeMarket", **told(MarketReceiptShape, *ON_A_MARKET))
    async def close(market_id: str, who: Annotated[Session, trader]) -> Response:
        """Stop taking bets for good."""
        return await _market(deps, of_market.CloseMarket(checked_id(market_id, "market_id"), deps.clock.now(), who.account_id))

    @router.put(
        "/markets/{market_id}/suspension",
        operation_id="suspendMarket",
        **told(MarketReceiptShape, *ON_A_MARKET, market.AlreadySuspended, market_state.SelectionUnknown, text.ReasonMalformed),
    )
    async def suspend(market_id: str, body: SuspensionBody, who: Annotated[Session, trader]) -> Response:
        """Stop taking bets at once; prices shown before are void. The same reason again is a repeat, another one is a 409.

        With `non_runner`, a runner of a race is withdrawn: bets on it are void, others that were struck before are reduced by Rule 4.
        """
        checked_id(market_id, "market_id")
        ask = of_market.SuspendMarket(market_id, body.reason, deps.clock.now(), who.account_id, body.non_runner)
        return await _market(deps, ask)

    @router.put(
        "/markets/{market_id}/bet-delay",
        operation_id="setBetDelay",
        **told(MarketReceiptShape, market_state.MarketUnknown, market_state.MarketNotOpen, bet_delay.BetDelayOutOfRange),
    )
    async def delay(market_id: str, body: BetDelayBody, who: Annotated[Session, trader]) -> Response:
        """Have bets in play wait for 0 to 12 seconds before they are struck. It holds for bets from now on, before kick-off for none."""
        checked_id(market_id, "market_id")
        return await _market(deps, of_market.SetBetDelay(market_id, body.delay_s, deps.clock.now(), who.account_id))


def _limits(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put(
        "/markets/{market_id}/payout-limit",
        operation_id="limitPayout",
        **told(PayoutLimitShape, *LIMITING),
    )
    async def limit(market_id: str, body: PayoutLimitBody, who: Annotated[Session, trader]) -> Response:
        """Limit the most that is paid on a bet with a leg on a market, at once; of several legs the lowest limit counts.

        An account's stake factor multiplies it. Null takes the limit away. Struck bets stay as they are, and so do the prices.
        With `referral_minor_max`, bets over it may be put to a trader (GET /v1/trading/referrals); without, none is from then on.
        """
        checked_id(market_id, "market_id")
        referral_minor_max = body.referral_minor_max
        limited = (market_id, body.payout_minor_max, body.reason, deps.clock.now(), who.account_id)
        ask = of_market.LimitPayout(*limited, referral_minor_max, body.referral_s)
        answer = await deps.queue.submit(ask)
        body_told = {"market_id": market_id, "payout_minor_max": body.payout_minor_max, "version": answer.receipt.version}
        asks = {"referral_minor_max": referral_minor_max, "referral_s": None if referral_minor_max is None else body.referral_s}
        return answered({**body_told, **asks, "position": answer.position}, answer.position)


def _results(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put("/markets/{market_id}/result", operation_id="resultMarket", **told_or_proposed(MarketReceiptShape, *RESULTING))
    async def result(market_id: str, body: ResultBody, who: Annotated[Session, trader]) -> Response:
        """Propose to grade a market on the fixture's score, a race on its `order`, or to void it; another trader approves: 202.

        `results`, `home` and `away` may be left out, and must agree with the score where they are there. A market that came out so
        already is answered as it stands.
        """
        results = None if body.results is None else {selection: RESULTS[named] for selection, named in body.results.items()}
        ask = of_market.ResultMarket(
            market_id=checked_id(market_id, "market_id"),
            at=deps.clock.now(),
            void_reason=body.void_reason,
            results=results,
            home=body.home,
            away=body.away,
            actor=who.account_id,
            order=tuple(map(tuple, body.order)),
        )
        return await ask_or_propose(deps, ask)

    @router.put("/markets/{market_id}/correction", operation_id="correctResult", **told_or_proposed(MarketReceiptShape, *CORRECTING))
    async def correct(market_id: str, body: CorrectionBody, who: Annotated[Session, trader]) -> Response:
        """Propose to grade a market that came out anew, on other goals, or to void it; another trader approves: 202.

        Bets that were settled by the result before are settled anew: what that paid is taken back, and what is not there any more is owed.
        """
        half_time = body.half_time
        ask = of_market.CorrectResult(
            market_id=checked_id(market_id, "market_id"),
            home=body.home,
            away=body.away,
            reason=body.reason,
            at=deps.clock.now(),
            half_time=None if half_time is None else (half_time.home, half_time.away),
            void_reason=body.void_reason,
            actor=who.account_id,
            order=tuple(map(tuple, body.order)),
            sets=tuple((games.home, games.away) for games in body.sets),
            retired=body.retired,
        )
        return await ask_or_propose(deps, ask)

    @router.put(
        "/markets/{market_id}/taking-back",
        operation_id="takeBackResult",
        **told_or_proposed(MarketReceiptShape, taking_back.NothingToTakeBack, *CORRECTING, outcomes.ResultNotDecided),
    )
    async def take_back(market_id: str, body: TakingBackBody, who: Annotated[Session, trader]) -> Response:
        """Propose that a result was a mistake and the one before it holds again; another trader approves: 202.

        All that was settled by it is settled anew, so that every balance is as if it had not been. Where there was no result before, the
        market is corrected to what the score says by then.
        """
        checked_id(market_id, "market_id")
        return await ask_or_propose(deps, of_market.TakeBackResult(market_id, body.number, body.reason, deps.clock.now(), who.account_id))


def _prices(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put("/markets/{market_id}/prices", operation_id="priceMarket", **told_or_proposed(MarketReceiptShape, *ON_A_MARKET, *PRICING))
    async def price(market_id: str, body: PricesBody, who: Annotated[Session, trader]) -> Response:
        """Move the prices; a selection left out is withdrawn. Prices that are no book of its type wait for another trader: 202."""
        checked_id(market_id, "market_id")
        return await ask_or_propose(deps, of_market.PriceMarket(market_id, prices_of(body.prices), deps.clock.now(), actor=who.account_id))

    @router.put(
        "/markets/{market_id}/resumption",
        operation_id="resumeMarket",
        **told_or_proposed(MarketReceiptShape, *ON_A_MARKET, market.MarketNotSuspended, *PRICING),
    )
    async def resume(market_id: str, body: PricesBody, who: Annotated[Session, trader]) -> Response:
        """Take bets again, at new prices. Prices that are no book of its type wait for another trader: 202."""
        checked_id(market_id, "market_id")
        return await ask_or_propose(deps, of_market.ResumeMarket(market_id, prices_of(body.prices), deps.clock.now(), actor=who.account_id))
