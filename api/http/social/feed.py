"""Reading slips: the feed, a slip with its comments and likers, what is trending, the slips on a match.

What one may not see is answered exactly as what does not exist.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.circuit_breakers import Feature
from api.http.dependencies import RouteDependencies
from api.http.field_types import Name
from api.http.openapi.document import SIGNED_IN, VIEWED, problems
from api.http.request_parameters import CURSOR_CHARACTERS_MAX, After, Cursor, checked_id, position_of, signed_in
from api.http.social.kept_quotes import KeptQuotes
from api.http.social.opened_texts import opened_comments, opened_slip, opened_slips, opener_of
from api.http.social.promotion import is_promoted_to
from api.http.social.read_answers import AccountPage, CommentPage, FeedPage, NewSlipsShape, SlipPage, SlipShape
from api.http.social.trending_lists import TrendingLists
from api.http.view_reader import HttpViewReader
from domain import text
from domain.fact import micros
from domain.slip.decider import SlipUnknown
from projections.social import competitions, feed_page, follows, home_feed, people, slip_lists, slips, threads

OFF_HEADER = "Slipstream-Off"
"""Says of an answer what was left out of it, as it is switched off under overload."""
READ = (*SIGNED_IN, *VIEWED)
PAGED = (*READ, http_refusals.CursorMalformed, http_refusals.CursorOfAnotherLog)

Tab = Annotated[
    Literal["home", "following"], Query(description="`home` has some of what is trending too, and of matches that the caller has bets on.")
]
Marker = Annotated[str, Query(max_length=CURSOR_CHARACTERS_MAX, description="The `marker` of a page of the feed.")]
Slips = Annotated[int, Query(ge=1, le=50, description="Slips a page.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Entries a page.")]
Sport = Annotated[Name | None, Query(examples=["football"])]
Parent = Annotated[str | None, Query(description="The replies to this comment; none lists the comments with the first replies to each.")]


def feeds(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that list slips."""
    router = APIRouter(prefix="/v1", tags=["feed"])
    session, reads = Depends(signed_in(deps)), view_reader.reads
    trends, kept_quotes = TrendingLists(reads), KeptQuotes(reads)
    open_texts, listed = opener_of(deps.texts), _listing(deps, view_reader)

    @router.get("/feed", operation_id="readFeed", response_model=FeedPage, responses=problems(*PAGED))
    async def feed(
        who: Annotated[Session, session], tab: Tab = "home", cursor: Cursor = None, limit: Slips = 20, after: After = None
    ) -> Response:
        """Show what those whom the caller follows shared and reposted, newest first.

        At home the first page has some slips of others, at fixed places: on live matches that the caller has bets on, and of what is
        trending. No slip comes twice, however many come in while one pages. Who is in a time-out or excluded itself sees none of others.
        Under overload none of others is shown to anybody, and `Slipstream-Off: feed-blending` says so.
        """
        begin, now_us, wanted = view_reader.positions.cursor(cursor), micros(deps.clock.now()), position_of(after)
        is_unblended = tab == "home" and begin is None and deps.breakers.is_off(Feature.FEED_BLENDING)
        blend = tab == "home" and begin is None and not is_unblended and await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            ranked = await trends.of(None, wanted) if blend else ()
            began_s = deps.clock.monotonic_s()
            page = await home_feed.home(
                reads,
                who.account_id,
                ranked,
                begin,
                limit,
                now_us,
                blend=blend,
                open_texts=open_texts,
                quotes=kept_quotes.at(wanted, now_us),
                note=lambda read: view_reader.feed_figures.note(read, deps.clock.monotonic_s() - began_s),
            )
            marked = msgspec.structs.replace(page, marker=view_reader.positions.cursor_text(page.marker) or "")
            return await opened_slips(deps.texts, marked)

        answer = await view_reader.answer(follows.VIEW, after, ask, log_has_facts=True)
        if is_unblended:
            answer.headers[OFF_HEADER] = Feature.FEED_BLENDING.value
        return answer

    @router.get("/feed/new", operation_id="countNewSlips", response_model=NewSlipsShape, responses=problems(*PAGED))
    async def new(since: Marker, who: Annotated[Session, session], after: After = None) -> Response:
        """Count what came into the caller's feed after a page of it, so that a page can say so and need not jump."""
        marker, now_us = view_reader.positions.cursor(since), micros(deps.clock.now())
        return await view_reader.answer(
            follows.VIEW, after, lambda: feed_page.new_since(reads, who.account_id, marker, now_us, open_texts), log_has_facts=True
        )

    @router.get("/trending", operation_id="listTrending", response_model=SlipPage, responses=problems(*READ, http_refusals.FeatureOff))
    async def trending(who: Annotated[Session, session], sport: Sport = None, limit: Slips = 20, after: After = None) -> Response:
        """List the slips whose likes are worth most now, where a like is worth half as much after six hours.

        Who is in a time-out or excluded itself sees those of whom it follows.
        """
        deps.breakers.check(Feature.TRENDING)
        now_us, wanted, open_to_all = micros(deps.clock.now()), position_of(after), await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            ranked = await trends.of(sport, wanted)
            page = await slip_lists.trending_slips(reads, who.account_id, ranked, limit, now_us, open_texts, of_strangers=open_to_all)
            return await opened_slips(deps.texts, page)

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    @router.get(
        "/fixtures/{fixture_id}/slips",
        operation_id="listFixtureSlips",
        response_model=SlipPage,
        responses=problems(*PAGED, http_refusals.IdMalformed),
    )
    async def on_fixture(
        fixture_id: str, who: Annotated[Session, session], cursor: Cursor = None, limit: Slips = 20, after: After = None
    ) -> Response:
        """List slips with a leg on a match, newest first; none for a match that nobody shared a slip on."""
        return await listed(slip_lists.on_fixture(checked_id(fixture_id, "fixture_id")), who, cursor, limit, after)

    _by_subject(router, listed, session)
    return router


