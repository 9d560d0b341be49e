"""Judges a batch under the head's lock: every append in its turn, by the versions it names and by its span of commit times."""

from collections.abc import Mapping, Sequence

from commands.ports import Append, Verdict
from infra.eventstore.chained import Head
from infra.eventstore.shared_reads import SharedReadsIndex, stand

CONFLICT = Verdict(accepted=False, position=0, why="conflict")
OUT_OF_SPAN = Verdict(accepted=False, position=0, why="span")
CLOCK_BEHIND = Verdict(accepted=False, position=0, why="clock")
HELD = Verdict(accepted=True, position=0)
NEVER = 1 << 62
"""No stream comes to this version."""

Moved = Mapping[str, int] | None
"""Streams with their last versions; None is any."""


def joined(earlier: Moved, later: Moved) -> Moved:
    """Return the streams of both."""
    return None if earlier is None or later is None else {**earlier, **later}


class Attempt:
    """One try to write a batch: the head it found, what others moved, what each append was told, the rows and sizes of those accepted."""

    __slots__ = ("append_sizes", "committed", "digest", "head", "held_us", "moved", "verdicts", "written")

    def __init__(self) -> None:
        self.head = Head(0, 0, 0, b"", "")
        self.committed = False
        self.moved: Moved = None
        self.verdicts: list[Verdict] = []
        self.written: list[bytes] = []
        self.append_sizes: list[int] = []
        self.digest = b""
        self.held_us = 0


def judge(
    appends: Sequence[Append], rows: Sequence[Sequence[bytes]], versions: dict[str, int], shared_reads: SharedReadsIndex, attempt: Attempt
) -> None:
    """Give every append its verdict, in order; `versions` holds the last version of every stream named, and moves along.

    What a refused append wrote does not exist for those after it. `phantoms` holds, by stream, the first version that one would have
    written: what was decided on it is refused too, even where another writer has filled the same version with another fact.
    """
    verdicts, written, append_sizes, position = attempt.verdicts, attempt.written, attempt.append_sizes, attempt.head.position
    now_us, clock_lags = attempt.head.now_us, attempt.head.clock_lags
    moves, moving = shared_reads.moves, shared_reads.moving
    phantoms: dict[str, int] = {}
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
                    break
            else:
                for fact in facts:
                    if versions[fact.stream_id] != fact.version - 1:
                        break
                    versions[fact.stream_id] = fact.version
                    following += 1
                else:
                    if not phantoms or not _haunted(append, phantoms):
                        if append.not_before_us <= now_us <= append.not_after_us and not (clock_lags and append.has_span):
                            if following:
                                position += following
                                verdicts.append(Verdict(True, position))
                                append_sizes.append(following)
                                written += append_rows
                            else:
                                verdicts.append(HELD)
                            continue
                        refusal = CLOCK_BEHIND if clock_lags else OUT_OF_SPAN
        for fact in reversed(facts[:following]):
            versions[fact.stream_id] = fact.version - 1
        for fact in facts:
            phantoms[fact.stream_id] = min(fact.version, phantoms.get(fact.stream_id, NEVER))
        verdicts.append(refusal)


def _haunted(append: Append, phantoms: dict[str, int]) -> bool:
    """Tell whether an append was decided on something that a refused one would have written."""
    bases: dict[str, int] = {}
    for fact in append.facts:
        bases.setdefault(fact.stream_id, fact.version - 1)
    bases.update((read.stream_id, read.version) for read in append.all_reads)
    return any(version >= phantoms.get(stream_id, NEVER) for stream_id, version in bases.items())
