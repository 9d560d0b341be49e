"""Sessions as signed tokens (JWT, HS256): verified once, then remembered, so that the hot path pays a look-up."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple, Protocol

import jwt
import msgspec

from api.http.shapes import ID
from api.refusals import TokenExpired, TokenInvalid
from commands.accounts.open_account import Credentials

SESSIONS_REMEMBERED_MAX = 100_000
TOKEN_CHARACTERS_MAX = 2_000
ALGORITHM = "HS256"


class Clock(Protocol):
    """Tells the time and mints ids; `infra.clock.Clock` is the one there is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        ...

    def new_id(self) -> str:
        """Mint a UUIDv7."""
        ...


class Session(NamedTuple):
    """Who asks, until when (Unix seconds), and as what; roles are those of the sign-in."""

    account_id: str
    handle: str
    currency: str
    roles: tuple[str, ...]
    expires_at_s: int


class Claims(msgspec.Struct, frozen=True):
    """What a token of ours says; `exp` is in Unix seconds, `log` the id of the log whose accounts it speaks of."""

    sub: Annotated[str, msgspec.Meta(pattern=ID)]
    handle: str
    currency: str
    roles: tuple[str, ...]
    exp: int
    log: str = ""


class Tokens:
    """Signs and verifies tokens of one log's accounts. For one thread."""

    def __init__(self, key: str, ttl_s: int, clock: Clock, log_id: str) -> None:
        self._key = key
        self._log_id = log_id
        self._ttl_s = ttl_s
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def issue(self, who: Credentials) -> tuple[str, int]:
        """Return a token for an account, and the Unix second it runs out at."""
        issued_at_s = int(self._clock.now().timestamp())
        expires_at_s = issued_at_s + self._ttl_s
        claims = {
            "sub": who.account_id,
            "handle": who.handle,
            "currency": who.currency,
            "roles": list(who.roles),
            "iat": issued_at_s,
            "exp": expires_at_s,
            "log": self._log_id,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM), expires_at_s

    def session(self, token: str, now: datetime) -> Session:
        """Return who a token speaks for.

        Raises:
            TokenInvalid: when we did not sign it, it is no session, or one of another log. TokenExpired: when it ran out.

        """
        session = self._sessions.get(token) or self._verify(token)
        if session.expires_at_s <= now.timestamp():
            self._sessions.pop(token, None)
            raise TokenExpired
        return session

    def _verify(self, token: str) -> Session:
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise TokenInvalid
        try:
            options: Any = {"verify_exp": False, "verify_iat": False}
            claims = msgspec.convert(jwt.decode(token, self._key, algorithms=[ALGORITHM], options=options), Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError):
            raise TokenInvalid from None
        if claims.log != self._log_id:
            raise TokenInvalid
        session = Session(claims.sub, claims.handle, claims.currency, claims.roles, claims.exp)
        while len(self._sessions) >= SESSIONS_REMEMBERED_MAX:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[token] = session
        return session
