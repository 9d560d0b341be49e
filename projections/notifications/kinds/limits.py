"""An account is told in writing: it pauses, excludes itself, returns, is closed or reopened, withdrawals are held, limits change."""

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
    WithdrawalHoldPlaced,
    WithdrawalHoldReleased,
)
from domain.fact import Recorded, micros
from projections.notifications.told import NoticeTold, Shown, Telling, at


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


def _held(recorded: Recorded[WithdrawalHoldPlaced], fact: WithdrawalHoldPlaced) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "withdrawals_held")


def _released(recorded: Recorded[WithdrawalHoldReleased], fact: WithdrawalHoldReleased) -> Sequence[NoticeTold]:
    return _told(recorded, fact.account_id, "withdrawals_released")


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
    what, until = shown.row.what, shown.words.time(shown.row.until_us)
    if not what.startswith("limit_"):
        return shown.say(f"limits.{what}", until=until)
    _, change, kind, period = what.split("_")
    limit, by = shown.say(f"limit.{kind}"), shown.say(f"period.{period}")
    return shown.say(f"limits.limit_{change}", until=until, limit=limit, period=by)


TELLING = Telling(
    "limits",
    {
        TimedOut: _timed_out,
        SelfExcluded: _excluded,
        ReturnRequested: _returning,
        AccountClosed: _closed,
        AccountReopened: _reopened,
        StakeFactorSet: _stakes_changed,
        WithdrawalHoldPlaced: _held,
        WithdrawalHoldReleased: _released,
        LimitSet: _limit_set,
        LimitRemoved: _limit_removed,
    },
    says,
)
