"""Routes of traders for fixtures and the betting on them: every action is a noun under its subject, PUT where a repeat changes nothing.

A command route reads no view: what it acts on is what the log says. `tests/tidy` and an import contract see to that.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.field_types import ReasonBody
from api.http.request_parameters import IdempotencyKey, acting_as, answered, checked_id
from api.http.trading.answers import FixturePayoutLimitShape, FixtureReceiptShape, GateReceiptShape
from api.http.trading.bodies import ClockBody, EndBody, FixturePayoutLimitBody, KickOffBody, NewFixture, ScoreBody, ShadingLimitBody
from api.http.trading.documented import CREATING, proposal_body, told, told_or_proposed
from api.idempotency import new_id
from commands.trading.propose_abandonment import AskAbandonment
from commands.trading.proposing import ProposalReceipt
from commands.trading.run_fixture import FixtureReceipt
from domain import text
from domain.fixture import commands as of_fixture
from domain.fixture import decider as fixture
from domain.fixture import schedule as of_schedule
from domain.fixture import shading
from domain.fixture_limit import decider as fixture_limit
from domain.fixture_limit.commands import LimitFixturePayout
from domain.gate import decider as gate
from domain.gate.commands import ReopenBetting, StopBetting
from domain.settling.tennis import TennisScore
from domain.text import normal

ON_A_FIXTURE = (fixture.FixtureUnknown, fixture.FixtureNotLive)
STOPPING = (gate.BettingStoppedAlready, gate.BettingOver, gate.GateMalformed, text.ReasonMalformed)
REOPENING = (gate.BettingOver, gate.GateMalformed)


def trading(deps: RouteDependencies) -> APIRouter:
    """Return the routes of the role trader that are about fixtures, competitions and sports."""
    trader = Depends(acting_as(deps, "trader"))
    router = APIRouter(prefix="/v1/trading", tags=["trading"])
    _fixtures(router, deps, trader)
    _limits(router, deps, trader)
    _matches(router, deps, trader)
    _endings(router, deps, trader)
    _fixture_gates(router, deps, trader)
    _wider_gates(router, deps, trader)
    return router


async def _fixture(deps: RouteDependencies, command: of_fixture.FixtureCommand, status: int = 200) -> Response:
    answer = await deps.queue.submit(command)
    return answered(_fixture_body(answer.receipt, answer.position), answer.position, status)


def _fixture_body(receipt: FixtureReceipt, position: int) -> dict[str, Any]:
    return {"fixture_id": receipt.fixture_id, "status": receipt.status, "position": position}


async def _gate(deps: RouteDependencies, command: StopBetting | ReopenBetting) -> Response:
    answer = await deps.queue.submit(command)
    receipt = answer.receipt
    body = {"scope": receipt.scope, "subject": receipt.subject, "status": receipt.status, "position": answer.position}
    return answered(body, answer.position)


def _fixtures(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.post(
        "/fixtures",
        status_code=201,
        operation_id="scheduleFixture",
        **told(
            FixtureReceiptShape,
            of_schedule.FixtureMalformed,
            of_schedule.KickOffOutOfRange,
            of_schedule.FixtureKeyReused,
            http_refusals.MomentMalformed,
            *CREATING,
        ),
    )
    async def schedule(body: NewFixture, who: Annotated[Session, trader], idempotency_key: IdempotencyKey = None) -> Response:
        """Announce a match; the key names it."""
        fixture_id = new_id("fixture", who, idempotency_key)
        if body.kick_off.tzinfo is None:
            raise http_refusals.MomentMalformed(str(body.kick_off))
        ask = of_fixture.ScheduleFixture(
            fixture_id=fixture_id,
            sport=body.sport,
            competition=body.competition,
            home=body.home,
            away=body.away,
            kick_off=body.kick_off,
            neutral=body.neutral,
            at=deps.clock.now(),
            actor=who.account_id,
        )
        return await _fixture(deps, ask, 201)

    @router.put(
        "/fixtures/{fixture_id}/schedule",
        operation_id="rescheduleFixture",
        **told(
            FixtureReceiptShape,
            fixture.FixtureUnknown,
            of_schedule.FixtureBegun,
            of_schedule.KickOffMovedTooFar,
            of_schedule.KickOffOutOfRange,
            http_refusals.MomentMalformed,
        ),
    )
    async def reschedule(fixture_id: str, body: KickOffBody, who: Annotated[Session, trader]) -> Response:
        """Move the kick-off of a match that has not begun. Its markets and bets stand, up to 72 hours from the kick-off announced first."""
        checked_id(fixture_id, "fixture_id")
        if body.kick_off.tzinfo is None:
            raise http_refusals.MomentMalformed(str(body.kick_off))
        return await _fixture(deps, of_fixture.RescheduleFixture(fixture_id, body.kick_off, deps.clock.now(), who.account_id))

    @router.put("/fixtures/{fixture_id}/kick-off", operation_id="kickOff", **told(FixtureReceiptShape, *ON_A_FIXTURE))
    async def kick_off(fixture_id: str, who: Annotated[Session, trader]) -> Response:
        """Start the match."""
        return await _fixture(deps, of_fixture.KickOff(checked_id(fixture_id, "fixture_id"), deps.clock.now(), who.account_id))


def _limits(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put(
        "/fixtures/{fixture_id}/shading-limit",
        operation_id="limitShading",
        **told(FixtureReceiptShape, *ON_A_FIXTURE, shading.ShadingLimitMalformed, shading.ShadingNotOffered),
    )
    async def limit_shading(fixture_id: str, body: ShadingLimitBody, who: Annotated[Session, trader]) -> Response:
        """Limit how far open bets shade the prices of a football match that is not over; its next prices are within that.

        200 stands until a trader says otherwise: the odds on one score against another move by the factor e ** 0.2 at most. 0: not at all.
        """
        checked_id(fixture_id, "fixture_id")
        return await _fixture(deps, of_fixture.LimitShading(fixture_id, body.limit_thousandths, deps.clock.now(), who.account_id))

    @router.put(
        "/fixtures/{fixture_id}/payout-limit",
        operation_id="limitFixturePayout",
        **told(FixturePayoutLimitShape, *ON_A_FIXTURE, fixture_limit.FixtureLimitMalformed, text.ReasonMalformed),
    )
    async def limit_payout(fixture_id: str, body: FixturePayoutLimitBody, who: Annotated[Session, trader]) -> Response:
        """Limit the most that is paid on a bet with a leg on a match that is not over, at once, on markets that are opened later too.

        Of this and the limits of its legs' markets the lowest counts; an account's stake factor multiplies it. Null takes it away. Struck
        bets stay as they are, and so do the prices.
        """
        checked_id(fixture_id, "fixture_id")
        ask = LimitFixturePayout(fixture_id, body.payout_minor_max, body.reason, deps.clock.now(), who.account_id)
        answer = await deps.queue.submit(ask)
        told_of = {"fixture_id": fixture_id, "payout_minor_max": answer.receipt.payout_minor_max, "position": answer.position}
        return answered(told_of, answer.position)


def _matches(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    malformed = (fixture.ClockMalformed, fixture.ScoreMalformed)

    @router.put("/fixtures/{fixture_id}/clock", operation_id="advanceClock", **told(FixtureReceiptShape, *ON_A_FIXTURE, *malformed))
    async def clock(fixture_id: str, body: ClockBody, who: Annotated[Session, trader]) -> Response:
        """Move the match clock forward."""
        checked_id(fixture_id, "fixture_id")
        return await _fixture(deps, of_fixture.AdvanceClock(fixture_id, body.minute, body.period, deps.clock.now(), who.account_id))

    @router.put(
        "/fixtures/{fixture_id}/score",
        operation_id="changeScore",
        **told(FixtureReceiptShape, *ON_A_FIXTURE, *malformed, fixture.SetsMalformed, fixture.ScoreBelowConfirmed),
    )
    async def score(fixture_id: str, body: ScoreBody, who: Annotated[Session, trader]) -> Response:
        """Set the score as it stands; every price on the fixture is void with that, until a fresh one comes."""
        checked_id(fixture_id, "fixture_id")
        stands = (body.home, body.away, body.minute, body.period)
        return await _fixture(deps, of_fixture.ChangeScore(fixture_id, *stands, deps.clock.now(), who.account_id, _tennis(body)))


def _tennis(body: ScoreBody) -> TennisScore | None:
    told = body.tennis
    if told is None:
        return None
    sets = tuple((games.home, games.away) for games in told.sets)
    return TennisScore(sets, (told.points.home, told.points.away), told.serving, told.retired)


def _endings(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put(
        "/fixtures/{fixture_id}/end",
        operation_id="endFixture",
        **told(
            FixtureReceiptShape,
            *ON_A_FIXTURE,
            fixture.FixtureEndedDifferently,
            fixture.ScoreMalformed,
            fixture.SetsMalformed,
            fixture.ScoreBelowConfirmed,
        ),
    )
    async def end(fixture_id: str, body: EndBody, who: Annotated[Session, trader]) -> Response:
        """End the match; this ends all betting on the fixture, on every market of it."""
        checked_id(fixture_id, "fixture_id")
        scores = (body.regular_home, body.regular_away, body.final_home, body.final_away)
        ask = of_fixture.EndFixture(fixture_id, *scores, deps.clock.now(), body.shootout_winner, who.account_id)
        return await _fixture(deps, ask)

    @router.put(
        "/fixtures/{fixture_id}/abandonment",
        operation_id="abandonFixture",
        **told_or_proposed(FixtureReceiptShape, *ON_A_FIXTURE, fixture.AlreadyAbandoned, text.ReasonMalformed),
    )
    async def abandon(fixture_id: str, body: ReasonBody, who: Annotated[Session, trader]) -> Response:
        """Stop the betting on the match at once, and propose to abandon it, which ends the betting and voids its markets: 202.

        Another trader approves. A match that was abandoned for that reason is answered as it stands, for another one with a 409. Where
        the proposal is rejected or expires, betting stays stopped until a trader opens it again.
        """
        ask = AskAbandonment(checked_id(fixture_id, "fixture_id"), body.reason, deps.clock.now(), who.account_id)
        answer = await deps.queue.submit(ask)
        if isinstance(answer.receipt, ProposalReceipt):
            return answered(proposal_body(answer.receipt, answer.position), answer.position, 202)
        return answered(_fixture_body(answer.receipt, answer.position), answer.position)


def _fixture_gates(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put(
        "/fixtures/{fixture_id}/suspension",
        operation_id="suspendFixture",
        **told(GateReceiptShape, fixture.FixtureUnknown, *STOPPING),
    )
    async def suspend(fixture_id: str, body: ReasonBody, who: Annotated[Session, trader]) -> Response:
        """Stop the betting on a fixture at once, on every market there is. The same reason again is a repeat, another one is a 409."""
        subject = (checked_id(fixture_id, "fixture_id"),)
        return await _gate(deps, StopBetting("fixture", subject, body.reason, deps.clock.now(), who.account_id))

    @router.delete(
        "/fixtures/{fixture_id}/suspension",
        operation_id="reopenFixture",
        **told(GateReceiptShape, fixture.FixtureUnknown, *REOPENING),
    )
    async def reopen(fixture_id: str, who: Annotated[Session, trader]) -> Response:
        """Let betting on a fixture go on; each market does so once fresh prices are there."""
        subject = (checked_id(fixture_id, "fixture_id"),)
        return await _gate(deps, ReopenBetting("fixture", subject, deps.clock.now(), who.account_id))


def _wider_gates(router: APIRouter, deps: RouteDependencies, trader: Any) -> None:
    @router.put("/sports/{sport}/suspension", operation_id="suspendSport", **told(GateReceiptShape, *STOPPING))
    async def suspend_sport(sport: str, body: ReasonBody, who: Annotated[Session, trader]) -> Response:
        """Stop the betting on a sport at once."""
        return await _gate(deps, StopBetting("sport", (normal(sport),), body.reason, deps.clock.now(), who.account_id))

    @router.delete("/sports/{sport}/suspension", operation_id="reopenSport", **told(GateReceiptShape, *REOPENING))
    async def reopen_sport(sport: str, who: Annotated[Session, trader]) -> Response:
        """Let betting on a sport go on; each market does so once fresh prices are there."""
        return await _gate(deps, ReopenBetting("sport", (normal(sport),), deps.clock.now(), who.account_id))

    @router.put(
        "/competitions/{sport}/{competition:name}/suspension",
        operation_id="suspendCompetition",
        **told(GateReceiptShape, *STOPPING),
    )
    async def suspend_competition(sport: str, competition: str, body: ReasonBody, who: Annotated[Session, trader]) -> Response:
        """Stop the betting on a competition at once."""
        subject = (normal(sport), normal(competition))
        return await _gate(deps, StopBetting("competition", subject, body.reason, deps.clock.now(), who.account_id))

    @router.delete(
        "/competitions/{sport}/{competition:name}/suspension",
        operation_id="reopenCompetition",
        **told(GateReceiptShape, *REOPENING),
    )
    async def reopen_competition(sport: str, competition: str, who: Annotated[Session, trader]) -> Response:
        """Let betting on a competition go on; each market does so once fresh prices are there."""
        subject = (normal(sport), normal(competition))
        return await _gate(deps, ReopenBetting("competition", subject, deps.clock.now(), who.account_id))
