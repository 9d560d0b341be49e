"""What the ledger of deliveries says of a notice, for who asks why it was told or not. It is away sometimes; then that is the answer."""

import asyncio

import psycopg
import structlog

from commands.ports import StoreUnavailable
from infra.delivery.claims import LedgerReads
from projections.notifications.deliveries import MISSING, READ, UNAVAILABLE, LedgerAnswer

ANSWER_S_MAX = 2.0
"""An explanation waits no longer for the ledger; the rest of it needs none."""

logger = structlog.get_logger()


class LedgerAnswers:
    """Asks the ledger, one question at a time, away from the event loop. For one event loop."""

    def __init__(self, dsn: str) -> None:
        self._reads = LedgerReads(dsn)
        self._one_at_a_time = asyncio.Lock()

    async def of(self, account_id: str, notice_id: str) -> LedgerAnswer:
        """Return what became of a notice to an account; never raises for a ledger that is missing or away."""
        try:
            async with asyncio.timeout(ANSWER_S_MAX), self._one_at_a_time:
                return LedgerAnswer(READ, await asyncio.to_thread(self._reads.of_notice, account_id, notice_id))
        except psycopg.errors.UndefinedTable:
            return LedgerAnswer(MISSING)
        except (StoreUnavailable, TimeoutError) as error:
            logger.warning("a notice is explained without the ledger of deliveries", reason=str(error)[:200])
            return LedgerAnswer(UNAVAILABLE)

    async def place(self, delivery_id: str) -> tuple[str, str] | None:
        """Return the account and the address that a delivery is for; None where there is none, or no ledger.

        Raises:
            StoreUnavailable: while the ledger is away.

        """
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(self._reads.place, delivery_id)
            except psycopg.errors.UndefinedTable:
                return None

    def close(self) -> None:
        """Give up the connection."""
        self._reads.close()
