"""Tails of a day: each counts its bet's stake, and together they come to no more than the cap that any of them names."""

from datetime import UTC, timedelta
from typing import Any

from commands.audit.account_streams import AuditedTailDay
from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, TailCapExceeded, TailNotCounted
from domain.bet.facts import BetPlaced
from domain.fact import Recorded, moment
from domain.ids import tail_day_of, tail_of
from domain.tail.facts import SlipTailed, TailCounted

DAY = timedelta(days=1)


def begun(state: AuditState, recorded: Recorded[Any], fact: TailCounted) -> AuditedTailDay:
    """Check the first TailCounted of a day as any further one; end the account's days before yesterday."""
    account = state.of(AuditedAccount, fact.account_id)
    if account is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id)
    yesterday = (moment(state.committed_us) - DAY).date().isoformat()
    for past in account.tail_days:
        if past < yesterday:
            state.end(tail_day_of(fact.account_id, past))
    account.tail_days = (*(past for past in account.tail_days if past >= yesterday), fact.day)
    tail_day = AuditedTailDay(1, account_id=fact.account_id, day=fact.day)
    counted(state, recorded, tail_day, fact)
    return tail_day


def counted(state: AuditState, recorded: Recorded[Any], tail_day: AuditedTailDay, fact: TailCounted) -> None:
    """Check TailCounted: the day is right, the tail and its bet with this stake are in the append, the cap holds; add up the day."""
    check_value(recorded, "at", fact.at.isoformat(), allowed=abs(fact.at - moment(state.committed_us)) < DAY)
    check_value(recorded, "day", fact.day[:60], allowed=fact.day == fact.at.astimezone(UTC).date().isoformat())
    check_id(recorded, tail_day_of(fact.account_id, fact.day))
    tailed, placed = state.together(SlipTailed, tail_of(fact.bet_id)), state.together(BetPlaced, fact.bet_id)
    is_of_tail = tailed is not None and (tailed.body.tailer_id, tailed.body.day) == (fact.account_id, fact.day)
    if not is_of_tail or placed is None or placed.body.stake_minor != fact.stake_minor:
        raise ViolationFound(TailNotCounted, recorded, bet_id=fact.bet_id, stake_minor=fact.stake_minor)
    tail_day.staked_minor += fact.stake_minor
    if fact.daily_cap_minor is not None and tail_day.staked_minor > fact.daily_cap_minor:
        shown = {"daily_cap_minor": fact.daily_cap_minor, "staked_minor": tail_day.staked_minor}
        raise ViolationFound(TailCapExceeded, recorded, bet_id=fact.bet_id, **shown)


AUDITOR = Auditor(aggregate="tail_day", holds=AuditedTailDay, begins={TailCounted: begun}, follows={TailCounted: counted})
