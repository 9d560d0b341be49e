"""Logs written by hand, and ways to forge them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, Leg
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureEnded, FixtureScheduled, KickedOff
from domain.ids import derived, email_claim_of, handle_claim_of, transfer_of, wallet_of
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended, Selection
from domain.odds import Odds
from domain.settling import LOST, VOID, WON
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    StakeReserved,
    TransferRecorded,
    WalletOpened,
)

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
ANN, BEN = derived("account", "ann"), derived("account", "ben")
FIXTURE, OTHER_FIXTURE = derived("fixture", "one"), derived("fixture", "two")
MARKET, OTHER_MARKET = derived("market", "one"), derived("market", "two")
BET, MULTIPLE = derived("bet", "one"), derived("bet", "two")
NOWHERE = derived("nowhere", "at all")
SELECTIONS = (Selection("home", "Home"), Selection("draw", "Draw"), Selection("away", "Away"))
FIRST = {"home": Odds(2350, 1000), "draw": Odds(3200, 1000), "away": Odds(2900, 1000)}
SECOND = {"home": Odds(2000, 1000), "draw": Odds(3300, 1000), "away": Odds(3500, 1000)}
HOME_WON = {"home": WON, "draw": LOST, "away": LOST}
ALL_VOID = dict.fromkeys(HOME_WON, VOID)
GRACE_MS = 3_000


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class Story:
    """A log written by hand, versions and positions given in order. It is a `LogReader` and has a stream's facts."""

    log: list[Recorded[Any]] = field(default_factory=list)
    head_told: int | None = None

    def add(self, stream_id: str, fact: Fact) -> "Story":
        version = 1 + sum(1 for recorded in self.log if recorded.stream_id == stream_id)
        self.log.append(Recorded(len(self.log) + 1, stream_id, version, fact))
        return self

    def change(self, position: int, **fields: Any) -> "Story":
        """Forge fields of the fact at a position."""
        recorded = self.log[position - 1]
        return self.put(position, body=msgspec.structs.replace(recorded.body, **fields))

    def put(self, place: int, **fields: Any) -> "Story":
        """Forge where a fact stands, or all of it."""
        self.log[place - 1] = msgspec.structs.replace(self.log[place - 1], **fields)
        return self

    def until(self, position: int) -> "Story":
        """Forget what came after a position."""
        return Story(self.log[:position])

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return [recorded for recorded in self.log if recorded.position > after][:limit]

    def wait(self, timeout_ms: int) -> None: ...

    def head(self) -> int:
        return self.head_told or max((recorded.position for recorded in self.log), default=0)

    def load(self, streams: dict[str, int]) -> dict[str, list[Recorded[Any]]]:
        return {stream_id: [fact for fact in self.log if fact.stream_id == stream_id] for stream_id in streams}


def register(story: Story, account_id: str, handle: str) -> Story:
    return (
        story.add(handle_claim_of(handle), HandleClaimed(handle, account_id, NOON))
        .add(email_claim_of(f"{handle}@example.com"), EmailClaimed(account_id, NOON))
        .add(wallet_of(account_id), WalletOpened(account_id, "EUR", NOON))
        .add(account_id, AccountRegistered(handle, f"{handle}@example.com", "-", "EUR", NOON))
    )


def opened(fixture_id: str) -> MarketOpened:
    return MarketOpened(fixture_id, "match_result", {}, SELECTIONS, FIRST, GRACE_MS, NOON)


def single(**changes: Any) -> BetPlaced:
    """Return a bet of ten on the home side at the first price, with changes."""
    placed = BetPlaced(ANN, 10_00, "EUR", "single", (Leg(MARKET, "home", FIRST["home"], 1),), "exact", 23_50, after(1))
    return msgspec.structs.replace(placed, **changes)


def on(leg: Leg, **changes: Any) -> BetPlaced:
    """Return the same bet on another leg."""
    potential_minor = 10_00 * leg.odds.numerator // leg.odds.denominator
    return single(legs=(leg,), potential_returns_minor=potential_minor, **changes)


