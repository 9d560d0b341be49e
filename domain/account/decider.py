"""The rules of an account, and of the claims that keep handles and addresses apart."""

import re
from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.account.commands import (
    AccountCommand,
    AcknowledgeRealityCheck,
    ChangePassword,
    ClaimCommand,
    ClaimEmail,
    ClaimHandle,
    ClaimSkeleton,
    ConfirmSecondFactor,
    EndSession,
    EndSessions,
    GrantRole,
    Register,
    RemoveSecondFactor,
    RevokeRole,
    SeePlace,
    SetRealityCheck,
    SignIn,
)
from domain.account.facts import (
    AccountFact,
    AccountRegistered,
    ClaimFact,
    EmailClaimed,
    HandleClaimed,
    PasswordChanged,
    PlaceSeen,
    RealityCheckAcknowledged,
    RealityCheckSet,
    RoleGranted,
    RoleRevoked,
    SecondFactorConfirmed,
    SecondFactorRemoved,
    SessionEnded,
    SessionOpened,
    SessionsEnded,
    SignedIn,
    SignInFact,
    SkeletonClaimed,
)
from domain.account.reality_checks import RealityChecks, decide_reality_checks, evolve_reality_checks
from domain.account.sessions import Sessions, decide_sessions, evolve_sessions
from domain.aggregate import Aggregate
from domain.fact import micros
from domain.ids import email_claim_of
from domain.money import check_currency
from domain.refused import Refused
from domain.sealed_text import check_sealed
from domain.text import is_plain, normal
from domain.unknown import AccountUnknown

STAFF_ROLES = ("trader", "auditor", "support", "moderator", "compliance", "admin")
"""The roles in which an account acts for the bookmaker, and bets no more."""

ROLES = ("bettor", *STAFF_ROLES)
PLACES_MAX = 16
"""So many of the newest places of an account are remembered; one that is not is new again."""
EMAIL_CHARACTERS_MAX = 254
HANDLE = re.compile(r"[A-Za-z0-9_]{3,30}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{1,63}")


class HandleMalformed(Refused):
    """A handle is 3 to 30 letters, digits or underscores."""

    handle: str


class EmailMalformed(Refused):
    """The e-mail address does not look like one, or has characters that cannot be seen."""

    email: str


class HandleTaken(Refused):
    """The handle belongs to another account."""

    handle: str


class HandleLooksTaken(Refused):
    """The handle looks like that of another account: 0 and O, 1, l and I, m and rn, one and more underscores are told apart by nobody."""

    handle: str


class AccountKeyReused(Refused):
    """The key was used before, for an account with another handle, address or currency."""

    account_id: str


class RoleUnknown(Refused):
    """There is no such role."""

    role: str


class ActorWithoutRole(Refused):
    """The caller does not have the role that this needs."""

    actor: str
    role: str


class Account(msgspec.Struct, frozen=True, gc=False):
    """What an account is: `handle` is empty until it is registered; everyone registered is a bettor. `sessions` says which count.

    `email_claim_id` is the stream in which its address was claimed, by which a repeat with another address is told.

    `registered_us` is when its author said that it was registered, in microseconds. `places` are the newest from which it signed in.
    """

    handle: str = ""
    email_claim_id: str = ""
    password_hash: str = ""
    currency: str = ""
    roles: tuple[str, ...] = ()
    sessions: Sessions = Sessions()
    registered_us: int = 0
    places: tuple[str, ...] = ()
    reality_checks: RealityChecks = RealityChecks()


def checked_email(text: str) -> str:
    """Return an address as somebody typed it in its normal form. Raises as `check_email` does."""
    email = normal(text)
    check_email(email)
    return email


def check_email(email: str) -> None:
    """Refuse what is no address in its normal form.

    Raises:
        EmailMalformed: with as much of it as an answer may repeat.

    """
    if not (EMAIL.fullmatch(email) and is_plain(email, EMAIL_CHARACTERS_MAX)):
        raise EmailMalformed(email[:260])


