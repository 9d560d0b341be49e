"""What may be asked of a producer."""

from datetime import datetime

import msgspec


class Beat(msgspec.Struct, frozen=True, gc=False):
    """Say that the producer lives, and how long its prices hold without another heartbeat."""

    name: str
    lease_ms: int
    at: datetime


class BeatNow(msgspec.Struct, frozen=True, gc=False):
    """The same, once it is known whether the last heartbeat is no older than the lease."""

    beat: Beat
    is_in_lease: bool
