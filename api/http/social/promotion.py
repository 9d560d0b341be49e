"""Whether lists that promote betting reach an account: never one that is in a time-out or excluded itself, by the log's time when it reads.

What promotes is what shows people whom the account does not follow: trending slips, slips by match, tag and competition, leaderboards,
suggestions, and what the home feed blends in. What those share whom it follows, it goes on seeing.
"""

from api.async_command_queue import AsyncCommandQueue
from commands.accounts.restrict_account import FindAccountGate
from commands.ports import StoreUnavailable
from domain.refused import Refused

BARRED = ("self_excluded", "timed_out")


async def is_promoted_to(queue: AsyncCommandQueue, account_id: str) -> bool:
    """Tell whether betting may be promoted to an account; where the log cannot be asked, it may not. Nothing is remembered."""
    try:
        answer = await queue.submit(FindAccountGate(account_id))
    except (Refused, StoreUnavailable):
        return False
    return answer.receipt.betting not in BARRED
