"""What happens to a producer of prices. Its stream's id follows from its name (`domain.ids.producer_of`).

Prices name the producer and the session that they were given in. They hold while the session lasts: until the last heartbeat's commit
plus the lease. A heartbeat within the lease continues the session; one that comes later begins another, whose prices are other prices.
"""

from datetime import datetime

from domain.fact import Fact


class SessionBegun(Fact, frozen=True, tag="producer.session_begun.v1"):
    """The producer is there, after it was not: prices of earlier sessions are void. Sessions count from 1; this is a heartbeat too."""

    name: str
    session: int
    lease_ms: int
    at: datetime


class HeartBeat(Fact, frozen=True, tag="producer.heart_beat.v1"):
    """The producer is alive, and was within the lease since its last heartbeat."""

    session: int
    at: datetime


ProducerFact = SessionBegun | HeartBeat
