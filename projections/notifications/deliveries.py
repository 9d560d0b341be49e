"""What became of a notice outside the page, as the ledger of deliveries keeps it: what no rule computes again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

DELIVERIES_MAX = 50
"""Of a notice that grew (likes), the newest so many are explained."""

READ, MISSING, UNAVAILABLE = "read", "missing", "unavailable"
"""What became of the question to the ledger: answered, there are no tables of it, or its database does not answer."""


class DeliveryView(msgspec.Struct, frozen=True):
    """A delivery of a notice to one address, which is named by its id alone.

    `state` is waiting, queued, claimed (looked at again), attempting (with the provider), folded (into a digest), sent, gone (the address
    is no more), dead (failed for good), unknown (it may have arrived) or suppressed. `rule` and `why` say what kept or ended it;
    `provider_said` is the provider's last answer, None where it has not answered. `due_at` is when it is sent, or tried again; `ended_at`
    is None until then. `in_digest` tells that it goes, or went, with others.
    """

    delivery_id: str
    channel: str
    address_id: str
    state: str
    rule: str
    why: str
    provider_said: str | None
    attempts: int
    in_digest: bool
    happened_at: datetime
    due_at: datetime
    ended_at: datetime | None


class LedgerAnswer(NamedTuple):
    """What the ledger says of a notice: `outcome` is READ, MISSING or UNAVAILABLE; without READ there are no deliveries to tell of."""

    outcome: str
    deliveries: Sequence[DeliveryView] = ()
