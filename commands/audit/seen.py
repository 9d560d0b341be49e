"""Checks who sees a slip at a moment, whether one of two accounts blocks the other, and who is suspended from sharing."""

from typing import Any

from commands.audit.follows import LOWER, UPPER
from commands.audit.profiles import is_private
from commands.audit.social_streams import AuditedCase, AuditedPair, AuditedSlip
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, SharedWhileSuspended, SlipNotSeen
from domain.fact import Recorded
from domain.ids import case_of, follow_of


def check_seen(state: AuditState, recorded: Recorded[Any], account_id: str, slip_id: str) -> AuditedSlip:
    """Return a slip, after a check that an account exists and sees it: it stands, and is open to the account or its own."""
    if state.of(AuditedAccount, account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=account_id[:60])
    slip = state.of(AuditedSlip, slip_id)
    hidden = "" if slip is not None else "not shared, or removed"
    if slip is not None and slip.author_id != account_id:
        if slip.held:
            hidden = "held"
        elif is_blocked(state, account_id, slip.author_id):
            hidden = "blocked"
        elif is_for_followers(state, slip) and not _follows(state, account_id, slip.author_id):
            hidden = "for followers alone"
    if slip is None or hidden:
        raise ViolationFound(SlipNotSeen, recorded, slip_id=slip_id[:60], standing=hidden)
    return slip


def is_for_followers(state: AuditState, slip: AuditedSlip) -> bool:
    """Say whether only followers see a slip, by its own visibility or as its author is private."""
    return slip.visibility != "public" or is_private(state, slip.author_id)


def is_blocked(state: AuditState, account_id: str, other_id: str) -> bool:
    """Say whether one of two accounts blocks the other."""
    pair = state.of(AuditedPair, follow_of(account_id, other_id))
    return pair is not None and bool(pair.blocker)


def _follows(state: AuditState, account_id: str, other_id: str) -> bool:
    pair = state.of(AuditedPair, follow_of(account_id, other_id))
    side = LOWER if account_id < other_id else UPPER
    return pair is not None and side in pair.following


def check_may_share(state: AuditState, recorded: Recorded[Any], account_id: str) -> None:
    """Check that moderators had not suspended an account from sharing and commenting."""
    case = state.of(AuditedCase, case_of("account", account_id))
    if case is not None and case.status and case.until_us > state.committed_us:
        raise ViolationFound(SharedWhileSuspended, recorded, account_id=account_id)
