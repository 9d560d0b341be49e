"""An account pauses, excludes itself, returns, is closed or reopened, or limits change: it is told, so that it has it in writing."""

from collections.abc import Sequence
from typing import Any

from domain.account_gate.facts import (
    AccountClosed,
    AccountReopened,
    LimitRemoved,
    LimitSet,
    ReturnRequested,
    SelfExcluded,
    StakeFactorSet,
    TimedOut,
)
from domain.fact import Recorded, micros, moment
from domain.limits import KINDS, PERIODS
from projections.notifications.told import NoticeTold, Shown, Telling, at

LIMIT_SAYS = {"set": "was set and counts from now on", "raised": "will be higher from {until}", "removed": "will end on {until}"}
SAYS = {
    "timed_out": "Your time-out holds until {until}",
    "excluded": "You are excluded until {until}, and until you return",
    "excluded_for_good": "You are excluded until you return",
    "returning": "Betting is open to you again from {until}",
    "closed": "Your account is closed",
    "reopened": "Your account is open again",
    "stakes_changed": "The largest stakes that are taken from you were changed",
    "stakes_as_for_anybody": "The largest stakes that are taken from you are those of anybody again",
    **{
        f"limit_{change}_{kind}_{period}": f"Your {kind} limit by the {period} {says}"
        for change, says in LIMIT_SAYS.items()
        for kind in KINDS
        for period in PERIODS
    },
}


def _timed_out(recorded: Recorded[TimedOut], fact: TimedOut) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "timed_out", micros(fact.until))


def _excluded(recorded: Recorded[SelfExcluded], fact: SelfExcluded) -> Sequence[NoticeTold]:
    if fact.until is None:
        return _told(recorded, fact.account_id, "excluded_for_good")
    return _told(recorded, fact.account_id, "excluded", micros(fact.until))


def _returning(recorded: Recorded[ReturnRequested], fact: ReturnRequested) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "returning", micros(fact.effective_from))


def _closed(recorded: Recorded[AccountClosed], fact: AccountClosed) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "closed")


def _reopened(recorded: Recorded[AccountReopened], fact: AccountReopened) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "reopened")


def _stakes_changed(recorded: Recorded[StakeFactorSet], fact: StakeFactorSet) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "stakes_as_for_anybody" if fact.factor == "1" else "stakes_changed")


def _limit_set(recorded: Recorded[LimitSet], fact: LimitSet) -> Sequence[NoticeTold]:
    if fact.until_then_minor == fact.amount_minor:
        return _told(recorded, fact.account_id, f"limit_set_{fact.kind}_{fact.period}")
    return _told(recorded, fact.account_id, f"limit_raised_{fact.kind}_{fact.period}", micros(fact.effective_from))


def _limit_removed(recorded: Recorded[LimitRemoved], fact: LimitRemoved) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, f"limit_removed_{fact.kind}_{fact.period}", micros(fact.effective_from))


def _told(recorded: Recorded[Any], account_id: str, what: str, until_us: int = 0) -> Sequence[NoticeTold]:
    return (NoticeTold(account_id, str(recorded.version), at(recorded, what=what, until_us=until_us)),)


def says(shown: Shown) -> str:
    """Say what holds, and until when."""
    return SAYS[shown.row.what].format(until=f"{moment(shown.row.until_us):%d %B %Y, %H:%M} UTC")


TELLING = Telling(
    "limits",
    {
        TimedOut: _timed_out,
        SelfExcluded: _excluded,
        ReturnRequested: _returning,
        AccountClosed: _closed,
        AccountReopened: _reopened,
        StakeFactorSet: _stakes_changed,
        LimitSet: _limit_set,
        LimitRemoved: _limit_removed,
    },
    says,
)
