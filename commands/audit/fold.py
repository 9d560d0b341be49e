"""Takes the audit through the log, fact by fact, and stops at the first that is wrong."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec

from commands.audit.bets import Bet, Bets
from commands.audit.books import Books, Wallet, without_reason
from commands.audit.closed import ClosedStreams
from commands.audit.markets import Fixture, Market, Markets
from commands.audit.violation import Found, Violation
from commands.audit.violations import (
    BooksDoNotBalance,
    ClaimedTwice,
    FactOutOfPlace,
    HandleNotClaimed,
    PositionOutOfOrder,
    ReferenceUsedTwice,
    SettledTwice,
    StreamBegunWrong,
    StreamMisplaced,
    VersionOutOfOrder,
)
from domain.account.facts import AccountRegistered, ClaimFact, EmailClaimed, HandleClaimed, RoleGranted, SignedIn
from domain.bet.facts import BetFact, BetLegResulted, BetPlaced, BetSettled
from domain.fact import Recorded
from domain.fixture.facts import ClockAdvanced, FixtureAbandoned, FixtureEnded, FixtureScheduled, KickedOff, ScoreChanged
from domain.ids import handle_claim_of
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeLost,
    StakeRefunded,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)

OVER: dict[type, type[Violation]] = {
    **dict.fromkeys(get_args(BetFact), SettledTwice),
    **dict.fromkeys(get_args(ClaimFact), ClaimedTwice),
    TransferRecorded: ReferenceUsedTwice,
}
"""What is wrong when a fact comes to a stream whose story is over."""


REASONS = frozenset((BetPlaced, BetSettled, TransferRecorded))
"""The facts that give the reason for the movement of money before them."""

KindT = TypeVar("KindT")


class Totals(msgspec.Struct, frozen=True):
    """What is held where, in minor units of one currency. The four add up to zero."""

    available_minor: int
    reserved_minor: int
    house_minor: int
    payments_minor: int


class Account:
    """An account, of which only its existence matters here."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 1


