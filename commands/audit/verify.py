"""`slipstream audit verify`: the whole log through the fold, the next stretch being read while this one is folded."""

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec

from commands.audit.fold import Fold, Totals
from commands.audit.violation import Found, Violation
from commands.audit.violations import LogCutShort
from commands.ports import LogReader
from domain.fact import Recorded

FACTS_PER_READ = 2_048
"""Few enough that what was decoded is still in the processor's cache when it is folded."""

SWITCH_S = 0.001

CompareViews = Callable[[], Iterable[Violation]]
"""Compares read models with the log; returns how they differ."""

Progress = Callable[[int, int], None]
"""Is told the position that was reached, and the one where the audit will end."""


class Verification(msgspec.Struct, frozen=True):
    """What an audit found: how much it read and how fast, what the log adds up to, and the first violation if there is any."""

    facts: int
    seconds: float
    facts_per_s: float
    accounts: int
    bets: int
    bets_open: int
    totals: dict[str, Totals]
    violation: Violation | None


def verify(
    reader: LogReader,
    *,
    compare_views: Sequence[CompareViews] = (),
    progress: Progress | None = None,
    facts_per_read: int = FACTS_PER_READ,
) -> Verification:
    """Fold the log from its first fact to the head it has now, and prove the promises of the book, or name the first fact that is wrong.

    Views are compared only if the log itself is right. The reader is used by one other thread while this runs.

    Raises:
        StoreUnavailable: when the log went away; nothing is known then.

    """
    fold, violation = Fold(), None
    started_s = time.perf_counter()
    head = reader.head()
    try:
        with folding():
            for facts in read_ahead(reader, head, facts_per_read):
                fold.follow(facts)
                if progress is not None:
                    progress(fold.position, head)
        fold.finish()
        violation = _cut_short(fold.position, head) or fold.imbalance() or first_difference(compare_views)
    except Found as found:
        violation = found.violation
    seconds = time.perf_counter() - started_s
    facts_count = fold.position if violation is None else max(fold.position, violation.position)
    bets, bets_open = fold.bets.placed_count, fold.open_bets_count()
    return Verification(facts_count, seconds, facts_count / seconds, fold.accounts_count, bets, bets_open, fold.totals(), violation)


def first_difference(compare_views: Sequence[CompareViews]) -> Violation | None:
    """Return the first difference between a read model and the log."""
    return next((difference for compare in compare_views for difference in compare()), None)


def _cut_short(position: int, head: int) -> LogCutShort | None:
    return LogCutShort(position=position + 1, stream_id="", fact="", head=head) if position < head else None


def read_ahead(reader: LogReader, head: int, facts_per_read: int) -> Iterator[Sequence[Recorded]]:
    """Return the log in stretches up to `head`, each read by another thread while the one before is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="audit-read") as pool:
        after = 0
        coming = pool.submit(reader.read, after, min(facts_per_read, head))
        while after < head:
            facts = coming.result()
            if not facts:
                return
            after = facts[-1].position
            if after < head:
                coming = pool.submit(reader.read, after, min(facts_per_read, head - after))
            yield facts


@contextmanager
def folding() -> Iterator[None]:
    """Make the interpreter fit for one long fold beside a thread that reads.

    The cycle collector is off: facts make no cycles, and looking for some among millions of them takes a fifth of the time. And the
    reading thread gets its turn within a millisecond, or the next question would reach Postgres only when its answer is wanted.
    """
    collected, interval_s = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if collected:
            gc.enable()
