"""What the HTTP API is built from: adapters as parameters, and the limits that an operator may set."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from api.account_mails import AccountMails
from api.async_command_queue import AsyncCommandQueue
from api.audit_report import Balance, Verified
from api.auth.admission import Admission
from api.auth.current_sessions import CurrentSessions
from api.auth.mail_links import MailLinks
from api.auth.passwords import Passwords
from api.auth.places import SignInPlaces
from api.auth.rate_limits import SignInLimiter, TokenBuckets
from api.auth.second_factors import SecondFactors
from api.auth.socket_tokens import SocketTokens
from api.auth.tokens import ProcessClock, Tokens
from api.circuit_breakers import CircuitBreakers
from api.http.gateway_address import GatewayAddress
from api.mailbox import Mailbox
from api.positions import Positions
from api.read_loop import ReadLoop
from api.readiness import Ready
from api.sealed_text import SealedTexts
from commands.social.word_filter import WordFilter
from domain.fact import Recorded
from domain.notification.push_subscription import PushEndpoint
from domain.proposal.preview import Preview
from domain.wallet.commands import DepositBounds
from projections.notifications.deliveries import LedgerAnswer
from projections.notifications.past import PastFacts
from projections.ports import ReadModels
from projections.social.search import SearchIndexes


@dataclass(frozen=True)
class Payments:
    """How money comes in, and how much of it; `webhook_key` is there where a provider's webhook is taken."""

    deposits: Literal["off", "demo", "webhook"]
    bounds: DepositBounds
    webhook_key: bytes = b""


@dataclass(frozen=True)
class MailReports:
    """What reports of bounced mails are signed with, none where they are not taken; `place` gives account and address of a delivery.

    That raises `StoreUnavailable` while the ledger of deliveries is away.
    """

    key: bytes
    place: Callable[[str], Awaitable[tuple[str, str] | None]]


@dataclass(frozen=True)
class Mailing:
    """What accounts have sent by mail: how, the links in it, how often to one address or by one account; what its provider reports."""

    mails: AccountMails
    links: MailLinks
    rate: TokenBuckets
    reports: MailReports


class DeviceHolder(NamedTuple):
    """The last one that registered a phone, by a hash of its token: a number that grows, and account and address of each before."""

    device: bytes
    number: int
    earlier: tuple[tuple[str, str], ...]


class KnownDevices(Protocol):
    """Knows which account was the last to register a phone."""

    async def register(self, provider: str, token: str, account_id: str, address_id: str, position: int) -> DeviceHolder:
        """Note that an account registered a phone just now, at an address that it has at a position of the log.

        Raises:
            StoreUnavailable: without the database; as from every method.

        """
        ...

    async def forget_earlier(self, holder: DeviceHolder) -> None:
        """Forget who registered a phone before."""
        ...


@dataclass(frozen=True)
class PhonePushes:
    """By which providers pushes go to phones here, and who registered which."""

    providers: Collection[str]
    devices: KnownDevices


@dataclass(frozen=True)
class PushSubscribing:
    """What browsers subscribe to pushes with; `check` refuses an endpoint that may not be asked (`PushEndpointNotAllowed`)."""

    public_key: str
    check: Callable[[PushEndpoint], Awaitable[None]]
    phones: PhonePushes


class DeliveryAnswers(Protocol):
    """Tells what became of notices outside the page."""

    async def of(self, account_id: str, notice_id: str) -> LedgerAnswer:
        """Return what became of a notice to an account; a ledger that is missing or away is an answer."""
        ...


@dataclass(frozen=True)
class Explaining:
    """What is asked, beside views, why an account was told: the ledger of deliveries, and the log of then."""

    deliveries: DeliveryAnswers
    past: PastFacts


@dataclass(frozen=True)
class RouteDependencies:
    """What every route may use."""

    queue: AsyncCommandQueue
    positions: Positions
    tokens: Tokens
    sessions: CurrentSessions
    admission: Admission
    passwords: Passwords
    second_factors: SecondFactors
    texts: SealedTexts
    words: WordFilter
    clock: ProcessClock
    sign_ins: SignInLimiter
    sign_ups: TokenBuckets
    addresses: TokenBuckets
    social_writes: TokenBuckets
    mailing: Mailing
    search: SearchIndexes
    breakers: CircuitBreakers
    socket_tokens: SocketTokens
    gateway: GatewayAddress
    currency: str
    reality_check_minutes: int
    grace_ms: int
    payments: Payments
    in_play_grace_ms: int
    hold_at_reports: int
    pushes: PushSubscribing
    explaining: Explaining
    places: SignInPlaces


class Auditing(Protocol):
    """Looks into the log, away from the event loop."""

    async def balance(self, account_id: str, moment: int | datetime | None) -> Balance | None:
        """Return what an account held at a position, at a time, or now; None where it had no wallet."""
        ...

    async def facts_of(self, stream_id: str, after_version: int = 0) -> Sequence[Recorded]:
        """Return the facts of a stream that are newer than a version, oldest first."""
        ...

    def personal(self, account_id: str) -> AsyncIterator[Sequence[Recorded]]:
        """Yield all that is kept of an account's owner, in pages."""
        ...

    async def verify(self, since: str = "", *, go_on: bool = False) -> Verified:
        """Fold the log and prove it, in a process of its own; `since` is an anchor, `go_on` takes as proved what was proved before."""
        ...

    async def anchor(self) -> str:
        """Return the anchor of the log's head."""
        ...

    async def preview(self, proposal_id: str) -> Preview | None:
        """Return what an open proposal would do to bets and wallets; None where it moves no money, or is not open."""
        ...


@dataclass(frozen=True)
class HttpDependencies:
    """All that the app is built from; `views` are asked on the reader's loop, `reads` on the app's own.

    `mailbox` is there where `/mail` shows what the embedded mail server took.
    """

    deps: RouteDependencies
    reads: ReadModels
    views: ReadModels
    reader: ReadLoop
    ready: Ready
    auditing: Auditing
    mailbox: Mailbox | None
