"""An account takes a pause, excludes itself, asks to return, is closed or reopened: it is told, so that it has it in writing."""

from collections.abc import Sequence
from typing import Any

from domain.account_gate.facts import AccountClosed, AccountReopened, ReturnRequested, SelfExcluded, TimedOut
from domain.fact import Recorded, micros, moment
from projections.notifications.told import NoticeTold, Shown, Telling, at

SAYS = {
    "timed_out": "Your time-out holds until {until}",
    "excluded": "You are excluded until {until}, and until you return",
    "excluded_for_good": "You are excluded until you return",
    "returning": "Betting is open to you again from {until}",
    "closed": "Your account is closed",
    "reopened": "Your account is open again",
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


def _told(recorded: Recorded[Any], account_id: str, what: str, until_us: int = 0) -> Sequence[NoticeTold]:
    return (NoticeTold(account_id, str(recorded.version), at(recorded, what=what, until_us=until_us)),)


def says(shown: Shown) -> str:
    """Say what holds, and until when."""
    return SAYS[shown.row.what].format(until=f"{moment(shown.row.until_us):%d %B %Y, %H:%M} UTC")


TELLING = Telling(
    "limits",
    {TimedOut: _timed_out, SelfExcluded: _excluded, ReturnRequested: _returning, AccountClosed: _closed, AccountReopened: _reopened},
    says,
)
