"""Accounts' own limits: who loosened one waited for a day, and no deposit, stake or loss passed one that counted at its commit."""

from datetime import date, datetime
from typing import Any

from commands.audit.auditor import LATENESS_US, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountGateOutOfOrder, LimitNotWaited, LimitPassed, MovedOnAnotherDay
from domain.account_gate.facts import LimitRemoved, LimitSet
from domain.fact import EPOCH, Recorded, micros
from domain.money import AMOUNT_MINOR_MAX

DAY_US = 24 * 3_600 * 1_000_000
EPOCH_DAY = EPOCH.toordinal()
LOOSENING_AFTER_US = DAY_US
KINDS = frozenset({"deposit", "stake", "loss"})
PERIODS = frozenset({"day", "week", "month"})


def changed(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: LimitSet | LimitRemoved) -> None:
    """Check a change of a limit: what tightens counts at once, the rest a day later, and it changes something; update the audit state."""
    check_value(recorded, "kind", fact.kind, allowed=fact.kind in KINDS)
    check_value(recorded, "period", fact.period, allowed=fact.period in PERIODS)
    removed = isinstance(fact, LimitRemoved)
    amount_minor, until_then_minor = 0 if isinstance(fact, LimitRemoved) else fact.amount_minor, fact.until_then_minor
    from_us, now_us, key = micros(fact.effective_from), state.committed_us, f"{fact.kind}/{fact.period}"
    check_value(recorded, "amount_minor", amount_minor, allowed=removed or 0 < amount_minor <= AMOUNT_MINOR_MAX)
    stood = account.limits.get(key, (0, 0, 0))
    counts_minor = _counts_minor(stood, now_us)
    if amount_minor == stood[1] and (stood[2] > now_us or counts_minor):
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=f"{key}: {counts_minor}, then {stood[1]}")
    if not removed and until_then_minor == amount_minor:
        right = (not counts_minor or amount_minor <= counts_minor) and from_us <= now_us
    else:
        waits = LOOSENING_AFTER_US <= from_us - now_us <= LOOSENING_AFTER_US + LATENESS_US
        right = waits and 0 < counts_minor == until_then_minor and (removed or amount_minor > counts_minor)
    if not right:
        raise ViolationFound(LimitNotWaited, recorded, limit=key, counts_minor=counts_minor, until_then_minor=until_then_minor)
    account.limits = {**account.limits, key: (until_then_minor, amount_minor, from_us)}


def _counts_minor(limit: tuple[int, int, int], now_us: int) -> int:
    until_then_minor, amount_minor, from_us = limit
    return amount_minor if now_us >= from_us else until_then_minor


def rolled(wallet: AuditedWallet, day: int) -> None:
    """Begin the windows of a later day in a wallet's audit state."""
    sums = (wallet.staked, wallet.returned, wallet.paid_in)
    wallet.of_day = sums
    if wallet.day <= day - 1 - (day - 1) % 7:
        wallet.of_week = sums
    if wallet.day < date.fromordinal(day).replace(day=1).toordinal():
        wallet.of_month = sums
    wallet.day = day


def never_staked(wallet: AuditedWallet, day: int, stake_minor: int) -> None:
    """Take a stake of a day back out of what was staked: windows that began later began with it."""
    wallet.staked -= stake_minor
    staked_less = [(sums[0] - stake_minor, *sums[1:]) for sums in (wallet.of_day, wallet.of_week, wallet.of_month)]
    if day < wallet.day:
        wallet.of_day = staked_less[0]
    if day <= wallet.day - 1 - (wallet.day - 1) % 7:
        wallet.of_week = staked_less[1]
    if day < date.fromordinal(wallet.day).replace(day=1).toordinal():
        wallet.of_month = staked_less[2]


def check_dated(state: AuditState, recorded: Recorded[Any], account_id: str, at: datetime) -> None:
    """Check that what is returned to an account with limits is not dated ahead of its commit: that would begin another window too early."""
    account = state.live.get(account_id)
    if type(account) is AuditedAccount and account.limits and not state.migrated and micros(at) > state.committed_us + LATENESS_US:
        raise ViolationFound(MovedOnAnotherDay, recorded, at=at.isoformat())


def check_kept(state: AuditState, recorded: Recorded[Any], wallet: AuditedWallet, at: datetime, kinds: tuple[str, ...]) -> None:
    """Check that with this movement no limit of some kinds is passed, and that it counts in the windows that it was committed in."""
    account = state.live.get(wallet.account_id)
    if type(account) is not AuditedAccount or not account.limits or state.migrated:
        return
    now_us = state.committed_us
    if at.toordinal() != now_us // DAY_US + EPOCH_DAY:
        raise ViolationFound(MovedOnAnotherDay, recorded, at=at.isoformat())
    used = {"deposit": wallet.paid_in, "stake": wallet.staked, "loss": wallet.staked - wallet.returned}
    for key, limit in account.limits.items():
        kind, _, period = key.partition("/")
        limit_minor = _counts_minor(limit, now_us)
        if kind not in kinds or not limit_minor:
            continue
        staked, returned, paid_in = wallet.of_day if period == "day" else wallet.of_week if period == "week" else wallet.of_month
        used_minor = used[kind] - {"deposit": paid_in, "stake": staked, "loss": staked - returned}[kind]
        if used_minor > limit_minor:
            raise ViolationFound(LimitPassed, recorded, limit=key, limit_minor=limit_minor, used_minor=used_minor)
