"""What an account has: its wallet, its statement, its bets."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.betting.answers import BetPage, BetShape, PortfolioShape, StatementPage, WalletShape
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import After, Cursor, checked_id, signed_in
from api.http.view_reader import HttpViewReader
from domain.bet.state import BetUnknown
from projections.accounts import statement
from projections.betting import portfolio

CURSORS = (http_refusals.CursorMalformed, http_refusals.CursorOfAnotherLog)

Limit = Annotated[int, Query(ge=1, le=200, description="Entries a page.")]


def portfolios(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes of what an account has."""
    router = APIRouter(prefix="/v1", tags=["portfolio"])
    session = Depends(signed_in(deps))
    everywhere = (*SIGNED_IN, *VIEWED)

    async def held(who: Session) -> portfolio.Portfolio:
        return await view_reader.read_existing(lambda: portfolio.portfolio(view_reader.reads, who.account_id))

    @router.get("/wallet", operation_id="wallet", response_model=WalletShape, responses=problems(*everywhere))
    async def wallet(who: Annotated[Session, session], after: After = None) -> Response:
        """Tell what the wallet holds: what may be staked, and what is at risk in open bets."""

        async def ask() -> dict[str, Any]:
            found = await held(who)
            return {
                "account_id": found.account_id,
                "currency": found.currency,
                "balance_minor": found.available_minor + found.at_risk_minor,
                "available_minor": found.available_minor,
                "at_risk_minor": found.at_risk_minor,
                "owed_minor": found.owed_minor,
                "bonus_minor": found.bonus_minor,
                "bonus_at_risk_minor": found.bonus_at_risk_minor,
            }

        return await view_reader.answer(portfolio.VIEW, after, ask, log_has_facts=True)

    @router.get(
        "/wallet/statement",
        operation_id="walletStatement",
        response_model=StatementPage,
        responses=problems(*everywhere, *CURSORS),
    )
    async def lines(who: Annotated[Session, session], cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List every movement of the wallet, newest first, with the balance after it."""
        begin = view_reader.positions.cursor(cursor)

        async def ask() -> dict[str, Any]:
            found = await statement.statement(view_reader.reads, who.account_id, begin, limit)
            return {"items": [msgspec.structs.asdict(line) for line in found.items], "next_cursor": found.next_cursor}

        return await view_reader.answer(statement.VIEW, after, ask, log_has_facts=True)

    @router.get("/portfolio", operation_id="portfolio", response_model=PortfolioShape, responses=problems(*everywhere))
    async def whole(who: Annotated[Session, session], after: After = None) -> Response:
        """Show money, open bets with what they may return, and the newest settled bets, all as of one moment."""
        return await view_reader.answer(portfolio.VIEW, after, lambda: held(who), log_has_facts=True)

    return router


def own_bets(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show the account's own bets."""
    router = APIRouter(prefix="/v1", tags=["bets"])
    session = Depends(signed_in(deps))

    @router.get(
        "/bets",
        operation_id="listBets",
        response_model=BetPage,
        responses=problems(*SIGNED_IN, *VIEWED, *CURSORS),
    )
    async def bets(
        who: Annotated[Session, session],
        status: Literal["open", "settled"] = "open",
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """List the account's open or settled bets, newest first."""
        begin = view_reader.positions.cursor(cursor)
        return await view_reader.answer(
            portfolio.VIEW,
            after,
            lambda: portfolio.bets(view_reader.reads, who.account_id, settled=status == "settled", cursor=begin, limit=limit),
            log_has_facts=True,
        )

    @router.get(
        "/bets/{bet_id}",
        operation_id="readBet",
        response_model=BetShape,
        responses=problems(*SIGNED_IN, *VIEWED, BetUnknown, http_refusals.IdMalformed),
    )
    async def bet(bet_id: str, who: Annotated[Session, session], after: After = None) -> Response:
        """Show one of the account's bets; another account's does not exist for it."""
        checked_id(bet_id, "bet_id")

        async def ask() -> Any:
            found = await portfolio.bet(view_reader.reads, who.account_id, bet_id)
            if found is None:
                raise BetUnknown(bet_id)
            return found

        return await view_reader.answer(portfolio.VIEW, after, ask, log_has_facts=True)

    return router
