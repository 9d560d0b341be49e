"""What can be wrong with accounts, their claims, their sign-ins and their gates."""

from commands.audit.violation import Violation


class ClaimedTwice(Violation, frozen=True):
    """A handle or an address that has an owner was claimed again."""


class ClaimWithoutAccount(Violation, frozen=True):
    """A handle or an address was claimed for an account that was not registered with it in the same append."""

    account_id: str


class HandleNotClaimed(Violation, frozen=True):
    """An account was registered under a handle that it had not claimed."""

    handle: str


class HandleLooksLikeAnother(Violation, frozen=True):
    """An account was registered under a handle that only letters which look alike tell apart from another's."""

    handle: str


class EmailNotClaimed(Violation, frozen=True):
    """An account was registered with an e-mail address that it had not claimed."""


class WalletNotOpened(Violation, frozen=True):
    """An account was registered without a wallet in its currency."""

    currency: str


class WalletWithoutAccount(Violation, frozen=True):
    """A wallet was opened for an account that was not registered with it, in the same append and the same currency."""

    account_id: str
    currency: str


class AccountMissing(Violation, frozen=True):
    """A fact names an account that does not exist."""

    account_id: str


class RoleGrantedTwice(Violation, frozen=True):
    """An account was given a role that it had."""

    role: str


class RoleNotGranted(Violation, frozen=True):
    """Somebody acted in a role that nobody had given them."""

    actor: str
    role: str


class OfficeWithoutGrant(Violation, frozen=True):
    """An account's gate says that it acts for the bookmaker, and its account was not given that role in the same append."""

    role: str


class GrantWithoutOffice(Violation, frozen=True):
    """A role was granted, and the account's gate does not say so in the same append."""

    role: str


class LimitNotWaited(Violation, frozen=True):
    """A limit was raised or removed without waiting for a day, or says that another one counted until then."""

    limit: str
    counts_minor: int
    until_then_minor: int


class AccountGateOutOfOrder(Violation, frozen=True):
    """An account's gate did what it cannot do where it stood: shortened a pause, closed a closed account, left an office twice."""

    standing: str


class AccountShut(Violation, frozen=True):
    """A bet or a deposit was taken from an account that was shut for it: timed out, excluded, closed, or acting for the bookmaker."""

    account_id: str
    standing: str


class WithdrawnWhileHeld(Violation, frozen=True):
    """Money went out of an account while its withdrawals were held."""

    account_id: str


class SessionsOutOfOrder(Violation, frozen=True):
    """Sessions of an account ended twice or out of order, or a second factor came where one stood or went where none did."""

    standing: str


class SessionsNotEnded(Violation, frozen=True):
    """The password or the second factor changed, and the account's sessions did not end in the same append for it, or conversely."""

    cause: str
