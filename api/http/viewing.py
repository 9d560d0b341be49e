"""How a view is asked: wait for the position that the client has seen, say which position the answer stands at."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.responses import Response

from api.http.reading import answered, position_of
from api.http.refusals import ViewUnavailable
from projections.ports import ReadModels, View

WAIT_MS_MAX = 500
LOOK_EVERY_S = 0.02

Found = TypeVar("Found")


class Viewing:
    """Asks views on behalf of the routes."""

    def __init__(self, reads: ReadModels) -> None:
        self.reads = reads
        self._begun: set[str] = set()

    async def reach(self, view: View, after: str | None, *, begun: bool = False) -> int:
        """Wait until a view is at the position asked for, at most `WAIT_MS_MAX`; return the position it is at.

        A view that is late says how late it is; one that stands at nothing although the log has facts was lost and is being built anew:
        it would show zeros. That there are facts is known from `begun`, from the position asked for, or since the view had some before.

        Raises:
            PositionMalformed: when the header is no position. ViewUnavailable: when the view was lost.

        """
        wanted = position_of(after)
        begun = begun or view.name in self._begun
        if wanted or begun:
            await self.reads.wait_for(view, wanted or 1, WAIT_MS_MAX)
        position = await self.reads.position(view)
        if position:
            self._begun.add(view.name)
        elif wanted or begun:
            raise ViewUnavailable
        return position

    async def answer(self, view: View, after: str | None, ask: Callable[[], Awaitable[Any]], *, begun: bool = False) -> Response:
        """Answer a question with the position that it is true at, or later; `begun` says that the log must have facts by now.

        Raises:
            PositionMalformed: when the header is no position. ViewUnavailable: when the view was lost. And what `ask` raises.

        """
        position = await self.reach(view, after, begun=begun)
        return answered(await ask(), position)

    async def sure(self, ask: Callable[[], Awaitable[Found | None]]) -> Found:
        """Return what must be there, since it came into the log with whoever asks: at most `WAIT_MS_MAX` later than it did.

        Raises:
            ViewUnavailable: when it is not there by then, because the view is being built.

        """
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + WAIT_MS_MAX / 1000
        while (found := await ask()) is None:
            if clock() > deadline_s:
                raise ViewUnavailable
            await asyncio.sleep(LOOK_EVERY_S)
        return found
