"""What traders do over HTTP: every verb is a noun under its fixture or market, and PUT where a repeat changes nothing."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http import refusals as refused
from api.http.answers import FixtureReceiptShape, MarketReceiptShape
from api.http.documents import COMMANDED, SIGNED_IN, problems
from api.http.ports import Desk
from api.http.reading import IdempotencyKey, acting_as, answered, checked_id, checked_key, prices_of
from api.http.shapes import ClockBody, EndBody, NewFixture, NewMarket, PricesBody, ReasonBody, ResultBody, ScoreBody
from api.http.tokens import Session
from commands.trade import FinishFixture
from domain import odds, text
from domain.fixture import commands as of_fixture
from domain.fixture import decider as fixture
from domain.ids import derived, is_uuid7
from domain.market import commands as of_market
from domain.market import decider as market
from domain.market import outcomes
from domain.market import state as market_state
from domain.market.facts import Selection
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, grading
from projections import board_queries
from projections.ports import ReadModels, ReadModelsAway

RESULTS = {"won": WON, "lost": LOST, "void": VOID, "half_won": HALF_WON, "half_lost": HALF_LOST}
EVERYWHERE = (*SIGNED_IN, *COMMANDED, refused.RoleMissing, refused.IdMalformed)
CREATING = (refused.KeyMissing, refused.KeyMalformed)
ON_A_FIXTURE = (fixture.FixtureUnknown, fixture.FixtureNotLive)
ON_A_MARKET = (market_state.MarketUnknown, market_state.MarketNotOpen, market_state.MarketSuspendedNow)
RESULTING = (
    *(market.AlreadyResulted, outcomes.GoalsOutOfRange, outcomes.ResultContradictsScore, outcomes.ResultContradictsFixture),
    *(outcomes.VoidWithoutReason, outcomes.ReasonWithoutVoid, text.ReasonMalformed),
)
PRICING = (market.PricesMalformed, odds.OddsMalformed, odds.OddsTooFine, odds.OddsOutOfRange)

log = structlog.get_logger()


def trading(desk: Desk, reads: ReadModels) -> APIRouter:
    """Return the routes of the role trader."""
    trader = Depends(acting_as(desk, "trader"))
    router = APIRouter(prefix="/v1/trading", tags=["trading"], dependencies=[trader])
    _fixtures(router, desk, trader)
    _matches(router, desk)
    _endings(router, desk, reads)
    _markets(router, desk, trader)
    _prices(router, desk)
    return router


async def _fixture(desk: Desk, command: of_fixture.FixtureCommand | FinishFixture, status: int = 200) -> Response:
    answer = await desk.door.submit(command)
    receipt = answer.receipt
    told = {"fixture_id": receipt.fixture_id, "status": receipt.status, "position": answer.position}
    return answered(told, answer.position, status)


async def _finish(desk: Desk, reads: ReadModels, ending: of_fixture.EndFixture | of_fixture.AbandonFixture) -> Response:
    """End a fixture with the markets that the board shows as standing; no board is no reason not to end it."""
    try:
        found = await board_queries.fixture(reads, ending.fixture_id)
    except ReadModelsAway as error:
        log.warning("a fixture ends while its markets cannot be seen", fixture_id=ending.fixture_id, error=str(error)[:200])
        found = None
    standing = [shown.market_id for shown in found.markets if shown.status in ("open", "suspended")] if found is not None else []
    return await _fixture(desk, FinishFixture(ending, tuple(standing)))


async def _market(desk: Desk, command: of_market.MarketCommand, status: int = 200) -> Response:
    answer = await desk.door.submit(command)
    receipt = answer.receipt
    told = {"market_id": receipt.market_id, "status": receipt.status, "version": receipt.version, "position": answer.position}
    return answered(told, answer.position, status)


def _new_id(kind: str, who: Session, key: str | None) -> str:
    if key is None:
        raise refused.KeyMissing
    checked_key(key)
    return key if is_uuid7(key) else derived(kind, who.account_id, key)


def _told(model: Any, *refusals: Any) -> dict[str, Any]:
    return {"response_model": model, "responses": problems(*refusals, *EVERYWHERE)}


def _fixtures(router: APIRouter, desk: Desk, trader: Any) -> None:
    @router.post(
        "/fixtures",
        status_code=201,
        operation_id="scheduleFixture",
        **_told(
            *(FixtureReceiptShape, fixture.FixtureMalformed, fixture.KickOffOutOfRange, fixture.FixtureKeyReused),
            *(refused.MomentMalformed, *CREATING),
        ),
    )
    async def schedule(body: NewFixture, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None) -> Response:
        """Announce a match; the key names it."""
        fixture_id = _new_id("fixture", who, idempotency_key)
        if body.kick_off.tzinfo is None:
            raise refused.MomentMalformed(str(body.kick_off))
        ask = of_fixture.ScheduleFixture(
            *(fixture_id, body.sport, body.competition, body.home, body.away, body.kick_off, body.neutral, desk.clock.now())
        )
        return await _fixture(desk, ask, 201)

    @router.put("/fixtures/{fixture_id}/kick-off", operation_id="kickOff", **_told(FixtureReceiptShape, *ON_A_FIXTURE))
    async def kick_off(fixture_id: str) -> Response:
        """Start the match."""
        return await _fixture(desk, of_fixture.KickOff(checked_id(fixture_id, "fixture_id"), desk.clock.now()))


def _matches(router: APIRouter, desk: Desk) -> None:
    malformed = (fixture.ClockMalformed, fixture.ScoreMalformed)

    @router.put("/fixtures/{fixture_id}/clock", operation_id="advanceClock", **_told(FixtureReceiptShape, *ON_A_FIXTURE, *malformed))
    async def clock(fixture_id: str, body: ClockBody) -> Response:
        """Move the match clock forward."""
        checked_id(fixture_id, "fixture_id")
        return await _fixture(desk, of_fixture.AdvanceClock(fixture_id, body.minute, body.period, desk.clock.now()))

    @router.put("/fixtures/{fixture_id}/score", operation_id="changeScore", **_told(FixtureReceiptShape, *ON_A_FIXTURE, *malformed))
    async def score(fixture_id: str, body: ScoreBody) -> Response:
        """Set the score as it stands."""
        checked_id(fixture_id, "fixture_id")
        return await _fixture(desk, of_fixture.ChangeScore(fixture_id, body.home, body.away, body.minute, body.period, desk.clock.now()))


def _endings(router: APIRouter, desk: Desk, reads: ReadModels) -> None:
    @router.put(
        "/fixtures/{fixture_id}/end",
        operation_id="endFixture",
        **_told(FixtureReceiptShape, *ON_A_FIXTURE, fixture.FixtureOver, fixture.ScoreMalformed),
    )
    async def end(fixture_id: str, body: EndBody) -> Response:
        """Blow the final whistle; markets that still stand are closed with it."""
        checked_id(fixture_id, "fixture_id")
        scores = (body.regular_home, body.regular_away, body.final_home, body.final_away)
        return await _finish(desk, reads, of_fixture.EndFixture(fixture_id, *scores, desk.clock.now(), body.shootout_winner))

    @router.put(
        "/fixtures/{fixture_id}/abandonment",
        operation_id="abandonFixture",
        **_told(FixtureReceiptShape, *ON_A_FIXTURE, fixture.AlreadyAbandoned, text.ReasonMalformed),
    )
    async def abandon(fixture_id: str, body: ReasonBody) -> Response:
        """Give the match up; markets that still stand are closed with it. The same reason again is a repeat, another one is a 409."""
        checked_id(fixture_id, "fixture_id")
        return await _finish(desk, reads, of_fixture.AbandonFixture(fixture_id, body.reason, desk.clock.now()))


def _markets(router: APIRouter, desk: Desk, trader: Any) -> None:
    @router.post(
        "/markets",
        status_code=201,
        operation_id="openMarket",
        **_told(
            *(MarketReceiptShape, fixture.FixtureUnknown, fixture.FixtureNotLive, market.MarketMalformed, market.MarketKeyReused),
            *(outcomes.MarketTextMalformed, outcomes.SelectionsOfAnotherType, grading.SpecifierMalformed, *PRICING, *CREATING),
        ),
    )
    async def open_market(body: NewMarket, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None) -> Response:
        """Offer a market on a fixture; the key names it."""
        market_id = _new_id("market", who, idempotency_key)
        selections = tuple(Selection(new.selection, new.name) for new in body.selections)
        prices = prices_of({new.selection: new.odds for new in body.selections})
        grace_ms = desk.grace_ms if body.grace_ms is None else body.grace_ms
        ask = of_market.OpenMarket(
            *(market_id, body.fixture_id, body.type, body.specifiers, selections, prices, grace_ms, desk.clock.now())
        )
        return await _market(desk, ask, 201)

    @router.put("/markets/{market_id}/closure", operation_id="closeMarket", **_told(MarketReceiptShape, *ON_A_MARKET))
    async def close(market_id: str) -> Response:
        """Stop taking bets for good."""
        return await _market(desk, of_market.CloseMarket(checked_id(market_id, "market_id"), desk.clock.now()))

    @router.put(
        "/markets/{market_id}/result",
        operation_id="resultMarket",
        **_told(MarketReceiptShape, *ON_A_MARKET, market.PricesMalformed, *RESULTING),
    )
    async def result(market_id: str, body: ResultBody) -> Response:
        """Say how each selection came out; every open bet on it is settled."""
        results = {selection: RESULTS[named] for selection, named in body.results.items()}
        checked_id(market_id, "market_id")
        ask = of_market.ResultMarket(market_id, results, body.home, body.away, desk.clock.now(), body.void_reason)
        return await _market(desk, ask)


def _prices(router: APIRouter, desk: Desk) -> None:
    @router.put(
        "/markets/{market_id}/prices",
        operation_id="priceMarket",
        **_told(MarketReceiptShape, *ON_A_MARKET, fixture.FixtureNotLive, *PRICING),
    )
    async def price(market_id: str, body: PricesBody) -> Response:
        """Move the prices; a selection left out is withdrawn."""
        checked_id(market_id, "market_id")
        return await _market(desk, of_market.PriceMarket(market_id, prices_of(body.prices), desk.clock.now()))

    @router.put(
        "/markets/{market_id}/suspension",
        operation_id="suspendMarket",
        **_told(MarketReceiptShape, *ON_A_MARKET, market.AlreadySuspended, text.ReasonMalformed),
    )
    async def suspend(market_id: str, body: ReasonBody) -> Response:
        """Stop taking bets at once; prices shown before are void. The same reason again is a repeat, another one is a 409."""
        checked_id(market_id, "market_id")
        return await _market(desk, of_market.SuspendMarket(market_id, body.reason, desk.clock.now()))

    @router.put(
        "/markets/{market_id}/resumption",
        operation_id="resumeMarket",
        **_told(MarketReceiptShape, *ON_A_MARKET, market.MarketNotSuspended, fixture.FixtureNotLive, *PRICING),
    )
    async def resume(market_id: str, body: PricesBody) -> Response:
        """Take bets again, at new prices."""
        checked_id(market_id, "market_id")
        return await _market(desk, of_market.ResumeMarket(market_id, prices_of(body.prices), desk.clock.now()))
