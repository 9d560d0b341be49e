"""What can be wrong with what is kept beside the log."""

from commands.audit.violation import Violation


class ViewDiffers(Violation, frozen=True):
    """A read model does not say what the log says. `position` is where the view stood."""

    view: str
    key: str
    in_log: str
    in_view: str


class SumDiffers(Violation, frozen=True):
    """A sum in a read model is not what the log adds up to by the audit's own rules. `position` is where the view stood."""

    view: str
    sum: str
    in_log: int
    in_view: int


class ViewAheadOfLog(Violation, frozen=True):
    """A read model stands beyond the log's end: the log was cut, or restored from a backup. `position` is where the view stands."""

    view: str
    made_of: str


class ViewOfAnotherHistory(Violation, frozen=True):
    """A read model was made of another log, or of a history that this log no longer has. `position` is where the view stands."""

    view: str
    made_of: str
    why: str


class TableDiffers(Violation, frozen=True):
    """A table of a process manager, or of the search index, does not say what the log says."""

    table: str
    key: str
    in_log: str
    in_table: str