def decide(account: Account, command: AccountCommand) -> Sequence[AccountFact]:
    """Decide what follows from a command.

    Raises:
        HandleMalformed, EmailMalformed, CurrencyUnknown, AccountKeyReused: from `Register`; TextNotSealed, where it would keep the address
            in the clear.
        RoleUnknown, AccountUnknown: from `GrantRole`. RoleUnknown: from `RevokeRole`, also for the bettor's, which everyone has.
        AccountUnknown: from what ends sessions, and what `decide_sessions` and `decide_reality_checks` refuse.

    """
    match command:
        case Register():
            claim_id = email_claim_of(command.email)
            if account.handle:
                if (account.handle, account.email_claim_id, account.currency) != (command.handle, claim_id, command.currency):
                    raise AccountKeyReused(command.account_id)
                return ()
            if not HANDLE.fullmatch(command.handle):
                raise HandleMalformed(command.handle[:60])
            check_email(command.email)
            if command.sealed_email:
                check_sealed(command.sealed_email, field="email", characters_max=EMAIL_CHARACTERS_MAX)
            check_currency(command.currency)
            kept = command.sealed_email
            return (AccountRegistered(command.handle, kept, command.password_hash, command.currency, command.at, claim_id),)
        case GrantRole():
            if command.role in account.roles:
                return ()
            if command.role not in ROLES:
                raise RoleUnknown(command.role)
            if not account.handle:
                raise AccountUnknown(command.account_id)
            return (RoleGranted(command.role, command.granted_by, command.at),)
        case RevokeRole():
            if command.role not in STAFF_ROLES:
                raise RoleUnknown(command.role)
            if command.role not in account.roles:
                return ()
            return (RoleRevoked(command.role, command.revoked_by, command.at),)
        case SeePlace(_, place, at):
            return () if not place or place in account.places else (PlaceSeen(place, not account.places, at),)
        case EndSession() | EndSessions() | ChangePassword() | ConfirmSecondFactor() | RemoveSecondFactor():
            if not account.handle:
                raise AccountUnknown(command.account_id)
            return decide_sessions(account.password_hash, account.sessions, command)
        case SetRealityCheck() | AcknowledgeRealityCheck():
            if not account.handle:
                raise AccountUnknown(command.account_id)
            return decide_reality_checks(account.reality_checks, command)
        case _:
            assert_never(command)


def evolve(account: Account, fact: AccountFact) -> Account:
    """Return the account after the fact."""
    replace = msgspec.structs.replace
    match fact:
        case AccountRegistered():
            assert not account.handle, "an account is registered once"
            account = Account(fact.handle, fact.email_claim_id, fact.password_hash, fact.currency, ("bettor",))
            return replace(account, registered_us=micros(fact.at))
        case RoleGranted():
            return replace(account, roles=(*account.roles, fact.role))
        case RoleRevoked():
            assert fact.role in account.roles, "only a role that was granted is revoked"
            return replace(account, roles=tuple(role for role in account.roles if role != fact.role))
        case SignedIn():
            return account
        case PlaceSeen():
            assert fact.place not in account.places, "a place is seen once, as long as it is remembered"
            return replace(account, places=(*account.places, fact.place)[-PLACES_MAX:])
        case PasswordChanged():
            return replace(account, password_hash=fact.password_hash, sessions=evolve_sessions(account.sessions, fact))
        case SessionEnded() | SessionsEnded() | SecondFactorConfirmed() | SecondFactorRemoved():
            return replace(account, sessions=evolve_sessions(account.sessions, fact))
        case RealityCheckSet() | RealityCheckAcknowledged():
            return replace(account, reality_checks=evolve_reality_checks(account.reality_checks, fact))
        case _:
            assert_never(fact)


class Claim(msgspec.Struct, frozen=True, gc=False):
    """Who owns a handle, its skeleton or an address; empty while it is free."""

    account_id: str = ""


def decide_claim(claim: Claim, command: ClaimCommand) -> Sequence[ClaimFact]:
    """Decide who gets the handle, its skeleton or the address.

    An address that another account was first to name stays that account's, and nobody is told: a refusal would say who has an account.

    Raises:
        HandleTaken, HandleLooksTaken: when another account was first.

    """
    if claim.account_id == command.account_id:
        return ()
    match command:
        case ClaimHandle():
            if claim.account_id:
                raise HandleTaken(command.handle)
            return (HandleClaimed(command.handle, command.account_id, command.at),)
        case ClaimSkeleton():
            if claim.account_id:
                raise HandleLooksTaken(command.handle)
            return (SkeletonClaimed(command.account_id, command.at),)
        case ClaimEmail():
            return () if claim.account_id else (EmailClaimed(command.account_id, command.at),)
        case _:
            assert_never(command)


def evolve_claim(claim: Claim, fact: ClaimFact) -> Claim:
    """Return the claim after the fact."""
    assert not claim.account_id, "a claim is made once"
    return Claim(fact.account_id)


class SignIns(msgspec.Struct, frozen=True, gc=False):
    """How often an account signed in on one day."""

    account_id: str = ""
    sessions: int = 0


def decide_sign_in(_: SignIns, command: SignIn) -> Sequence[SignInFact]:
    """Decide that a session was opened: each is a fact."""
    return (SessionOpened(command.account_id, command.at),)


def evolve_sign_ins(sign_ins: SignIns, fact: SignInFact) -> SignIns:
    """Return the day's sign-ins after the fact."""
    assert sign_ins.account_id in ("", fact.account_id), "a day's sign-ins are one account's"
    return SignIns(fact.account_id, sign_ins.sessions + 1)


ACCOUNT = Aggregate("account", Account(), decide, evolve, get_args(AccountFact), snapshot=Account)
SIGN_INS = Aggregate("sign_ins", SignIns(), decide_sign_in, evolve_sign_ins, (SessionOpened,), snapshot=SignIns)
CLAIM = Aggregate("claim", Claim(), decide_claim, evolve_claim, get_args(ClaimFact))
