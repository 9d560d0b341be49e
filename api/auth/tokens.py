"""Sessions as signed tokens (JWT, HS256): verified once, then cached, so that the hot path costs one look-up."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple, Protocol

import jwt
import msgspec

from api.refusals import TokenExpired, TokenInvalid
from commands.accounts.sessions import AccountAccess
from domain.ids import ID_PATTERN

SESSIONS_REMEMBERED_MAX = 100_000
TOKEN_CHARACTERS_MAX = 2_000
ALGORITHM = "HS256"


class ProcessClock(Protocol):
    """Tells the time and mints ids; `infra.clock.ProcessClock` is the one there is."""

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
    """Who asks, until when (Unix seconds), and as what; roles are those of the sign-in.

    `version` is that of the account's sessions when this one was opened, `second_factor` whether a one-time code was given.
    `issued_at_s` is when it was opened, in Unix seconds.
    """

    account_id: str
    handle: str
    currency: str
    roles: tuple[str, ...]
    expires_at_s: int
    session_id: str = ""
    version: int = 0
    second_factor: bool = False
    issued_at_s: int = 0


class Claims(msgspec.Struct, frozen=True):
    """What a token of ours says; `exp` is in Unix seconds, `log` the id of the log whose accounts it speaks of.

    Tokens of earlier versions do not name their session (`sid`), the version of the account's sessions (`ver`) nor a second factor (`mfa`).
    """

    sub: Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
    handle: str
    currency: str
    roles: tuple[str, ...]
    exp: int
    log: str = ""
    sid: str = ""
    ver: int = 0
    mfa: bool = False
    iat: int = 0


class Tokens:
    """Signs and verifies tokens of one log's accounts. For one thread."""

    def __init__(self, key: str, ttl_s: int, clock: ProcessClock, log_id: str) -> None:
        self._key = key
        self._log_id = log_id
        self._ttl_s = ttl_s
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def issue(self, who: AccountAccess, *, second_factor: bool = False) -> tuple[str, Session]:
        """Return a token for a new session of an account, and the session."""
        issued_at_s = int(self._clock.now().timestamp())
        session = Session(
            account_id=who.account_id,
            handle=who.handle,
            currency=who.currency,
            roles=who.roles,
            expires_at_s=issued_at_s + self._ttl_s,
            session_id=self._clock.new_id(),
            version=who.sessions.version,
            second_factor=second_factor,
            issued_at_s=issued_at_s,
        )
        claims = {
            "sub": session.account_id,
            "handle": session.handle,
            "currency": session.currency,
            "roles": list(session.roles),
            "iat": issued_at_s,
            "exp": session.expires_at_s,
            "log": self._log_id,
            "sid": session.session_id,
            "ver": session.version,
            "mfa": session.second_factor,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM), session

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
        session = Session(
            account_id=claims.sub,
            handle=claims.handle,
            currency=claims.currency,
            roles=claims.roles,
            expires_at_s=claims.exp,
            session_id=claims.sid,
            version=claims.ver,
            second_factor=claims.mfa,
            issued_at_s=claims.iat,
        )
        while len(self._sessions) >= SESSIONS_REMEMBERED_MAX:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[token] = session
        return session
