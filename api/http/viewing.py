"""How a view is asked: wait for the position that the client has seen, say which position the answer stands at."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from api.http.reading import answered, position_of
from api.http.refusals import CursorMalformed
from projections.ports import CursorMalformed as NotACursor
from projections.ports import ReadModels, View

WAIT_MS_MAX = 500
CURSOR_CHARACTERS_MAX = 400


class Viewing:
    """Asks views on behalf of the routes."""

    def __init__(self, reads: ReadModels) -> None:
        self.reads = reads

    async def reach(self, view: View, after: str | None) -> int:
        """Wait until a view is at the position asked for, at most `WAIT_MS_MAX`; return the position it is at.

        Raises:
            PositionMalformed: when the header is no position.

        """
        wanted = position_of(after)
        if wanted:
            await self.reads.wait_for(view, wanted, WAIT_MS_MAX)
        return await self.reads.position(view)

    async def answer(self, view: View, after: str | None, ask: Callable[[], Awaitable[Any]]) -> Response:
        """Answer a question with the position that it is true at, or later.

        Raises:
            PositionMalformed, CursorMalformed: when the request is at fault.

        """
        position = await self.reach(view, after)
        try:
            found = await ask()
        except NotACursor:
            raise CursorMalformed from None
        return answered(found, position)
