"""The data of one readiness sample."""

from collections.abc import Mapping
from typing import NamedTuple

SEARCH = "search"
"""The search index, as it is called among the views."""

GATEWAY = "gateway"
"""What clients of this process' sockets were told, as it is called among the views."""


class BehindSample(NamedTuple):
    """How far a reader is behind the log: in positions, and the age of the first fact that it has not seen."""

    positions: int
    age_s: float


class LogSample(NamedTuple):
    """The log and the clocks. `skew_s` is how far this process' clock is ahead of the database's.

    `lag_s` is how far the database's clock is behind the log's own time, 0 where it is not. `searched` is how far the search index is
    behind, None where nobody ever filled it; `search_trouble` the fact that it cannot take, and why. `relayed` is how far a topic is
    behind, by its name; nothing where readers need none. `told` is how far notifications outside the page are behind, None where nobody
    ever sent any.
    """

    position: int
    encoding: str
    skew_s: float
    lag_s: float
    searched: BehindSample | None = None
    relayed: Mapping[str, BehindSample] = {}
    search_trouble: str = ""
    told: BehindSample | None = None


ViewPartition = tuple[str, int]
"""A view by its name, and one of its partitions."""


class ManagerSample(NamedTuple):
    """How far a process manager has read, for how long its oldest case has been due, how many are set aside, and wait for their time.

    It has read as far as the last of its partitions, which `partitions` has all; none before its tables are there.
    """

    behind: BehindSample
    oldest_due_s: float
    set_aside: int
    timed: int = 0
    partitions: Mapping[int, BehindSample] = {}


class ViewsSample(NamedTuple):
    """The server of the views: its policy and role, how far each view is, what is set aside, and the producers of prices.

    A view is as far as the last of its partitions; `partitions` has them all, by view and partition. `liability_minor` is what open bets
    may return, by currency, as far as the view of it is.
    """

    policy: str
    role: str
    positions: Mapping[str, int]
    troubles: Mapping[str, str]
    producers: tuple[str, ...] = ()
    partitions: Mapping[ViewPartition, int] = {}
    liability_minor: Mapping[str, int] = {}


class Sample(NamedTuple):
    """One look; a part that could not be reached is the reason why, as text.

    `accounts_s` is how old what this process knows of changed accounts is, None where it need not know. `queue_filled` is the part
    of the bound of the command queue that waits.
    """

    taken_s: float
    log: LogSample | str
    views: ViewsSample | str
    behind: Mapping[str, BehindSample]
    managers: Mapping[str, ManagerSample]
    silence_s: Mapping[str, float]
    undecided_s: float
    behind_by_partition: Mapping[ViewPartition, BehindSample] = {}
    accounts_s: float | None = None
    queue_filled: float = 0.0
