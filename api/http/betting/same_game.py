"""Same-game multiples: what legs of one match cost together."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.http.betting.bodies import SameGameQuoteBody
from api.http.betting.same_game_answers import SameGameQuoteShape
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, signed_in
from api.same_game_messages import quote_shown
from commands.betting.same_game import QuotedLeg, QuoteSameGame
from domain.bet import decider as bet
from domain.bet import same_game as groups
from domain.gate import decider as gate
from domain.market import state as market
from domain.pricing import same_game

UNPRICED = (
    same_game.LegNotOfScores,
    same_game.LegsOnOneMarket,
    same_game.LegsOfDifferentPeriods,
    same_game.LegSplitsStake,
    same_game.LegWithoutModel,
    same_game.LegsOfDifferentScores,
    same_game.LegsCannotAllWin,
    same_game.SameGameNotOffered,
)
"""Why legs of one match have no price together."""

REFUSALS = (
    http_refusals.IdMalformed,
    bet.TooManyLegs,
    groups.SameGameMalformed,
    market.MarketUnknown,
    market.SelectionUnknown,
    market.MarketSuspendedNow,
    market.MarketNotOpen,
    market.SelectionWithdrawn,
    market.PricesAwaited,
    gate.BettingSuspended,
    gate.BettingOver,
    *UNPRICED,
)


def same_game_quotes(deps: RouteDependencies) -> APIRouter:
    """Return the route. It asks the streams that decide, no view."""
    router = APIRouter(prefix="/v1/quotes", tags=["bets"], dependencies=[Depends(signed_in(deps))])

    @router.post(
        "/same-game",
        operation_id="quoteSameGame",
        response_model=SameGameQuoteShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *REFUSALS),
    )
    async def quote(body: SameGameQuoteBody) -> Response:
        """Tell what legs of one match cost together now, or by a problem of which type they have no price.

        The price stands as long as the versions of the markets do, and for the grace of a replaced price. Nothing is stored.
        """
        for number, leg in enumerate(body.legs):
            checked_id(leg.market_id, f"body.legs[{number}].market_id")
        legs = tuple([QuotedLeg(leg.market_id, leg.selection) for leg in body.legs])
        answer = await deps.queue.submit(QuoteSameGame(legs, deps.clock.now()))
        return answered(quote_shown(answer.receipt), answer.position)

    return router