class Other:
    """A stream of things that the audit does not follow; only the order of its versions is checked."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 1


class Going(NamedTuple):
    """How a fact goes on with a stream: what the stream must be, and what to do, if anything."""

    kind: type
    follow: Callable[[Recorded[Any], Any, Any], None] | None


class Fold:
    """The state of the audit after `position`: every stream that is not over, and the books.

    Bounded by what is open: wallets, accounts, fixtures, markets, open bets; 8 bytes for each stream that is over.
    """

    def __init__(self) -> None:
        self.position = 0
        self.live: dict[str, Any] = {}
        self.closed = ClosedStreams()
        self.books = Books()
        self.bets = Bets(self.live, self.books)
        self.accounts_count = 0
        self._claimed: dict[str, str] = {}
        markets = Markets(self.live)
        self._begins: dict[type, Callable[[Recorded[Any], Any], Any]] = {
            BetPlaced: self.bets.placed,
            TransferRecorded: self.books.transferred,
            WalletOpened: self.books.opened,
            HandleClaimed: self._handle_claimed,
            EmailClaimed: lambda _recorded, _fact: None,
            AccountRegistered: self._registered,
            FixtureScheduled: markets.scheduled,
            MarketOpened: markets.opened,
        }
        self._goes_on: dict[type, Going] = {
            StakeReserved: Going(Wallet, self.books.stake_reserved),
            ReturnsPaid: Going(Wallet, self.books.returns_paid),
            StakeLost: Going(Wallet, self.books.stake_lost),
            StakeRefunded: Going(Wallet, self.books.stake_refunded),
            FundsDeposited: Going(Wallet, self.books.deposited),
            FundsWithdrawn: Going(Wallet, self.books.withdrawn),
            BetLegResulted: Going(Bet, self.bets.leg_resulted),
            BetSettled: Going(Bet, self._settled),
            MarketPriced: Going(Market, markets.priced),
            MarketSuspended: Going(Market, markets.suspended),
            MarketResumed: Going(Market, markets.resumed),
            MarketClosed: Going(Market, markets.closed),
            MarketResulted: Going(Market, markets.resulted),
            FixtureEnded: Going(Fixture, markets.ended),
            FixtureAbandoned: Going(Fixture, markets.abandoned),
            **dict.fromkeys((KickedOff, ClockAdvanced, ScoreChanged), Going(Fixture, None)),
            **dict.fromkeys((RoleGranted, SignedIn), Going(Account, None)),
        }

    def follow(self, facts: Sequence[Recorded[Any]]) -> None:
        """Fold the next stretch of the log.

        Raises:
            Found: at the first fact that is wrong. The fold is of no further use then.

        """
        live, goes_on, books, expected = self.live, self._goes_on, self.books, self.position
        revived = self.closed.among(facts)
        for recorded in facts:
            expected += 1
            if recorded.position != expected:
                raise Found(PositionOutOfOrder, recorded, expected=expected)
            stream_id, fact = recorded.stream_id, recorded.body
            moved = books.moved
            if moved is not None and type(fact) not in REASONS:
                raise without_reason(moved)
            stream = live.get(stream_id)
            if stream is None:
                self._begin(recorded, revived)
                continue
            version = stream.version + 1
            if recorded.version != version:
                raise Found(VersionOutOfOrder, recorded, version=recorded.version, expected=version)
            stream.version = version
            going = goes_on.get(type(fact))
            if going is None or going[0] is not type(stream):
                self._check_other(recorded, stream)
            elif going[1] is not None:
                going[1](recorded, stream, fact)
        self.position = expected

    def _begin(self, recorded: Recorded[Any], revived: Any) -> None:
        """Take the first fact of a stream: it begins something that lives on, or says all there will be to say."""
        stream_id, kind = recorded.stream_id, type(recorded.body)
        if recorded.version != 1:
            if stream_id in self.closed:
                raise Found(OVER.get(kind, StreamBegunWrong), recorded)
            raise Found(VersionOutOfOrder, recorded, version=recorded.version, expected=1)
        if stream_id in self.closed.recent or stream_id in revived:
            raise Found(OVER.get(kind, StreamBegunWrong), recorded)
        begin = self._begins.get(kind)
        if begin is not None:
            stream = begin(recorded, recorded.body)
        elif kind in self._goes_on:
            raise Found(StreamBegunWrong, recorded)
        else:
            stream = Other()
        if stream is None:
            self.closed.recent.add(stream_id)
        else:
            self.live[stream_id] = stream

    def _check_other(self, recorded: Recorded[Any], stream: Any) -> None:
        """Let pass what the audit does not follow; a fact that begins another thing or goes on with one is out of place."""
        kind = type(recorded.body)
        known = kind in self._goes_on or kind in self._begins
        if known or type(stream) is not Other:
            raise Found(FactOutOfPlace, recorded, holds=type(stream).__name__.lower())

    def _settled(self, recorded: Recorded[Any], bet: Bet, fact: BetSettled) -> None:
        self.bets.settled(recorded, bet, fact)
        del self.live[recorded.stream_id]
        self.closed.recent.add(recorded.stream_id)

    def _handle_claimed(self, recorded: Recorded[Any], fact: HandleClaimed) -> None:
        expected = handle_claim_of(fact.handle)
        if recorded.stream_id != expected:
            raise Found(StreamMisplaced, recorded, expected=expected)
        self._claimed[fact.account_id] = fact.handle

    def _registered(self, recorded: Recorded[Any], fact: AccountRegistered) -> Account:
        if self._claimed.pop(recorded.stream_id, None) != fact.handle:
            raise Found(HandleNotClaimed, recorded, handle=fact.handle)
        self.accounts_count += 1
        return Account()

    def finish(self) -> None:
        """Check what must hold where the log ends.

        Raises:
            Found: for a movement of money without a reason.

        """
        if self.books.moved is not None:
            raise without_reason(self.books.moved)

    def totals(self) -> dict[str, Totals]:
        """Return what is held where, by currency."""
        available: Counter[str] = Counter()
        reserved: Counter[str] = Counter()
        for wallet in self._live_of(Wallet):
            available[wallet.currency] += wallet.available
            reserved[wallet.currency] += wallet.reserved
        house, payments = self.books.house, self.books.payments
        return {currency: Totals(available[currency], reserved[currency], house[currency], payments[currency]) for currency in available}

    def imbalance(self) -> BooksDoNotBalance | None:
        """Return the first account whose sum is not what it must be: a wallet's reserve, then all accounts of a currency together."""
        staked: Counter[str] = Counter()
        for bet in self._live_of(Bet):
            staked[bet.wallet.account_id] += bet.stake
        for wallet in self._live_of(Wallet):
            if wallet.reserved != staked[wallet.account_id]:
                return self._unbalanced(f"{wallet.account_id}:reserved", staked[wallet.account_id], wallet.reserved)
        for currency, held in self.totals().items():
            total_minor = sum(msgspec.structs.astuple(held))
            if total_minor:
                return self._unbalanced(f"all {currency}", 0, total_minor)
        return None

    def open_bets_count(self) -> int:
        """Return how many bets are not settled."""
        return self.bets.placed_count - self.bets.settled_count

    def unsettled_bets_count(self) -> int:
        """Return how many open bets could be settled: no violation, since the settler may be at work, but it should soon be none."""
        return sum(bet.is_due for bet in self._live_of(Bet))

    def strange_wallets_count(self) -> int:
        """Return how many wallets have no account. No violation: a log may begin with wallets, as those of the benchmarks do."""
        return sum(type(self.live.get(wallet.account_id)) is not Account for wallet in self._live_of(Wallet))

    def _live_of(self, kind: type[KindT]) -> Iterator[KindT]:
        return (stream for stream in self.live.values() if type(stream) is kind)

    def _unbalanced(self, account: str, expected_minor: int, found_minor: int) -> BooksDoNotBalance:
        return BooksDoNotBalance(
            position=self.position, stream_id="", fact="", account=account, expected_minor=expected_minor, found_minor=found_minor
        )
