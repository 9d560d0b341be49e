"""The chain of batches: each digest is made of the one before, the log's identity, the batch's time and appends, and its facts."""

from collections.abc import Sequence
from typing import Any

import msgspec

from commands.audit.violation import ViolationFound
from commands.audit.violations import BatchMalformed, ChainBroken, CommittedBefore, SchemeUnknown
from commands.log_reader import BatchRow
from domain.chain import APPEND_FACTS_MAX, GENESIS, SCHEME, SCHEME_EARLIER, SCHEME_MIGRATED, UPGRADE_US_MAX, batch_digest
from domain.fact import Recorded


class Chain(msgspec.Struct):
    """How far the chain was followed: the position, time and scheme of the last batch, and its digest.

    `upgraded_us` is when the first batch of today's scheme was committed, 0 before it.
    """

    log_id: str
    upto: int = 0
    committed_us: int = 0
    scheme: int = SCHEME_MIGRATED
    digest: bytes = GENESIS
    upgraded_us: int = 0

    def check_row(self, batch: BatchRow, facts: Sequence[Recorded[Any]]) -> None:
        """Check what a batch says of its facts, before they are looked at: where its appends end, and when it was committed.

        Raises:
            ViolationFound: with what is wrong, at the first fact of the batch.

        """
        sizes = batch.append_sizes
        if sum(sizes) != len(facts) or batch.upto - self.upto != len(facts) or not all(0 < size <= APPEND_FACTS_MAX for size in sizes):
            place: dict[str, Any] = {"position": self.upto + 1, "stream_id": facts[0].stream_id if facts else "", "fact": ""}
            raise ViolationFound.of(BatchMalformed(**place, upto=batch.upto, facts=len(facts), append_sizes=sizes[:20]))
        if not self._may_follow(batch):
            raise ViolationFound(SchemeUnknown, facts[0], scheme=batch.scheme)
        if batch.committed_us < self.committed_us:
            raise ViolationFound(CommittedBefore, facts[0], committed_us=batch.committed_us, before_us=self.committed_us)

    def _may_follow(self, batch: BatchRow) -> bool:
        """Say whether a batch of its scheme may stand here: a migrated log begins with those, and an upgrade is over some day."""
        if batch.scheme == SCHEME_EARLIER:
            return not self.upgraded_us or batch.committed_us <= self.upgraded_us + UPGRADE_US_MAX
        return batch.scheme == SCHEME or (batch.scheme, self.scheme) == (SCHEME_MIGRATED, SCHEME_MIGRATED)

    def link(self, batch: BatchRow, facts: Sequence[Recorded[Any]]) -> None:
        """Check that a batch's digest is the one that its facts and all before them give, and go on to it.

        Raises:
            ViolationFound: when it is not, at the first fact of the batch.

        """
        computed = batch_digest(
            scheme=batch.scheme,
            log_id=self.log_id,
            before=self.digest,
            upto=batch.upto,
            committed_us=batch.committed_us,
            append_sizes=batch.append_sizes,
            rows=batch.rows_digest,
        )
        if computed != batch.digest:
            raise ViolationFound(ChainBroken, facts[0], upto=batch.upto, recorded=batch.digest.hex(), computed=computed.hex())
        if batch.scheme == SCHEME and not self.upgraded_us:
            self.upgraded_us = batch.committed_us
        self.upto, self.committed_us, self.scheme, self.digest = batch.upto, batch.committed_us, batch.scheme, computed