Listing = Callable[[slip_lists.Subject, Session, str | None, int, str | None], Awaitable[Response]]


def _listing(deps: RouteDependencies, view_reader: HttpViewReader) -> Listing:
    """Return what answers with a page of slips about a subject, as a caller may see them and be shown."""
    open_texts = opener_of(deps.texts)

    async def listed(subject: slip_lists.Subject, who: Session, cursor: str | None, limit: int, after: str | None) -> Response:
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())
        open_to_all = await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            page = await slip_lists.about(
                view_reader.reads, who.account_id, subject, begin, limit, now_us, open_texts, of_strangers=open_to_all
            )
            return await opened_slips(deps.texts, page)

        return await view_reader.answer(subject.view, after, ask, log_has_facts=True)

    return listed


def _by_subject(router: APIRouter, listed: Listing, session: Any) -> None:
    """Add the lists of slips with a tag and on a competition."""

    @router.get("/tags/{tag}/slips", operation_id="listTaggedSlips", response_model=SlipPage, responses=problems(*PAGED))
    async def tagged(
        tag: Name, who: Annotated[Session, session], cursor: Cursor = None, limit: Slips = 20, after: After = None
    ) -> Response:
        """List slips with a tag, whatever its case, newest first; none for a tag that nobody used."""
        return await listed(slip_lists.tagged(tag.lower()), who, cursor, limit, after)

    @router.get(
        "/competitions/{sport}/{competition:name}/slips",
        operation_id="listCompetitionSlips",
        response_model=SlipPage,
        responses=problems(*PAGED),
    )
    async def on_competition(
        *,
        sport: Name,
        competition: str,
        who: Annotated[Session, session],
        cursor: Cursor = None,
        limit: Slips = 20,
        after: After = None,
    ) -> Response:
        """List slips with a leg on a match of a competition, newest first; none for one that nobody shared a slip on."""
        competition_id = competitions.competition_of(text.normal(sport), text.normal(competition))
        return await listed(slip_lists.on_competition(competition_id), who, cursor, limit, after)


def shown_slips(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the routes that show a slip, what was said about it and who likes it."""
    router = APIRouter(prefix="/v1/slips", tags=["slips"])
    session, reads = Depends(signed_in(deps)), view_reader.reads
    refused, open_texts = (SlipUnknown, http_refusals.IdMalformed), opener_of(deps.texts)

    async def require_visible(viewer_id: str, slip_id: str, now_us: int) -> None:
        if await slip_lists.visible_card(reads, viewer_id, slip_id, now_us) is None:
            raise SlipUnknown(slip_id)

    @router.get("/{slip_id}", operation_id="readSlip", response_model=SlipShape, responses=problems(*READ, *refused))
    async def slip(slip_id: str, who: Annotated[Session, session], after: After = None) -> Response:
        """Show a slip with the matches, odds and results of this moment."""
        checked_id(slip_id, "slip_id")
        now_us = micros(deps.clock.now())

        async def ask() -> Any:
            found = await slip_lists.slip(reads, who.account_id, slip_id, now_us)
            if found is None:
                raise SlipUnknown(slip_id)
            return await opened_slip(deps.texts, found)

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    @router.get("/{slip_id}/comments", operation_id="listComments", response_model=CommentPage, responses=problems(*PAGED, *refused))
    async def comments(
        *,
        slip_id: str,
        who: Annotated[Session, session],
        parent_id: Parent = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """List comments on a slip, oldest first, with the first replies to each; or all replies to one of them."""
        checked_id(slip_id, "slip_id")
        parent = checked_id(parent_id, "parent_id") if parent_id is not None else ""
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())

        async def ask() -> Any:
            await require_visible(who.account_id, slip_id, now_us)
            page = await threads.comments(reads, who.account_id, slip_id, parent, begin, limit, now_us, open_texts=open_texts)
            return await opened_comments(deps.texts, page)

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    @router.get("/{slip_id}/likes", operation_id="listLikes", response_model=AccountPage, responses=problems(*PAGED, *refused))
    async def likes(
        slip_id: str, who: Annotated[Session, session], cursor: Cursor = None, limit: Limit = 50, after: After = None
    ) -> Response:
        """List who likes a slip, newest first."""
        checked_id(slip_id, "slip_id")
        begin, now_us = view_reader.positions.cursor(cursor), micros(deps.clock.now())

        async def ask() -> Any:
            await require_visible(who.account_id, slip_id, now_us)
            return await people.likers(reads, who.account_id, slip_id, begin, limit, now_us)

        return await view_reader.answer(slips.VIEW, after, ask, log_has_facts=True)

    return router
