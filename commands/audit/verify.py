"""`slipstream audit verify`: the whole log through the fold, its chain from the first batch to the last.

Fastest with a reader that prepares the next stretch while this one is folded.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import msgspec

from commands.audit.anchor import Anchor
from commands.audit.chain import Chain
from commands.audit.checkpoint import Checkpoint
from commands.audit.deadlines import corrections_overdue, delays_overdue, due_count, expiries_overdue, overdue
from commands.audit.fold import Fold, Totals
from commands.audit.violation import Violation, ViolationFound
from commands.audit.violations import AnotherLog, FactInNoBatch, HeadMovedBack, HistoryChanged, HistoryCut, LogCutShort, TopicWrong
from commands.log_reader import AuditLog, WholeBatches
from domain.chain import mark_of

FACTS_PER_READ = 256
"""Small enough to stay in the processor's cache: a third faster than 2,048 at once."""

CompareViews = Callable[[Fold], Iterable[Violation]]
"""Compares what is kept beside the log with the log as it was folded; returns how they differ."""

Progress = Callable[[int, int], None]
"""Is told the position that was reached, and the one where the audit will end."""


class Verification(msgspec.Struct, frozen=True):
    """What an audit found: how much it read and how fast, what the log adds up to, and the first violation if there is any.

    `bets_unsettled` are open although all their markets have results: a settler at work has some, one that keeps up soon has none. `anchor`
    is that of the last batch, `checkpoint` what to go on from the next time; both only where nothing is wrong. `since` is the position that
    the audit went on from, 0 for the whole log.
    """

    facts: int
    seconds: float
    facts_per_s: float
    accounts: int
    bets: int
    bets_open: int
    bets_unsettled: int
    totals: dict[str, Totals]
    violation: Violation | None
    since: int = 0
    anchor: Anchor | None = None
    checkpoint: Checkpoint | None = None


class Audit:
    """One run over a log: the fold, the chain, and the anchor that history is compared with."""

    def __init__(self, log: AuditLog, *, anchor: Anchor | None = None, checkpoint: Checkpoint | None = None) -> None:
        if checkpoint is not None and anchor is not None and anchor.position < checkpoint.proved.upto:
            checkpoint = None
        self.fold = Fold(ends_of=log.ends_of, naming=log.naming) if checkpoint is None else checkpoint.fold(log.ends_of, log.naming)
        self.chain = Chain(log.identity()) if checkpoint is None else checkpoint.chain()
        self.since = self.chain.upto
        self._log = log
        self._anchor = anchor

    def run(self, head: int, facts_per_read: int, progress: Progress | None) -> None:
        """Fold and prove what there is up to `head`.

        Raises:
            ViolationFound: at the first fact or batch that is wrong.
            StoreUnavailable: when the log became unavailable.

        """
        self._check_anchors(head)
        while self.chain.upto < head:
            stretch = self._log.read_batches(self.chain.upto, facts_per_read)
            if not stretch.batches:
                break
            self._follow(stretch)
            if progress is not None:
                progress(self.chain.upto, head)
        self._check_end()

    def _follow(self, stretch: WholeBatches) -> None:
        """Check whole batches: the facts first, since a wrong fact says more than a broken chain."""
        facts, start, fold, chain = stretch.facts, 0, self.fold, self.chain
        fold.begin_stretch(facts)
        for batch in stretch.batches:
            end = start + batch.upto - chain.upto
            of_batch = facts[start:end]
            chain.check_row(batch, of_batch)
            fold.follow(of_batch, batch.append_sizes, batch.committed_us, batch.scheme)
            chain.link(batch, of_batch)
            start = end
            if self._anchor is not None:
                self._hold_anchor(self._anchor)
        if stretch.misnamed:
            wrong = next(fact for fact in facts if fact.position == stretch.misnamed[0])
            raise ViolationFound(TopicWrong, wrong)

    def _check_end(self) -> None:
        """Check that nothing stands behind the head that no reader would see; others may append meanwhile.

        What they committed last is read before it is flushed, and so before a reader's head is there: the log's own row says where it ends.
        """
        rest = self._log.read_batches(self.chain.upto, 1)
        end, head = max((batch.upto for batch in rest.batches), default=self.chain.upto), self._log.head_committed()
        if head < end:
            raise ViolationFound.of(HeadMovedBack(position=head + 1, stream_id="", fact="", head=head, upto=end))
        if rest.strays:
            raise ViolationFound.of(FactInNoBatch(position=rest.strays[0], stream_id="", fact="", facts=len(rest.strays)))

    def _check_anchors(self, head: int) -> None:
        """Check what needs no fold: anchor and checkpoint belong to this log, it reaches to them, and has the checkpoint's digest."""
        proved = Anchor(self.chain.log_id, self.chain.upto, self.chain.digest)
        for anchor in (proved, self._anchor):
            if anchor is not None:
                self._check_reached(anchor, head)
        if self.since and self._log.mark_at(self.since) != mark_of(proved.log_id, proved.digest):
            raise _changed(proved, self._log.mark_at(self.since) or "")

    def _check_reached(self, anchor: Anchor, head: int) -> None:
        nowhere: dict[str, Any] = {"position": anchor.position, "stream_id": "", "fact": ""}
        if anchor.log_id != self._log.identity():
            raise ViolationFound.of(AnotherLog(**nowhere, anchor_log=anchor.log_id, log=self._log.identity()))
        if anchor.position > head:
            raise ViolationFound.of(HistoryCut(**nowhere, anchor_position=anchor.position, head=head))

    def _hold_anchor(self, anchor: Anchor) -> None:
        """Compare the anchor with the chain once that has reached it; where no batch ends at its position, history was changed."""
        if self.chain.upto >= anchor.position:
            if (self.chain.upto, self.chain.digest) != (anchor.position, anchor.digest):
                raise _changed(anchor, f"{self.chain.upto}:{self.chain.digest.hex()}")
            self._anchor = None


