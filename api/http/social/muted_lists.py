"""Reading whom one blocks, and what one mutes: accounts, threads and words. Mutes are few, and listed whole."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, signed_in
from api.http.social.feed import PAGED, READ, Limit
from api.http.social.mute_bodies import MutedAccountList, MutedThreadList, MutedWordList
from api.http.social.opened_texts import opened_muted_words
from api.http.social.read_answers import AccountPage
from api.http.view_reader import HttpViewReader
from domain.fact import micros
from projections.social import follows, own_mutes, people


def muted_lists(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that list what the caller mutes."""
    router = APIRouter(prefix="/v1", tags=["people"])
    session, reads = Depends(signed_in(deps)), view_reader.reads

    @router.get("/muted-words", operation_id="listMutedWords", response_model=MutedWordList, responses=problems(*READ))
    async def words(who: Annotated[Session, session], after: After = None) -> Response:
        """List the words that the caller mutes, those that hold longest first."""
        now_us = micros(deps.clock.now())

        async def ask() -> Any:
            return await opened_muted_words(deps.texts, who.account_id, await own_mutes.muted_words(reads, who.account_id, now_us))

        return await view_reader.answer(own_mutes.VIEW, after, ask, log_has_facts=True)

    @router.get("/muted-threads", operation_id="listMutedThreads", response_model=MutedThreadList, responses=problems(*READ))
    async def threads(who: Annotated[Session, session], after: After = None) -> Response:
        """List the slips whose discussion the caller mutes, those that hold longest first."""
        now_us = micros(deps.clock.now())
        return await view_reader.answer(
            own_mutes.VIEW, after, lambda: own_mutes.muted_threads(reads, who.account_id, now_us), log_has_facts=True
        )

    @router.get("/mutes", operation_id="listMutedAccounts", response_model=MutedAccountList, responses=problems(*READ))
    async def accounts(who: Annotated[Session, session], after: After = None) -> Response:
        """List the accounts that the caller mutes, those that are muted longest first."""
        now_us = micros(deps.clock.now())
        return await view_reader.answer(follows.VIEW, after, lambda: people.muted(reads, who.account_id, now_us), log_has_facts=True)

    @router.get("/blocks", operation_id="listBlockedAccounts", response_model=AccountPage, responses=problems(*PAGED))
    async def blocked(who: Annotated[Session, session], cursor: Cursor = None, limit: Limit = 50, after: After = None) -> Response:
        """List the accounts that the caller blocks, newest first."""
        begin = view_reader.positions.cursor(cursor)
        return await view_reader.answer(
            follows.VIEW, after, lambda: people.blocked(reads, who.account_id, begin, limit), log_has_facts=True
        )

    return router
