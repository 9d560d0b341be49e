"""What is trending, kept for a second: it is asked of every partition, is the same for everybody, and part of most feeds."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from api.view_reader import note_kept
from projections.ports import ReadModels
from projections.social.trending import VIEW, TrendingList, TrendingSlip, trending

KEPT_S = 1.0
OLD_S = 1.0
"""How much longer a list is used while somebody reads it anew, so that one page waits for that and not all of them."""
SPORTS_MAX = 64
"""Sports whose lists are kept at once."""


class KeptList(NamedTuple):
    """A list, and until when it is used."""

    found: TrendingList
    until_s: float


class TrendingLists:
    """The lists by sport; None is every sport. For one event loop."""

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self._kept: dict[str | None, KeptList] = {}
        self._reading: set[str | None] = set()

    async def of(self, sport: str | None, wanted: int) -> Sequence[TrendingSlip]:
        """Return what is trending; a list that is kept, unless it is older than the position that is wanted."""
        now_s = asyncio.get_running_loop().time()
        kept = self._kept.get(sport)
        old_s = OLD_S if sport in self._reading else 0.0
        if kept is None or kept.until_s + old_s < now_s or kept.found.position < wanted:
            kept = await self._read(sport)
        note_kept(VIEW, kept.found.position)
        return kept.found.found

    async def _read(self, sport: str | None) -> KeptList:
        self._reading.add(sport)
        try:
            found = await trending(self._reads, sport)
        finally:
            self._reading.discard(sport)
        kept = KeptList(found, asyncio.get_running_loop().time() + KEPT_S)
        self._kept.pop(sport, None)
        if found.position:
            self._kept[sport] = kept
        while len(self._kept) > SPORTS_MAX:
            self._kept.pop(next(iter(self._kept)))
        return kept
