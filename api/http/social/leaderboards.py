"""Reading leaderboards: who made most of what they staked, of those who showed their bets before they were settled."""

import asyncio
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.field_types import Currency
from api.http.openapi.document import problems
from api.http.request_parameters import After, Cursor, position_of, signed_in
from api.http.social.feed import PAGED, Limit, Sport
from api.http.social.promotion import is_promoted_to
from api.http.social.record_answers import LeaderboardShape
from api.http.view_reader import HttpViewReader
from api.view_reader import note_kept
from domain.fact import micros
from projections.ports import ReadModels
from projections.social import leaderboards, records
from projections.social.leaderboards import LeaderboardPage, RankedList
from projections.social.record_pages import Window
from projections.social.record_sums import day_of

KEPT_S = 5.0
BOARDS_MAX = 64
"""Leaderboards that are kept at once."""

Period = Annotated[Literal["7d", "30d", "season", "all"], Query(description="Days of UTC, today's among them; a season begins on 1 July.")]
Among = Annotated[Literal["everybody", "following"], Query(description="`following`: the caller and those whom the caller follows.")]
OfCurrency = Annotated[Currency | None, Query(description="The currency of the bets; the bookmaker's, if none is named.")]


class Asked(NamedTuple):
    """Which leaderboard of which day."""

    window: Window
    currency: str
    sport: str | None
    today: int


class KeptBoard(NamedTuple):
    """Standings, and until when they are used."""

    found: RankedList
    until_s: float


class Leaderboards:
    """Leaderboards, kept for some seconds: each is asked of every partition and is the same for everybody. For one event loop."""

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self._kept: dict[Asked, KeptBoard] = {}

    async def of(self, asked: Asked, wanted: int) -> RankedList:
        """Return the standings; kept ones, unless they are older than the position that is wanted. Those of a lost view are not kept."""
        now_s = asyncio.get_running_loop().time()
        kept = self._kept.get(asked)
        if kept is None or kept.until_s < now_s or kept.found.position < wanted:
            found = await leaderboards.ranked(self._reads, asked.window, asked.currency, asked.sport, asked.today)
            kept = KeptBoard(found, now_s + KEPT_S)
            self._kept.pop(asked, None)
            if found.position:
                self._kept[asked] = kept
            while len(self._kept) > BOARDS_MAX:
                self._kept.pop(next(iter(self._kept)))
        note_kept(records.VIEW, kept.found.position)
        return kept.found


def ranking(deps: RouteDependencies, view_reader: HttpViewReader, boards: Leaderboards) -> APIRouter:
    """Return the route of leaderboards."""
    router = APIRouter(prefix="/v1", tags=["people"])
    session, reads = Depends(signed_in(deps)), view_reader.reads

    @router.get("/leaderboards", operation_id="readLeaderboard", response_model=LeaderboardShape, responses=problems(*PAGED))
    async def board(
        *,
        who: Annotated[Session, session],
        window: Period = "30d",
        sport: Sport = None,
        among: Among = "everybody",
        currency: OfCurrency = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Rank accounts by ROI, of those with 20 settled bets or more in the period; of equal ones, those with more bets go first.

        Who is in a time-out or excluded itself sees those whom it follows.
        """
        begin, now_us, wanted = view_reader.positions.cursor(cursor), micros(deps.clock.now()), position_of(after)
        asked = Asked(window, currency or deps.currency, sport, day_of(now_us))
        among_friends = among == "following" or not await is_promoted_to(deps.queue, who.account_id)

        async def ask() -> Any:
            if among_friends:
                friends = await leaderboards.friends(reads, who.account_id)
                standings = await leaderboards.ranked_among(reads, friends, *asked)
            else:
                standings = (await boards.of(asked, wanted)).standings
            items, more = await leaderboards.page_of(reads, who.account_id, standings, begin, limit, now_us)
            return LeaderboardPage(asked.window, asked.currency, asked.sport, items, more)

        return await view_reader.answer(records.VIEW, after, ask, log_has_facts=True)

    return router
