"""Reading what facts about a slip do not say: who commented, in which words, and how many tailed it."""

import asyncio

from api.sealed_text import SealedText, SealedTexts
from api.stream.hub import Hub
from api.stream.slip_rows import SlipRows
from projections.ports import Fields, ReadModels
from projections.social import engagement, profiles, slips

READ_EVERY_S, READS_MAX = 0.02, 100
"""How often, and how many times, a view is asked that is yet to reach a fact."""


class SlipReading:
    """Reads for the slips that are kept. For one event loop."""

    def __init__(self, reads: ReadModels, texts: SealedTexts) -> None:
        self._reads = reads
        self._texts = texts

    async def read(self, rows: SlipRows, hub: Hub) -> None:
        """Read what facts do not say, until nothing is left that was not read.

        Raises:
            ReadModelsUnavailable, StoreUnavailable, TimeoutError: when it cannot be read now.

        """
        while rows.is_unread:
            if rows.tails_at:
                await self._read_tailers(rows)
            comment_ids = list(rows.unread)
            await self._read_comments(rows, [each for each in comment_ids if each not in rows.comments], hub)
            sealed = {each: rows.sealed_text(each) for each in comment_ids if rows.has_comment(each)}
            await self._read_authors(rows, {author_id for author_id, _ in sealed.values()})
            opened = await self._texts.open_many([SealedText(*each) for each in sealed.values()])
            for comment_id, text in zip(sealed, opened, strict=True):
                rows.texts[comment_id] = text
            for comment_id in comment_ids:
                if comment_id not in sealed or rows.sealed_text(comment_id) == sealed[comment_id]:
                    rows.unread.pop(comment_id, None)

    async def _read_tailers(self, rows: SlipRows) -> None:
        ask = engagement.count_fields(rows.slip_id)
        for _ in range(READS_MAX):
            positions, (counts,) = await self._reads.many_at(engagement.VIEW, [ask])
            if max(positions.values()) >= rows.tails_at:
                rows.note_tailers(int(counts[engagement.COUNTS.index("tailers")] or 0))
                return
            await asyncio.sleep(READ_EVERY_S)
        raise TimeoutError(f"the view has not reached {rows.tails_at}, where the slip was tailed")

    async def _read_comments(self, rows: SlipRows, comment_ids: list[str], hub: Hub) -> None:
        """Read comments that were posted before anybody looked."""
        if not comment_ids:
            return
        key = engagement.comments_key(rows.slip_id)
        asks = [Fields(key, [comment_id + suffix for suffix in engagement.COMMENT_ROWS]) for comment_id in comment_ids]
        positions, found = await self._reads.many_at(engagement.VIEW, asks)
        await hub.reached(max(positions.values()))
        for comment_id, of_it in zip(comment_ids, found, strict=True):
            rows.comments.setdefault(comment_id, list(of_it))
        for fact in hub.recent.of([rows.slip_id], max(positions.values())):
            if fact.stream_id in comment_ids:
                rows.apply_comment(fact)

    async def _read_authors(self, rows: SlipRows, account_ids: set[str]) -> None:
        for _ in range(READS_MAX):
            missing = [account_id for account_id in account_ids if account_id not in rows.people]
            if not missing:
                return
            found = await self._reads.many(slips.VIEW, [profiles.profile_fields(account_id) for account_id in missing])
            profiles_found = [profiles.profile_of(account_id, of_it) for account_id, of_it in zip(missing, found, strict=True)]
            rows.people.update({each.account_id: each for each in profiles_found if each is not None})
            if None in profiles_found:
                await asyncio.sleep(READ_EVERY_S)
        raise TimeoutError("somebody commented whom the view does not know yet")
