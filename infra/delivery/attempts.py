"""What becomes of a delivery after an attempt, by what the provider said."""

import re
from typing import NamedTuple, assert_never

from infra.delivery.port import Gone, Later, Outcome, Sent, Undeliverable, Unknown
from infra.delivery.rows import LedgerRow

BACKOFF_S_FIRST, BACKOFF_S_MAX = 1.0, 900.0
SAID_CHARACTERS_MAX = 300
ADDRESS = re.compile(r"[^\s<>\",;]+@[^\s<>\"',;]+|[a-z]+://[^\s<>\"]+|[A-Za-z0-9_:+/=-]{40,}", re.IGNORECASE)
"""What names an address in what a provider says: of a mailbox, of a push service, or the long token of a device."""


class AttemptResult(NamedTuple):
    """What became of an attempt: the state that the delivery is in, why, and when it is due again where it waits."""

    delivery_id: str
    attempts: int
    state: str
    why: str
    due_us: int = 0


def result_of(row: LedgerRow, outcome: Outcome, now_us: int) -> AttemptResult:
    """Return what became of a delivery: one that was not taken is tried again, later each time, as long as it has something to say."""
    attempts = row.attempts + 1
    match outcome:
        case Sent(answer):
            return AttemptResult(row.delivery_id, attempts, "sent", _plain(answer))
        case Gone(why):
            return AttemptResult(row.delivery_id, attempts, "gone", _plain(why))
        case Undeliverable(why):
            return AttemptResult(row.delivery_id, attempts, "dead", _plain(why))
        case Unknown(why):
            return AttemptResult(row.delivery_id, attempts, "unknown", _plain(why))
        case Later(why, after_s, _):
            pause_s = max(after_s, min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2 ** min(attempts - 1, 16)))
            due_us = now_us + int(pause_s * 1_000_000)
            if due_us >= row.expires_us:
                return AttemptResult(row.delivery_id, attempts, "dead", _plain(f"not taken within its lifetime: {why}"))
            return AttemptResult(row.delivery_id, attempts, "waiting", _plain(why), due_us)
        case _:
            assert_never(outcome)


def _plain(said: str) -> str:
    """Return what a provider said as the ledger keeps it: short, and without what a table does not take or what names the address."""
    return without_addresses(said.replace("\0", "").encode("utf-8", "replace").decode())[:SAID_CHARACTERS_MAX]


def without_addresses(said: str) -> str:
    """Return what a provider said without addresses, which stand sealed or nowhere, and without what a terminal would act upon."""
    return ADDRESS.sub("(address)", "".join(each if each.isprintable() else " " for each in said))
