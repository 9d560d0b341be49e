"""The rules of an account, and of the claims that keep handles and addresses apart."""

import re
from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.account.commands import AccountCommand, ClaimCommand, ClaimEmail, ClaimHandle, GrantRole, Register, SignIn
from domain.account.facts import AccountFact, AccountRegistered, ClaimFact, EmailClaimed, HandleClaimed, RoleGranted, SignedIn
from domain.aggregate import Aggregate
from domain.money import check_currency
from domain.refused import Refused

ROLES = ("bettor", "trader", "auditor", "admin")
HANDLE = re.compile(r"[A-Za-z0-9_]{3,30}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{1,63}")


class HandleMalformed(Refused):
    """A handle is 3 to 30 letters, digits or underscores."""

    handle: str


class EmailMalformed(Refused):
    """The e-mail address does not look like one."""

    email: str


class HandleTaken(Refused):
    """The handle belongs to another account."""

    handle: str


class EmailTaken(Refused):
    """The e-mail address belongs to another account."""


class AccountKeyReused(Refused):
    """The key was used before, for an account with another handle, address or currency."""

    account_id: str


class AccountUnknown(Refused):
    """There is no such account."""

    account_id: str


class RoleUnknown(Refused):
    """There is no such role."""

    role: str


class Account(msgspec.Struct, frozen=True, gc=False):
    """What an account is: `handle` is empty until it is registered; everyone registered is a bettor."""

    handle: str = ""
    email: str = ""
    password_hash: str = ""
    currency: str = ""
    roles: tuple[str, ...] = ()


def decide(account: Account, command: AccountCommand) -> Sequence[AccountFact]:
    """Decide what follows from a command.

    Raises:
        HandleMalformed, EmailMalformed, CurrencyUnknown, AccountKeyReused: from `Register`.
        RoleUnknown, AccountUnknown: from `GrantRole`; `SignIn` too needs an account.

    """
    match command:
        case Register():
            if account.handle:
                if (account.handle, account.email, account.currency) != (command.handle, command.email, command.currency):
                    raise AccountKeyReused(command.account_id)
                return ()
            if not HANDLE.fullmatch(command.handle):
                raise HandleMalformed(command.handle[:60])
            if not EMAIL.fullmatch(command.email):
                raise EmailMalformed(command.email[:260])
            check_currency(command.currency)
            return (AccountRegistered(command.handle, command.email, command.password_hash, command.currency, command.at),)
        case GrantRole():
            if command.role in account.roles:
                return ()
            if command.role not in ROLES:
                raise RoleUnknown(command.role)
            if not account.handle:
                raise AccountUnknown(command.account_id)
            return (RoleGranted(command.role, command.granted_by, command.at),)
        case SignIn():
            if not account.handle:
                raise AccountUnknown(command.account_id)
            return (SignedIn(command.at),)
        case _:
            assert_never(command)


def evolve(account: Account, fact: AccountFact) -> Account:
    """Return the account after the fact."""
    match fact:
        case AccountRegistered():
            assert not account.handle, "an account is registered once"
            return Account(fact.handle, fact.email, fact.password_hash, fact.currency, ("bettor",))
        case RoleGranted():
            return Account(account.handle, account.email, account.password_hash, account.currency, (*account.roles, fact.role))
        case SignedIn():
            return account
        case _:
            assert_never(fact)


class Claim(msgspec.Struct, frozen=True, gc=False):
    """Who owns a handle or an address; empty while it is free."""

    account_id: str = ""


def decide_claim(claim: Claim, command: ClaimCommand) -> Sequence[ClaimFact]:
    """Decide who gets the handle or the address.

    Raises:
        HandleTaken, EmailTaken: when another account was first.

    """
    if claim.account_id == command.account_id:
        return ()
    match command:
        case ClaimHandle():
            if claim.account_id:
                raise HandleTaken(command.handle)
            return (HandleClaimed(command.handle, command.account_id, command.at),)
        case ClaimEmail():
            if claim.account_id:
                raise EmailTaken
            return (EmailClaimed(command.account_id, command.at),)
        case _:
            assert_never(command)


def evolve_claim(claim: Claim, fact: ClaimFact) -> Claim:
    """Return the claim after the fact."""
    assert not claim.account_id, "a claim is made once"
    return Claim(fact.account_id)


ACCOUNT = Aggregate("account", Account(), decide, evolve, get_args(AccountFact))
CLAIM = Aggregate("claim", Claim(), decide_claim, evolve_claim, get_args(ClaimFact))
