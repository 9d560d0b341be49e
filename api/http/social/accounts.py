"""Reading accounts: as others see them, their slips, records, followers and whom they follow; who asks to follow the caller."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, signed_in
from api.http.social import feed
from api.http.social.feed import Limit, Slips
from api.http.social.leaderboards import OfCurrency, Period
from api.http.social.opened_texts import opened_account, opened_slips
from api.http.social.read_answers import AccountPage, ShownAccountShape, SlipPage
from api.http.social.record_answers import RecordShape
from api.http.view_reader import HttpViewReader
from domain.fact import micros
from domain.unknown import AccountUnknown
from projections.social import follows, people, record_pages, records, slip_lists, slips
from projections.social.follows import FOLLOWED_BY, FOLLOWING, REQUESTS
from projections.social.record_sums import day_of

READ = (*feed.READ, AccountUnknown)
PAGED = (*feed.PAGED, AccountUnknown)
NAME_CHARACTERS_MAX = 60


def shown_accounts(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show an account, by its id or its handle."""
    router = APIRouter(prefix="/v1/accounts/{account}", tags=["people"])
    session, reads = Depends(signed_in(deps)), view_reader.reads

    async def account_id_of(viewer_id: str, account: str, now_us: int) -> str:
        found = await people.resolved(reads, viewer_id, account[:NAME_CHARACTERS_MAX], now_us)
        if found is None:
            raise AccountUnknown(account[:NAME_CHARACTERS_MAX])
        return found[0].account_id

    @router.get("", operation_id="readAccount", response_model=ShownAccountShape, responses=problems(*READ))
    async def shown(account: str, who: Annotated[Session, session], after: After = None) -> Response:
        """Show an account, with what it is to the caller."""
        now_us = micros(deps.clock.now())

        async def ask() -> Any:
            found = await people.account(reads, who.account_id, account[:NAME_CHARACTERS_MAX], now_us)
            if found is None:
                raise AccountUnknown(account[:NAME_CHARACTERS_MAX])
            return await opened_account(deps.texts, found)

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    @router.get("/slips", operation_id="listAccountSlips", response_model=SlipPage, responses=problems(*PAGED))
    async def of_account(
        account: str, who: Annotated[Session, session], cursor: Cursor = None, limit: Slips = 20, after: After = None
    ) -> Response:
        """List what an account shared, newest first, as far as the caller may see it."""
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())

        async def ask() -> Any:
            account_id = await account_id_of(who.account_id, account, now_us)
            return await opened_slips(deps.texts, await slip_lists.of_account(reads, who.account_id, account_id, begin, limit, now_us))

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    @router.get("/record", operation_id="readRecord", response_model=RecordShape, responses=problems(*READ))
    async def record(
        account: str, who: Annotated[Session, session], window: Period = "all", currency: OfCurrency = None, after: After = None
    ) -> Response:
        """Show what the bets made that an account had shown to others before they were settled. No loser can be left out.

        The currency is that of the account's wallet, if none is named.
        """
        now_us = micros(deps.clock.now())

        async def ask() -> Any:
            account_id = await account_id_of(who.account_id, account, now_us)
            return await record_pages.record(reads, account_id, window, day_of(now_us), currency, deps.currency)

        return await view_reader.answer(records.VIEW, after, ask, log_has_facts=True)

    def listed(path: str, operation_id: str, kind: str, description: str) -> None:
        @router.get(path, operation_id=operation_id, description=description, response_model=AccountPage, responses=problems(*PAGED))
        async def accounts(
            account: str, who: Annotated[Session, session], cursor: Cursor = None, limit: Limit = 50, after: After = None
        ) -> Response:
            begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())

            async def ask() -> Any:
                account_id = await account_id_of(who.account_id, account, now_us)
                return await people.listed(reads, who.account_id, kind, account_id, begin, limit, now_us)

            return await view_reader.answer(follows.VIEW, after, ask, log_has_facts=True)

    listed("/followers", "listFollowers", FOLLOWED_BY, "List who follows an account, newest first.")
    listed("/following", "listFollowing", FOLLOWING, "List whom an account follows, newest first.")
    return router


def asked_follows(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that lists who asks to follow the caller."""
    router = APIRouter(prefix="/v1", tags=["people"])

    @router.get(
        "/follow-requests",
        operation_id="listFollowRequests",
        response_model=AccountPage,
        responses=problems(*feed.PAGED),
    )
    async def requests(
        who: Annotated[Session, Depends(signed_in(deps))], cursor: Cursor = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """List who asks to follow the caller, newest first."""
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())
        return await view_reader.answer(
            follows.VIEW,
            after,
            lambda: people.listed(view_reader.reads, who.account_id, REQUESTS, who.account_id, begin, limit, now_us),
            log_has_facts=True,
        )

    return router
