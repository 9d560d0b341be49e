"""The bounded command queue: one line per priority (lane), filled from any thread, emptied by the dispatcher's thread."""

from collections import deque
from collections.abc import Iterable, Mapping

from commands.dispatch.batch import Overloaded, QueuedCommand
from commands.dispatch.lanes import SHARES, SHED_AT, Lane

SHED_AFTER: dict[Lane, tuple[Lane, ...]] = {
    lane: (lane, *[other for other in Lane if SHED_AT.get(other, 1.0) > part]) for lane, part in SHED_AT.items()
}
"""A class with those that are shed after it."""


class CommandQueue:
    """First in, first out within a lane. A full lane refuses new commands, and does not affect the others."""

    def __init__(self, lane_commands_max: int) -> None:
        self._max = lane_commands_max
        self._lanes: tuple[deque[QueuedCommand], ...] = tuple(deque() for _ in Lane)
        self._safety = self._lanes[Lane.SAFETY]

    def admit(self, queued: QueuedCommand) -> None:
        """Queue a new command, unless its class is shed: what can wait is refused first, so that what cannot is decided in time.

        Raises:
            Overloaded: when its class is shed, or its lane is full.

        """
        lane = queued.lane
        if lane in SHED_AT and sum(len(self._lanes[other]) for other in SHED_AFTER[lane]) >= SHED_AT[lane] * self._max:
            raise Overloaded(len(self))
        self.put(queued)

    @property
    def filled(self) -> float:
        """How many commands wait in all lanes together, as part of the bound of one."""
        return len(self) / self._max

    def put(self, queued: QueuedCommand) -> None:
        """Queue a command in its lane.

        Raises:
            Overloaded: when its lane is full.

        """
        line = self._lanes[queued.lane]
        if len(line) >= self._max:
            raise Overloaded(len(line))
        line.append(queued)

    def put_back(self, commands: Iterable[QueuedCommand]) -> None:
        """Put commands that were taken, in their order, to the front of their lanes."""
        for queued in reversed(list(commands)):
            self._lanes[queued.lane].appendleft(queued)

    def take(self, commands_max: int) -> list[QueuedCommand]:
        """Return the next batch in order of precedence: all of safety, each lane's share, then what is left from the first lane on."""
        waiting = [len(line) for line in self._lanes]
        counts = [min(waiting[Lane.SAFETY], commands_max)]
        left = commands_max - counts[0]
        for lane, share in SHARES.items():
            count = min(waiting[lane], left, max(1, int(share * commands_max)))
            counts.append(count)
            left -= count
        for lane in SHARES:
            more = min(waiting[lane] - counts[lane], left)
            counts[lane] += more
            left -= more
        return [line.popleft() for count, line in zip(counts, self._lanes, strict=True) for _ in range(count)]

    def take_safety(self, commands_max: int) -> list[QueuedCommand]:
        """Return the safety commands that wait."""
        return [self._safety.popleft() for _ in range(min(len(self._safety), commands_max))]

    @property
    def safety_waits(self) -> bool:
        """Whether a safety command is waiting."""
        return bool(self._safety)

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def depths(self) -> Mapping[Lane, int]:
        """Return how many commands wait in each lane."""
        return {lane: len(self._lanes[lane]) for lane in Lane}

    def oldest_s(self) -> float | None:
        """Return when the command that has waited longest was queued, on the monotonic clock; None where none waits."""
        oldest = None
        for line in self._lanes:
            try:
                queued_s = line[0].queued_s
            except IndexError:
                continue
            oldest = queued_s if oldest is None else min(oldest, queued_s)
        return oldest
