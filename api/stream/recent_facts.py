"""The newest facts that some feed wants, by what they are about: so that a channel that is opened, or opened again, misses none."""

from collections import deque
from collections.abc import Iterable

from domain.fact import Recorded

RECENT_FACTS_MAX = 60_000


class RecentFacts:
    """Facts of the last stretch of the log. All wanted facts after `floor` are here."""

    def __init__(self, floor: int, facts_max: int = RECENT_FACTS_MAX) -> None:
        self.floor = floor
        self._facts_max = facts_max
        self._all: deque[tuple[str, Recorded]] = deque()
        self._by_key: dict[str, deque[Recorded]] = {}

    def add(self, key: str, fact: Recorded) -> None:
        """Keep a fact; the oldest ones make room."""
        self._all.append((key, fact))
        self._by_key.setdefault(key, deque()).append(fact)
        if len(self._all) > self._facts_max:
            oldest, dropped = self._all.popleft()
            of_key = self._by_key[oldest]
            of_key.popleft()
            if not of_key:
                del self._by_key[oldest]
            self.floor = dropped.position

    def of(self, keys: Iterable[str], after: int) -> list[Recorded]:
        """Return the facts about these things after a position, in order."""
        found = [fact for key in dict.fromkeys(keys) for fact in self._by_key.get(key, ()) if fact.position > after]
        return sorted(found, key=lambda fact: fact.position)

    def first_since(self, committed_us: int) -> int | None:
        """Return the position of the first fact that was committed after a time, None where there is none."""
        found = None
        for _, fact in reversed(self._all):
            if fact.committed_us <= committed_us:
                break
            found = fact.position
        return found
