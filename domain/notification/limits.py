"""How much an address of an account is told in how much time: token buckets. What is over is folded into one message, never dropped."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.notification.kinds import EMAIL

Level = tuple[float, int]
"""What is left in a bucket at a microsecond since 1970."""


class Bucket(NamedTuple):
    """A limit: so many at once, and one more every so many seconds."""

    burst: int
    every_s: float

    def left(self, level: Level | None, now_us: int) -> float:
        """Return how much is in it now; one that nobody took from is full."""
        if level is None:
            return float(self.burst)
        tokens, at_us = level
        return min(float(self.burst), tokens + max(0, now_us - at_us) / (self.every_s * 1_000_000))


class LimitTaken(NamedTuple):
    """Whether there was room in every bucket; what is left in each, and for how long to wait for room where there was none."""

    passed: bool
    levels: dict[str, Level]
    wait_us: int


PUSHES = {"": Bucket(20, 30.0), "kind": Bucket(10, 60.0), "author": Bucket(5, 60.0)}
MAILS = {"": Bucket(10, 600.0), "kind": Bucket(5, 900.0), "author": Bucket(3, 900.0)}
"""By scope: all that an address is told, what is of a kind, what is of an author. Each browser is told of everything: each has its own."""


def buckets_of(channel: str, address_id: str, kind: str, author_id: str) -> dict[str, Bucket]:
    """Return the buckets that a notice to an address is taken from, by name: scope, address, and of what."""
    limits = MAILS if channel == EMAIL else PUSHES
    named = {f":{address_id}": limits[""], f"kind:{address_id}:{kind}": limits["kind"]}
    return named | {f"author:{address_id}:{author_id}": limits["author"]} if author_id else named


def take(
    levels: Mapping[str, Level], channel: str, address_id: str, kind: str, author_id: str, now_us: int, *, is_urgent: bool = False
) -> LimitTaken:
    """Take a notice from the buckets of an address, from all or from none. What is urgent passes anyway. Full buckets are not kept."""
    buckets = buckets_of(channel, address_id, kind, author_id)
    left = {name: bucket.left(levels.get(name), now_us) for name, bucket in buckets.items()}
    waits = [(1.0 - left[name]) * bucket.every_s for name, bucket in buckets.items() if left[name] < 1.0]
    passed = is_urgent or not waits
    kept = dict(levels)
    if passed:
        kept |= {name: (max(0.0, tokens - 1.0), now_us) for name, tokens in left.items()}
    return LimitTaken(passed, without_full(kept, channel, now_us), 0 if passed else int(max(waits) * 1_000_000))


def without_full(levels: Mapping[str, Level], channel: str, now_us: int) -> dict[str, Level]:
    """Return the levels of those buckets that are not full again."""
    limits = MAILS if channel == EMAIL else PUSHES
    return {name: level for name, level in levels.items() if _bucket(limits, name).left(level, now_us) < _bucket(limits, name).burst}


def _bucket(limits: Mapping[str, Bucket], name: str) -> Bucket:
    return limits[name.partition(":")[0]]