def clean() -> Story:
    """One bettor, one match, one winning bet.

    1 handle, 2 address, 3 wallet, 4 account; 5 deposit, 6 its reference; 7 fixture, 8 market; 9 stake, 10 bet; 11 new prices, 12 kick-off,
    13 closed, 14 final whistle, 15 result; 16 returns, 17 settlement; 18 withdrawal, 19 its reference.
    """
    wallet, score = wallet_of(ANN), FixtureEnded(2, 1, 2, 1, after(5400))
    return (
        register(Story(), ANN, "ann")
        .add(wallet, FundsDeposited(ANN, 100_00, "visa 1", 100_00, NOON))
        .add(transfer_of(ANN, "visa 1"), TransferRecorded(ANN, "deposit", 100_00, "EUR", "visa 1", NOON))
        .add(FIXTURE, FixtureScheduled("football", "Cup", "Reds", "Blues", NOON, neutral=False, at=NOON))
        .add(MARKET, opened(FIXTURE))
        .add(wallet, StakeReserved(ANN, BET, 10_00, 90_00, after(1)))
        .add(BET, single())
        .add(MARKET, MarketPriced(SECOND, after(2)))
        .add(FIXTURE, KickedOff(after(3)))
        .add(MARKET, MarketClosed(after(4)))
        .add(FIXTURE, score)
        .add(MARKET, MarketResulted(HOME_WON, 2, 1, after(5401)))
        .add(wallet, ReturnsPaid(ANN, BET, 10_00, 23_50, 113_50, after(5402)))
        .add(BET, BetSettled(ANN, "won", 10_00, 23_50, (WON,), 1, after(5402)))
        .add(wallet, FundsWithdrawn(ANN, 13_50, "bank 1", 100_00, after(6000)))
        .add(transfer_of(ANN, "bank 1"), TransferRecorded(ANN, "withdrawal", 13_50, "EUR", "bank 1", after(6000)))
    )


def resulted_before_the_end() -> Story:
    """The clean story as matches really run: 14 the result, then 15 the final whistle."""
    whistle, result = clean().log[13].body, clean().log[14].body
    return Story(clean().until(13).add(MARKET, result).add(FIXTURE, whistle).log + clean().log[15:])


def struck(story: Story, placed: BetPlaced, bet_id: str = MULTIPLE) -> Story:
    """Add another bet with its stake."""
    left_minor = next(fact.body.available_minor for fact in reversed(story.log) if hasattr(fact.body, "available_minor"))
    stake_minor = placed.stake_minor
    return story.add(wallet_of(ANN), StakeReserved(ANN, bet_id, stake_minor, left_minor - stake_minor, placed.at)).add(bet_id, placed)


def a_multiple() -> Story:
    """The clean story up to its first bet, then a double on two matches: 11 fixture, 12 market, 13 stake, 14 bet; 15 and 16 results."""
    story = (
        clean()
        .until(10)
        .add(OTHER_FIXTURE, FixtureScheduled("football", "Cup", "Whites", "Blacks", NOON, neutral=False, at=NOON))
        .add(OTHER_MARKET, opened(OTHER_FIXTURE))
    )
    legs = (Leg(MARKET, "home", FIRST["home"], 1), Leg(OTHER_MARKET, "draw", FIRST["draw"], 1))
    placed = BetPlaced(ANN, 10_00, "EUR", "multiple", legs, "exact", 75_20, after(1))
    return (
        struck(story, placed)
        .add(MARKET, MarketResulted(HOME_WON, 1, 0, after(9)))
        .add(OTHER_MARKET, MarketResulted(ALL_VOID, 0, 0, after(9), "abandoned"))
        .add(MULTIPLE, BetLegResulted(ANN, MARKET, WON, (WON, None), after(9)))
        .add(wallet_of(ANN), ReturnsPaid(ANN, MULTIPLE, 10_00, 23_50, 103_50, after(9)))
        .add(MULTIPLE, BetSettled(ANN, "won", 10_00, 23_50, (WON, VOID), 1, after(9)))
    )


def suspended() -> Story:
    """The clean story up to its market, which was suspended (9) and came back (10)."""
    return clean().until(8).add(MARKET, MarketSuspended("goal", after(0.5))).add(MARKET, MarketResumed(SECOND, after(0.9)))


def settled_again() -> Story:
    """Another stake reserved for a bet that is over, then paid out once more on a market with the same result."""
    story = clean().add(wallet_of(ANN), StakeReserved(ANN, BET, 10_00, 90_00, NOON))
    return story.add(BET, single()).put(21, version=1)
