"""What two accounts are to each other: one stream for each pair, in which each follows, asks, blocks and mutes by itself."""

from typing import Any

from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_value
from commands.audit.profiles import is_private
from commands.audit.social_streams import AuditedPair
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
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
    """Check the first fact between two accounts: both exist and differ; then as any further fact."""
    one, other = _named(fact)
    check_value(recorded, "account", other, allowed=one != other)
    pair = AuditedPair(1)
    for account_id in (one, other):
        if state.of(AuditedAccount, account_id) is None:
            raise ViolationFound(AccountMissing, recorded, account_id=account_id)
    AUDITOR.follows[type(fact)](state, recorded, pair, fact)
    return pair


def requested(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: FollowRequested) -> None:
    """Check FollowRequested: no block, a private account, the follower neither follows nor has asked; update the audit state."""
    follower = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    _check(recorded, "following or asking", follower not in pair.following + pair.asking)
    if not is_private(state, fact.followed_id):
        raise ViolationFound(RequestToPublic, recorded, followed_id=fact.followed_id)
    pair.asking += follower


def answered(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: FollowRequestWithdrawn | FollowRequestDeclined) -> None:
    """Check FollowRequestWithdrawn or FollowRequestDeclined: there is a request; update the audit state."""
    follower = _side(recorded, fact)
    _check(recorded, "not asking", follower in pair.asking)
    pair.asking = pair.asking.replace(follower, "")


def followed(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Followed) -> None:
    """Check Followed: no block, not following yet, the account is public or the request was accepted; update the audit state."""
    follower = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    _check(recorded, "following", follower not in pair.following)
    _check(recorded, "not asking", follower in pair.asking or not fact.requested)
    if not fact.requested and is_private(state, fact.followed_id):
        raise ViolationFound(FollowedUnasked, recorded, followed_id=fact.followed_id)
    pair.following += follower
    pair.asking = pair.asking.replace(follower, "")


def unfollowed(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Unfollowed) -> None:
    """Check Unfollowed: the follower follows; update the audit state."""
    follower = _side(recorded, fact)
    _check(recorded, "not following", follower in pair.following)
    pair.following = pair.following.replace(follower, "")


def blocked(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Blocked) -> None:
    """Check Blocked: neither blocks the other; follows and requests end; update the audit state."""
    blocker = _side(recorded, fact)
    _check(recorded, "blocked", not pair.blocker)
    pair.following, pair.asking, pair.blocker = "", "", blocker


def unblocked(_state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Unblocked) -> None:
    """Check Unblocked: the blocker blocks; update the audit state."""
    blocker = _side(recorded, fact)
    _check(recorded, "not blocking", blocker == pair.blocker)
    pair.blocker = ""


def muted(state: AuditState, recorded: Recorded[Any], pair: AuditedPair, fact: Muted) -> None:
    """Check Muted: not blocked by the other, something else than before or until another moment; update the audit state."""
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
    """Check Unmuted: the muter mutes; update the audit state."""
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
