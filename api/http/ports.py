"""What the HTTP API is handed: adapters as parameters, and the numbers an operator may turn."""

from dataclasses import dataclass
from typing import Protocol

from api.http.admission import Buckets
from api.http.door import AsyncDoor
from api.http.passwords import Passwords
from api.http.tokens import Clock, Tokens
from projections.ports import ReadModels


@dataclass(frozen=True)
class Desk:
    """What every route may reach for."""

    door: AsyncDoor
    tokens: Tokens
    passwords: Passwords
    clock: Clock
    accounts: Buckets
    sign_ins: Buckets
    currency: str
    grace_ms: int


class Ready(Protocol):
    """Says whether the parts that answers depend on can be reached."""

    async def missing(self) -> list[str]:
        """Return the names of the parts that cannot be reached now; none when all is well."""
        ...


@dataclass(frozen=True)
class Ports:
    """All that the app is built from. `views_away` are the errors by which the read models say that they cannot be reached."""

    desk: Desk
    reads: ReadModels
    ready: Ready
    views_away: tuple[type[Exception], ...] = ()
