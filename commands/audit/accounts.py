"""Accounts: registered once, with their claims and their wallet in one append; roles given by who may give them."""

import re
from typing import Any

from commands.audit import account_sessions, reality_checks
from commands.audit.actors import CONSOLES
from commands.audit.auditor import Auditor, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    EmailNotClaimed,
    GrantWithoutOffice,
    HandleLooksLikeAnother,
    HandleNotClaimed,
    KindRetired,
    RoleGrantedTwice,
    RoleNotGranted,
    WalletNotOpened,
)
from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed, RoleGranted, RoleRevoked, SignedIn, SkeletonClaimed
from domain.account.look_alikes import skeleton
from domain.account_gate.facts import OfficeLeft, OfficeTaken
from domain.fact import Recorded, micros
from domain.ids import account_gate_of, email_claim_of, skeleton_claim_of
from domain.money import CURRENCIES
from domain.sealed_text import is_sealed
from domain.wallet.facts import WalletOpened

ROLES = frozenset({"trader", "auditor", "support", "moderator", "compliance", "admin"})
"""The roles that are given; everybody is a bettor."""

EMAIL_CHARACTERS_MAX = 254
HANDLE = re.compile(r"[A-Za-z0-9_]{3,30}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{1,63}")


def registered(state: AuditState, recorded: Recorded[Any], fact: AccountRegistered) -> AuditedAccount:
    """Check AccountRegistered: its claims and its wallet are in the same append; begin the account.

    Its address may have been claimed by an earlier account.
    """
    account_id = recorded.stream_id
    check_value(recorded, "handle", fact.handle, allowed=HANDLE.fullmatch(fact.handle) is not None)
    check_value(recorded, "email", fact.email, allowed=_is_kept_well(fact))
    check_value(recorded, "currency", fact.currency, allowed=fact.currency in CURRENCIES)
    handle = state.together(HandleClaimed)
    if handle is None or (handle.body.handle, handle.body.account_id) != (fact.handle, account_id):
        raise ViolationFound(HandleNotClaimed, recorded, handle=fact.handle)
    claim_id = skeleton_claim_of(skeleton(fact.handle))
    if state.together(SkeletonClaimed, claim_id) is None and claim_id in state.over:
        raise ViolationFound(HandleLooksLikeAnother, recorded, handle=fact.handle)
    email = state.together(EmailClaimed)
    is_claimed = email.body.account_id == account_id if email is not None else fact.email_claim_id in state.over
    if not is_claimed:
        raise ViolationFound(EmailNotClaimed, recorded)
    wallet = state.together(WalletOpened)
    if wallet is None or (wallet.body.account_id, wallet.body.currency) != (account_id, fact.currency):
        raise ViolationFound(WalletNotOpened, recorded, currency=fact.currency)
    state.accounts_count += 1
    return AuditedAccount(1, currency=fact.currency, registered_us=micros(fact.at))


def _is_kept_well(fact: AccountRegistered) -> bool:
    """Tell whether the address is sealed or absent, or stands in the clear as in older logs and is the one that was claimed."""
    if not fact.email or is_sealed(fact.email, EMAIL_CHARACTERS_MAX):
        return True
    return EMAIL.fullmatch(fact.email) is not None and fact.email.isprintable() and email_claim_of(fact.email) == fact.email_claim_id


def granted(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: RoleGranted) -> None:
    """Check RoleGranted: a known role, new to the account, from an admin or the console; its gate says so in the same append."""
    check_value(recorded, "role", fact.role, allowed=fact.role in ROLES)
    if fact.role in account.roles:
        raise ViolationFound(RoleGrantedTwice, recorded, role=fact.role)
    if fact.granted_by not in CONSOLES:
        check_role(state, recorded, fact.granted_by, ("admin",))
    if not state.migrated:
        office = state.together(OfficeTaken, account_gate_of(recorded.stream_id))
        if office is None or (office.body.role, office.body.actor) != (fact.role, fact.granted_by):
            raise ViolationFound(GrantWithoutOffice, recorded, role=fact.role)
    account.roles = (*account.roles, fact.role)


def revoked(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: RoleRevoked) -> None:
    """Check RoleRevoked: the account had the role, revoked by an admin or the console; its gate leaves the office in the same append."""
    if fact.role not in account.roles:
        raise ViolationFound(RoleNotGranted, recorded, actor=recorded.stream_id, role=fact.role)
    if fact.revoked_by not in CONSOLES:
        check_role(state, recorded, fact.revoked_by, ("admin",))
    left = state.together(OfficeLeft, account_gate_of(recorded.stream_id))
    said = (fact.role, fact.revoked_by)
    if (left is None and fact.role in account.offices) or (left is not None and (left.body.role, left.body.actor) != said):
        raise ViolationFound(GrantWithoutOffice, recorded, role=fact.role)
    account.roles = tuple(role for role in account.roles if role != fact.role)
    account.had = {**account.had, fact.role: state.committed_us}


def signed_in(state: AuditState, recorded: Recorded[Any], _account: AuditedAccount, _fact: SignedIn) -> None:
    """Check SignedIn: only a log of the first layout has this kind."""
    if not state.migrated:
        raise ViolationFound(KindRetired, recorded)


def check_role(state: AuditState, recorded: Recorded[Any], actor: str, roles: tuple[str, ...]) -> None:
    """Check that somebody has one of these roles at this moment."""
    account = state.of(AuditedAccount, actor)
    if account is None or not any(role in account.roles for role in roles):
        raise ViolationFound(RoleNotGranted, recorded, actor=actor[:60], role=" or ".join(roles))


AUDITOR = Auditor(
    aggregate="account",
    holds=AuditedAccount,
    begins={AccountRegistered: registered},
    follows={RoleGranted: granted, RoleRevoked: revoked, SignedIn: signed_in, **account_sessions.FOLLOWS, **reality_checks.FOLLOWS},
)
