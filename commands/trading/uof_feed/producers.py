"""The producers of a feed, each watched by itself: one that falls silent or lost messages is out until its snapshot is complete."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import structlog

REQUEST_IDS = 2**31
PRODUCER_PREFIX = "uof-"
"""How the names of the feed's producers begin in the log."""

logger = structlog.get_logger()


class SnapshotWanted(NamedTuple):
    """A request for everything that a producer said since a time."""

    producer: int
    after_ms: int
    request_id: int


class Snapshots(Protocol):
    """Asks the sender for everything a producer said since a time."""

    def ask(self, producer: int, after_ms: int, request_id: int) -> None:
        """Ask. The answer is messages, and a `SnapshotComplete` with the request's id at the end."""
        ...


class WatchedProducer:
    """One producer. `is_up` says that its prices are taken; `now_s` paces, and begins with its first message."""

    def __init__(self, number: int, now_s: float, request_id: int, *, is_up: bool) -> None:
        self.number = number
        self.name = name_of(number)
        self.is_up = is_up
        self.last_ms = 0
        self._heard_s = now_s
        self._first_request_id = request_id
        self._requests = 0
        self._is_asked = False

    def heard(self, at_ms: int, now_s: float) -> bool:
        """Note a message; return whether it is a sign of life, which what is old or repeated is not."""
        if at_ms <= self.last_ms:
            return False
        self.last_ms, self._heard_s = at_ms, now_s
        return True

    def is_silent(self, now_s: float, silent_after_s: float) -> bool:
        """Say whether it has been silent for so long."""
        return now_s - self._heard_s >= silent_after_s

    def lost(self) -> None:
        """Take its prices no longer, until another snapshot is complete."""
        if self.is_up:
            logger.warning("a producer of the feed is down: its markets take no bets", producer=self.name)
        self.is_up, self._is_asked = False, False

    def recover(self, ask: Callable[[int, int, int], None]) -> None:
        """Ask for a snapshot, once each time that it is lost."""
        if self.is_up or self._is_asked:
            return
        self._requests, self._is_asked = self._requests + 1, True
        ask(self.number, self.last_ms, self.request_id)

    @property
    def request_id(self) -> int:
        """The id of the last request."""
        return (self._first_request_id + self._requests) % REQUEST_IDS

    @property
    def is_waiting(self) -> bool:
        """Whether its snapshot was asked for and is not complete."""
        return self._is_asked and not self.is_up

    def completed(self, request_id: int) -> bool:
        """Note that a snapshot is complete; return whether it is the one that was asked for last."""
        if self.is_up or not self._is_asked or request_id != self.request_id:
            return False
        self.is_up = True
        return True


def name_of(number: int) -> str:
    """Return the name that a producer has in the log."""
    return f"{PRODUCER_PREFIX}{number}"
