"""Views that cannot apply a fact: each is set aside by itself, reported once, and retried with growing pauses."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from infra.clock import Clock
from infra.readmodels.tracked_partitions import CannotProject
from projections.ports import View

RETRY_S_MIN, RETRY_S_MAX = 0.05, 30.0
"""The pause before the first retry, doubled at each further one."""

logger = structlog.get_logger()


@dataclass
class Trouble:
    """What a view stands before, and when it is tried again."""

    error: Exception
    position: int
    tries: int
    pause_s: float
    retry_at_s: float


class ViewsSetAside:
    """The views that cannot go on. For one thread."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._troubles: dict[str, Trouble] = {}
        self._tell: Callable[[str, str], None] = lambda _view, _trouble: None

    def __contains__(self, name: object) -> bool:
        return name in self._troubles

    def tell_all(self, tell: Callable[[str, str], None], names: Iterable[str]) -> None:
        """Record for each of these views the fact that it is set aside before, nothing where it continues."""
        self._tell = tell
        for name in names:
            tell(name, str(self._troubles[name].error)[:300] if name in self._troubles else "")

    def raise_first(self) -> None:
        """Raise what the first view that is set aside broke on, if there is one."""
        for trouble in self._troubles.values():
            raise trouble.error

    def is_due(self, name: str) -> bool:
        """Whether a view may be fed now: it is not set aside, or its pause is over."""
        trouble = self._troubles.get(name)
        return trouble is None or self._clock.monotonic_s() >= trouble.retry_at_s

    def tried_often(self, tries: int) -> Sequence[CannotProject]:
        """Return what views broke on so often at least, though this process knows the fact."""
        errors = [trouble.error for trouble in self._troubles.values() if trouble.tries >= tries]
        return [error for error in errors if isinstance(error, CannotProject) and not error.is_unknown]

    def tell(self, name: str, trouble: str) -> None:
        """Record what a view goes on without, nothing where it has everything."""
        self._tell(name, trouble)

    def try_now(self, name: str) -> None:
        """Have a view be fed at once: what it broke on is held back from it."""
        self._troubles[name].retry_at_s = self._clock.monotonic_s()

    def put(self, view: View, reached: int, error: Exception) -> None:
        """Set a view aside that stands at a position. The first time the log tells with a traceback, then each retry in one line."""
        name = view.name
        before = self._troubles.get(name)
        position = error.position if isinstance(error, CannotProject) else reached + 1
        tries = before.tries + 1 if before is not None else 1
        pause_s = min(2 * before.pause_s, RETRY_S_MAX) if before is not None else RETRY_S_MIN
        self._troubles[name] = Trouble(error, position, tries, pause_s, self._clock.monotonic_s() + pause_s)
        known = {"stream_id": error.stream_id, "fact": error.fact} if isinstance(error, CannotProject) else {}
        said = {"view": name, "position": position, **known, "reason": str(error)[:300], "tries": tries, "pause_s": pause_s}
        trace = error.__cause__ if isinstance(error, CannotProject) else error
        logger.error(
            "a view cannot apply a fact and is set aside; the other views continue", **said, exc_info=trace if before is None else None
        )
        self._tell(name, str(error)[:300])

    def forget(self, name: str) -> None:
        """Forget what a view stood before, as it begins anew."""
        if self._troubles.pop(name, None) is not None:
            self._tell(name, "")

    def note_progress(self, name: str, reached: int) -> None:
        """Forget what a view stood before, once it is past it."""
        trouble = self._troubles.get(name)
        if trouble is not None and reached >= trouble.position:
            del self._troubles[name]
            self._tell(name, "")
            logger.info("a view that was set aside continues", view=name, position=reached)
