"""How much one provider is asked at a time: more while it answers, less when it does not, and nothing for a while after many failures."""

from collections.abc import Callable

ROOM_FIRST, ROOM_MAX = 32, 100
FAILURES_MAX = 5
"""After so many failures in a row a provider is asked for nothing for a while."""
PAUSE_FIRST_S, PAUSE_MAX_S = 5.0, 300.0


class ProviderLoad:
    """The load on one provider. `room` is how many requests may be under way: one more with each answer, half with each failure."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self.room, self.under_way = ROOM_FIRST, 0
        self._failures, self._pause_s, self._paused_until_s = 0, 0.0, 0.0

    @property
    def paused_s(self) -> float:
        """Return for how many seconds more nothing is asked for."""
        return max(0.0, self._paused_until_s - self._monotonic_s())

    @property
    def has_room(self) -> bool:
        """Whether one more request may be sent; after a pause one alone, to see."""
        return self.under_way < (1 if self._pause_s else self.room)

    def answered(self) -> None:
        """Note that the provider answered and was well."""
        self.room, self._failures, self._pause_s = min(ROOM_MAX, self.room + 1), 0, 0.0

    def failed(self) -> None:
        """Note that it was not reached, did not answer, or said that it is not well."""
        self.room = max(1, self.room // 2)
        self._failures += 1
        if self._pause_s or self._failures >= FAILURES_MAX:
            if not self.paused_s:
                self._pause_s = min(PAUSE_MAX_S, self._pause_s * 2 or PAUSE_FIRST_S)
            self._paused_until_s = self._monotonic_s() + self._pause_s
