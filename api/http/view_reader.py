"""Queries of views over HTTP: the position to wait for comes in a header, and the position of the answer goes out in one."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from api.http.request_parameters import JSON, POSITION_HEADER, position_of
from api.http.social.feed_figures import FeedFigures
from api.positions import Positions
from api.read_loop import ReadLoop
from api.view_reader import ViewReader
from projections.ports import ReadModels, View


class HttpViewReader(ViewReader):
    """Asks views on behalf of the routes, on the reader's loop."""

    def __init__(self, views: ReadModels, reader: ReadLoop, positions: Positions) -> None:
        super().__init__(views, reader, positions)
        self.feed_figures = FeedFigures()

    async def answer(self, view: View, after: str | None, ask: Callable[[], Awaitable[Any]], *, log_has_facts: bool = False) -> Response:
        """Answer a question with the position that it is true at, or later; `log_has_facts` says that the log must have facts by now.

        Raises:
            PositionMalformed: when the header is no position. ViewUnavailable: when the view was lost. And what `ask` raises.

        """
        wanted = position_of(after)
        shown = await self.reader.run(lambda: self.show(view, wanted, ask, log_has_facts=log_has_facts))
        return Response(shown.body, 200, {POSITION_HEADER: str(shown.position)}, media_type=JSON)
