"""The rules by which transfers are monitored, by version, and what of an account's transfers they look at.

Time is the log's, in whole hours since 1970: a window of 24 hours is the hour at hand and the 24 before it, never less than 24 hours.
"""

from collections.abc import Mapping, Sequence

import msgspec

from domain.fact import micros
from domain.monitoring.commands import AssessTransfer
from domain.monitoring.facts import RuleMet, TransferAssessed

HOUR_US = 3_600 * 1_000_000


class MonitoringRules(msgspec.Struct, frozen=True, gc=False):
    """From what on a transfer is looked at. Amounts are minor units of any currency, as all bounds on amounts are.

    - large: one transfer of `large_minor` or more.
    - sum: deposits, or withdrawals, that add up to `sum_minor` or more within `sum_hours`.
    - count: `count` transfers or more within `count_hours`.
    - unplayed: a withdrawal with which at least `unplayed_minor` of what came in within `unplayed_hours` went out without being staked.
    """

    large_minor: int
    sum_minor: int
    sum_hours: int
    count: int
    count_hours: int
    unplayed_minor: int
    unplayed_hours: int


MONITORING_RULES: Mapping[int, MonitoringRules] = {
    1: MonitoringRules(
        large_minor=10_000_00,
        sum_minor=10_000_00,
        sum_hours=24,
        count=10,
        count_hours=1,
        unplayed_minor=1_000_00,
        unplayed_hours=7 * 24,
    ),
}
"""10,000 in one transfer or in a day is what casinos report of cash (31 CFR 1021.311); the others are this book's own."""

MONITORING_RULES_CURRENT = 1
HOURS_KEPT = max(rules.unplayed_hours for rules in MONITORING_RULES.values())


class Hour(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What moved within an hour, in minor units; `staked_minor` is what the account had ever staked before."""

    hour: int
    deposits: int
    deposited_minor: int
    withdrawals: int
    withdrawn_minor: int
    staked_minor: int


Hours = tuple[Hour, ...]


def moved(hours: Hours, transfer: AssessTransfer | TransferAssessed) -> Hours:
    """Return the hours with a transfer, newest last, without those that no rule looks at any more."""
    hour, amount_minor = micros(transfer.at) // HOUR_US, transfer.amount_minor
    kept = [each for each in hours if hour - HOURS_KEPT <= each.hour < hour]
    now = hours[-1] if hours and hours[-1].hour == hour else Hour(hour, 0, 0, 0, 0, transfer.staked_minor)
    if transfer.direction == "deposit":
        now = msgspec.structs.replace(now, deposits=now.deposits + 1, deposited_minor=now.deposited_minor + amount_minor)
    else:
        now = msgspec.structs.replace(now, withdrawals=now.withdrawals + 1, withdrawn_minor=now.withdrawn_minor + amount_minor)
    return (*kept, now)


def findings_of(rules: MonitoringRules, hours: Hours, transfer: AssessTransfer) -> tuple[RuleMet, ...]:
    """Return the rules that a transfer meets, which is counted in the hours already."""
    is_deposit = transfer.direction == "deposit"
    day = _within(hours, rules.sum_hours)
    sum_minor = sum([each.deposited_minor if is_deposit else each.withdrawn_minor for each in day])
    count = sum([each.deposits + each.withdrawals for each in _within(hours, rules.count_hours)])
    unplayed_minor = 0 if is_deposit else _unplayed_minor(_within(hours, rules.unplayed_hours), transfer.staked_minor)
    measured = (
        RuleMet("large", transfer.amount_minor, rules.large_minor),
        RuleMet("sum", sum_minor, rules.sum_minor),
        RuleMet("count", count, rules.count),
        RuleMet("unplayed", unplayed_minor, rules.unplayed_minor),
    )
    return tuple([each for each in measured if each.measured >= each.bound])


def _within(hours: Hours, count: int) -> Sequence[Hour]:
    return [each for each in hours if each.hour >= hours[-1].hour - count]


def _unplayed_minor(hours: Sequence[Hour], staked_minor: int) -> int:
    """Return how much of what came in went out again, less what was staked since the first of it came in; below 0 where more was."""
    deposited_minor = sum([each.deposited_minor for each in hours])
    withdrawn_minor = sum([each.withdrawn_minor for each in hours])
    since_minor = next((each.staked_minor for each in hours if each.deposits), staked_minor)
    return min(deposited_minor, withdrawn_minor) - (staked_minor - since_minor)
