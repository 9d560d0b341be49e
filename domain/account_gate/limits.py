"""The rules of an account's own limits: tightening counts at once, loosening and removing only a day later.

Until then the old limit counts. Whoever sets a limit again meanwhile, no higher than the one that counts, takes the loosening back.
"""

from collections.abc import Sequence

import msgspec

from domain.account_gate.commands import LimitCommand, RemoveLimit, SetLimit
from domain.account_gate.facts import LimitRemoved, LimitSet
from domain.fact import micros, moment
from domain.limits import DAY_US, KINDS, PERIODS, Limit
from domain.money import AMOUNT_MINOR_MAX
from domain.refused import Refused

LIMIT_MINOR_MIN = 1
LIMIT_MINOR_MAX = AMOUNT_MINOR_MAX
NEVER_US = 1 << 62
"""Later than any moment of the log."""

LOOSENING_AFTER_US = DAY_US
LOOSENING_MARGIN_US = 60 * 1_000_000
"""A loosening takes effect a day and at most this long after it was asked for, since the commit's time is not known when it is decided."""


class LimitUnknown(Refused):
    """A limit is of deposit, stake or loss, by day, week or month."""

    kind: str
    period: str


class LimitOutOfRange(Refused):
    """A limit is an amount above nothing, and no higher than the largest balance allowed."""

    amount_minor: int
    amount_minor_min: int
    amount_minor_max: int


class LimitNotSet(Refused):
    """No such limit counts, so there is nothing to remove."""

    kind: str
    period: str


class DeclineNotConfirmed(Refused):
    """Wanting no limit on deposits has to be confirmed."""


class DepositLimitUnanswered(Refused):
    """The first deposit waits until the person has limited deposits, or has confirmed to want no limit."""


class AccountLimit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A limit of an account: `until_then_minor` counts before `from_us` of the log's time, `amount_minor` from then on; 0 is no limit."""

    kind: str
    period: str
    until_then_minor: int
    amount_minor: int
    from_us: int

    def counts_minor(self, now_us: int) -> int:
        """Return the amount that counts at a moment, 0 for none."""
        return self.amount_minor if now_us >= self.from_us else self.until_then_minor


AccountLimits = tuple[AccountLimit, ...]


def limit_of(limits: AccountLimits, kind: str, period: str) -> AccountLimit:
    """Return the limit of a kind and a period; one of no amounts where none was ever set."""
    return next((each for each in limits if (each.kind, each.period) == (kind, period)), AccountLimit(kind, period, 0, 0, 0))


def has_answered(limits: AccountLimits, declined: bool) -> bool:
    """Whether a person has said to what deposits are limited, or that they are not."""
    return declined or any(each.kind == "deposit" for each in limits)


def counting(limits: AccountLimits, now_us: int, *kinds: str) -> tuple[Limit, ...]:
    """Return the limits of some kinds that count at a moment."""
    return tuple([Limit(each.kind, each.period, minor) for each in limits if each.kind in kinds and (minor := each.counts_minor(now_us))])


def counting_until(limits: AccountLimits, now_us: int, *kinds: str) -> tuple[tuple[Limit, ...], int]:
    """Return the limits of some kinds that count at a moment, and the next moment at which one of them changes."""
    return counting(limits, now_us, *kinds), min([each.from_us for each in limits if each.from_us > now_us], default=NEVER_US)


def limit_span_us(limits: AccountLimits, command: LimitCommand) -> int:
    """Return the last commit time for which a loosening that was decided on holds: it waits a day, and no other took effect meanwhile."""
    pending_us = limit_of(limits, command.kind, command.period).from_us
    last_us = command.now_us + LOOSENING_MARGIN_US
    return min(last_us, pending_us - 1) if pending_us > command.now_us else last_us


def decide_limit(limits: AccountLimits, command: LimitCommand) -> Sequence[LimitSet | LimitRemoved]:
    """Decide what a change of a limit leads to, by the log's time. What tightens always holds, the rest until `limit_span_us`.

    Raises:
        LimitUnknown, LimitOutOfRange: with the bounds. LimitNotSet: from `RemoveLimit`.

    """
    account_id, kind, period, actor, at, now_us = (
        command.account_id,
        command.kind,
        command.period,
        command.actor,
        command.at,
        command.now_us,
    )
    if kind not in KINDS or period not in PERIODS:
        raise LimitUnknown(kind[:20], period[:20])
    limit = limit_of(limits, kind, period)
    counts_minor, is_pending = limit.counts_minor(now_us), limit.from_us > now_us
    later = moment(now_us + LOOSENING_AFTER_US + LOOSENING_MARGIN_US)
    match command:
        case SetLimit(amount_minor=amount_minor):
            if not LIMIT_MINOR_MIN <= amount_minor <= LIMIT_MINOR_MAX:
                raise LimitOutOfRange(amount_minor, LIMIT_MINOR_MIN, LIMIT_MINOR_MAX)
            if amount_minor == limit.amount_minor and (is_pending or counts_minor):
                return ()
            if not counts_minor or amount_minor <= counts_minor:
                return (LimitSet(account_id, kind, period, amount_minor, amount_minor, moment(now_us), actor, at),)
            return (LimitSet(account_id, kind, period, amount_minor, counts_minor, later, actor, at),)
        case RemoveLimit():
            if not counts_minor:
                raise LimitNotSet(kind, period)
            return (
                () if is_pending and not limit.amount_minor else (LimitRemoved(account_id, kind, period, counts_minor, later, actor, at),)
            )


def evolve_limits(limits: AccountLimits, fact: LimitSet | LimitRemoved) -> AccountLimits:
    """Return the limits after the fact."""
    amount_minor = fact.amount_minor if isinstance(fact, LimitSet) else 0
    changed = AccountLimit(fact.kind, fact.period, fact.until_then_minor, amount_minor, micros(fact.effective_from))
    others = [each for each in limits if (each.kind, each.period) != (fact.kind, fact.period)]
    return (*others, changed)
