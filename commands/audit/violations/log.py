"""What can be wrong with the log itself: its order, its chain, and what belongs together."""

from commands.audit.violation import Violation


class PositionOutOfOrder(Violation, frozen=True):
    """Positions do not follow each other without a gap."""

    expected: int


class LogCutShort(Violation, frozen=True):
    """The log ends before the position that was given last."""

    head: int


class HeadMovedBack(Violation, frozen=True):
    """The head stands before the last batch: what is behind it is seen by no reader, and the next append would collide with it."""

    head: int
    upto: int


class FactInNoBatch(Violation, frozen=True):
    """Facts stand behind the last batch, in none: no reader sees them."""

    facts: int


class VersionOutOfOrder(Violation, frozen=True):
    """Versions of a stream do not follow each other from one."""

    version: int
    expected: int


class KindUnknown(Violation, frozen=True):
    """No auditor knows this kind of fact, or it cannot be read as what it says it is."""

    why: str


class FactUnjudgeable(Violation, frozen=True):
    """The values of a fact break the check that judges it: a moment without a time zone, odds out of nothing, text nested too deep."""

    error: str


class KindRetired(Violation, frozen=True):
    """Facts of this kind are not written any more: only a migrated log begins with some."""


class StreamBegunWrong(Violation, frozen=True):
    """A stream begins with a fact that nothing can begin with."""


class StreamOver(Violation, frozen=True):
    """A fact was added to a stream whose last fact had been written."""


class FactOutOfPlace(Violation, frozen=True):
    """A fact stands in a stream where it does not belong: of another kind of thing, or a second beginning."""

    holds: str


class StreamMisplaced(Violation, frozen=True):
    """The stream's id is not the one that follows from what the fact says, so the same could be said twice."""

    expected: str


class StreamIdMalformed(Violation, frozen=True):
    """A stream's id is not a UUID in lowercase text."""


class ValueNotAllowed(Violation, frozen=True):
    """The value of a field is not allowed: outside its vocabulary, its bounds or its form."""

    field: str
    value: str


class CommittedBefore(Violation, frozen=True):
    """A batch was committed before the one that it follows: the log's time went back."""

    committed_us: int
    before_us: int


class BatchMalformed(Violation, frozen=True):
    """A batch's row does not say where its appends end: their sizes are not those of its facts."""

    upto: int
    facts: int
    append_sizes: tuple[int, ...]


class SchemeUnknown(Violation, frozen=True):
    """A batch is chained by a scheme that is not known, or by the migration's after another."""

    scheme: int


class ChainBroken(Violation, frozen=True):
    """The digest of a batch is not that of the log's facts, times and appends: history was changed after it was written."""

    upto: int
    recorded: str
    computed: str


class TopicWrong(Violation, frozen=True):
    """The topic beside a fact is not the name that the fact carries: whoever reads by topic misses it."""


class HistoryChanged(Violation, frozen=True):
    """Up to the anchor's position the log is not the one that the anchor was taken of."""

    anchor_position: int
    anchored: str
    found: str


class HistoryCut(Violation, frozen=True):
    """The log ends before a position that it had reached when the anchor was taken: its end was cut off, or a backup was restored."""

    anchor_position: int
    head: int


class AnotherLog(Violation, frozen=True):
    """The anchor was taken of another log."""

    anchor_log: str
    log: str
