"""Handles, what they look like, and e-mail addresses: each has one owner, who was registered with it."""

from typing import Any

from commands.audit.auditor import Auditor, check_id
from commands.audit.state import AuditState
from commands.audit.violation import ViolationFound
from commands.audit.violations import ClaimedTwice, ClaimWithoutAccount
from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed, SkeletonClaimed
from domain.account.look_alikes import skeleton
from domain.fact import Recorded
from domain.ids import handle_claim_of, skeleton_claim_of


def handle_claimed(state: AuditState, recorded: Recorded[Any], fact: HandleClaimed) -> None:
    """Check HandleClaimed: the account is registered under the handle in the same append."""
    check_id(recorded, handle_claim_of(fact.handle))
    account = state.together(AccountRegistered, fact.account_id)
    if account is None or account.body.handle != fact.handle:
        raise ViolationFound(ClaimWithoutAccount, recorded, account_id=fact.account_id)


def skeleton_claimed(state: AuditState, recorded: Recorded[Any], fact: SkeletonClaimed) -> None:
    """Check SkeletonClaimed: the account is registered in the same append, under a handle of this skeleton."""
    account = state.together(AccountRegistered, fact.account_id)
    if account is None:
        raise ViolationFound(ClaimWithoutAccount, recorded, account_id=fact.account_id)
    check_id(recorded, skeleton_claim_of(skeleton(account.body.handle)))


def email_claimed(state: AuditState, recorded: Recorded[Any], fact: EmailClaimed) -> None:
    """Check EmailClaimed: the account is registered with the address in the same append, and names this stream."""
    account = state.together(AccountRegistered, fact.account_id)
    if account is None or account.body.email_claim_id != recorded.stream_id:
        raise ViolationFound(ClaimWithoutAccount, recorded, account_id=fact.account_id)


AUDITOR = Auditor(
    aggregate="claim",
    holds=None,
    begins={HandleClaimed: handle_claimed, SkeletonClaimed: skeleton_claimed, EmailClaimed: email_claimed},
    over=ClaimedTwice,
)