def _changed(anchor: Anchor, found: str) -> ViolationFound:
    place: dict[str, Any] = {"position": anchor.position, "stream_id": "", "fact": ""}
    return ViolationFound.of(HistoryChanged(**place, anchor_position=anchor.position, anchored=anchor.digest.hex(), found=found))


def verify(
    log: AuditLog,
    *,
    compare_views: Sequence[CompareViews] = (),
    progress: Progress | None = None,
    facts_per_read: int = FACTS_PER_READ,
    anchor: Anchor | None = None,
    checkpoint: Checkpoint | None = None,
    keep_checkpoint: bool = False,
    now_us: int | None = None,
) -> Verification:
    """Fold the log up to the head it has now, and prove the promises of the book, or name the first fact that is wrong.

    With `anchor`, history up to it is proved to be unchanged. With `checkpoint`, only what follows it is folded, unless the anchor is
    older; with `keep_checkpoint` there is another one in the end. What should have happened by `now_us` is looked for as well, by default
    the time of the last batch. Views are compared only if the log itself is right.

    Raises:
        StoreUnavailable: when the log became unavailable; nothing is known then.

    """
    started_s = time.perf_counter()
    head = log.head()
    audit = Audit(log, anchor=anchor, checkpoint=checkpoint)
    fold, violation = audit.fold, None
    try:
        with no_garbage_collection():
            audit.run(head, facts_per_read, progress)
        violation = _at_the_end(audit, log, head, now_us) or first_difference(fold, compare_views)
    except ViolationFound as found:
        violation = found.violation
    seconds = time.perf_counter() - started_s
    state = fold.state
    facts_count = state.position if violation is None else max(state.position, violation.position)
    return Verification(
        facts=facts_count,
        seconds=seconds,
        facts_per_s=(facts_count - audit.since) / seconds,
        accounts=state.accounts_count,
        bets=state.bets_placed,
        bets_open=state.bets_placed - state.bets_settled,
        bets_unsettled=due_count(state),
        totals=fold.totals(),
        violation=violation,
        since=audit.since,
        anchor=None if violation else Anchor(audit.chain.log_id, audit.chain.upto, audit.chain.digest),
        checkpoint=Checkpoint.of(audit.chain, state) if keep_checkpoint and violation is None else None,
    )


def _at_the_end(audit: Audit, log: AuditLog, head: int, now_us: int | None) -> Violation | None:
    """Return what is wrong where the log ends: cut short, books that do not balance, or what should have happened by now."""
    position = audit.fold.state.position
    if position < head:
        return LogCutShort(position=position + 1, stream_id="", fact="", head=head)
    now_us = audit.chain.committed_us if now_us is None else now_us
    state = audit.fold.state
    late = next(chain[Violation](delays_overdue(state, now_us), overdue(state, now_us), expiries_overdue(state, now_us)), None)
    return audit.fold.imbalance() or late or next(corrections_overdue(state, log, now_us), None)


def first_difference(fold: Fold, compare_views: Sequence[CompareViews]) -> Violation | None:
    """Return the first difference between what is kept beside the log and the log."""
    return next((difference for compare in compare_views for difference in compare(fold)), None)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Switch the cycle collector off: facts make no cycles, and looking for some among millions of them takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
