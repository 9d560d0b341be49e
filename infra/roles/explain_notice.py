"""What support asks: why an account was told of something, or not, by each channel."""

import asyncio
from contextlib import closing

import structlog

from api.http.social.opened_texts import opener_of
from api.sealed_text import SealedTexts
from commands.accounts.operators import credentials_of, is_promoted_to
from domain.fact import micros
from infra.clock import Clock
from infra.delivery.ledger_answers import LedgerAnswers
from infra.readmodels.valkey_reads import reads_of
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.servers import Servers
from projections.notifications.explanations import Explanation, channels_off, explain

logger = structlog.get_logger(__name__)


def explain_notice(servers: Servers, handle: str, cause: str) -> Explanation:
    """Explain to an operator what the account with a handle is told of a cause, as the account itself may ask; that it was asked is logged.

    Raises:
        AccountUnknown: when nobody has the handle.

    """
    clock = Clock()
    with servers.dispatcher() as (dsn, _, calls), servers.read_models() as redis_url:
        account_id = credentials_of(calls, handle).account_id
        promoted = is_promoted_to(calls, account_id)
        logger.warning("an operator asked why an account is told", account_id=account_id, cause=cause)
        with closing(KeyTable(dsn, servers.settings.text_secret())) as keys, closing(LedgerAnswers(dsn)) as ledger:
            texts = SealedTexts(KeyedSealer(keys, clock.monotonic_s))

            async def asked() -> Explanation:
                reads = reads_of(redis_url)
                off = channels_off(servers.settings.phone_providers())
                try:
                    known = await ledger.of(account_id, cause)
                    return await explain(reads, account_id, cause, micros(clock.now()), opener_of(texts), known, off, promoted=promoted)
                finally:
                    await reads.close()

            return asyncio.run(asked())
