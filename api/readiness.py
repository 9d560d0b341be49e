"""Readiness checks: one for each part that has to make progress, with its value, its bound and a sentence."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec
from prometheus_client.registry import Collector

from domain.refused import Refused

THE_LOG, THE_VIEWS = "the log", "the views"
"""What answers depend on and may be unavailable, as readiness names it."""


class Check(msgspec.Struct, frozen=True):
    """One thing that has to move: `value` may be at most `bound`, in `unit`; `says` is the sentence for whoever runs the service."""

    name: str
    ok: bool
    says: str
    value: float | None = None
    bound: float | None = None
    unit: str = ""


class Report(msgspec.Struct, frozen=True):
    """All checks of one moment.

    `alarms` are what was set aside and is retried, and what is switched off; they alone do not make the process unready.
    """

    checks: Sequence[Check]
    alarms: Sequence[str] = ()

    @property
    def missing(self) -> list[str]:
        """The parts that cannot be reached."""
        return [check.name for check in self.checks if not check.ok and check.name in (THE_LOG, THE_VIEWS)]

    @property
    def wrong(self) -> list[str]:
        """What is wrong, in words."""
        return [check.says for check in self.checks if not check.ok]


class Ready(Collector, ABC):
    """Says whether things move, and gives the figures of it."""

    @abstractmethod
    async def report(self) -> Report:
        """Return how things stand now, at most a second old."""

    @abstractmethod
    def refusal(self) -> Refused | None:
        """Return why nothing may be served now, None when it may."""
