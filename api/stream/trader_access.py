"""Who may see what is at risk: asked of the log when a channel is opened, never of a view or of a token."""

from collections.abc import Awaitable, Callable

from api.async_command_queue import AsyncCommandQueue
from commands.accounts.sessions import AccountAccess, FindStaffAccess

MayTrade = Callable[[str], Awaitable[bool]]
"""Tells whether an account is a trader now."""


async def may_trade(queue: AsyncCommandQueue, account_id: str) -> bool:
    """Tell whether an account is a trader now.

    Raises:
        StoreUnavailable, Overloaded, Stopping: when that cannot be told.

    """
    access: AccountAccess = (await queue.submit(FindStaffAccess(account_id))).receipt
    return "trader" in access.roles
