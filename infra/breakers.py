"""Measures once a second what the circuit breakers of a process go by: how late its event loop is, and what readiness knows."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings

from api.circuit_breakers import BOUNDS, CircuitBreakers, ProcessLoad

TICKS, TICK_S = 10, 0.1
"""A look is so many ticks long. The loop is as late as it was at the quickest of them: one slow call is no overload."""

logger = structlog.get_logger()


class BreakerSettings(BaseSettings):
    """What a process bears before it switches features off; a part of `infra.settings.Settings`."""

    breaker_undecided_s: float = Field(
        BOUNDS.undecided_s, gt=0, le=60, description="Wait of a command, in seconds, beyond which features are switched off, one by one."
    )
    breaker_loop_late_s: float = Field(
        BOUNDS.loop_late_s, gt=0, le=60, description="Lateness of the event loop, in seconds, beyond which features are switched off."
    )
    breaker_views_late_s: float = Field(
        BOUNDS.views_late_s, gt=0, le=3_600, description="Lag of all views, in seconds, beyond which features are switched off."
    )

    def breaker_bounds(self) -> ProcessLoad:
        """Return what is borne."""
        return ProcessLoad(self.breaker_undecided_s, self.breaker_loop_late_s, self.breaker_views_late_s)


async def watch(
    breakers: CircuitBreakers,
    load: Callable[[float], ProcessLoad],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> None:
    """Look for ever, on the loop that is measured; `load` is given how late it is, in seconds, and returns all measures."""
    while True:
        late_s = []
        for _ in range(TICKS):
            due_s = monotonic_s() + TICK_S
            await sleep(TICK_S)
            late_s.append(monotonic_s() - due_s)
        try:
            breakers.look(load(max(0.0, min(late_s))))
        except Exception:
            logger.exception("the circuit breakers could not look")
