"""Reads of views in memory that note which keys were asked for."""

from infra.readmodels.memory import MemoryReads
from projections.ports import Common, Page


class KeyCountingReads(MemoryReads):
    """Notes the keys that are asked for, as a server sees them."""

    def __init__(self, models):
        super().__init__(models)
        self.keys = set()

    async def many(self, view, asks):
        return (await self.many_at(view, asks))[1]

    async def many_at(self, view, asks):
        self.keys |= {(view.name, ask.key) for ask in asks}
        self.keys |= {(view.name, ask.rows) for ask in asks if isinstance(ask, Page) and ask.rows}
        self.keys |= {(view.name, ask.other) for ask in asks if isinstance(ask, Common)}
        return await super().many_at(view, asks)
