"""What happens to an account."""

from datetime import datetime

from domain.fact import Fact


class AccountRegistered(Fact, frozen=True, tag="account.registered.v2"):
    """A new account exists. `password_hash` is an argon2 string, never the password.

    `email` is sealed text; empty where no address is kept, and in the clear in logs from before addresses were sealed. `email_claim_id` is
    the stream in which the address was claimed, by this account or by an earlier one.
    """

    handle: str
    email: str
    password_hash: str
    currency: str
    at: datetime
    email_claim_id: str


class RoleGranted(Fact, frozen=True, tag="account.role_granted.v1"):
    """The account may act as `role` from now on; `granted_by` is the account or the console that said so."""

    role: str
    granted_by: str
    at: datetime


class RoleRevoked(Fact, frozen=True, tag="account.role_revoked.v1"):
    """The account may no longer act as `role`; `revoked_by` is the account or the console that said so."""

    role: str
    revoked_by: str
    at: datetime


class SignedIn(Fact, frozen=True, tag="account.signed_in.v1"):
    """A session was opened with the right password. Older logs have these in the account's stream; see `SessionOpened`."""

    at: datetime


class HandleClaimed(Fact, frozen=True, tag="account.handle_claimed.v1"):
    """The handle belongs to this account. First fact of the handle's own stream, which is how two claims cannot both win."""

    handle: str
    account_id: str
    at: datetime


class SkeletonClaimed(Fact, frozen=True, tag="account.skeleton_claimed.v1"):
    """The skeleton (UTS 39) of this account's handle is its own: no handle that letters alone tell apart from it is given away any more."""

    account_id: str
    at: datetime


class EmailClaimed(Fact, frozen=True, tag="account.email_claimed.v1"):
    """The e-mail address belongs to this account, the first that named it. First fact of the address's own stream."""

    account_id: str
    at: datetime


class SessionOpened(Fact, frozen=True, tag="sign_ins.session_opened.v1"):
    """A session was opened with the right password. Stands in the stream of the account's sign-ins of that day."""

    account_id: str
    at: datetime


class PlaceSeen(Fact, frozen=True, tag="account.place_seen.v1"):
    """A session was opened or the account registered, in the same append, from a place that it did not have among its newest ones.

    `place` is a keyed hash of account, network and browser (`api.auth.places`), from which none of them can be read. `is_first` where the
    account had no place yet: it registers, or what came before is not known; nobody is told of it.
    """

    place: str
    is_first: bool
    at: datetime


class PasswordChanged(Fact, frozen=True, tag="account.password_changed.v1"):
    """Sessions are opened with another password from now on. `password_hash` is an argon2 string, never the password."""

    password_hash: str
    at: datetime


class SessionEnded(Fact, frozen=True, tag="account.session_ended.v1"):
    """One session was signed out. Its token, which would have run out at `expires_at`, counts no more."""

    account_id: str
    session_id: str
    expires_at: datetime
    at: datetime


class SessionsEnded(Fact, frozen=True, tag="account.sessions_ended.v1"):
    """Every session of the account ended: those opened from now on are of this `version`, and those of an earlier one count no more.

    `cause` is sign_out, or what was changed in the same append: password or second_factor. `ended_by` is the account or the console.
    """

    version: int
    cause: str
    ended_by: str
    at: datetime


class SecondFactorConfirmed(Fact, frozen=True, tag="account.second_factor_confirmed.v1"):
    """From now on a session needs a one-time code too. The secret behind `factor_id` is kept beside the log."""

    factor_id: str
    at: datetime


class SecondFactorRemoved(Fact, frozen=True, tag="account.second_factor_removed.v1"):
    """A session needs no one-time code any more. `removed_by` is the account or the console."""

    factor_id: str
    removed_by: str
    at: datetime


class RealityCheckSet(Fact, frozen=True, tag="account.reality_check_set.v1"):
    """The account is told every so many minutes of a session how long it lasts and what it cost; 0 is never.

    Until it chooses, the operator's setting counts. `actor` is the account itself.
    """

    interval_minutes: int
    actor: str
    at: datetime


class RealityCheckAcknowledged(Fact, frozen=True, tag="account.reality_check_acknowledged.v1"):
    """What the session lasted and cost was read; the next check counts from here. `actor` is the account itself."""

    actor: str
    at: datetime


SessionFact = PasswordChanged | SessionEnded | SessionsEnded | SecondFactorConfirmed | SecondFactorRemoved
RealityCheckFact = RealityCheckSet | RealityCheckAcknowledged
AccountFact = AccountRegistered | RoleGranted | RoleRevoked | SignedIn | PlaceSeen | SessionFact | RealityCheckFact
ClaimFact = HandleClaimed | SkeletonClaimed | EmailClaimed
SignInFact = SessionOpened
