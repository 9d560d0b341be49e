"""Open an account with its wallet, and find whose handle it is."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.commands import ClaimEmail, ClaimHandle, ClaimSkeleton, Register, SeePlace
from domain.account.decider import ACCOUNT, CLAIM, HandleLooksTaken
from domain.account.look_alikes import skeleton
from domain.ids import email_claim_of, handle_claim_of, skeleton_claim_of, wallet_of
from domain.text import normal
from domain.wallet.commands import OpenWallet
from domain.wallet.decider import WALLET


class OpenAccount(msgspec.Struct, frozen=True):
    """Register under a free handle, and open the wallet. `account_id` is the idempotency key.

    `email` is what is checked and claimed; `sealed_email` is what is kept, and empty for an account that nobody writes to.
    `place` is from where, as a keyed hash; empty where that is not known.
    """

    account_id: str
    handle: str
    email: str
    password_hash: str
    currency: str
    at: datetime
    sealed_email: str = ""
    place: str = ""


class AccountReceipt(msgspec.Struct, frozen=True):
    """The account as it was opened."""

    account_id: str
    handle: str
    currency: str
    roles: tuple[str, ...]


class FindCredentials(msgspec.Struct, frozen=True):
    """Ask who has a handle, and against what their password is checked. Appends nothing."""

    handle: str


class Credentials(msgspec.Struct, frozen=True):
    """What a sign-in is checked against; all is empty when nobody has the handle, `factor_id` where there is no second factor."""

    account_id: str
    password_hash: str
    factor_id: str


def streams_of_open(ask: OpenAccount) -> Sequence[StreamRef]:
    """Name the streams: the account, the claims of its handle, of what that looks like, and of its address, the wallet."""
    return (
        StreamRef(ACCOUNT, ask.account_id),
        StreamRef(CLAIM, handle_claim_of(ask.handle)),
        StreamRef(CLAIM, skeleton_claim_of(skeleton(ask.handle))),
        StreamRef(CLAIM, email_claim_of(normal(ask.email))),
        StreamRef(WALLET, wallet_of(ask.account_id)),
    )


def open_account(ask: OpenAccount, streams: UnitOfWork) -> Outcome:
    """Register the account, claim its handle, the skeleton of that, and its address, open its wallet: one append on five streams.

    An address that another account claimed first is noted with this account and not claimed: the answer is the same, so that nobody learns
    from it who has an account. Mail goes to the account that claimed an address.

    Raises:
        HandleMalformed, EmailMalformed, CurrencyUnknown, AccountKeyReused, HandleTaken, HandleLooksTaken: with the evidence of each.

    """
    email = normal(ask.email)
    account = streams.load(ACCOUNT, ask.account_id)
    if account.decide(Register(ask.account_id, ask.handle, email, ask.password_hash, ask.currency, ask.at, ask.sealed_email)):
        streams.load(CLAIM, handle_claim_of(ask.handle)).decide(ClaimHandle(ask.handle, ask.account_id, ask.at))
        _claim_look(ask, streams)
        streams.load(CLAIM, email_claim_of(email)).decide(ClaimEmail(email, ask.account_id, ask.at))
        account.decide(SeePlace(ask.account_id, ask.place, ask.at))
        streams.load(WALLET, wallet_of(ask.account_id)).decide(OpenWallet(ask.account_id, ask.currency, ask.at))
    state = account.state
    return Outcome(AccountReceipt(ask.account_id, state.handle, state.currency, state.roles), account, creates=True)


def _claim_look(ask: OpenAccount, streams: UnitOfWork) -> None:
    """Claim what the handle looks like.

    A handle in plain letters that was claimed before looks were has no such claim, so that one is looked up as well: it has to be free.
    """
    plain = skeleton(ask.handle)
    streams.load(CLAIM, skeleton_claim_of(plain)).decide(ClaimSkeleton(ask.handle, ask.account_id, ask.at))
    if handle_claim_of(plain) != handle_claim_of(ask.handle) and streams.read(CLAIM, handle_claim_of(plain)).account_id:
        raise HandleLooksTaken(ask.handle)


def streams_of_find(ask: FindCredentials) -> Sequence[StreamRef]:
    """Name the handle's claim; the account is known only once it is read."""
    return (StreamRef(CLAIM, handle_claim_of(ask.handle)),)


def find_credentials(ask: FindCredentials, streams: UnitOfWork) -> Outcome:
    """Follow the handle to its account."""
    claim = streams.load(CLAIM, handle_claim_of(ask.handle))
    account_id = claim.state.account_id
    if not account_id:
        return Outcome(Credentials("", "", ""), claim)
    account = streams.read(ACCOUNT, account_id)
    return Outcome(Credentials(account_id, account.password_hash, account.sessions.factor_id), claim)
