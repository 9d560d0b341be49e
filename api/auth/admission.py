"""Admission of requests with a token: whose session it is, the account's rate limit, whether the session is still valid."""

from collections.abc import Callable
from datetime import datetime

from api.auth.current_sessions import CurrentSessions
from api.auth.rate_limits import TokenBuckets
from api.auth.tokens import ProcessClock, Session, Tokens
from api.client_address import address_of
from api.refusals import TokenExpired, TokenInvalid, TokenMissing
from commands.accounts.sessions import AccountAccess


class Admission:
    """Lets sessions in. For one event loop."""

    def __init__(
        self, tokens: Tokens, sessions: CurrentSessions, accounts: TokenBuckets, addresses: TokenBuckets, clock: ProcessClock
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._accounts = accounts
        self._addresses = addresses
        self._clock = clock

    def session_of(self, token: str | None, now: datetime, client: str | None = None) -> Session:
        """Return whom a token speaks for, and count the request as its account's; whether the session still counts is asked next.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired: when there is none. TooManyRequests: for the account, or for an address `client` whose
                tokens are not ours too often.

        """
        try:
            if token is None:
                raise TokenMissing
            session = self._tokens.session(token, now)
        except (TokenInvalid, TokenExpired):
            if client is not None:
                self._addresses.take(address_of(client), self._clock.monotonic_s())
            raise
        self._accounts.take(session.account_id, self._clock.monotonic_s())
        return session

    def count(self, session: Session) -> None:
        """Count something that a session asks on a connection that is open.

        Raises:
            TooManyRequests: for the account.

        """
        self._accounts.take(session.account_id, self._clock.monotonic_s())

    def let_in(self, session: Session, then: Callable[[], None], refused: Callable[[BaseException], None]) -> None:
        """Go on, at once where what is known of the account is recent, else when the log has told; or refuse.

        Raises:
            Exception: at once, whatever would be refused; then neither is called.

        """
        access = self._sessions.known(session)
        if access is not None:
            self._sessions.check(session, access)
            then()
            return

        def told(found: AccountAccess | BaseException) -> None:
            try:
                if isinstance(found, BaseException):
                    refused(found)
                else:
                    self._sessions.check(session, found)
                    then()
            except Exception as error:  # noqa: BLE001  (whatever it was, the client is told by name)
                refused(error)

        self._sessions.ask(session, told)

    async def require(self, session: Session, *, while_enrolling: bool = False) -> AccountAccess:
        """Return who may act for the account now; staff without a second factor is let in to enrol one.

        Raises:
            SessionOver, SecondFactorRequired: when the session no longer counts, or is not enough.
            StoreUnavailable, Overloaded, Stopping: when that cannot be told.

        """
        access = await self._sessions.access_of(session)
        self._sessions.check(session, access, while_enrolling=while_enrolling)
        return access
