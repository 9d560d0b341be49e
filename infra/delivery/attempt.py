"""One attempt to have a provider carry a message, whatever becomes of it."""

import asyncio
from collections.abc import Awaitable

from domain.notification.push_subscription import PushEndpointNotAllowed
from infra.delivery.port import Later, Outcome, Undeliverable, Unknown
from infra.delivery.provider_connection import MaybeSent, NotSent


async def attempted(sending: Awaitable[Outcome], within_s: float) -> Outcome:
    """Return what a provider answered, or what is known where it did not, after at most so many seconds."""
    try:
        async with asyncio.timeout(within_s):
            return await sending
    except PushEndpointNotAllowed as refusal:
        return Undeliverable(f"{refusal.host} may not be asked: {refusal.reason}")
    except NotSent as outcome:
        return Later(str(outcome), outcome.after_s)
    except MaybeSent as outcome:
        return Unknown(str(outcome))
    except TimeoutError:
        return Unknown(f"not done within {within_s:g} s")
