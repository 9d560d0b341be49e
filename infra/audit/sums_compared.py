"""Holds the sums of records, tails and counters in the views against those that the audit adds up itself.

Rows are read in stretches, each with the position of its partition, and then the log once, up to each of these positions in turn: so
nothing has to stand still.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from commands.audit.social_sums import KINDS, SocialSums
from commands.audit.violations import SumDiffers
from commands.log_reader import LogFilter, LogReader
from domain.partitions import PARTITIONS, partition_of
from infra.readmodels.port import BuildGone, Models
from projections.partitions import TAGS
from projections.ports import View
from projections.social import engagement, records
from projections.social.record_sums import EVERY_BET
from projections.social.records import ALL, TAILED, bucket_row

CHUNK_FACTS = 10_000
OWN_COUNTS = ("likes", "reposts", "saves", "tailers")

Sums = Mapping[str, int]
"""What is summed, by name."""


class ShownSums(NamedTuple):
    """The sums in a stretch of rows at a position; `whole` says that there are no others under its key."""

    position: int
    partition: int
    name: str
    sums: Sums
    whole: bool


def differing_sums(reader: LogReader, models: Models, view: View) -> Iterator[SumDiffers]:
    """Yield the first sum of a view that is not what the log adds up to; nothing for a view that has no sums.

    Raises:
        BuildGone: when it was rebuilt meanwhile. StoreUnavailable, ReadModelsUnavailable: when something is unavailable.

    """
    compared = SUMMED.get(view.name)
    if compared is None:
        return
    shown = [each for name, read in compared.items() for each in _shown(models, view, name, read)]
    sums, position = SocialSums(), 0
    wanted = LogFilter.of_kinds(KINDS)
    for each in sorted(shown, key=lambda found: found.position):
        while position < each.position:
            stretch = reader.read_filtered(wanted, position, min(CHUNK_FACTS, each.position - position))
            if stretch.upto == position:
                return
            for fact in stretch.facts:
                sums.follow(fact)
            position = stretch.upto
        expected = EXPECTED[each.name](sums, each.partition)
        for what in sorted({*each.sums, *(expected if each.whole else ())}):
            in_view, in_log = each.sums.get(what, 0), expected.get(what, 0)
            if in_view != in_log:
                yield SumDiffers(
                    position=each.position, stream_id="", fact="", view=view.name, sum=what[:200], in_log=in_log, in_view=in_view
                )
                return


def _shown(models: Models, view: View, name: str, read: Callable[[bytes, bytes], Sums]) -> Iterator[ShownSums]:
    for partition, state in models.state(range(PARTITIONS)).items():
        build, mark, is_first = state.live.get(view.name, ""), "", True
        if build not in state.builds:
            raise BuildGone(view.name)
        while is_first or mark:
            stretch = models.stretch(build, f"{TAGS[partition]}:{name}", mark)
            mark, found = stretch.mark, dict[str, int]()
            for field, value in stretch.rows:
                found |= read(field, value)
            yield ShownSums(stretch.position, partition, name, found, whole=is_first and not mark)
            is_first = False


def _record(field: bytes, value: bytes) -> Sums:
    account_id, of_all, _ = field.decode().partition(ALL)
    if not of_all:
        return {}
    return {
        f"{account_id} {currency} {what}": number
        for currency, scopes in bucket_row(value).items()
        for what, number in zip(("bets", "void", "won", "staked_minor", "returned_minor"), scopes[EVERY_BET], strict=False)
    }


def _expected_records(sums: SocialSums, partition: int) -> Sums:
    return {
        f"{account_id} {currency} {what}": number
        for (account_id, currency), made in sums.records.items()
        if partition_of(account_id) == partition
        for what, number in made._asdict().items()
    }


def _tailed(field: bytes, value: bytes) -> Sums:
    return {field.decode(): int(value)}


def _expected_tailed(sums: SocialSums, partition: int) -> Sums:
    """Sum up the tailers of a partition."""
    found: Counter[str] = Counter()
    for (author_id, tailer_id, currency), made in sums.tailed.items():
        if partition_of(tailer_id) == partition:
            for what, number in zip(TAILED, (made.bets, made.void, made.staked_minor, made.returned_minor), strict=True):
                found[f"{author_id}:{currency}:{what}"] += number
    return found


def _count(field: bytes, value: bytes) -> Sums:
    return {field.decode(): int(value)} if field.decode().rpartition(":")[2] in OWN_COUNTS else {}


def _expected_counts(sums: SocialSums, partition: int) -> Sums:
    return {f"{slip_id}:{what}": number for (slip_id, what), number in sums.counts.items() if partition_of(slip_id) == partition}


SUMMED: dict[str, dict[str, Callable[[bytes, bytes], Sums]]] = {
    records.VIEW.name: {"records": _record, "tailed": _tailed},
    engagement.VIEW.name: {"counts": _count},
}
"""View -> its keys that hold sums, after their tag -> what a row of them says."""

EXPECTED: dict[str, Callable[[SocialSums, int], Sums]] = {
    "records": _expected_records,
    "tailed": _expected_tailed,
    "counts": _expected_counts,
}
