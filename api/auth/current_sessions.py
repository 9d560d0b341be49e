"""Whether a session is still valid, and in which roles: answered from memory that is at most a second old, whichever process changed it.

What the log says of an account is asked once, through the command queue, and kept. `note` is told which accounts changed, and up to when
none is missing: so long what is kept is true. Where nobody tells, what is kept is believed for a second from when it was asked for.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from api.async_command_queue import AsyncCommandQueue, settle
from api.auth.tokens import ProcessClock, Session
from api.refusals import SecondFactorRequired
from commands.accounts.sessions import AccountAccess, FindAccess, FindStaffAccess
from commands.dispatch.batch import Answer
from domain.account.decider import STAFF_ROLES
from domain.account.sessions import SessionOver
from domain.refused import Refused

ROLES_CACHED_S = 1.0
"""The largest age of what is remembered: for so long an ended session or a revoked role may still act."""

ACCOUNTS_REMEMBERED_MAX = 100_000

Told = Callable[[AccountAccess | BaseException], None]


class Kept(NamedTuple):
    """What was answered to a question asked at `asked_s`; `extends` where whoever notes changes would have told of a later one."""

    access: AccountAccess
    asked_s: float
    extends: bool


class CurrentSessions:
    """Remembers who may act for accounts. For one event loop, but for `note`."""

    def __init__(self, queue: AsyncCommandQueue, clock: ProcessClock, *, staff_need_second_factor: bool) -> None:
        self._staff_need_second_factor = staff_need_second_factor
        self._queue = queue
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._asking: dict[str, list[Told]] = {}
        self._changed: set[str] = set()
        self._noted: deque[tuple[Sequence[str], float]] = deque()
        self._true_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self, accounts: Sequence[str], true_s: float) -> None:
        """Note that accounts changed, and that no other account changed before a monotonic time. May be called from any thread."""
        self._noted.append((accounts, true_s))
        if self._loop is None:
            self._noted.clear()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take_in)

    def forget(self, account_id: str) -> None:
        """Forget what is remembered of an account that this process has just changed."""
        self._kept.pop(account_id, None)
        if account_id in self._asking:
            self._changed.add(account_id)

    def known(self, session: Session) -> AccountAccess | None:
        """Return who may act for the account of a session, None where that has to be asked: also for a session newer than what is kept."""
        kept = self._kept.get(session.account_id)
        if kept is None or session.version > kept.access.sessions.version:
            return None
        true_s = self._true_s if kept.extends and self._true_s > kept.asked_s else kept.asked_s
        return kept.access if self._clock.monotonic_s() - true_s < ROLES_CACHED_S else None

    def ask(self, session: Session, told: Told) -> None:
        """Ask the log; `told` gets the answer, or what was raised, on this loop. An answer older than the session is asked for once more.

        Raises:
            Overloaded, Stopping: at once, when the question was not taken.

        """

        def judge(found: AccountAccess | BaseException) -> None:
            if isinstance(found, BaseException) or session.version <= found.sessions.version:
                told(found)
                return
            try:
                self._ask(session, told)
            except Refused as refusal:
                told(refusal)

        self._ask(session, judge)

    def _ask(self, session: Session, told: Told) -> None:
        account_id = session.account_id
        waiting = self._asking.get(account_id)
        if waiting is not None:
            waiting.append(told)
            return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        asked_s = self._clock.monotonic_s()
        question = FindStaffAccess(account_id) if _staff_roles(session.roles) else FindAccess(account_id)
        self._queue.call(question, lambda answer: self._answered(account_id, asked_s, answer))
        self._asking[account_id] = [told]

    async def access_of(self, session: Session) -> AccountAccess:
        """Return who may act for the account of a session.

        Raises:
            StoreUnavailable, Overloaded, Stopping: when it cannot be told.

        """
        access = self.known(session)
        if access is not None:
            return access
        future: asyncio.Future[AccountAccess] = asyncio.get_running_loop().create_future()
        self.ask(session, partial(settle, future))
        return await future

    async def counts(self, session: Session) -> bool:
        """Tell whether a session counts, that of staff also while its second factor is being set up.

        Raises:
            StoreUnavailable, Overloaded, Stopping: when that cannot be told.

        """
        access = await self.access_of(session)
        try:
            self.check(session, access, while_enrolling=True)
        except SessionOver:
            return False
        return True

    def check(self, session: Session, access: AccountAccess, *, while_enrolling: bool = False) -> None:
        """Refuse a session that no longer counts, and one of staff that was opened without a second factor where that is required.

        Raises:
            SessionOver, SecondFactorRequired: in this order.

        """
        if not access.sessions.counts(session.session_id, session.version):
            raise SessionOver
        if not while_enrolling and self.lacks_second_factor(session, access):
            raise SecondFactorRequired(_staff_roles(access.roles))

    def lacks_second_factor(self, session: Session, access: AccountAccess) -> bool:
        """Tell whether a session is one of staff that was opened without a second factor, where that is required."""
        return self._staff_need_second_factor and not session.second_factor and bool(_staff_roles(access.roles))

    def _answered(self, account_id: str, asked_s: float, answer: Answer | BaseException) -> None:
        found: AccountAccess | BaseException = answer.receipt if isinstance(answer, Answer) else answer
        if not isinstance(found, BaseException):
            self._kept.pop(account_id, None)
            while len(self._kept) >= ACCOUNTS_REMEMBERED_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[account_id] = Kept(found, asked_s, account_id not in self._changed)
        self._changed.discard(account_id)
        for told in self._asking.pop(account_id):
            told(found)

    def _take_in(self) -> None:
        while self._noted:
            accounts, true_s = self._noted.popleft()
            for account_id in accounts:
                self.forget(account_id)
            self._true_s = max(self._true_s, true_s)


def _staff_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """Return those of some roles that act for the bookmaker."""
    return tuple(role for role in roles if role in STAFF_ROLES)
