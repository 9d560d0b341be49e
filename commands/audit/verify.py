"""`slipstream audit verify`: the whole log through the fold.

Fastest with a reader that prepares the next stretch while this one is folded.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from commands.audit.fold import Fold, Totals
from commands.audit.violation import Found, Violation
from commands.audit.violations import LogCutShort
from commands.ports import LogReader
from domain.fact import Recorded

FACTS_PER_READ = 256
"""Few enough that memory is used again while the processor's cache still holds it: a third faster than 2,048 at once."""

CompareViews = Callable[[], Iterable[Violation]]
"""Compares read models with the log; returns how they differ."""

Progress = Callable[[int, int], None]
"""Is told the position that was reached, and the one where the audit will end."""


class Verification(msgspec.Struct, frozen=True):
    """What an audit found: how much it read and how fast, what the log adds up to, and the first violation if there is any.

    `bets_unsettled` are open although all their markets came out: a settler at work has some, one that keeps up soon has none.
    """

    facts: int
    seconds: float
    facts_per_s: float
    accounts: int
    bets: int
    bets_open: int
    bets_unsettled: int
    wallets_without_account: int
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

    Views are compared only if the log itself is right.

    Raises:
        StoreUnavailable: when the log went away; nothing is known then.

    """
    fold, violation = Fold(), None
    started_s = time.perf_counter()
    head = reader.head()
    try:
        with no_garbage_collection():
            for facts in stretches(reader, head, facts_per_read):
                fold.follow(facts)
                if progress is not None:
                    progress(fold.position, head)
        fold.finish()
        violation = _cut_short(fold.position, head) or fold.imbalance() or first_difference(compare_views)
    except Found as found:
        violation = found.violation
    seconds = time.perf_counter() - started_s
    facts_count = fold.position if violation is None else max(fold.position, violation.position)
    return Verification(
        facts=facts_count,
        seconds=seconds,
        facts_per_s=facts_count / seconds,
        accounts=fold.accounts_count,
        bets=fold.bets.placed_count,
        bets_open=fold.open_bets_count(),
        bets_unsettled=fold.unsettled_bets_count(),
        wallets_without_account=fold.strange_wallets_count(),
        totals=fold.totals(),
        violation=violation,
    )


def first_difference(compare_views: Sequence[CompareViews]) -> Violation | None:
    """Return the first difference between a read model and the log."""
    return next((difference for compare in compare_views for difference in compare()), None)


def _cut_short(position: int, head: int) -> LogCutShort | None:
    return LogCutShort(position=position + 1, stream_id="", fact="", head=head) if position < head else None


def stretches(reader: LogReader, head: int, facts_per_read: int) -> Iterator[Sequence[Recorded]]:
    """Return the log in stretches up to `head`."""
    after = 0
    while after < head and (facts := reader.read(after, min(facts_per_read, head - after))):
        after = facts[-1].position
        yield facts


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
