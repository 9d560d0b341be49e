"""Races on the product in memory: they are offered, bet on each way, run, corrected and audited."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet, Settlement
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.four_eyes import AskAsTrader
from commands.trading.proposing import ProposalReceipt
from domain.account.commands import GrantRole
from domain.bet.commands import AskedLeg
from domain.fixture.commands import EndFixture, KickOff, ScheduleFixture
from domain.ids import derived, wallet_of
from domain.market.commands import CorrectResult, OpenMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import Selection
from domain.odds import Odds, exact
from domain.settling.racing import Order
from domain.wallet.decider import WALLET, Wallet
from infra.eventstore.memory import MemoryEventStore
from tests.audit_story import NOON, Story
from tests.decisions.previewed import approval

ANN, TESS, TOM = (derived("account", handle) for handle in ("ann_1", "tess_3", "tom_4"))
DEPOSIT_MINOR = 50_000_00
FIELD = 7
OTHERS = tuple(f"other {number}" for number in range(FIELD - 1))


class Races:
    """A book that takes bets on races; each has a runner "mine" and six others."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.races = self.bets = 0
        self.ended: set[str] = set()
        self.versions: dict[str, int] = {}
        self.prices: dict[str, dict[str, Odds]] = {}
        self.winners: dict[str, int] = {}
        for handle, account_id in (("ann_1", ANN), ("tess_3", TESS), ("tom_4", TOM)):
            self.do(OpenAccount(account_id, handle, f"{handle}@example.com", "$argon2id$", "EUR", NOON))
        for trader in (TESS, TOM):
            self.do(GrantRole(trader, "trader", "console", NOON))
        self.do(MoveMoney("deposit", ANN, DEPOSIT_MINOR, "EUR", "first", NOON))

    def do(self, command: Any) -> Any:
        return self.dispatcher.call(command).receipt

    def offer(self, odds: Odds, terms: str = "1/4", places: int = 3, others: Sequence[str] = OTHERS) -> str:
        """Offer a race on which "mine" has these odds; return its market."""
        self.races += 1
        fixture_id, market_id = derived("fixture", f"race {self.races}"), derived("market", f"race {self.races}")
        rest = Fraction(13, 10) - Fraction(odds.denominator, odds.numerator)
        other = Odds(int(1000 * len(others) / rest), 1000)
        prices = {"mine": odds, **dict.fromkeys(others, other)}
        when = NOON + timedelta(hours=1)
        self.do(ScheduleFixture(fixture_id, "racing", "Ascot", "Ascot", f"Race {self.races}", when, False, NOON, "replay"))
        specifiers = {"places": str(places), "place_terms": terms} if terms else {}
        runners = tuple(Selection(name, name.title()) for name in prices)
        what = (market_id, fixture_id, "race_winner", specifiers, runners, prices, 3_000, NOON)
        self.versions[market_id] = self.do(OpenMarket(*what, actor="replay")).version
        self.prices[market_id] = prices
        return market_id

    def offer_places(self, of: str, places: int = 3) -> str:
        """Offer a market on the places of the race that the market `of` is on, at prices that are a book; return it."""
        market_id, runners = derived("market", f"places of {of}"), tuple(Selection(name, name.title()) for name in self.prices[of])
        prices = dict.fromkeys(self.prices[of], exact(10 * len(runners), 13 * places))
        what = (market_id, self.fixture_of(of), "race_place", {"places": str(places)}, runners, prices, 3_000, NOON)
        self.versions[market_id], self.prices[market_id] = self.do(OpenMarket(*what, actor="replay")).version, prices
        self.winners[market_id] = places
        return market_id

    def withdraw(self, market_id: str, runner: str) -> None:
        """Withdraw a runner, and take bets again."""
        self.do(SuspendMarket(market_id, "withdrawn", NOON, "replay", runner))
        left = {name: odds for name, odds in self.prices[market_id].items() if name != runner}
        winners = self.winners.get(market_id, 1)
        scale = sum(Fraction(odds.denominator, odds.numerator) for odds in left.values()) / (winners * Fraction(13, 10))
        self.prices[market_id] = {
            name: exact(*(Fraction(odds.numerator, odds.denominator) * scale).as_integer_ratio()) for name, odds in left.items()
        }
        if min(odds.numerator - odds.denominator for odds in self.prices[market_id].values()) > 0:
            self.versions[market_id] = self.do(ResumeMarket(market_id, self.prices[market_id], NOON, actor="replay")).version

    def bet(self, bet_type: str, markets: Sequence[str], stake_minor: int, each_way: str = "", runner: str = "mine") -> str:
        self.bets += 1
        bet_id = derived("bet", f"race {self.bets}")
        legs = tuple(AskedLeg(market_id, runner, self.prices[market_id][runner], self.versions[market_id]) for market_id in markets)
        self.do(PlaceBet(bet_id, ANN, stake_minor, "EUR", bet_type, legs, "exact", NOON, each_way))
        return bet_id

    def run(self, market_id: str, order: Order) -> None:
        """Run a race: it starts and ends, unless it did, and is resulted."""
        fixture_id = self.fixture_of(market_id)
        if fixture_id not in self.ended:
            self.do(KickOff(fixture_id, NOON, "replay"))
            self.do(EndFixture(fixture_id, 0, 0, 0, 0, NOON, actor="replay"))
            self.ended.add(fixture_id)
        self.do(ResultMarket(market_id, NOON, actor="replay", order=order))

    def correct(self, market_id: str, order: Order, void_reason: str = "") -> None:
        """Correct a result, as two traders do; what stands already is nothing to approve."""
        ask = CorrectResult(market_id, 0, 0, "photo finish", NOON, void_reason=void_reason, actor=TESS, order=order)
        proposed = self.do(AskAsTrader(ask))
        if isinstance(proposed, ProposalReceipt):
            self.do(approval(self.store, proposed.proposal_id, TOM))

    def settle(self, bet_id: str, markets: Sequence[str]) -> Settlement:
        for market_id in markets:
            settled: Settlement = self.do(SettleBet(bet_id, market_id, NOON))
        return settled

    def available_minor(self) -> int:
        """What the bettor's wallet has."""
        wallet = Wallet()
        for fact in self.store.read(0, 10_000):
            if fact.stream_id == wallet_of(ANN):
                wallet = WALLET.evolve(wallet, fact.body)
        return wallet.available_minor

    def fixture_of(self, market_id: str) -> str:
        return str(next(fact.body.fixture_id for fact in self.store.read(0, 10_000) if fact.stream_id == market_id))  # type: ignore[attr-defined]

    def story(self) -> Story:
        """The same log as a story, to be forged."""
        stretch, story = self.store.read_batches(0, 10_000), Story()
        story.log, story.sizes = list(stretch.facts), [size for batch in stretch.batches for size in batch.append_sizes]
        return story


def order_of(result: str) -> Order:
    """An order in which "mine" won, was placed or lost, three places being paid."""
    first = [(name,) for name in OTHERS[:4]]
    at = {"won": 0, "placed": 1}.get(result)
    return tuple(first if at is None else [*first[:at], ("mine",), *first[at:]])
