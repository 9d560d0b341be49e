"""What can be wrong with the monitoring of transfers."""

from commands.audit.violation import Violation


class TransferNotAssessed(Violation, frozen=True):
    """A transfer was not held against the rules of monitoring in its own append, though an earlier one was, or another was in its place."""


class AssessmentDiffers(Violation, frozen=True):
    """A transfer was assessed as another one than moved money in the same append, or with another sum of stakes before it."""

    assessed: tuple[str, int, str, int]
    moved: tuple[str | int, ...]


class AssessedInAnotherHour(Violation, frozen=True):
    """A transfer was assessed in the windows of another hour than that of its commit."""

    at: str


class FindingsWrong(Violation, frozen=True):
    """What was found in a transfer is not what the rules of that version find, or its alert has another number."""

    expected: tuple[tuple[str, int, int], ...]
    alert: int


class AlertNotOpen(Violation, frozen=True):
    """Alerts were closed that are not open: not raised, closed before, or not from the first open one on."""

    open_from: int
    open_upto: int
