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
from infra.readmodels.past_views import PastViews
from infra.readmodels.valkey_reads import reads_of
from infra.sealed_text.sealer import KeyedSealer
from infra.sealed_text.table import KeyTable
from infra.servers import Servers
from projections.notifications.explanations import Asker, Explanation, channels_off, explain

logger = structlog.get_logger(__name__)


def explain_notice(servers: Servers, handle: str, cause: str) -> Explanation:
    """Explain to an operator what the account with a handle was told of a cause, as it may ask itself; that it was asked is logged.

    Of a slip that the account may not see any more, support is told what was decided then, which the account is not.

    Raises:
        AccountUnknown: when nobody has the handle.

    """
    clock = Clock()
    with servers.dispatcher() as (dsn, store, calls), servers.read_models() as redis_url:
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
                    asker = Asker(account_id, opener_of(texts), off, promoted=promoted, is_own=False)
                    return await explain(reads, PastViews(store), asker, cause, micros(clock.now()), known)
                finally:
                    await reads.close()

            return asyncio.run(asked())
