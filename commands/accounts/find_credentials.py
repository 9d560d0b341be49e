"""Find what the password of an account is checked against: by its e-mail address, or by its id."""

from collections.abc import Sequence

import msgspec

from commands.accounts.open_account import Credentials
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT, CLAIM
from domain.ids import email_claim_of
from domain.text import normal


class FindCredentialsByEmail(msgspec.Struct, frozen=True, gc=False):
    """Ask whose account an e-mail address is: of the account that named it first. Appends nothing."""

    email: str


class FindCredentialsById(msgspec.Struct, frozen=True, gc=False):
    """Ask the same of an account by its id. Appends nothing."""

    account_id: str


def streams_of_email(ask: FindCredentialsByEmail) -> Sequence[StreamRef]:
    """Name the address's claim; the account is known only once it is read."""
    return (StreamRef(CLAIM, email_claim_of(normal(ask.email))),)


def find_by_email(ask: FindCredentialsByEmail, streams: UnitOfWork) -> Outcome:
    """Follow an address to its account; all is empty where nobody claimed it."""
    claim = streams.load(CLAIM, email_claim_of(normal(ask.email)))
    account_id = claim.state.account_id
    if not account_id:
        return Outcome(Credentials("", "", ""), claim)
    account = streams.read(ACCOUNT, account_id)
    return Outcome(Credentials(account_id, account.password_hash, account.sessions.factor_id), claim)


def streams_of_id(ask: FindCredentialsById) -> Sequence[StreamRef]:
    """Name the account."""
    return (StreamRef(ACCOUNT, ask.account_id),)


def find_by_id(ask: FindCredentialsById, streams: UnitOfWork) -> Outcome:
    """Look an account up; all is empty where there is none."""
    account = streams.load(ACCOUNT, ask.account_id)
    found = ask.account_id if account.state.handle else ""
    return Outcome(Credentials(found, account.state.password_hash, account.state.sessions.factor_id), account)
