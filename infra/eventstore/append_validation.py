"""Judges a batch under the head's lock: every append in its turn, by the versions it names and by its span of commit times."""

from collections.abc import Mapping, Sequence

from commands.ports import Append, Verdict
from infra.eventstore.chained import LogHead
from infra.eventstore.shared_reads import SharedReadsIndex, stand

CONFLICT = Verdict(accepted=False, position=0, why="conflict")
OUT_OF_SPAN = Verdict(accepted=False, position=0, why="span")
CLOCK_BEHIND = Verdict(accepted=False, position=0, why="clock")
ACCEPTED_WITHOUT_FACTS = Verdict(accepted=True, position=0)
NEVER = 1 << 62
"""Greater than any version of a stream."""

Moved = Mapping[str, int] | None
"""Streams that other writers changed, with their last versions; None means that any stream may have changed."""


def joined(earlier: Moved, later: Moved) -> Moved:
    """Return the streams of both; None where either is None."""
    return None if earlier is None or later is None else {**earlier, **later}


class Attempt:
    """One try to write a batch: the head it read, the streams others changed, each append's verdict, rows and sizes of those accepted.

    `followed` is a JSON array of what others wrote to the streams that decisions everywhere wait for, empty where there is nothing.
    """

    __slots__ = ("append_sizes", "changed_elsewhere", "committed", "digest", "followed", "head", "held_us", "verdicts", "written")

    def __init__(self) -> None:
        self.head = LogHead(0, 0, 0, b"", "")
        self.committed = False
        self.changed_elsewhere: Moved = None
        self.followed = b""
        self.verdicts: list[Verdict] = []
        self.written: list[bytes] = []
        self.append_sizes: list[int] = []
        self.digest = b""
        self.held_us = 0


def judge(
    appends: Sequence[Append], rows: Sequence[Sequence[bytes]], versions: dict[str, int], shared_reads: SharedReadsIndex, attempt: Attempt
) -> None:
    """Give every append its verdict, in order; `versions` holds the last version of every stream named, and is updated along the way.

    What a refused append would have written does not exist for the appends after it. `refused_versions` holds, by stream, the first such
    version: an append that was decided on it is refused too, even where another writer has filled that version with another fact.
    """
    verdicts, written, append_sizes, position = attempt.verdicts, attempt.written, attempt.append_sizes, attempt.head.position
    now_us, clock_lags = attempt.head.now_us, attempt.head.clock_lags
    moves, moving = shared_reads.moves, shared_reads.moving
    refused_versions: dict[str, int] = {}
    for append, append_rows in zip(appends, rows, strict=True):
        facts = append.facts
        following = 0
        refusal = CONFLICT
        for shared in append.shared:
            if shared.proved != moves and not (moving and stand(shared, versions)):
                break
        else:
            for read in append.reads:
                if versions[read.stream_id] != read.version:
                    refusal = Verdict(False, 0, "conflict", read.stream_id)
                    break
            else:
                for fact in facts:
                    if versions[fact.stream_id] != fact.version - 1:
                        refusal = Verdict(False, 0, "conflict", fact.stream_id)
                        break
                    versions[fact.stream_id] = fact.version
                    following += 1
                else:
                    if not refused_versions or not _depends_on_refused(append, refused_versions):
                        if append.not_before_us <= now_us <= append.not_after_us and not (clock_lags and append.waits_for_clock):
                            if following:
                                position += following
                                verdicts.append(Verdict(True, position))
                                append_sizes.append(following)
                                written += append_rows
                            else:
                                verdicts.append(ACCEPTED_WITHOUT_FACTS)
                            continue
                        refusal = CLOCK_BEHIND if clock_lags and append.waits_for_clock else OUT_OF_SPAN
        for fact in reversed(facts[:following]):
            versions[fact.stream_id] = fact.version - 1
        for fact in facts:
            refused_versions[fact.stream_id] = min(fact.version, refused_versions.get(fact.stream_id, NEVER))
        verdicts.append(refusal)


def _depends_on_refused(append: Append, refused_versions: dict[str, int]) -> bool:
    """Tell whether an append was decided on something that a refused one would have written."""
    bases: dict[str, int] = {}
    for fact in append.facts:
        bases.setdefault(fact.stream_id, fact.version - 1)
    bases.update((read.stream_id, read.version) for read in append.all_reads)
    return any(version >= refused_versions.get(stream_id, NEVER) for stream_id, version in bases.items())
