"""Whether an account may bet and bring money in: one call for every use case that lets it."""

from functools import lru_cache

from commands.streams import Streams
from commands.use_case import Touch
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.state import betting_from_us
from domain.ids import account_gate_of

GATE_IDS_REMEMBERED_MAX = 50_000

_gate_of = lru_cache(GATE_IDS_REMEMBERED_MAX)(account_gate_of)


def touch_account_gate(account_id: str) -> Touch:
    """Name the gate that `check_may_bet` reads."""
    return Touch(ACCOUNT_GATE, _gate_of(account_id))


def check_may_bet(streams: Streams, account_id: str) -> None:
    """Refuse an account that may neither bet nor deposit now. That its gate still stands as it is becomes a condition of the append.

    Raises:
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: with the evidence of each.

    """
    gate = streams.read(ACCOUNT_GATE, _gate_of(account_id))
    if gate is not ACCOUNT_GATE.initial and (from_us := betting_from_us(gate, streams.now_us)):
        streams.not_before(from_us)
