"""The roles that an account has now: a session tells those of its sign-in, and a role that was revoked since counts no more."""

from api.async_command_queue import AsyncDoor
from api.auth.tokens import Clock
from commands.accounts.change_roles import FindRoles

BELIEVED_S = 1.0
"""How long an answer is believed: so long a revoked role may still act, and so seldom whoever acts in a role is asked about."""

ACCOUNTS_REMEMBERED_MAX = 1_000


class CurrentRoles:
    """Asks for the roles of accounts, and remembers them for a moment. For one thread."""

    def __init__(self, door: AsyncDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def of(self, account_id: str) -> tuple[str, ...]:
        """Return the roles that an account has; none where there is no such account.

        Raises:
            StoreUnavailable, Overloaded, Stopping: when it cannot be told.

        """
        now_s = self._clock.monotonic_s()
        known = self._known.get(account_id)
        if known is not None and now_s - known[0] < BELIEVED_S:
            return known[1]
        roles: tuple[str, ...] = (await self._door.submit(FindRoles(account_id))).receipt
        self._known.pop(account_id, None)
        while len(self._known) >= ACCOUNTS_REMEMBERED_MAX:
            del self._known[next(iter(self._known))]
        self._known[account_id] = (now_s, roles)
        return roles
