"""Limits of one's own on deposits, stakes and losses: set, removed, and told with what of them is used."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT, ActorWithoutRole
from domain.account_gate.commands import DeclineDepositLimit, LimitCommand
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.limits import LIMIT_MINOR_MAX, LIMIT_MINOR_MIN, has_answered, limit_of, limit_span_us
from domain.account_gate.state import AccountGate
from domain.fact import moment
from domain.ids import account_gate_of, wallet_of
from domain.limits import KINDS, PERIODS, ZONE, Limit, day_of
from domain.unknown import AccountUnknown
from domain.wallet.decider import WALLET, Wallet
from domain.wallet.usage import LimitUse, use_of


class FindLimits(msgspec.Struct, frozen=True, gc=False):
    """Ask which limits an account has, and what is left of them. Appends nothing."""

    account_id: str


class PendingLimit(msgspec.Struct, frozen=True, gc=False):
    """What a limit becomes at `effective_from`; no `amount_minor` is no limit."""

    amount_minor: int | None
    effective_from: datetime


class LimitAnswer(msgspec.Struct, frozen=True, gc=False):
    """A limit that counts now, what is used and left of it in this window, and what becomes of it."""

    kind: str
    period: str
    amount_minor: int
    used_minor: int
    left_minor: int
    starts_at: datetime
    resets_at: datetime
    pending: PendingLimit | None


class LimitsReceipt(msgspec.Struct, frozen=True, gc=False):
    """The limits of an account, in its currency. `zone` is the one whose days, weeks and months count.

    `stake_left_minor` and `deposit_left_minor` are the least that any of them leaves for the next bet and the next deposit, None where
    nothing limits it. `deposited` tells whether anything ever came in; while `first_deposit_waits` nothing does, until deposits are limited
    or the person has confirmed to want no limit.
    """

    account_id: str
    currency: str
    zone: str
    limits: tuple[LimitAnswer, ...]
    stake_left_minor: int | None
    deposit_left_minor: int | None
    amount_minor_min: int
    amount_minor_max: int
    deposited: bool
    first_deposit_waits: bool


def streams_of(ask: LimitCommand | DeclineDepositLimit | FindLimits) -> Sequence[StreamRef]:
    """Name the account, its gate and its wallet."""
    return (
        StreamRef(ACCOUNT, ask.account_id),
        StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)),
        StreamRef(WALLET, wallet_of(ask.account_id)),
    )


def limit_account(ask: LimitCommand, streams: UnitOfWork) -> Outcome:
    """Change a limit by the log's time; what loosens it waits for a day.

    Raises:
        ActorWithoutRole: when somebody else asks. AccountUnknown: when there is no such account.
        LimitUnknown, LimitOutOfRange, LimitNotSet: what the gate's rules refuse.

    """
    if ask.actor != ask.account_id:
        raise ActorWithoutRole(ask.actor, "the account's own")
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    before = gate.state.limits
    if gate.decide(ask) and limit_of(gate.state.limits, ask.kind, ask.period).from_us > streams.now_us:
        streams.not_after(limit_span_us(before, ask))
    return Outcome(_receipt(ask.account_id, gate.state, streams), gate)


def decline_deposit_limit(ask: DeclineDepositLimit, streams: UnitOfWork) -> Outcome:
    """Note that a person wants no limit on deposits; nothing where that was answered before.

    Raises:
        ActorWithoutRole: when somebody else asks. AccountUnknown: when there is no such account.
        DeclineNotConfirmed: unless it is confirmed.

    """
    if ask.actor != ask.account_id:
        raise ActorWithoutRole(ask.actor, "the account's own")
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    gate.decide(ask)
    return Outcome(_receipt(ask.account_id, gate.state, streams), gate)


def find_limits(ask: FindLimits, streams: UnitOfWork) -> Outcome:
    """Tell an account's limits.

    Raises:
        AccountUnknown: when there is no such account.

    """
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    return Outcome(_receipt(ask.account_id, gate.state, streams), gate, at_head=True)


def _check_account(account_id: str, streams: UnitOfWork) -> None:
    if not streams.read(ACCOUNT, account_id).handle:
        raise AccountUnknown(account_id)


def _receipt(account_id: str, gate: AccountGate, streams: UnitOfWork) -> LimitsReceipt:
    now_us, limits = streams.now_us, gate.limits
    wallet = streams.look(WALLET, wallet_of(account_id)).state
    answers = []
    for each in sorted(limits, key=lambda each: (KINDS.index(each.kind), PERIODS.index(each.period))):
        if counts_minor := each.counts_minor(now_us):
            pending = PendingLimit(each.amount_minor or None, moment(each.from_us)) if each.from_us > now_us else None
            use = _use(wallet, Limit(each.kind, each.period, counts_minor), now_us)
            answers.append(LimitAnswer(**msgspec.structs.asdict(use), pending=pending))
    return LimitsReceipt(
        account_id=account_id,
        currency=wallet.currency,
        zone=ZONE,
        limits=tuple(answers),
        stake_left_minor=min((each.left_minor for each in answers if each.kind != "deposit"), default=None),
        deposit_left_minor=min((each.left_minor for each in answers if each.kind == "deposit"), default=None),
        amount_minor_min=LIMIT_MINOR_MIN,
        amount_minor_max=LIMIT_MINOR_MAX,
        deposited=wallet.paid_in_minor > 0,
        first_deposit_waits=not wallet.paid_in_minor and not has_answered(limits, gate.declined_deposit_limit),
    )


def _use(wallet: Wallet, limit: Limit, now_us: int) -> LimitUse:
    sums = (wallet.staked_minor, wallet.returned_minor, wallet.paid_in_minor)
    return use_of(limit, wallet.began, sums, day_of(now_us))
