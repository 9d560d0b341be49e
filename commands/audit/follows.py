"""What two accounts are to each other: one stream for each pair, in which each follows, asks, blocks and mutes by itself."""

from typing import Any

from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_value
from commands.audit.profiles import is_private
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedPair
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, FollowedUnasked, FollowOutOfOrder, RequestToPublic
from domain.fact import Recorded, micros
from domain.follow.facts import (
    Blocked,
    Followed,
    FollowRequestDeclined,
    FollowRequested,
    FollowRequestWithdrawn,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from domain.ids import follow_of

LOWER, UPPER = "l", "u"
"""How `AuditedPair` names its accounts."""

MUTED = frozenset({"all", "reposts"})
MUTE_US_MAX = 366 * 24 * 3600 * 1_000_000


def begun(state: AuditState, recorded: Recorded[Any], fact: Any) -> AuditedPair:
    """Take the first fact between two accounts, which may be any that needs none before it."""
    one, other = _named(fact)
    check_value(recorded, "account", other, allowed=one != other)
    pair = AuditedPair(1)
    for account_id in (one, other):
        if state.of(AuditedAccount, account_id) is None:
            raise ViolationFound(AccountMissing, recorded, account_id=account_id)
    AUDITOR.follows[type(fact)](state, recorded, pair, fact)
    return pair


def requested(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: FollowRequested) -> None:
    """Take a request to a private account, by one that does not follow it and has not asked."""
    follower = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    _check(recorded, "following or asking", follower not in pair.following + pair.asking)
    if not is_private(state, fact.followed_id):
        raise ViolationFound(RequestToPublic, recorded, followed_id=fact.followed_id)
    pair.asking += follower


def answered(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: FollowRequestWithdrawn | FollowRequestDeclined) -> None:
    """Take the end of a request that stands."""
    follower = _side(recorded, fact)
    _check(recorded, "not asking", follower in pair.asking)
    pair.asking = pair.asking.replace(follower, "")


def followed(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Followed) -> None:
    """Take a follow: of a public account, or of one that was asked and accepted."""
    follower = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    _check(recorded, "following", follower not in pair.following)
    _check(recorded, "not asking", follower in pair.asking or not fact.requested)
    if not fact.requested and is_private(state, fact.followed_id):
        raise ViolationFound(FollowedUnasked, recorded, followed_id=fact.followed_id)
    pair.following += follower
    pair.asking = pair.asking.replace(follower, "")


def unfollowed(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Unfollowed) -> None:
    """Take the end of a follow."""
    follower = _side(recorded, fact)
    _check(recorded, "not following", follower in pair.following)
    pair.following = pair.following.replace(follower, "")


def blocked(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Blocked) -> None:
    """Take a block, with which following and requests end; whoever is blocked already does not see whom to block."""
    blocker = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    pair.following, pair.asking, pair.blocker = "", "", blocker


def unblocked(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Unblocked) -> None:
    """Take the end of a block."""
    blocker = _side(recorded, fact)
    _check(recorded, "not blocking", blocker == pair.blocker)
    pair.blocker = ""


def muted(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Muted) -> None:
    """Take a mute of something else than before, or until another moment; whoever is blocked does not see whom to mute."""
    muter = _side(recorded, fact)
    _check(recorded, "blocked", pair.blocker in ("", muter))
    check_value(recorded, "what", fact.what, allowed=fact.what in MUTED)
    mute = fact.what
    if fact.until is not None:
        until, now_us = fact.until.isoformat(), state.committed_us
        check_value(recorded, "until", until, allowed=now_us - LATENESS_US < micros(fact.until) <= now_us + MUTE_US_MAX)
        mute = f"{fact.what} until {until}"
    _check(recorded, f"muting {mute}", _mute_of(pair, muter) != mute)
    _keep_mute(pair, muter, mute)


def unmuted(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Unmuted) -> None:
    """Take the end of a mute."""
    muter = _side(recorded, fact)
    _check(recorded, "not muting", _mute_of(pair, muter) != "")
    _keep_mute(pair, muter, "")


def _named(fact: Any) -> tuple[str, str]:
    """Return the two accounts that a fact names: who does something and to whom; of a follow, the follower first."""
    match fact:
        case Blocked() | Unblocked():
            return fact.blocker_id, fact.blocked_id
        case Muted() | Unmuted():
            return fact.muter_id, fact.muted_id
        case _:
            return fact.follower_id, fact.followed_id


def _side(recorded: Recorded[Any], fact: Any) -> str:
    """Return the letter of the first account that a fact names, after a check that the stream is that of the two."""
    one, other = _named(fact)
    check_id(recorded, follow_of(one, other))
    return LOWER if one < other else UPPER


def _mute_of(pair: AuditedPair, side: str) -> str:
    return pair.muting[side == UPPER]


def _keep_mute(pair: AuditedPair, side: str, mute: str) -> None:
    pair.muting = (mute, pair.muting[1]) if side == LOWER else (pair.muting[0], mute)


def _check(recorded: Recorded[Any], standing: str, allowed: bool) -> None:
    if not allowed:
        raise ViolationFound(FollowOutOfOrder, recorded, standing=standing)


AUDITOR = Auditor(
    aggregate="follow",
    holds=AuditedPair,
    begins=dict.fromkeys((FollowRequested, Followed, Blocked, Muted), begun),
    follows={
        FollowRequested: requested,
        FollowRequestWithdrawn: answered,
        FollowRequestDeclined: answered,
        Followed: followed,
        Unfollowed: unfollowed,
        Blocked: blocked,
        Unblocked: unblocked,
        Muted: muted,
        Unmuted: unmuted,
    },
)
