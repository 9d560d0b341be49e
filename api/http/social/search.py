"""Searching: accounts, teams, competitions, tags and slips by words."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from msgspec.structs import replace
from starlette.responses import Response

from api.auth.tokens import Session
from api.circuit_breakers import Feature
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import problems
from api.http.request_parameters import JSON, POSITION_HEADER, After, Cursor, position_of, signed_in
from api.http.social import feed
from api.http.social.opened_texts import opened_slips, opener_of
from api.http.social.read_answers import SearchPage
from api.http.view_reader import HttpViewReader
from api.refusals import FeatureOff
from api.view_reader import WAIT_MS_MAX
from domain.fact import micros
from projections.social import search, slips
from projections.social.search import SearchIndex
from projections.social.search_words import SearchMalformed, read_search
from projections.social.slip_lists import SlipViews

LOOK_EVERY_S = 0.05

Asked = Annotated[
    str,
    Query(
        description="1 to 8 words, each as the beginning of one, without regard to case and accents. `@` means accounts, `#` tags.",
        examples=["malmo"],
    ),
]
Kind = Annotated[
    Literal["account", "team", "competition", "tag", "slip"] | None, Query(description="None is every kind, one after another.")
]
Results = Annotated[int, Query(ge=1, le=search.PAGE_MAX, description="Results a page.")]


def searching(deps: RouteDependencies, view_reader: HttpViewReader) -> APIRouter:
    """Return the route that searches."""
    router = APIRouter(prefix="/v1", tags=["feed"])
    reads, open_texts = view_reader.reads, opener_of(deps.texts)

    @router.get(
        "/search",
        operation_id="search",
        response_model=SearchPage,
        responses=problems(*feed.PAGED, SearchMalformed, FeatureOff),
    )
    async def found(
        *,
        q: Asked = "",
        kind: Kind = None,
        who: Annotated[Session, Depends(signed_in(deps))],
        cursor: Cursor = None,
        limit: Results = 20,
        after: After = None,
    ) -> Response:
        """Find accounts by handle, teams and competitions by name, tags, and slips by the names on their matches and their tags.

        The index is filled from the log by a process of its own; an answer is as of the position that it says.
        """
        deps.breakers.check(Feature.SEARCH)
        words, begin, now_us = read_search(q), view_reader.positions.cursor(cursor), micros(deps.clock.now())
        kinds = (kind,) if kind is not None else words.kinds or search.KINDS
        wanted = position_of(after)
        index = await deps.search.at(wanted)

        async def ask() -> Any:
            page = await search.search(reads, index, who.account_id, words, kinds, begin, limit, now_us, open_texts)
            shown = [each.slip for each in page.items if each.slip is not None]
            opened = iter((await opened_slips(deps.texts, SlipViews(shown, None))).items)
            return replace(page, items=[replace(each, slip=next(opened)) if each.slip is not None else each for each in page.items])

        reached = await _reached(index, wanted)
        shown = await view_reader.reader.run(lambda: view_reader.show(slips.VIEW, wanted, ask, log_has_facts=True))
        return Response(shown.body, 200, {POSITION_HEADER: str(min(reached, shown.position))}, media_type=JSON)

    return router


async def _reached(index: SearchIndex, wanted: int) -> int:
    """Return the position of the index, once it is the one that is wanted or half a second has passed."""
    clock = asyncio.get_running_loop().time
    until_s = clock() + WAIT_MS_MAX / 1_000
    while True:
        reached = await index.position()
        if reached >= wanted or clock() >= until_s:
            return reached
        await asyncio.sleep(LOOK_EVERY_S)
