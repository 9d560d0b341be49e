"""A process manager: it reads the log from a position of its own, and answers facts with commands.

    fact --reaction--> rows of its own tables: what waits for what --something is due--> case --command_of--> command --> log

A manager is policy: pure functions, and the names of its tables. What runs it (`infra/process_managers`) keeps the rows and the position
that they are true up to in one transaction, has several managers read one log, sets aside what is refused, tries it again, and counts it.
Whatever is killed is done again, so a manager's commands must change nothing the second time: every id in them follows from the case, and
what is decided is read from streams; the rows only say where to look.

The rows are divided into 64 partitions by their keys, each true up to a position of its own. All that happens to one key happens in one
partition, in the order of the log, whatever stream it comes from: a bet with legs on two markets changes two partitions. So partitions need
not wait for each other, and any number of processes share them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from commands.log_reader import LogFilter
from domain.fact import Fact, Recorded, UnknownFact
from domain.partitions import partition_of

NOBODY = "00000000-0000-0000-0000-000000000000"


class Waits(NamedTuple):
    """A case waits for the event that `key` names, without a time limit.

    A fact may make several: `part` tells them apart. `account_id` is whose streams its command is likely to need, to load them ahead.
    """

    key: str
    case_id: str
    part: int = 0
    account_id: str = NOBODY


class Came(NamedTuple):
    """The event named by `key` occurred (`number` = 1, then corrections): every case waiting for it becomes due.

    From number 2 on, earlier cases become due again.
    """

    key: str
    number: int = 1


class Due(NamedTuple):
    """A case becomes due at a moment of the log's time, in microseconds since 1970, unless `Over` cancels it before.

    It is not begun before its partition has read everything that was committed up to that moment.
    """

    key: str
    case_id: str
    at_us: int


class Over(NamedTuple):
    """Cancels all cases waiting for `key`."""

    key: str


Change = Waits | Came | Due | Over
"""What a fact changes in a manager's tables."""


class Case(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something to do: what it waited for, what it is about, and which part of the fact at `position` it came of."""

    key: str
    case_id: str
    account_id: str
    part: int
    position: int


class CaseTables(NamedTuple):
    """The names of a manager's tables, and of the columns for `Waits.key` and `Waits.case_id`.

    `waiting` holds the cases that wait and `came` what came, both empty where a manager has only cases with a time. `later` holds the
    cases that have a time: those that are to be done then, and those that were refused and are tried again.
    """

    key: str
    case_id: str
    later: str
    waiting: str = ""
    came: str = ""


class ProcessManager(NamedTuple):
    """A process manager by its name, its tables, what it makes of facts, and the command that a case is answered with.

    Give it another `version` when its reactions to the same facts change: its tables are then made anew from the log.
    """

    name: str
    tables: CaseTables
    reactions: Mapping[type[Fact], Callable[[Recorded[Any]], Sequence[Change]]]
    command_of: Callable[[Case, datetime], Any]
    version: str = "1"

    def react(self, recorded: Recorded[Any]) -> Sequence[Change]:
        """Return what a fact changes, in order; nothing for kinds that the manager does not consume.

        Raises:
            FactNotUnderstood: when it is of a kind that the manager consumes, in a form that this process does not know.

        """
        reaction = self.reactions.get(type(recorded.body))
        if reaction is not None:
            return reaction(recorded)
        if isinstance(recorded.body, UnknownFact) and self.wanted.stops_before(recorded):
            raise FactNotUnderstood(f"{recorded.body.name} at position {recorded.position}: {recorded.body.why}")
        return ()

    def partitions_of(self, recorded: Recorded[Any]) -> frozenset[int]:
        """Return the partitions whose rows a fact changes.

        Raises:
            ValueError: when it names what is no id. FactNotUnderstood: as `react`.

        """
        return frozenset(partition_of_case(change.key) for change in self.react(recorded))

    @property
    def wanted(self) -> LogFilter:
        """What the manager wants of the log."""
        return LogFilter.of_kinds(self.reactions)


@lru_cache(maxsize=65_536)
def partition_of_case(key: str) -> int:
    """Return the partition of the rows with a key, however its id is written.

    Raises:
        ValueError: when it is no id.

    """
    return partition_of(str(UUID(key)))


class FactNotUnderstood(Exception):  # noqa: N818  (named for what happened)
    """The log has a fact that a manager must understand, in a form that this process does not know: the manager stops before it."""
