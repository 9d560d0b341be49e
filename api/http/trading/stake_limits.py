"""Limits of stakes: factors of accounts, which traders set, and what a holder and a trader are told of them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.field_types import Id, OddsText
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import acting_as, answered, checked_id, signed_in
from api.http.trading.answers import RestrictionsShape, StakeFactorShape
from api.http.trading.bodies import StakeFactorBody
from commands.trading.limit_stakes import FindRestrictions
from domain import odds as odds_rules
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import SetStakeFactor
from domain.odds import parse
from domain.stake_factor import FactorMalformed
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown

MARKETS_MAX = 25
OnMarkets = Annotated[
    list[Id] | None,
    Query(alias="market_id", max_length=MARKETS_MAX, description="Markets of a bet: the lowest of their limits counts, too."),
]
OwnOdds = Annotated[OddsText | None, Query(description="What the largest stake of a single is told for; none: at any odds.")]
READ = (*SIGNED_IN, *COMMANDED, AccountUnknown, odds_rules.OddsMalformed, odds_rules.OddsTooFine, odds_rules.OddsOutOfRange)
OF_TRADERS = (http_refusals.RoleMissing, http_refusals.IdMalformed)


def stake_limits(deps: RouteDependencies) -> APIRouter:
    """Return the routes of limits on stakes."""
    router = APIRouter(prefix="/v1", tags=["trading"])
    session, trader = Depends(signed_in(deps)), Depends(acting_as(deps, "trader"))

    @router.get(
        "/account/restrictions",
        operation_id="ownRestrictions",
        tags=["accounts"],
        response_model=RestrictionsShape,
        responses=problems(*READ, http_refusals.IdMalformed),
    )
    async def own(who: Annotated[Session, session], odds: OwnOdds = None, markets: OnMarkets = None) -> Response:
        """Tell how the bookmaker restricts one's own account: since when, by which factor, and the largest stake that would be taken.

        Where withdrawals are held, why and since when.
        """
        return await _restrictions(deps, who.account_id, odds, markets or ())

    @router.get(
        "/trading/accounts/{account_id}/restrictions",
        operation_id="readRestrictions",
        response_model=RestrictionsShape,
        responses=problems(*READ, *OF_TRADERS),
    )
    async def read(account_id: str, _who: Annotated[Session, trader], odds: OwnOdds = None) -> Response:
        """Tell a trader how an account is restricted."""
        return await _restrictions(deps, checked_id(account_id, "account_id"), odds)

    @router.put(
        "/trading/accounts/{account_id}/stake-factor",
        operation_id="setStakeFactor",
        response_model=StakeFactorShape,
        responses=problems(*SIGNED_IN, *COMMANDED, *OF_TRADERS, AccountUnknown, ActorWithoutRole, FactorMalformed, ReasonMalformed),
    )
    async def put(account_id: str, body: StakeFactorBody, who: Annotated[Session, trader]) -> Response:
        """Multiply the most that is paid on a bet of an account by a factor, at once; 1 is as for anybody. Struck bets stay as they are."""
        ask = SetStakeFactor(checked_id(account_id, "account_id"), body.factor, body.reason, who.account_id, deps.clock.now())
        answer = await deps.queue.submit(ask)
        return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position)

    return router


async def _restrictions(deps: RouteDependencies, account_id: str, odds: str | None, markets: Sequence[str] = ()) -> Response:
    market_ids = tuple([checked_id(each, "market_id") for each in markets])
    answer = await deps.queue.submit(FindRestrictions(account_id, None if odds is None else parse(odds), market_ids))
    return answered({**msgspec.to_builtins(answer.receipt), "position": answer.position}, answer.position)
